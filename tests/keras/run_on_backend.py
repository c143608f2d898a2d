"""Runs a generated module on the backend in KERAS_BACKEND, for test_backends.py.

python run_on_backend.py MODULE.py DATA.npz EPOCHS RESULT.npz
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from support import run_source

_SAMPLES = 16


def main(module_path: str, data: str, epochs: str, result: str) -> None:
    """Writes what the model gives for fixed weights, and how its loss falls."""
    module = run_source(Path(module_path).read_text(encoding="utf-8"))
    keras.utils.set_random_seed(3)
    (x, y), _ = module.load_data(data)
    model = module.build_model()
    initial = model.get_weights()
    model.set_weights(_fixed_weights(initial))
    outputs = model.predict(_first(x), verbose=0)
    model.set_weights(initial)
    module.compile_model(model)
    history = model.fit(x, y, batch_size=32, epochs=int(epochs), verbose=0)
    arrays = {f"output{i}": item for i, item in enumerate(keras.tree.flatten(outputs))}
    np.savez(result, losses=history.history["loss"], **arrays)


def _fixed_weights(weights: list[np.ndarray]) -> list[np.ndarray]:
    """Returns weights that are the same on every backend; a variance is above 0."""
    rng = np.random.default_rng(5)
    return [rng.uniform(0.01, 0.09, item.shape).astype(item.dtype) for item in weights]


def _first(x: Any) -> Any:
    return keras.tree.map_structure(lambda array: array[:_SAMPLES], x)


if __name__ == "__main__":
    main(*sys.argv[1:])
