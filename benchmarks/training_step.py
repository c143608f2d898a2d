"""Training: a step of a generated model against the same model typed by hand."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import keras
import numpy as np
from keras import layers
from table import print_table

from keras_kgen.frontends.detect import load_program
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

PRESET = "mnist_convnet"
STYLES = (Style.FUNCTIONAL, Style.SUBCLASS)
BATCH_SIZE = 128
STEPS = 60
_WARM_UP = 5
_SEED = 0


def main(quick: bool = False) -> None:
    """Trains all models in turn, a step at a time, and prints the table."""
    builders: dict[str, Callable[[], keras.Model]] = {
        "by hand": build_by_hand,
        "by hand, once more": build_by_hand,
        **{f"generated, {style.value}": _generated(style) for style in STYLES},
    }
    x, y = _data()
    models = {name: _compiled(build) for name, build in builders.items()}
    seconds: dict[str, list[float]] = {name: [] for name in models}
    losses: dict[str, float] = {}
    for _ in range(_WARM_UP + (5 if quick else STEPS)):
        for name, model in models.items():
            start = time.perf_counter()
            losses[name] = float(model.train_on_batch(x, y)[0])
            seconds[name].append(time.perf_counter() - start)
    measured = {name: values[_WARM_UP:] for name, values in seconds.items()}
    print_table(
        f"Training: one step of {PRESET}, batches of {BATCH_SIZE}, "
        f"{keras.backend.backend()}, {len(measured['by hand'])} interleaved steps",
        ("model", "step", "least", "this / by hand", "least / least", "last loss"),
        (
            _row(name, values, measured["by hand"], losses[name])
            for name, values in measured.items()
        ),
    )


def build_by_hand() -> keras.Model:
    """Returns the model as keras.io's "Simple MNIST convnet" has it."""
    return keras.Sequential(
        [
            keras.Input(shape=(28, 28, 1)),
            layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def _generated(style: Style) -> Callable[[], keras.Model]:
    """Returns `build_model` of the module that kgen writes."""
    source = generate(load_program(PRESET, sys.stdin.read), Options(style)).source
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{PRESET}_{style.value}.py"
        path.write_text(source, "utf-8")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    build: Callable[[], keras.Model] = module.build_model
    return build


def _compiled(build: Callable[[], keras.Model]) -> keras.Model:
    keras.utils.set_random_seed(_SEED)
    model = build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _data() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(_SEED)
    x = random.random((BATCH_SIZE, 28, 28, 1), dtype="float32")
    return x, random.integers(0, 10, BATCH_SIZE)


def _row(
    name: str, values: list[float], by_hand: list[float], loss: float
) -> tuple[str, ...]:
    ratios = [ours / theirs for ours, theirs in zip(values, by_hand, strict=True)]
    return (
        name,
        f"{median(values) * 1000:.1f} ms",
        f"{min(values) * 1000:.1f} ms",
        f"{median(ratios):.3f}",
        f"{min(values) / min(by_hand):.3f}",
        f"{loss:.4f}",
    )


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
