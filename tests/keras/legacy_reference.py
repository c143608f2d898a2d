"""Run as a child process: what tf_keras, the Keras of the past, makes of saved models.

    python legacy_reference.py JOBS.json

It also saves the models of `legacy_models` in the current folder. Each job names a file with layers, and one with weights, "" where the weights are to be made up.
What goes in, what comes out and weights that were made up are written beside `target`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import legacy_models
import numpy as np
import tf_keras


def main() -> None:
    legacy_models.save_all(Path())
    for job in json.loads(Path(sys.argv[1]).read_text()):
        tf_keras.backend.clear_session()
        try:
            answer(job["model"], job["weights"], job["target"])
        except Exception as error:
            Path(f"{job['target']}.error").write_text(
                f"{type(error).__name__}: {error}"
            )


def answer(model_file: str, weights_file: str, target: str) -> None:
    if model_file.endswith(".json"):
        text = Path(model_file).read_text()
        while text.startswith('"'):
            text = json.loads(text)
        model = tf_keras.models.model_from_json(text)
        if weights_file:
            model.load_weights(weights_file)
        else:
            model.set_weights(made_up(model))
            model.save_weights(f"{target}.h5")
    else:
        model = tf_keras.models.load_model(model_file, compile=False)
    given = [batch(tensor, seed) for seed, tensor in enumerate(model.inputs)]
    results = model(given if len(given) > 1 else given[0], training=False)
    results = results if isinstance(results, list | tuple) else [results]
    arrays = {f"x{i}": array for i, array in enumerate(given)}
    arrays |= {f"y{i}": np.asarray(result) for i, result in enumerate(results)}
    np.savez(f"{target}.npz", **arrays)


def made_up(model: Any) -> list[np.ndarray]:
    """Returns seeded weights under which activations neither vanish nor explode."""
    rng = np.random.default_rng(7)
    found = []
    for weight in model.weights:
        shape = tuple(weight.shape)
        spread = 1.7 / np.sqrt(max(np.prod(shape[:-1]), 1))
        values = rng.uniform(-spread, spread, shape)
        if "variance" in weight.name or "gamma" in weight.name:
            values = rng.uniform(0.8, 1.2, shape)
        found.append(values.astype("float32"))
    return found


def batch(tensor: Any, seed: int) -> np.ndarray:
    shape = (2, *(size or 6 for size in tensor.shape[1:]))
    return np.random.default_rng(seed).uniform(0, 1, shape).astype("float32")


if __name__ == "__main__":
    main()
