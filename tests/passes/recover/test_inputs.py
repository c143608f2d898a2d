"""The order of a block's inputs: the trunk, then what comes out of a list."""

from __future__ import annotations

import pytest

from keras_kgen.ir.expand import expand
from keras_kgen.ir.expressions import Argument, Literal
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    For,
    Program,
    Statement,
    Value,
)
from keras_kgen.ir.tensors import UNKNOWN
from keras_kgen.passes.recover.inputs import arrange_inputs

X, POOLED, SKIP, SKIPS, ITEM, UP, CARRIED, LAST = (Value(i) for i in range(8))


def decoder(*names: str) -> Block:
    """Returns a block that halves its second input in size and joins both."""
    first, second = (Value(index, name) for index, name in enumerate(names))
    pool = Call(Callee.LAYER, "MaxPooling2D", (), (second,), (Value(2),))
    join = Call(Callee.LAYER, "Concatenate", (), ((first, Value(2)),), (Value(3),))
    return Block("decoder_block", (), (first, second), Body((pool, join), (Value(3),)))


def layer(callee: str, given: Value, result: Value, *arguments: Argument) -> Call:
    return Call(Callee.LAYER, callee, arguments, (given,), (result,))


def unet(block: Block, *inputs: Value) -> Program:
    """Returns a model that collects a skip twice, and calls the block with each."""
    rows = ((), ())
    down = For(
        (),
        rows,
        Body((layer("ReLU", CARRIED, SKIP), layer("ELU", SKIP, POOLED)), (POOLED,)),
        (CARRIED,),
        (X,),
        (LAST,),
        collected=(SKIP,),
        lists=(SKIPS,),
    )
    call = Call(Callee.BLOCK, block.name, (), inputs, (UP,))
    up = For(
        (),
        rows,
        Body((call,), (UP,)),
        (Value(8),),
        (LAST,),
        (Value(9),),
        items=((ITEM, SKIPS, True),),
    )
    lines: tuple[Statement, ...] = (down, up)
    given = (Input("input", UNKNOWN),)
    return Program("m", "", given, (X,), (block,), (), Body(lines, (Value(9),)))


def call_in(program: Program) -> Call:
    loop = program.body.statements[1]
    assert isinstance(loop, For)
    (call,) = loop.body.statements
    assert isinstance(call, Call)
    return call


@pytest.mark.parametrize("inputs", [(Value(8), ITEM), (ITEM, Value(8))])
def test_what_comes_from_a_list_is_the_second_input(inputs: tuple[Value, ...]) -> None:
    program = unet(decoder("inputs", "others"), *inputs)
    arranged = arrange_inputs(program)
    assert call_in(arranged).inputs == (Value(8), ITEM)
    assert [value.name for value in arranged.blocks[0].inputs] == ["inputs", "skip"]
    assert expand(arranged) == expand(program)


def test_names_that_say_something_stay() -> None:
    program = unet(decoder("query", "value"), ITEM, Value(8))
    assert arrange_inputs(program) is program


def test_a_block_that_takes_other_tensors_too_stays() -> None:
    program = unet(decoder("inputs", "others"), ITEM, Value(8))
    again = Call(Callee.BLOCK, "decoder_block", (), (Value(9), X), (Value(10),))
    head = layer("Dense", Value(10), Value(11), Argument(Literal(1), "units"))
    body = Body((*program.body.statements, again, head), (Value(11),))
    model = Program("m", "", program.inputs, program.values, program.blocks, (), body)
    assert arrange_inputs(model) is model
