"""What docstrings say on the parameters of blocks."""

from __future__ import annotations

import pytest

from keras_kgen.backends.descriptions import describe_block
from keras_kgen.ir.expressions import Argument, Literal, Name, Operation
from keras_kgen.ir.program import Block, Body, Call, Callee, Parameter, Value


def meaning(kind: Callee, callee: str, argument: Argument, parameter: str) -> str:
    """Returns what is said on the parameter of a block of one line."""
    line = Call(kind, callee, (argument,), (Value(0),), (Value(1),))
    body = Body((line,), (Value(1),))
    block = Block("b", (Parameter(parameter),), (Value(0),), body)
    return describe_block(block, sections=True).partition(f"    {parameter}: ")[2]


@pytest.mark.parametrize(
    ("kind", "callee", "text"),
    [
        (Callee.LAYER, "Conv2D", 'What happens at the edges: "valid" shrinks'),
        (Callee.LAYER, "ZeroPadding2D", "How many rows and columns of zeros"),
        (Callee.BLOCK, "conv_block", "The `padding` of the conv block."),
    ],
)
def test_what_a_padding_is_depends_on_what_it_is_for(
    kind: Callee, callee: str, text: str
) -> None:
    argument = Argument(Name("padding"), "padding")
    assert meaning(kind, callee, argument, "padding").startswith(text)


def test_widths_of_what_goes_in_say_so() -> None:
    product = Operation("*", (Name("in_filters"), Literal(4)))
    found = meaning(Callee.LAYER, "Conv2D", Argument(product, "filters"), "in_filters")
    assert found == "Number of filters of what goes in."
