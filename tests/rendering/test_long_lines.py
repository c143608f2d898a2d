"""Lines that are too long are broken as Black breaks them, or left to it."""

from __future__ import annotations

import black
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_kgen.pysource.literals import LINE_LENGTH
from keras_kgen.rendering.long_lines import broken

INITIALIZER = (
    'keras.initializers.VarianceScaling(scale=1 / 3, mode="fan_out", name="above")'
)
BROKEN = [
    f"x = layers.Dense({'a' * 65})(x + y)",
    f"x = layers.Conv2D(filters, 3, {'a' * 60}=1)(x)",
    f"x = layers.Conv2D(filters, 3, {'a' * 70}=1)(x)",
    f'x, y = layers.Conv2D({"a" * 60}, name=f"{{name(1, 2)}}_a")([x, y], mask=(1, 2))',
    f"x = layers.Dense(1000, kernel_initializer={INITIALIZER})(x)",
    f"return layers.Add(name={'a' * 65})([x, y], training=training)",
    f"TABLE = ((1, 2), (3, 4), {'a' * 70})",
    f"TABLE = (({'a' * 40}, {'a' * 40}), 1)",
    f'TABLE = {{"a": {{"b": 1, "c": (2, 3)}}, "d": {"a" * 70}}}',
]
LEFT = [
    f"x = layers.Dense({'a' * 90})",
    f"x = layers.Dense(1, {'a' * 70})(x)(y)",
    f"x = layers.Dense(1, {'a' * 70})(x) + y",
    f"x = layers.Dense(1, {'a' * 80})()",
    f"x = self.a.b(1, {'a' * 80})",
    f"return layers.Add()([x, {'a' * 80}])",
    f"TABLE = ({'a' * 90}, 1)",
    f"{'a' * 90} = f(1)",
]


def by_black(line: str) -> str:
    """Returns what Black makes of a line in a function."""
    source = f"def f():\n    {line}\n" if not line.startswith("T") else f"{line}\n"
    return black.format_str(source, mode=black.Mode()).removeprefix("def f():\n")


def as_written(line: str) -> str | None:
    """Returns what kgen makes of it without Black."""
    return broken(line if line.startswith("T") else f"    {line}")


@pytest.mark.parametrize("line", BROKEN)
def test_line_is_broken_as_black_does(line: str) -> None:
    assert f"{as_written(line)}\n" == by_black(line)


@pytest.mark.parametrize("line", LEFT)
def test_line_is_left_to_black(line: str) -> None:
    assert as_written(line) is None


SMALL = st.sampled_from(["x", "1", "-0.5", '"a, (b"', "True", "filters * 4", "(3,)"])
VALUES = st.recursive(
    SMALL,
    lambda inner: st.tuples(
        st.sampled_from(["({})", "[{}]", "f({})", "a.b.C({})"]),
        st.lists(inner, min_size=2, max_size=6),
    ).map(lambda drawn: drawn[0].format(", ".join(drawn[1]))),
    max_leaves=20,
)
ARGUMENTS = st.tuples(
    st.sampled_from(["", "name=", "kernel_initializer="]), VALUES
).map("".join)
LINES = st.tuples(
    st.sampled_from(["x = layers.Dense(", "return f(", "x, y = self.block("]),
    st.lists(ARGUMENTS, min_size=1, max_size=9).map(", ".join),
    st.sampled_from([")", ")(x)", ")([x, y])", ")(x, training=training)"]),
).map("".join)
TABLES = st.lists(VALUES, min_size=2, max_size=9).map(
    lambda rows: f"TABLE = ({', '.join(rows)})"
)


@given(LINES | TABLES)
@settings(max_examples=100, deadline=None)
def test_no_line_is_broken_otherwise(line: str) -> None:
    written = as_written(line) if len(line) + 4 > LINE_LENGTH else None
    if written is not None:
        assert f"{written}\n" == by_black(line)
