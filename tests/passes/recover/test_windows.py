"""What is a run of equal layers, which a loop says and no block."""

from __future__ import annotations

import pytest

from keras_kgen.ir.expressions import Argument, from_value
from keras_kgen.ir.program import Body, Call, Callee, Value
from keras_kgen.passes.recover.items import Symbols
from keras_kgen.passes.recover.windows import Runs, Window


def runs(*read: int, **last: object) -> Runs:
    """Returns what is known of layers, each of which reads one of the values before it."""
    lines = []
    for number, place in enumerate(read, start=1):
        given = {"filters": 8, "activation": "relu"}
        given |= last if number == len(read) else {}
        arguments = tuple(Argument(from_value(v), k) for k, v in given.items())
        inputs, result = (Value(place),), (Value(number),)
        lines.append(Call(Callee.LAYER, "Conv2D", arguments, inputs, result))
    body = Body(tuple(lines), (Value(len(read)),))
    return Runs(Symbols().scope(None, body).items, (), ())


@pytest.mark.parametrize(
    ("read", "is_run"),
    [((0, 1, 2), True), ((0, 1, 0), False), ((0, 0, 2), False)],
)
def test_three_layers_in_a_chain_are_a_run(read: tuple[int, ...], is_run: bool) -> None:
    assert runs(*read).is_in(Window(0, 0, 3)) == is_run


def test_a_run_ends_where_the_activation_changes() -> None:
    piece = Window(0, 0, 2)
    assert runs(0, 1, 2, filters=16).is_cut_by(piece)
    assert not runs(0, 1, 2, activation="softmax").is_cut_by(piece)
