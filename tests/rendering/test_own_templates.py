"""A folder of templates stands in front of kgen's."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import black
import pytest
from kgen_runner import Kgen

import keras_kgen
from keras_kgen.rendering.environment import template_names

CHILD = '{% extends "kgen/module.py.jinja" %}\n'


def write(name: str, text: str) -> None:
    Path("own").mkdir(exist_ok=True)
    Path("own", name).write_text(text, encoding="utf-8")


def module_of(kgen: Kgen, template: str, *arguments: str) -> str:
    """Returns the module that a template for modules gives."""
    write("module.py.jinja", CHILD + template)
    result = kgen("new", *arguments, "--templates", "own", "-o", "-")
    assert result.exit_code == 0, result.stderr
    text = result.stdout
    assert text == black.format_str(text, mode=black.Mode())
    return text


def extend_all() -> None:
    """Writes a folder in which each template is kgen's own, by another way."""
    for name in template_names():
        if name.startswith(("_", "notebook")):
            continue
        write(name, f'{{% extends "kgen/{name}" %}}\n')
    write("notebook.jinja", '{% import "kgen/notebook.jinja" as kgen %}\n')


@pytest.mark.parametrize("preset", ["imdb_lstm", "fashion_resnet", "housing_wide_deep"])
def test_templates_that_change_nothing_change_nothing(
    preset: str, folder: Path
) -> None:
    extend_all()
    for style in ("functional", "subclass"):
        ours = keras_kgen.generate(preset, style=style)
        assert keras_kgen.generate(preset, style=style, templates="own") == ours


def test_nor_do_they_in_notebooks_and_projects(kgen: Kgen, folder: Path) -> None:
    extend_all()
    for goal in (("--notebook", "-"), ("--explain", "-o", "-")):
        found = [
            kgen("new", "mnist_multitask", *goal, *own).stdout
            for own in ((), ("--templates", "own"))
        ]
        assert found[0] == found[1]
    kgen("new", "--project", "ours")
    kgen("new", "--project", "theirs", "--templates", "own")
    files = [path for path in Path("ours").rglob("*") if path.is_file()]
    assert len(files) > 10
    for path in files:
        other = Path("theirs", path.relative_to("ours"))
        if path.name != ".kgen.json":  # which says where the templates are
            assert path.read_bytes() == other.read_bytes()


def test_a_block_takes_the_place_of_kgens(kgen: Kgen, folder: Path) -> None:
    text = module_of(
        kgen,
        "{% block evaluate %}\nimport json\n\n"
        'def evaluate(model,data,path):\n    "Prints the scores."\n'
        "    print(json.dumps(model.evaluate(*data, return_dict=True)))\n{% endblock %}\n"
        "{% block docstring %}\n{{ super() }}\n# Of our group.\n{% endblock %}\n",
    )
    assert "import importlib.util\nimport json\nfrom pathlib" in text
    assert '"""\n\n# Of our group.\n\nimport argparse' in text
    assert "print(json.dumps(model.evaluate(*data, return_dict=True)))" in text


def test_imports_of_kgens_go_where_nothing_reads_them(kgen: Kgen, folder: Path) -> None:
    text = module_of(
        kgen,
        "{% block imports %}\nimport our_layers\n{{ super() }}\n{% endblock %}\n"
        "{% block train %}\ndef train(model, data, *rest):\n    model.fit(*data)\n{% endblock %}",
    )
    assert "importlib" not in text
    assert "import numpy as np\nimport our_layers\nfrom keras import layers\n" in text


def test_what_is_set_before_an_import_is_set_before_it(
    kgen: Kgen, folder: Path
) -> None:
    text = module_of(
        kgen,
        '{% block imports %}\nimport os\nos.environ["KERAS_BACKEND"] = "jax"\n'
        "{{ super() }}\n{% endblock %}\n",
    )
    head = 'import os\n\nos.environ["KERAS_BACKEND"] = "jax"\n\nimport argparse\n'
    assert head in text


def test_a_whole_template_and_one_of_the_users_macros(kgen: Kgen, folder: Path) -> None:
    write("_house.jinja", "{% macro title(t) %}\nTITLE = {{ t }}\n{% endmacro %}\n")
    write(
        "module.py.jinja",
        '{% from "_house.jinja" import title %}\n{% from "_macros.jinja" import function %}\n'
        "import keras\nfrom keras import layers\n{{ title(module.docstring) }}\n"
        "INPUT_SHAPE = (28, 28)\n"
        "{% for item in module.definitions.functions %}\n{{ function(item) }}\n{% endfor %}\n",
    )
    result = kgen("new", "--flat", "--templates", "own", "-o", "-")
    assert result.exit_code == 0, result.stderr
    assert [type(n).__name__ for n in ast.parse(result.stdout).body] == [
        *("Import", "ImportFrom", "Assign", "Assign", "FunctionDef")
    ]


