"""What templates write as Black does need not go through Black; the text is the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import black
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keras_kgen.backends.module import ModuleView, lower_module
from keras_kgen.backends.training.views import TrainingView
from keras_kgen.errors import Diagnostics
from keras_kgen.frontends import presets
from keras_kgen.frontends.detect import load_program
from keras_kgen.options import Style
from keras_kgen.pipeline import analyse, check
from keras_kgen.pysource.literals import literal
from keras_kgen.rendering import formatting
from keras_kgen.rendering.environment import Templates
from keras_kgen.rendering.formatting import format_source, in_lines, settled

GOLDEN = sorted((Path(__file__).parent.parent / "golden").glob("*/model.json"))
SOURCES = [*presets.names(), *map(str, GOLDEN)]
SETTLED = (
    *("load_data", "compile_model", "train", "save", "load_run", "read_history"),
    *("plot_history", "evaluate"),
)


def view_of(source: str, weights: str = "") -> ModuleView:
    """Returns what the templates see of a model."""
    diagnostics = Diagnostics()
    program = check(load_program(source, lambda: ""), diagnostics)
    model = analyse(program, diagnostics)
    return lower_module(model, Style.FUNCTIONAL, "header", diagnostics, weights)


def by_black(rendered: str) -> str:
    """Returns what Black makes of a module, with nothing settled."""
    return black.format_str(rendered.replace("\f", ""), mode=black.Mode())


@pytest.mark.parametrize("weights", ["", "w.npz"])
@pytest.mark.parametrize("source", SOURCES)
def test_text_is_what_black_makes_of_the_whole(source: str, weights: str) -> None:
    rendered = Templates().render_module(view_of(source, weights))
    assert format_source(rendered) == by_black(rendered)


TEXT = st.text(max_size=50)
PATH = TEXT.map(literal)
MAYBE = st.sampled_from(["", '"logs"']) | PATH


@st.composite
def trainings(draw: st.DrawFn, usual: TrainingView) -> TrainingView:
    """Draws a training half with other texts in it."""
    callbacks = replace(
        usual.callbacks,
        history=draw(PATH),
        logs=draw(MAYBE),
        graph=draw(MAYBE),
        backup=draw(MAYBE),
    )
    fit = replace(usual.fit, is_validated=draw(st.booleans()))
    compiled = (*usual.compile_arguments, f"jit_compile={draw(PATH)}")
    return replace(
        usual,
        callbacks=callbacks,
        fit=fit,
        run_dir=draw(PATH),
        compile_arguments=draw(st.sampled_from([compiled, compiled[-1:]])),
    )


MODELS = {weights: view_of("mnist_mlp", weights) for weights in ("", "w.npz")}


@given(st.data(), st.sampled_from(sorted(MODELS)), TEXT)
@settings(max_examples=30, deadline=None)
def test_no_text_in_a_settled_function_changes_that(
    data: st.DataObject, weights: str, file: str
) -> None:
    view = MODELS[weights]
    if view.weights is not None:
        view = replace(view, weights=replace(view.weights, file=literal(file)))
    training = data.draw(trainings(view.training))
    rendered = Templates().render_module(replace(view, training=training))
    assert format_source(rendered) == by_black(rendered)


def test_black_does_not_see_what_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    whole = formatting._format

    def look(source: str) -> str:
        seen.append(source)
        return whole(source)

    monkeypatch.setattr(formatting, "_format", look)
    formatting._format_once.cache_clear()
    source = format_source(Templates().render_module(view_of(str(GOLDEN[0]))))
    assert all(f"\ndef {name}(" in source for name in SETTLED)
    assert not any(f"def {name}(" in part for name in SETTLED for part in seen)


def test_a_line_that_grows_too_long_is_for_black() -> None:
    name = "x" * 80
    source = f"def f({name}):\n    return g({name}, 1)\n"
    assert format_source(settled(source)) == by_black(source)


A, B = ('f"' + letter * 40 + '"' for letter in "ab")
BELOW = "\n" + 8 * " "


@pytest.mark.parametrize(
    "inner",
    [
        *("1", "a,", f"[{BELOW}    1,{BELOW}]", "x" * 60, A + A),
        *(f'"a"{BELOW}"b"', f'{A}{BELOW}"b"', f"{A}{BELOW}{B}"),
    ],
)
def test_what_fits_on_a_line_is_for_black(inner: str) -> None:
    source = f"def f():\n    return some.function(\n        {inner}\n    )\n"
    assert format_source(settled(source)) == by_black(source)


WORDS = st.sampled_from(["x", "rate", "inputs.shape", "name", "not_a", "e5", "None"])
NUMBERS = st.sampled_from(["0", "-1", "0.5", "1e-05", "1E5", "0XFF", "10l", "1.", ".5"])
TEXTS = st.text("ab{}'#\\\\é,( ", max_size=20).map(literal)
ATOMS = WORDS | NUMBERS | TEXTS | TEXTS.map("f{}".format)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(WORDS, st.sampled_from(["=", " = "]), inner).map("".join),
        st.tuples(
            inner, st.sampled_from([" * ", "**", " ** ", "/", " == "]), inner
        ).map("".join),
        st.tuples(inner, inner, inner).map("{0[0]} if {0[1]} else {0[2]}".format),
        st.lists(inner, max_size=3).map(lambda items: f"({', '.join(items)})"),
        st.lists(inner, max_size=3).map(lambda items: f"({', '.join(items)},)"),
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]"),
        st.tuples(WORDS, st.lists(inner, max_size=3)).map(
            lambda call: f"{call[0]}({', '.join(call[1])})"
        ),
        st.tuples(WORDS, inner).map("{0[0]}[{0[1]}](x)".format),
    ),
    max_leaves=12,
)
LINES = st.tuples(
    st.sampled_from(["    x = ", "    x, y = ", "    return ", "        x = ", "    "]),
    EXPRESSIONS,
).map("".join)


@given(
    st.lists(LINES, min_size=1, max_size=4),
    st.sampled_from(["", '"""A\n\n    x = 1\n    """']),
)
@settings(max_examples=60, deadline=None)
def test_lines_that_black_does_not_see_are_what_it_makes_of_them(
    lines: list[str], docstring: str
) -> None:
    body = "\n".join([f"    {docstring}", "    if x:", "        pass", *lines])
    source = f"def f(x):\n{body}\n"
    try:
        wanted = by_black(source)
    except black.InvalidInput:
        assume(False)
    assert format_source(in_lines(source)) == wanted


HEADS = ["if x:", "if not x:", "elif f(x) > 1:", "if x == (1):", "if (x):", "else:"]
HEADS += [
    "for i, row in enumerate(ROWS, start=1):",
    "for a, (b, c) in x:",
    "for (a, b) in x:",
]
DOCSTRINGS = [
    *("", '    """One line."""', '    """One line.\n    """'),
    '    """Two\n    lines.\n    """',
    '    """ Odd \n      lines.  \n\n    """',
]
SIGNATURES = ["", "x", "x, y=(1,), name='a'", "x,", "a" * 90]


@given(
    st.sampled_from(SIGNATURES),
    st.sampled_from(DOCSTRINGS),
    st.lists(st.sampled_from(HEADS), max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_functions_that_black_does_not_see_are_what_it_makes_of_them(
    signature: str, docstring: str, heads: list[str]
) -> None:
    lines = [f"def f({signature}):", docstring, "    x = f(x)"]
    for head in heads:
        lines += [f"    {head}", "        x = f(x)"]
    source = "\n".join([*lines, "    return x"]) + "\n"
    try:
        wanted = by_black(source)
    except black.InvalidInput:
        assume(False)
    assert format_source(in_lines(source)) == wanted


def test_black_does_not_see_short_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    whole = formatting._format

    def look(source: str) -> str:
        seen.append(source)
        return whole(source)

    monkeypatch.setattr(formatting, "_format", look)
    formatting._format_once.cache_clear()
    rendered = Templates().render_module(view_of("fashion_resnet"))
    assert format_source(rendered) == by_black(rendered)
    assert any(part.startswith('"""') for part in seen)
    assert not any(part.startswith("def build_model") for part in seen)
    lines = [line for part in seen for line in part.splitlines()]
    assert not any(line.startswith(("import keras", "    x = ")) for line in lines)


IMPORTS = [
    "import numpy as np",
    "from a import b, c",
    "from a import \\\n    b",
    "X = 1",
]
IMPORTS += ["import " + "a" * 90, "import a; import b", "from .a import (b)", ""]


@given(st.lists(st.sampled_from([*IMPORTS, "import a.b", "from a import b"])))
@settings(max_examples=60, deadline=None)
def test_imports_are_what_black_makes_of_them(lines: list[str]) -> None:
    source = "\n".join(['"""A\n\nimport b\n"""', "", *lines, "", "x = 1"]) + "\n"
    assert format_source(source) == by_black(source)


def test_a_text_may_look_like_a_settled_function() -> None:
    source = 'X = """\n\n\n\fdef f(): \n"""\n'
    assert "\n\n\ndef f():" in format_source(source)
