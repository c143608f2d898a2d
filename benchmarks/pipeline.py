"""The input pipeline of a generated module: images in a folder against arrays in memory."""

from __future__ import annotations

import importlib.util
import tempfile
import time
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

import keras
import numpy as np
from table import print_table

from keras_kgen.frontends.detect import load_data
from keras_kgen.frontends.overrides import own_document
from keras_kgen.options import Options, Style
from keras_kgen.passes.find_problems import find_problems
from keras_kgen.pipeline import generate

CLASSES = 4
SIDE = 96
BATCH_SIZE = 32
ROUNDS = 5
_SEED = 0


def main(quick: bool = False) -> None:
    """Trains on both in turn, an epoch at a time, and prints the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "images"
        _make_images(folder, 40 if quick else 400)
        module = _generated(folder)
        x, y = _arrays(module.load_data(str(folder), BATCH_SIZE)[0])
        batches, *_ = module.load_data(str(folder), BATCH_SIZE)  # has read nothing yet
        memory, files = _compiled(module), _compiled(module)
        memory.fit(x[:BATCH_SIZE], y[:BATCH_SIZE], verbose=0)  # traces the step
        files.fit(x[:BATCH_SIZE], y[:BATCH_SIZE], verbose=0)
        first = _seconds(files, batches)
        seconds: dict[str, list[float]] = {"memory": [], "files": []}
        for _ in range(2 if quick else ROUNDS):
            seconds["memory"].append(_seconds(memory, x, y, batch_size=BATCH_SIZE))
            seconds["files"].append(_seconds(files, batches))
    in_memory = median(seconds["memory"])
    rows = [("arrays in memory", in_memory), ("folder, first epoch", first)]
    rows.append(("folder, each later epoch", median(seconds["files"])))
    print_table(
        f"Pipeline: an epoch of {len(x)} JPEG images of {SIDE} by {SIDE}, batches of "
        f"{BATCH_SIZE}, {keras.backend.backend()}, {len(seconds['files'])} rounds",
        ("data", "epoch", "images / s", "this / memory"),
        (
            (name, f"{time:.2f} s", f"{len(x) / time:,.0f}", f"{time / in_memory:.3f}")
            for name, time in rows
        ),
    )


def _make_images(folder: Path, count: int) -> None:
    rng = np.random.default_rng(_SEED)
    for number in range(CLASSES):
        place = folder / f"class{number}"
        place.mkdir(parents=True)
        for image in range(count):
            coarse = rng.integers(0, 255, (SIDE // 8, SIDE // 8, 3), dtype="uint8")
            pixels = coarse.repeat(8, axis=0).repeat(8, axis=1)
            keras.utils.save_img(place / f"{image}.jpg", pixels, scale=False)


def _generated(folder: Path) -> ModuleType:
    """Returns the module that kgen writes for a folder of images."""
    data = own_document(str(folder), target=None, window=None, horizon=None)
    assert data is not None
    program = load_data(data, None, find_problems)
    source = generate(program, Options(Style.FUNCTIONAL)).source
    path = folder.parent / "images_model.py"
    path.write_text(source, "utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _compiled(module: ModuleType) -> keras.Model:
    keras.utils.set_random_seed(_SEED)
    model: keras.Model = module.build_model()
    module.compile_model(model)
    return model


def _arrays(batches: Any) -> tuple[np.ndarray, np.ndarray]:
    parts = [(np.array(x), np.array(y)) for x, y in batches]
    x, y = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return x, y


def _seconds(model: keras.Model, *data: Any, **how: int) -> float:
    start = time.perf_counter()
    model.fit(*data, verbose=0, shuffle=False, **how)
    return time.perf_counter() - start
