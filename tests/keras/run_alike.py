"""Trains generated modules on the backend in KERAS_BACKEND, for test_training_modes.py.

python run_alike.py RESULT.json MODULE.py ...

What the name of a module begins with, up to a double underscore, is the file of its data.
"""

from __future__ import annotations

import csv
import json
import sys
import types
from pathlib import Path
from typing import Any

import keras
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from support import run_source


def main(result: str, *paths: str) -> None:
    """Writes what each module gives."""
    found = {Path(path).stem: report(Path(path)) for path in paths}
    Path(result).write_text(json.dumps(found), encoding="utf-8")


def report(path: Path) -> dict[str, Any]:
    """Returns what comes of training a module, and of running it as a program."""
    data = path.with_name(path.stem.partition("__")[0] + ".npz")
    found = train(path, data)
    module = fresh(path)
    if hasattr(module, "SEED"):
        found["runs"] = run_thrice(module, path.with_suffix(""), data)
    return found


def fresh(path: Path) -> types.ModuleType:
    """Returns a module as a new process would have it."""
    keras.utils.clear_session()
    keras.saving.get_custom_objects().clear()
    keras.config.set_dtype_policy("float32")
    return run_source(path.read_text(encoding="utf-8"), path.stem)


def train(path: Path, data: Path) -> dict[str, Any]:
    """Trains a module with the batches in one order, saves the model and loads it."""
    module = fresh(path)
    keras.utils.set_random_seed(7)
    (x, y), _ = module.load_data(data)
    model = module.build_model()
    module.compile_model(model)
    weights = None if isinstance(y, dict) else np.linspace(0.5, 1.5, len(y))
    options = {"sample_weight": weights, "validation_split": 0.1, "verbose": 0}
    fitted = model.fit(x, y, batch_size=24, epochs=2, shuffle=False, **options)
    model.save(path.with_suffix(".keras"))
    sample = keras.tree.map_structure(lambda array: array[:8], x)
    outputs = [model.predict(sample, verbose=0)]
    found = {
        "history": fitted.history,
        "outputs": types_of(keras.tree.flatten(model(sample))),
        "weights": types_of(model.trainable_weights),
        "optimizer": type(model.optimizer).__name__,
        "jit": bool(model.jit_compile),
    }
    fresh(path)
    copy = keras.models.load_model(path.with_suffix(".keras"))
    outputs.append(copy.predict(sample, verbose=0))
    pairs = zip(*map(keras.tree.flatten, outputs), strict=True)
    found["difference"] = max(float(np.abs(a - b).max()) for a, b in pairs)
    return found


def types_of(tensors: list[Any]) -> list[str]:
    return sorted({keras.backend.standardize_dtype(item.dtype) for item in tensors})


def run_thrice(module: types.ModuleType, folder: Path, data: Path) -> list[list[str]]:
    """Returns the losses of two runs, and of the second after it was resumed."""
    return [
        run(module, folder / "first", data, "--epochs", "1"),
        run(module, folder / "second", data, "--epochs", "1"),
        run(module, folder / "second", data, "--epochs", "2", "--resume"),
    ]


def run(module: types.ModuleType, folder: Path, data: Path, *options: str) -> list[str]:
    """Runs a module as a program; returns its losses so far."""
    keras.utils.set_random_seed(len(folder.name))  # what the program is to replace
    given = ("--data", str(data), "--run-dir", str(folder), "--batch-size", "50")
    sys.argv = ["module.py", *given, *options]
    module.main()
    with open(folder / "history.csv", newline="", encoding="utf-8") as file:
        return [row["loss"] for row in csv.DictReader(file)]


if __name__ == "__main__":
    main(*sys.argv[1:])
