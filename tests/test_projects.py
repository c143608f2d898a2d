"""`kgen new --project`: every file of it, without Keras."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from kgen_runner import Kgen
from project_files import check_files, written
from support import load_preset

from keras_kgen.errors import OutputError
from keras_kgen.frontends import presets
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate
from keras_kgen.projects.generate import generate_project

HOSTILE = r'''
name: Train "me" & <you> class
description: 'A """quote""" \ {x} <b>bold</b> ${{ y }} {% raw %} `code` # ]] end'
inputs: {left: [4], right: {shape: [5]}}
blocks:
  load_model(units):
    - Dense(units)
    - Dense(units)
  predict(units):
    - Dense(units)
    - Dense(units)
layers:
  - a = load_model(3)(left)
  - b = predict(3)(right)
  - y = Add()([a, b])
  - z = Dense(1)(y)
outputs: {file: y, 'b"\{x}': z}
'''


@pytest.mark.parametrize("preset", presets.names())
def test_preset(preset: str, kgen: Kgen, folder: Path) -> None:
    result = kgen("new", preset, "--project", "here")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
    assert 'cd here && pip install -e ".[tensorflow,test]" && pytest' in result.stderr
    files = written(folder / "here")
    check_files(files, preset, folder / "here")
    assert files["model.yaml"] == kgen("spec", preset).stdout
    assert files["model.svg"] == kgen("draw", preset, "-o", "-").stdout


@pytest.mark.parametrize("style", list(Style))
def test_model_is_that_of_the_module(style: Style) -> None:
    """The functions and classes of the model are, to the byte, those of one module."""
    program = load_preset("mnist_mlp")
    files = generate_project(program, Options(style)).files
    module = generate(program, Options(style)).source
    model = files["mnist_mlp/model.py"]
    start = re.search(r"^(@|def |class )", model, re.MULTILINE)
    assert start is not None
    ours = model[start.start() : model.index("\n\n\ndef load_model")]
    assert f"{ours}\n\n\ndef load_data" in module
    for name in ("compile_model", "train", "write_graph", "save", "plot_history"):
        function = re.search(
            rf"^def {name}\(.*?\n\n\n", module, re.DOTALL | re.MULTILINE
        )
        assert function is not None
        assert function[0] in files["mnist_mlp/train.py"]


def test_hostile_names_and_texts_stay_data(kgen: Kgen, folder: Path) -> None:
    (folder / "evil.yaml").write_text(HOSTILE, encoding="utf-8")
    result = kgen("new", "evil.yaml", "--project", "here")
    assert result.exit_code == 0, result.stderr
    files = written(folder / "here")
    package = "train_me_you_class"
    check_files(files, package, folder / "here")
    described = tomllib.loads(files["pyproject.toml"])["project"]["description"]
    assert described.startswith('A """quote""" \\ {x} <b>bold</b> ${{ y }} {% raw %}')
    assert "<b>" not in files["README.md"].replace("\\<b\\>", "")
    model = ast.parse(files[f"{package}/model.py"])
    assert (ast.get_docstring(model) or "").startswith('A """quote""" \\ {x}')


@pytest.mark.parametrize("name", ["keras", "tests", "json", "jax", "numpy"])
def test_names_of_libraries_are_refused(name: str, kgen: Kgen, folder: Path) -> None:
    result = kgen("new", "--name", name, "--project", "here")
    assert result.exit_code == 2
    assert result.stderr == (
        f"error: a package {name} would hide a library or a folder of that name; "
        "give another --name\n"
    )
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "x.py"), "--project and -o do not go together"),
        (("--style", "all"), "--project takes one style"),
        (("--explain",), "--project and --explain do not go together"),
    ],
)
def test_options_that_do_not_go_together(
    arguments: tuple[str, ...], message: str, kgen: Kgen, folder: Path
) -> None:
    result = kgen("new", "--project", "here", *arguments)
    assert (result.exit_code, result.stderr) == (2, f"error: {message}\n")
    assert not list(folder.iterdir())


def test_a_folder_with_contents_is_refused(kgen: Kgen, folder: Path) -> None:
    (folder / "here").mkdir()
    (folder / "here" / "notes.txt").write_text("mine")
    result = kgen("new", "--project", "here")
    assert result.exit_code == 1
    assert "here is not empty" in result.stderr
    assert written(folder) == {"here/notes.txt": "mine"}


def test_an_empty_folder_is_taken(kgen: Kgen, folder: Path) -> None:
    (folder / "here").mkdir()
    assert kgen("new", "--project", "here").exit_code == 0
    assert (folder / "here" / "pyproject.toml").exists()


def test_force_replaces_only_what_it_writes(kgen: Kgen, folder: Path) -> None:
    assert kgen("new", "--project", "here").exit_code == 0
    first = written(folder / "here")
    (folder / "here" / "README.md").write_text("mine")
    (folder / "here" / "notes.txt").write_text("mine")
    assert kgen("new", "--project", "here", "--force").exit_code == 0
    assert written(folder / "here") == {**first, "notes.txt": "mine"}


def test_nothing_is_left_behind_where_writing_fails(
    kgen: Kgen, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = []

    def fail(temporary: Path, path: Path, force: bool) -> None:
        moved.append(path)
        if len(moved) == 5:
            raise OutputError("the disk is full")
        temporary.rename(path)

    monkeypatch.setattr("keras_kgen.writer._move", fail)
    result = kgen("new", "--project", "here")
    assert (result.exit_code, result.stderr) == (1, "error: the disk is full\n")
    assert not list(folder.iterdir())


def test_modules_of_the_user_are_not_in_a_project(kgen: Kgen, folder: Path) -> None:
    (folder / "scaled.yaml").write_text(
        "imports: {Scale: my_layers.core}\n"
        "inputs: [8]\n"
        "layers: [Scale(), Dense(1)]\n"
        "compile: {loss: mse}\n"
        "data: file\n"
    )
    result = kgen("new", "scaled.yaml", "--project", "here")
    assert result.exit_code == 0, result.stderr
    assert "note: the project imports my_layers.core and does not hold" in result.stderr
    model = (folder / "here" / "scaled" / "model.py").read_text()
    assert "from my_layers.core import Scale" in model
