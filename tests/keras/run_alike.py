"""Trains generated modules that should learn alike, for test_training_modes.py.

python run_alike.py RESULT.json FIRST.py SECOND.py ...

Modules whose names begin alike, up to a double underscore, share FIRST.npz.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from support import run_source


def main(result: str, *paths: str) -> None:
    """Writes what each module gives: the history of a fit, types, and a saved copy's sameness."""
    found = {Path(path).stem: train(Path(path)) for path in paths}
    Path(result).write_text(json.dumps(found), encoding="utf-8")


def train(path: Path) -> dict[str, Any]:
    """Trains a module as a user would, but with the batches in one order."""
    keras.utils.clear_session()
    keras.config.set_dtype_policy("float32")
    module = run_source(path.read_text(encoding="utf-8"), path.stem)
    keras.utils.set_random_seed(7)
    (x, y), _ = module.load_data(path.with_name(path.stem.partition("__")[0] + ".npz"))
    model = module.build_model()
    module.compile_model(model)
    weights = None if isinstance(y, dict) else np.linspace(0.5, 1.5, len(y))
    history = model.fit(
        x,
        y,
        batch_size=24,
        epochs=2,
        shuffle=False,
        sample_weight=weights,
        validation_split=0.1,
        verbose=0,
    )
    saved = path.with_suffix(".keras")
    model.save(saved)
    copy = keras.models.load_model(saved)
    ours, theirs = (keras.tree.flatten(m.predict(x, verbose=0)) for m in (model, copy))
    outputs = keras.tree.flatten(model(keras.tree.map_structure(lambda a: a[:2], x)))
    return {
        "history": history.history,
        "dtypes": [
            str(keras.backend.standardize_dtype(item.dtype)) for item in outputs
        ],
        "kernels": sorted({str(w.dtype) for w in model.trainable_weights}),
        "optimizer": type(model.optimizer).__name__,
        "jit": bool(model.jit_compile),
        "difference": max(
            float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True)
        ),
        "class": type(copy).__name__,
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
