"""Names for the results of layers that give several."""

from __future__ import annotations

import pytest

from keras_kgen.backends.result_names import result_names
from keras_kgen.ir.expressions import Argument, ObjectCall
from keras_kgen.ir.program import Call, Callee, Value


def call(callee: str, results: int, *arguments: Argument) -> Call:
    given = tuple(Value(index + 1) for index in range(results))
    return Call(Callee.LAYER, callee, arguments, (Value(0),), given)


def bidirectional(class_name: str, results: int) -> Call:
    layer = Argument(ObjectCall("layers", class_name), "layer")
    return call("Bidirectional", results, layer)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (call("LSTM", 3), ("state_h", "state_c")),
        (call("ConvLSTM2D", 3), ("state_h", "state_c")),
        (call("GRU", 2), ("state",)),
        (call("MultiHeadAttention", 2), ("scores",)),
        (
            bidirectional("LSTM", 5),
            ("forward_h", "forward_c", "backward_h", "backward_c"),
        ),
        (bidirectional("GRU", 3), ("forward_state", "backward_state")),
    ],
    ids=lambda item: item.callee if isinstance(item, Call) else "",
)
def test_results_behind_the_first_have_their_usual_names(
    line: Call, names: tuple[str, ...]
) -> None:
    assert result_names(line) == names


@pytest.mark.parametrize(
    "line", [call("LSTM", 1), call("Dense", 1), bidirectional("LSTM", 2)]
)
def test_others_have_none(line: Call) -> None:
    """The two directions of `merge_mode=None` are no states."""
    assert result_names(line) == ()
