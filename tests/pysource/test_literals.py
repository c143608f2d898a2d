"""Numbers as source: short, and the very same number."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keras_kgen.ir.expressions import Literal, Name, Operation
from keras_kgen.pysource.literals import expression, literal


@pytest.mark.parametrize(
    ("number", "source"),
    [
        (1 / 255, "1 / 255"),
        (1 / 127.5, "1 / 127.5"),
        (2 / 3, "2 / 3"),
        (0.1, "0.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e-3, "1e-3"),
    ],
)
def test_quotients_are_written_as_such(number: float, source: str) -> None:
    assert literal(number) == source


def test_quotients_keep_together_in_a_product() -> None:
    product = Operation("*", (Name("x"), Literal(1 / 6)))
    assert expression(product) == "x * (1 / 6)"


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(2.225073858507203e-309)  # 1 / number is infinite
@example(5e-324)
def test_a_number_stays_the_same(number: float) -> None:
    assert value(ast.parse(literal(number), mode="eval").body) == number


@given(st.integers(1, 9), st.integers(1, 2000))
def test_a_quotient_stays_the_same(above: int, below: int) -> None:
    number = above / below
    assert value(ast.parse(literal(number), mode="eval").body) == number


def value(node: ast.expr) -> Any:
    """Returns what a number or a quotient of two comes to."""
    if isinstance(node, ast.BinOp):
        assert isinstance(node.op, ast.Div)
        return value(node.left) / value(node.right)
    return ast.literal_eval(node)