def test_a_file_of_macros_can_be_replaced(kgen: Kgen, folder: Path) -> None:
    text = kgen("templates", "_training.jinja").stdout
    write(
        "_training.jinja",
        text.replace("ax.set(title=name", "ax.set(title=name.upper()"),
    )
    assert (
        "ax.set(title=name.upper()"
        in kgen("new", "--templates", "own", "-o", "-").stdout
    )


def test_a_cell_of_a_notebook(kgen: Kgen, folder: Path) -> None:
    write(
        "notebook.jinja",
        '{% import "kgen/notebook.jinja" as kgen %}\n{% macro settings(v) %}\n'
        '{{ kgen.settings(v) }}\nGROUP = "vision"\n{% endmacro %}\n',
    )
    result = kgen("new", "--notebook", "-", "--templates", "own")
    assert result.exit_code == 0, result.stderr
    cells = ["".join(cell["source"]) for cell in json.loads(result.stdout)["cells"]]
    assert sum('\nGROUP = "vision"' in cell for cell in cells) == 1


def test_what_explains_the_model_leaves_other_code_alone(
    kgen: Kgen, folder: Path
) -> None:
    template = (
        "{% block functions %}\ndef build_model(): return keras.Sequential([])\n"
        "{% endblock %}\n{% block docstring %}{% endblock %}\n"
    )
    text = module_of(kgen, template, "mnist_convnet", "--explain")
    assert "return keras.Sequential([])" in text
    result = kgen("new", "--notebook", "-", "--templates", "own")
    assert result.exit_code == 0, result.stderr


def test_files_of_a_project(kgen: Kgen, folder: Path) -> None:
    write(
        "project_train.py.jinja",
        '{% extends "kgen/project_train.py.jinja" %}\n{% block compile %}\n'
        "import json\n\nfrom mnist_mlp.model import build_model\n\n"
        "{{ super() }}\n\ndef size():\n    return json.dumps(build_model().count_params())\n"
        "{% endblock %}\n",
    )
    write(
        "project_gitignore.jinja",
        '{% extends "kgen/project_gitignore.jinja" %}\n{% block content %}\n'
        "{{ super() }}\n/mlruns/\n{% endblock %}\n",
    )
    result = kgen("new", "--project", "here", "--templates", "own")
    assert result.exit_code == 0, result.stderr
    text = Path("here/mnist_mlp/train.py").read_text()
    assert "import importlib.util\nimport json\n" in text
    assert "from mnist_mlp.model import RUN_DIR, build_model\n" in text
    assert Path("here/.gitignore").read_text().endswith("/mlruns/\n")


