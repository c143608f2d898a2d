"""Loops of one's own learn what `fit` does; precision, seed and compilation do what they say."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kgen_runner import Kgen
from support import Arrays, load_preset, load_program_of, run_module

from keras_kgen.frontends.overrides import override
from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.passes.validate import validate
from keras_kgen.pipeline import generate

keras = pytest.importorskip("keras")
pytest.importorskip("matplotlib")
HERE = Path(__file__).parent
BACKENDS = [
    name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name)
]
# Several inputs and outputs, a mask, states, random numbers, and losses that layers add.
EVERYTHING = """
name: everything
inputs:
  words: {shape: [12], dtype: int32}
  image: [8, 8, 1]
layers:
  - text = Embedding(50, 8, mask_zero=True)(words)
  - text = LSTM(8)(text)
  - x = Conv2D(4, 3, activation="relu", kernel_regularizer=L2(1e-2))(image)
  - x = BatchNormalization()(x)
  - x = Flatten()(x)
  - x = Concatenate()([x, text])
  - x = Dropout(0.3)(x)
  - kind = Dense(3, activation="softmax")(x)
  - size = Dense(1, activity_regularizer=L2(1e-3))(x)
outputs: [kind, size]
compile:
  loss: {kind: sparse_categorical_crossentropy, size: mse}
  loss_weights: {kind: 1.0, size: 0.5}
  metrics: {kind: [accuracy], size: [mae]}
"""
# Each module: its style, and what the command line says of it.
MODULES: Mapping[str, tuple[Style, Mapping[str, Any]]] = {
    "mnist_mlp__fit": (Style.FUNCTIONAL, {}),
    "mnist_mlp__functional": (Style.FUNCTIONAL, {"loop": "custom"}),
    "mnist_mlp__subclass": (Style.SUBCLASS, {"loop": "custom"}),
    "mnist_mlp__bfloat16": (
        Style.SUBCLASS,
        {"precision": "mixed_bfloat16", "loop": "custom", "seed": 5},
    ),
    "mnist_mlp__float16_fit": (
        Style.SEQUENTIAL,
        {"precision": "mixed_float16", "jit": "off"},
    ),
    "mnist_mlp__float16": (
        Style.SEQUENTIAL,
        {"precision": "mixed_float16", "jit": "off", "loop": "custom"},
    ),
    "everything__fit": (Style.FUNCTIONAL, {}),
    "everything__functional": (Style.FUNCTIONAL, {"loop": "custom"}),
}
# Which of them must learn the same.
ALIKE = {
    "mnist_mlp__functional": "mnist_mlp__fit",
    "mnist_mlp__subclass": "mnist_mlp__fit",
    "mnist_mlp__float16": "mnist_mlp__float16_fit",
    "everything__functional": "everything__fit",
}


def program_of(name: str, folder: Path) -> Program:
    """Returns a preset, or the model with everything."""
    if name != "everything":
        return load_preset(name)
    (folder / "everything.yaml").write_text(EVERYTHING, encoding="utf-8")
    return load_program_of(folder / "everything.yaml")


def write_modules(
    modules: Mapping[str, tuple[Style, Mapping[str, Any]]], folder: Path, backend: str
) -> None:
    for name, (style, settings) in modules.items():
        program = program_of(name.partition("__")[0], folder)
        if settings:
            program = override(program, validate, **settings)
        if program.training.loop == "custom" and style is Style.SEQUENTIAL:
            # A step for one backend alone does what its part of all three does.
            training = replace(program.training, loop=backend)
            program = replace(program, training=training)
        source = generate(program, Options(style)).source
        (folder / f"{name}.py").write_text(source, encoding="utf-8")


def write_data(folder: Path, mnist: Arrays) -> None:
    np.savez(folder / "mnist_mlp.npz", **{k: v[:200] for k, v in mnist.items()})
    rng = np.random.default_rng(0)
    arrays = {
        "x_{}_words": rng.integers(0, 50, (100, 12)).astype("int32"),
        "x_{}_image": rng.random((100, 8, 8, 1), dtype="float32"),
        "y_{}_kind": rng.integers(3, size=100),
        "y_{}_size": rng.random((100, 1), dtype="float32"),
    }
    parts = {k.format(part): v for part in ("train", "test") for k, v in arrays.items()}
    np.savez(folder / "everything.npz", **parts)


def run_alike(
    folder: Path, backend: str, monkeypatch: pytest.MonkeyPatch, *names: str
) -> dict[str, Any]:
    monkeypatch.setenv("KERAS_BACKEND", backend)
    files = [f"{name}.py" for name in names]
    run = run_module(folder, str(HERE / "run_alike.py"), "result.json", *files)
    assert run.returncode == 0, run.stderr[-3000:]
    return dict(json.loads((folder / "result.json").read_text("utf-8")))


@pytest.mark.parametrize("backend", BACKENDS)
def test_modes(
    backend: str,
    mnist: tuple[Arrays, bool],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One process trains all: most of the time goes into starting it."""
    write_modules(MODULES, tmp_path, backend)
    write_data(tmp_path, mnist[0])
    found = run_alike(tmp_path, backend, monkeypatch, *MODULES)
    for name, other in ALIKE.items():
        check_alike(found[name]["history"], found[other]["history"])
    for report in found.values():
        check_report(report)
    scaled = {found[name]["optimizer"] for name in found if "__float16" in name}
    assert scaled == {"LossScaleOptimizer"}
    assert not found["mnist_mlp__float16"]["jit"]
    first, second, resumed = found["mnist_mlp__bfloat16"]["runs"]
    assert first == second == resumed[:1] and len(resumed) == 2


