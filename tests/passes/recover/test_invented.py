"""Names of tensors that tell nothing are left out before structure is looked for."""

from __future__ import annotations

from keras_kgen.ir.expressions import Argument, Literal
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import Body, Call, Callee, Program, Value
from keras_kgen.ir.tensors import UNKNOWN
from keras_kgen.passes.recover.invented import without_invented_names


def chain(labels: tuple[str, ...], names: dict[str, str]) -> Program:
    """Returns a chain of layers of which some give tensors with a name."""
    lines = []
    x = Value(0)
    for number, label in enumerate(labels, start=1):
        result = Value(number, names.get(label))
        given = (Argument(Literal(8), "units"), Argument(Literal(label), "name"))
        lines.append(Call(Callee.LAYER, "Dense", given, (x,), (result,)))
        x = result
    body = Body(tuple(lines), (x,))
    return Program("m", "", (Input("", UNKNOWN),), (Value(0),), (), (), body)


def names_of(program: Program) -> list[str | None]:
    """Returns the names of all tensors in order."""
    calls = (line for line in program.body.statements if isinstance(line, Call))
    return [call.results[0].name for call in calls]


def test_the_last_of_a_row_is_called_like_its_layer() -> None:
    labels = ("layer_0", "layer_1", "layer_2")
    program = without_invented_names(chain(labels, {"layer_2": "layer_2"}))
    assert names_of(program) == [None] * 3
    assert program.body.outputs[0].name is None


def test_a_row_of_outputs_keeps_its_names() -> None:
    labels = ("box_0", "box_1")
    names = {label: label for label in labels}
    assert names_of(without_invented_names(chain(labels, names))) == list(labels)


def test_names_of_an_author_stay() -> None:
    labels = ("layer_0", "layer_1", "pooler")
    names = {"layer_1": "encoded", "pooler": "pooler"}
    found = names_of(without_invented_names(chain(labels, names)))
    assert found == [None, "encoded", "pooler"]
