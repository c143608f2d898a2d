"""Constants are equal where they are the same code."""

from __future__ import annotations

import pytest

from keras_kgen.ir.expressions import Literal, Scalar

VALUES: tuple[Scalar, ...] = (
    *(None, True, False, 0, 1, 0.0, -0.0, 1.0, "", "1", "None", "nan"),
    *(float("nan"), float("inf"), -float("inf"), 2**70, ...),
)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_constant_equals_itself_alone(value: Scalar) -> None:
    same = [other for other in VALUES if Literal(other) == Literal(value)]
    assert same == [value]
    assert [type(other) for other in same] == [type(value)]
    assert len({Literal(value), Literal(value)}) == 1
    assert Literal(value) != value


def test_not_a_number_equals_another() -> None:
    first, second = Literal(float("nan")), Literal(float("inf") - float("inf"))
    assert first == second
    assert hash(first) == hash(second)
