"""Lines that names put together stand together."""

from __future__ import annotations

from dataclasses import replace

from keras_kgen.ir.expressions import Argument, Literal
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import Body, Call, Callee, Program, Value
from keras_kgen.ir.tensors import TensorSpec
from keras_kgen.passes.recover.gather import gather


def layer(callee: str, name: str | None, read: int, makes: int) -> Call:
    given = () if name is None else (Argument(Literal(name), "name"),)
    return Call(Callee.LAYER, callee, given, (Value(read),), (Value(makes),))


def cell(unnamed: str = "Cropping2D") -> Program:
    """Returns a cell with the part that makes its second input fit in its middle."""
    lines = (
        layer("ReLU", "stem_relu", 0, 1),
        layer("ReLU", None, 1, 2),
        layer("BatchNormalization", "reduce_bn_cell_2", 2, 3),
        layer("AveragePooling2D", "adjust_pool_cell_2", 0, 4),
        layer(unnamed, None, 4, 5),
        layer("BatchNormalization", "adjust_bn_cell_2", 5, 6),
        layer("MaxPooling2D", "reduce_left_cell_2", 3, 7),
        layer("MaxPooling2D", "reduce_right_cell_2", 6, 8),
        layer("Subtract", "reduce_join_cell_2", 7, 9),
    )
    lines = (*lines[:-1], replace(lines[-1], inputs=((Value(7), Value(8)),)))
    spec = TensorSpec((None, 8, 8, 4))
    body = Body(lines, (Value(9),))
    return Program("m", "", (Input("", spec),), (Value(0),), (), (), body)


def made(program: Program) -> list[int]:
    return [
        line.results[0].index for line in program.body.lines if isinstance(line, Call)
    ]


def test_what_makes_an_input_fit_goes_in_front_of_the_cell() -> None:
    assert made(gather(cell())) == [1, 4, 5, 6, 2, 3, 7, 8, 9]


def test_no_line_passes_one_that_keras_numbers_with_it() -> None:
    assert gather(cell(unnamed="ReLU")) == cell(unnamed="ReLU")


def test_no_line_passes_one_that_it_reads() -> None:
    program = cell()
    lines = list(program.body.lines)
    assert isinstance(lines[3], Call)
    lines[3] = replace(lines[3], inputs=(Value(3),))
    program = replace(program, body=replace(program.body, statements=tuple(lines)))
    assert gather(program) is program
