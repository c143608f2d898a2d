"""`--explain` adds comments and docstrings, and nothing else."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import black
import pytest
from support import load_preset, load_program_of

from keras_kgen.errors import UsageError
from keras_kgen.frontends import presets
from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

GOLDEN = Path(__file__).parent.parent / "golden"
SOURCES = (
    *presets.names(),
    *sorted(path.parent.name for path in GOLDEN.glob("*/model.json")),
)
_COMMENT = re.compile(r"\s*# (.*)")


@functools.cache
def program_of(name: str) -> Program:
    if not (GOLDEN / name).is_dir():
        return load_preset(name)
    return load_program_of(GOLDEN / name / "model.json")


@functools.cache
def source_of(name: str, style: Style, explain: bool) -> str:
    try:
        return generate(program_of(name), Options(style, explain=explain)).source
    except UsageError as error:
        pytest.skip(str(error))


class _WithoutDocstrings(ast.NodeTransformer):
    def visit(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        is_documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if is_documented and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
        return node


def code_of(source: str) -> str:
    """Returns the code of a module without comments and docstrings."""
    return ast.dump(_WithoutDocstrings().visit(ast.parse(source)))


def comments_of(source: str) -> str:
    """Returns the comments of a module as one text."""
    found = (_COMMENT.search(line) for line in source.splitlines())
    return " ".join(match[1] for match in found if match)


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("name", SOURCES)
def test_the_code_stays_as_it_is(name: str, style: Style) -> None:
    explained = source_of(name, style, True)
    assert code_of(explained) == code_of(source_of(name, style, False))


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("name", SOURCES)
def test_black_leaves_it_as_it_is(name: str, style: Style) -> None:
    explained = source_of(name, style, True)
    assert black.format_str(explained, mode=black.Mode()) == explained
    before = set(source_of(name, style, False).splitlines())
    added = [line for line in explained.splitlines() if line not in before]
    assert max(map(len, added)) <= 88


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("name", SOURCES)
def test_nothing_is_said_twice(name: str, style: Style) -> None:
    comments = comments_of(source_of(name, style, True))
    said = re.findall(r"(?:^|[.)] )([A-Z]\w+): [A-Z]", comments)
    classes = [name for name in said if name != "Parameters"]
    assert len(set(classes)) == len(classes)


def test_a_layer_is_explained_where_it_comes_first() -> None:
    lines = source_of("mnist_convnet", Style.FUNCTIONAL, True).splitlines()
    first, second = (i for i, line in enumerate(lines) if "layers.Conv2D(" in line)
    above = "\n".join(lines[:first])
    assert "# Conv2D: " in above
    assert lines[first - 1].strip() == "# Parameters: 3 * 3 * 1 * 32 + 32 = 320."
    assert lines[first].endswith("  # (None, 26, 26, 32)")
    assert lines[second - 1].strip() == "# Parameters: 3 * 3 * 32 * 64 + 64 = 18,496."


def test_shapes_that_differ_from_time_to_time_are_said_in_turn() -> None:
    comments = comments_of(source_of("fashion_resnet", Style.SUBCLASS, True))
    assert (
        "(None, 28, 28, 32), then (None, 14, 14, 64), then (None, 7, 7, 128)"
        in comments
    )
    assert "Parameters: 3 * 3 * 32 * 32 = 9,216, then 18,432, then 73,728." in comments


@pytest.mark.parametrize("style", Style)
def test_each_style_says_what_it_can_do(style: Style) -> None:
    text = ast.get_docstring(ast.parse(source_of("mnist_mlp", style, True)))
    assert text is not None and f"The {style.value} style" in text


@pytest.mark.parametrize("name", ["adam", "sparse_categorical_crossentropy"])
def test_training_is_explained(name: str) -> None:
    assert f"{name}: " in comments_of(
        source_of("mnist_convnet", Style.FUNCTIONAL, True)
    )


def test_a_class_of_the_user_is_not_taken_for_one_of_keras(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(
        "name: m\ninputs: [8]\nimports: {Widen: my_layers}\n"
        "layers:\n  - Widen(4)\n  - Dense(2)\n"
    )
    program = load_program_of(path)
    for style in Style:
        source = generate(program, Options(style, explain=True)).source
        comments = comments_of(source)
        assert "Widen: " not in comments
        assert "Dense: " in comments
        assert ast.get_docstring(ast.parse(source))


def test_callbacks_are_explained() -> None:
    comments = comments_of(source_of("fashion_resnet", Style.FUNCTIONAL, True))
    for name in ("CSVLogger", "ReduceLROnPlateau", "TensorBoard"):
        assert f"{name}: " in comments
