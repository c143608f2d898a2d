"""What loops do each time becomes a block, where class styles write loops."""

from __future__ import annotations

from keras_kgen.ir.expressions import Argument, Expression, Literal, Name, Operation
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import Body, Call, Callee, For, Program, Value
from keras_kgen.ir.tensors import UNKNOWN
from keras_kgen.passes.wrap_branches import wrap_loops

# The rate of the n-th block of 79.
RATE = Operation("/", (Operation("*", (Literal(0.2), Name("index"))), Literal(79)))


def layer(
    callee: str, inputs: tuple[object, ...], result: int, **given: Expression
) -> Call:
    """Returns a line."""
    arguments = tuple(Argument(value, name) for name, value in given.items())
    return Call(Callee.LAYER, callee, arguments, inputs, (Value(result),))  # type: ignore[arg-type]


def stage(times: int, *lines: Call) -> Program:
    """Returns a model of one loop; its lines read value 1 and give value 4."""
    body = Body(lines, (Value(4),))
    loop = For(
        *((), None, body, (Value(1),), (Value(0),), (Value(5),)),
        index="index",
        start=Literal(1),
        stop=Literal(times + 1),
    )
    given = (Input("input", UNKNOWN),)
    return Program("m", "", given, (Value(0),), (), (), Body((loop,), (Value(5),)))


def residual(times: int) -> Program:
    """Returns blocks that add what goes in to what comes out."""
    return stage(
        times,
        layer("Dense", (Value(1),), 2, units=Literal(8)),
        layer("Dropout", (Value(2),), 3, rate=RATE, name=Literal("drop")),
        layer("Add", ((Value(3), Value(1)),), 4),
    )


def test_a_counter_that_one_argument_reads_makes_that_argument_the_parameter() -> None:
    program = wrap_loops(residual(5))
    (block,) = program.blocks
    assert [parameter.name for parameter in block.parameters] == ["rate"]
    (loop,) = program.body.statements
    assert isinstance(loop, For)
    (call,) = loop.body.statements
    assert isinstance(call, Call)
    assert call.arguments == (Argument(RATE, "rate"),)


def test_a_loop_that_runs_a_few_times_is_no_block() -> None:
    assert wrap_loops(residual(2)).blocks == ()


def test_lines_one_after_the_other_are_no_block() -> None:
    chain = stage(
        9,
        layer("Dense", (Value(1),), 2, units=Literal(8)),
        layer("ReLU", (Value(2),), 3),
        layer("Dropout", (Value(3),), 4, rate=RATE),
    )
    assert wrap_loops(chain).blocks == ()