ERRORS = {
    "unknown_name": (
        "modul.py.jinja",
        "",
        "own/modul.py.jinja: error: kgen has no template 'modul.py.jinja'; "
        "did you mean 'module.py.jinja'?",
    ),
    "only_helpers": (
        "_house.jinja",
        "",
        "own: error: no file has the name of a template: `kgen templates` lists them",
    ),
    "all_at_once": (
        "module.py.jinja",
        CHILD + "{% block trian %}{% endblock %}\nimport csv\n{{ module }}\n",
        "own/module.py.jinja:2: error: kgen/module.py.jinja has no block 'trian'; "
        "did you mean 'train'?\n"
        "own/module.py.jinja:3: error: only what stands in a block takes part in "
        "kgen/module.py.jinja\n"
        "own/module.py.jinja:4: error: only what stands in a block takes part in "
        "kgen/module.py.jinja",
    ),
    "itself": (
        "module.py.jinja",
        '{% extends "module.py.jinja" %}',
        "own/module.py.jinja:1: error: it extends itself: kgen's own is kgen/module.py.jinja",
    ),
    "unknown_parent": (
        "module.py.jinja",
        '{% extends "kgen/modul.py.jinja" %}',
        "own/module.py.jinja:1: error: there is no template 'kgen/modul.py.jinja'; "
        "did you mean 'kgen/module.py.jinja'?",
    ),
    "syntax": (
        "module.py.jinja",
        CHILD + "{% block train %}\n{{ super( }}\n{% endblock %}",
        "own/module.py.jinja:3: error: unexpected '}', expected ')'",
    ),
    "unknown_filter": (
        "module.py.jinja",
        CHILD + "{% block train %}\n{{ super() | nofilter }}\n{% endblock %}",
        "own/module.py.jinja:3: error: No filter named 'nofilter'.",
    ),
    "unknown_field": (
        "module.py.jinja",
        CHILD + "{% block train %}\n\n{{ module.weigths }}\n{% endblock %}",
        "own/module.py.jinja:4: error: ModuleView has no 'weigths', but docstring, "
        "import_groups, constants, definitions, training, own, weights, precision; did "
        "you mean 'weights'?",
    ),
    "unknown_variable": (
        "module.py.jinja",
        CHILD + "{% block train %}\n{{ modul.weights }}\n{% endblock %}",
        "own/module.py.jinja:3: error: 'modul' is undefined",
    ),
    "failing": (
        "module.py.jinja",
        CHILD + "{% block train %}\n{{ 1 / 0 }}\n{% endblock %}",
        "own/module.py.jinja:3: error: division by zero",
    ),
    "unsafe": (
        "module.py.jinja",
        CHILD + "{% block train %}\n{{ ''.__class__.__mro__ }}\n{% endblock %}",
        "own/module.py.jinja:3: error: access to attribute '__class__' of 'str' object is "
        "unsafe.",
    ),
    "unknown_include": (
        "module.py.jinja",
        CHILD + '{% block train %}\n{% include "_macro.jinja" %}\n{% endblock %}',
        "own/module.py.jinja:3: error: there is no template '_macro.jinja'; did you mean "
        "'_macros.jinja'?",
    ),
    "no_python": (
        "module.py.jinja",
        CHILD + "{% block compile %}\n{{ super() }}\n\nfoo(\n{% endblock %}",
        "own/module.py.jinja:5: error: what it writes is not Python: '(' was never closed: "
        "foo(",
    ),
    "no_python_of_kgens": (
        "module.py.jinja",
        CHILD
        + '{% block compile %}\n{{ super() | replace("_", " ") }}\n{% endblock %}',
        "own/module.py.jinja:3: error: what it writes is not Python: expected '(': "
        "def compile model(model):",
    ),
    "macros": (
        "_weights.jinja",
        "{% macro load_weights(weights) %}{% endmacro %}",
        "own/_weights.jinja: error: it lacks the macro 'start_from_weights', which other "
        "templates import\n"
        "own/_weights.jinja: error: it lacks the macro 'weights_option', which other "
        "templates import",
    ),
    "cells": (
        "notebook.jinja",
        "{% macro setings(v) %}{% endmacro %}",
        "own/notebook.jinja:1: error: a notebook has no cell 'setings'; did you mean "
        "'settings'?",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_mistakes_are_located(case: str, kgen: Kgen, folder: Path) -> None:
    name, text, expected = ERRORS[case]
    write(name, text)
    result = kgen("new", "--templates", "own")
    assert result.stderr == f"{expected}\n"
    assert result.exit_code == 1
    assert [path.name for path in folder.iterdir()] == ["own"]


def test_a_cell_that_is_no_python(kgen: Kgen, folder: Path) -> None:
    write("notebook.jinja", "{% macro load(v) %}\n\n!pip install x\n{% endmacro %}\n")
    result = kgen("new", "--notebook", "-", "--templates", "own")
    message = "what it writes is not Python: invalid syntax: !pip install x"
    assert result.stderr == f"own/notebook.jinja:3: error: {message}\n"


def test_text_that_is_no_text(kgen: Kgen, folder: Path) -> None:
    write("module.py.jinja", "")
    Path("own/module.py.jinja").write_bytes(b"\xff")
    result = kgen("new", "--templates", "own")
    assert result.stderr == "own/module.py.jinja: error: the text is not UTF-8\n"


def test_a_folder_that_has_no_part_in_it(kgen: Kgen, folder: Path) -> None:
    assert kgen("new", "--templates", "own").stderr == (
        "error: --templates takes a folder, and own is none\n"
    )
    write("module.py.jinja", CHILD)
    result = kgen("new", "--project", "here", "--templates", "own")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: no template in own has a part in this: `kgen templates` lists them\n"
    )


def test_templates_are_listed(kgen: Kgen) -> None:
    listed = kgen("templates").stdout
    assert all(f"{name}\n" in listed for name in template_names())
    assert "compare" not in listed
    result = kgen("templates", "module.jinja")
    assert result.stderr.startswith("error: there is no template 'module.jinja'; did")
    assert result.exit_code == 2
