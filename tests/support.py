"""What the tests that run generated modules share: data, modules and child processes."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from keras_kgen.errors import UsageError
from keras_kgen.frontends import presets
from keras_kgen.frontends.detect import load_program
from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

Arrays = Mapping[str, np.ndarray]


def load_preset(name: str) -> Program:
    """Returns the program of a preset."""
    return load_program(name, lambda: "")


def load_program_of(path: Path) -> Program:
    """Returns the program of a file."""
    return load_program(str(path), lambda: "")


def preset_styles() -> list[tuple[str, Style]]:
    """Returns each preset with each style that can express it."""
    found = []
    for name in presets.names():
        for style in Style:
            try:
                generate(load_preset(name), Options(style))
            except UsageError:
                continue
            found.append((name, style))
    return found


def run_source(source: str, name: str = "generated") -> types.ModuleType:
    """Returns a module made from source that was generated."""
    module = types.ModuleType(name)
    exec(compile(source, f"{name}.py", "exec"), module.__dict__)
    return module


def run_module(
    folder: Path, *arguments: str, timeout: int = 900
) -> subprocess.CompletedProcess[str]:
    """Runs `python ARGUMENTS` in a folder as a user would, and returns what it printed."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "Agg"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def full_mnist() -> tuple[Arrays, bool]:
    """Returns digits in the layout of mnist.npz, and whether they are all of MNIST.

    They come from the folder in KGEN_TEST_DATA, else from Keras' download, else from the
    small digits that scikit-learn brings along, enlarged.
    """
    folder = os.environ.get("KGEN_TEST_DATA")
    if folder and (Path(folder) / "mnist.npz").is_file():
        with np.load(Path(folder) / "mnist.npz") as file:
            return dict(file), True
    try:
        import keras

        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    except Exception:
        return _enlarged_digits(), False
    return {
        "x_train": x_train,
        "y_train": y_train,
        "x_test": x_test,
        "y_test": y_test,
    }, True


def _enlarged_digits() -> Arrays:
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.kron(digits.images, np.ones((3, 3))) * (255 / 16)
    images = np.pad(images, ((0, 0), (2, 2), (2, 2))).astype("uint8")
    labels = digits.target.astype("uint8")
    return _split(images, labels, 1500)


def small_data(preset: str, mnist: Arrays) -> Arrays:
    """Returns a small data set, in the layout of .npz files, from which a preset can learn."""
    rng = np.random.default_rng(0)
    if preset.startswith("cifar"):
        labels = rng.integers(10, size=320)
        images = (
            rng.integers(120, size=(320, 32, 32, 3)) + 12 * labels[:, None, None, None]
        )
        return _split(images.astype("uint8"), labels, 256)
    if preset.startswith("imdb"):
        labels = rng.integers(2, size=320)
        words = rng.integers(1, 500, size=(320, 200)) + 500 * labels[:, None]
        return _split(words, labels, 256)
    if preset.startswith("reuters"):
        labels = np.arange(460) % 46
        words = rng.integers(1, 100, size=(460, 60)) + 100 * labels[:, None]
        return _split(words, labels, 414)
    if preset.startswith("housing"):
        features = rng.normal(size=(600, 8))
        prices = 200_000 + 50_000 * features[:, 0] - 30_000 * features[:, 3] ** 2
        return _split(features.astype("float32"), prices.astype("float32"), 500)
    if preset.startswith("unet"):
        module = run_source(generate(load_preset(preset)).source)
        (x_train, y_train), (x_test, y_test) = (
            module.make_shapes(48, seed=1),
            module.make_shapes(16, seed=2),
        )
        return {
            "x_train": x_train,
            "y_train": y_train,
            "x_test": x_test,
            "y_test": y_test,
        }
    count = 20 if preset.startswith("convlstm") else 600
    return {
        "x_train": mnist["x_train"][:count],
        "y_train": mnist["y_train"][:count],
        "x_test": mnist["x_test"][: count // 4],
        "y_test": mnist["y_test"][: count // 4],
    }


def _split(x: np.ndarray, y: np.ndarray, count: int) -> Arrays:
    return {
        "x_train": x[:count],
        "y_train": y[:count],
        "x_test": x[count:],
        "y_test": y[count:],
    }


def flat_arrays(value: Any) -> list[np.ndarray]:
    """Returns the tensors of a nesting as arrays."""
    import keras

    return [
        np.asarray(keras.ops.convert_to_numpy(t)) for t in keras.tree.flatten(value)
    ]
