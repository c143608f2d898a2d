"""Styles that other packages add."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import install
from kgen_runner import Kgen

import keras_kgen
from keras_kgen.errors import UsageError

PACKAGE = "kgen_test_styles"
PROJECT = """
[project]
name = "kgen-test-styles"
version = "1.0"
entry-points."keras_kgen.styles" = {{ {points} }}
"""
CODE = '''
from keras_kgen.styles import Network, UsageError

TEXT = """
import json
import keras


def helper():
    return json


def build_model():
    return helper()
"""
SEEN = []


def look(network):
    SEEN.append(network)
    return TEXT


def refuse(network):
    raise UsageError("no such thing here")


def fail(network):
    return {}["key"]


def number(network):
    return 1


def broken(network):
    return "def build_model(:"


def without(network):
    return "def f(): pass"


def twice(network):
    return "def build_model(): pass\\ndef train(): pass"


VALUE = 3
'''
NAMES = (
    *("look", "refuse", "fail", "number", "broken", "without", "twice", "VALUE"),
    *("absent", "functional"),
)


@pytest.fixture
def styles(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with styles, where Python finds it; the folder is the current one."""
    site = folder / "site"
    site.mkdir()
    points = ", ".join(f'{name} = "{PACKAGE}:{name}"' for name in NAMES)
    (site / "pyproject.toml").write_text(PROJECT.format(points=points))
    (site / f"{PACKAGE}.py").write_text(CODE)
    install(site)
    monkeypatch.syspath_prepend(site)
    yield site
    sys.modules.pop(PACKAGE, None)


def test_what_a_style_writes_is_part_of_the_module(kgen: Kgen, styles: Path) -> None:
    result = kgen("new", "--style", "look", "-o", "-")
    assert result.exit_code == 0, result.stderr
    text = result.stdout
    assert "from the preset mnist_mlp, in the look style." in text
    assert "import importlib.util\nimport json\nfrom pathlib import Path" in text
    assert "\n\n\ndef helper():\n    return json\n\n\ndef build_model():\n" in text
    assert text == keras_kgen.generate("mnist_mlp", style="look").replace(
        "Written by kgen 0.1.0, in",
        "Written by kgen 0.1.0 from the preset mnist_mlp, in",
    )


def test_a_style_is_shown_layers_and_steps(kgen: Kgen, styles: Path) -> None:
    spec = """
name: net
inputs: {image: [8], text: [8]}
shared: {head: Dense(4)}
layers:
  - a = head()(image)
  - b = head()(text)
  - c = a + b
  - d = Dropout(0.5)(c)
  - e = Add()([d, a])
outputs: {first: e, second: b}
"""
    Path("net.yaml").write_text(spec)
    assert kgen("new", "net.yaml", "--style", "look").exit_code == 0
    (network,) = sys.modules[PACKAGE].SEEN
    assert network.name == '"net"'
    assert [(item.name, item.source) for item in network.inputs] == [
        ("image", 'keras.Input(shape=INPUT_SHAPE, name="image")'),
        ("text", 'keras.Input(shape=INPUT_SHAPE, name="text")'),
    ]
    assert network.takes == '{"image": image, "text": text}'
    assert network.gives == '{"first": e, "second": b}'
    assert [(item.source, item.is_shared) for item in network.layers] == [
        ("layers.Dense(4)", True),
        ("layers.Dropout(0.5)", False),
        ("layers.Add()", False),
    ]
    head, dropout, add = network.layers
    assert len({head.name, dropout.name, add.name}) == 3
    assert [
        (item.layer, item.arguments, item.inputs, item.results, item.source)
        for item in network.steps
    ] == [
        (head, "image", ("image",), ("a",), "head(image)"),
        (head, "text", ("text",), ("b",), "head(text)"),
        (None, "", ("a", "b"), ("c",), "a + b"),
        (dropout, "c", ("c",), ("d",), "layers.Dropout(0.5)(c)"),
        (add, "[d, a]", ("d", "a"), ("e",), "layers.Add()([d, a])"),
    ]


MESSAGES = {
    "refuse": (2, "error: no such thing here\n"),
    "number": (1, "gave int, and not the source of build_model()\n"),
    "broken": (1, "writes what is not Python: invalid syntax: def build_model(:\n"),
    "without": (1, "defines no function build_model()\n"),
    "twice": (1, "defines 'train', which the module has already\n"),
    "VALUE": (1, "is no function\n"),
    "absent": (
        1,
        "cannot be imported: AttributeError: module 'kgen_test_styles' has no attribute "
        "'absent'\n",
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_style_that_goes_wrong_is_named(name: str, kgen: Kgen, styles: Path) -> None:
    code, message = MESSAGES[name]
    result = kgen("new", "--style", name)
    assert result.stderr.endswith(message)
    named = f"error: the style {name!r} (kgen_test_styles:{name}) "
    assert result.stderr.startswith(named) or name == "refuse"
    assert result.exit_code == code
    assert not list(Path().glob("*.py"))


def test_an_error_within_a_style_says_where(kgen: Kgen, styles: Path) -> None:
    result = kgen("new", "--style", "fail")
    start = "error: the style 'fail' (kgen_test_styles:fail) failed: KeyError: 'key' ("
    assert result.stderr.startswith(start)
    assert f"{PACKAGE}.py:" in result.stderr


def test_names_of_kgens_styles_stay_kgens(kgen: Kgen, styles: Path) -> None:
    text = kgen("new", "--style", "functional", "-o", "-").stdout
    assert "keras.Model(inputs, outputs" in text
    assert PACKAGE not in sys.modules


def test_an_unknown_style_is_refused_first(kgen: Kgen, styles: Path) -> None:
    result = kgen("new", "no_such_file.h5", "--style", "lok")
    assert result.stderr == (
        "error: there is no style 'lok'; expected auto, all, sequential, functional, "
        "subclass, VALUE, absent, broken, fail, look, number, refuse, twice, without; did "
        "you mean 'look'?\n"
    )
    assert result.exit_code == 2
    with pytest.raises(UsageError, match="did you mean 'look'"):
        keras_kgen.generate("mnist_mlp", style="lok")


def test_what_a_style_has_no_part_in(kgen: Kgen, styles: Path) -> None:
    for goal in (("--explain",), ("--notebook", "-")):
        result = kgen("new", "--style", "look", *goal)
        assert "kgen explains styles of its own only" in result.stderr
        assert result.exit_code == 2
    result = kgen("new", "mnist_siamese", "--style", "look")
    assert "'encoder' is a model within the model" in result.stderr
    assert result.exit_code == 2


def test_styles_write_projects_and_see_templates(kgen: Kgen, styles: Path) -> None:
    Path("own").mkdir()
    for name in ("module.py.jinja", "project_model.py.jinja"):
        child = (
            f'{{% extends "kgen/{name}" %}}\n{{% block functions %}}\n{{{{ super() }}}}\n'
            "def more():\n    return build_model()\n{% endblock %}\n"
        )
        Path("own", name).write_text(child)
    common = ("--style", "look", "--templates", "own")
    text = kgen("new", *common, "-o", "-").stdout
    result = kgen("new", *common, "--project", "here")
    assert result.exit_code == 0, result.stderr
    written = "    return helper()\n\n\ndef more():\n    return build_model()\n"
    assert written in text
    assert written in Path("here/mnist_mlp/model.py").read_text()