def check_alike(
    one: Mapping[str, list[float]], other: Mapping[str, list[float]]
) -> None:
    assert one.keys() == other.keys()
    for name, values in one.items():
        np.testing.assert_allclose(values, other[name], rtol=1e-5, err_msg=name)


def check_report(report: Mapping[str, Any]) -> None:
    """A model learns, answers in float32, and is the same when it is loaded."""
    losses = report["history"]["loss"]
    assert losses[-1] < losses[0]
    assert report["outputs"] == ["float32"]
    assert report["weights"] == ["float32"]
    assert report["difference"] == 0


@pytest.mark.long
@pytest.mark.parametrize("backend", BACKENDS)
def test_compiled_steps(
    backend: str,
    mnist: tuple[Arrays, bool],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if backend == "torch":
        pytest.importorskip("triton")  # torch.compile needs a compiler
    settings = {"jit": "on", "precision": "mixed_bfloat16"}
    modules = {
        "mnist_mlp__fit": (Style.FUNCTIONAL, settings),
        "mnist_mlp__custom": (Style.FUNCTIONAL, {**settings, "loop": "custom"}),
        "everything__fit": (Style.SUBCLASS, {"jit": "off"}),
        "everything__custom": (Style.SUBCLASS, {"jit": "off", "loop": "custom"}),
    }
    write_modules(modules, tmp_path, backend)
    write_data(tmp_path, mnist[0])
    found = run_alike(tmp_path, backend, monkeypatch, *modules)
    for name, report in found.items():
        check_report(report)
        assert report["jit"] is name.startswith("mnist_mlp")
    for name in ("mnist_mlp", "everything"):
        one, other = (found[f"{name}__{kind}"]["history"] for kind in ("fit", "custom"))
        check_alike(one, other)


ALL = (
    "--precision",
    "mixed_bfloat16",
    "--seed",
    "3",
    "--jit",
    "on",
    "--loop",
    "custom",
)


@pytest.mark.long
@pytest.mark.parametrize("style", ["sequential", "functional", "subclass"])
def test_project_with_all_modes(
    style: str, kgen: Kgen, folder: Path, mnist: tuple[Arrays, bool]
) -> None:
    wanted = ("new", "mnist_mlp", "--style", style, "--project", ".")
    assert kgen(*wanted, *ALL).exit_code == 0
    tests = run_module(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert tests.returncode == 0, tests.stdout[-3000:]
    np.savez("data.npz", **{k: v[:200] for k, v in mnist[0].items()})
    train = ("mnist_mlp.train", "--data", "data.npz", "--epochs")
    for command in (
        (*train, "1"),
        (*train, "2", "--resume"),
        ("mnist_mlp.evaluate", "--data", "data.npz"),
    ):
        result = run_module(folder, "-m", *command)
        assert result.returncode == 0, result.stderr[-3000:]


@pytest.mark.long
def test_notebook_with_all_modes(
    kgen: Kgen,
    folder: Path,
    mnist: tuple[Arrays, bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    monkeypatch.delenv("MPLBACKEND", raising=False)
    np.savez("data.npz", **{k: v[:200] for k, v in mnist[0].items()})
    wanted = ("new", "mnist_mlp", "--style", "subclass", "--notebook", "-")
    notebook = nbformat.reads(kgen(*wanted, *ALL).stdout, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace("DATA = None", 'DATA = "data.npz"')
    nbclient.NotebookClient(notebook, resources={"metadata": {"path": "."}}).execute()
    outputs = str([cell.get("outputs") for cell in notebook.cells])
    assert "predict the same" in outputs
