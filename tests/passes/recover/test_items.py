"""What is known of lines that stand next to each other."""

from __future__ import annotations

import pytest

from keras_kgen.ir.expressions import Argument, Literal
from keras_kgen.ir.program import Body, Call, Callee, Value
from keras_kgen.passes.recover.items import Scope, Symbols


def scope(*names: str | None) -> Scope:
    """Returns a chain of layers with these names."""
    lines = tuple(
        Call(
            Callee.LAYER,
            "ReLU",
            () if name is None else (Argument(Literal(name), "name"),),
            (Value(place),),
            (Value(place + 1),),
        )
        for place, name in enumerate(names)
    )
    return Symbols().scope(None, Body(lines, (Value(len(lines)),)))


@pytest.mark.parametrize(
    ("start", "stop", "begin", "end"),
    [
        (0, 1, "block1_conv", ""),
        (0, 3, "block1_", ""),
        (0, 4, "block", ""),
        (3, 5, "block", "_conv"),
        (1, 2, "", ""),
    ],
)
def test_names_have_a_beginning_and_an_end_in_common(
    start: int, stop: int, begin: str, end: str
) -> None:
    lines = scope("block1_conv", None, "block1_bn", "block2_conv", "block3_conv")

    assert "".join(map(str, lines.names_begin(start, stop))) == begin
    assert "".join(map(str, lines.names_end(start, stop))) == end


def test_names_are_cut_where_a_neighbour_has_as_much_in_common() -> None:
    lines = scope("block1_conv", "block1_bn", "block2_conv", "block2_bn")

    assert not lines.cuts_names(0, 2)
    assert lines.cuts_names(1, 3)


def test_a_value_that_the_scope_gives_leaves_its_lines() -> None:
    lines = scope(None, None, None)

    assert lines.look(0, 2) == (False, 1, 1)
    assert lines.leaving(0, 2) == (Value(2),)
    assert lines.leaving(0, 3) == (Value(3),)
