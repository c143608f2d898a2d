"""Blocks stand, and are numbered, as a reader of the model meets them."""

from __future__ import annotations

from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import Block, Body, Call, Callee, Program, Value
from keras_kgen.ir.tensors import UNKNOWN
from keras_kgen.passes.recover.reading_order import in_reading_order


def calling(name: str, *callees: str) -> Block:
    """Returns a block that calls other blocks, one after the other."""
    return Block(name, (), (Value(0),), body(*callees))


def body(*callees: str) -> Body:
    """Returns lines that call blocks, one after the other."""
    lines = (
        Call(Callee.BLOCK, callee, (), (Value(place),), (Value(place + 1),))
        for place, callee in enumerate(callees)
    )
    return Body(tuple(lines), (Value(len(callees)),))


def order(*blocks: Block, lines: Body, **wanted: str) -> dict[str, list[str]]:
    """Returns what each block calls, and the model as the last, in order."""
    given = (Input("input", UNKNOWN),)
    program = Program("m", "", given, (Value(0),), blocks, (), lines)
    made = in_reading_order(program, wanted)
    found = {block.name: block.body for block in made.blocks} | {"": made.body}
    return {
        name: [line.callee for line in one.statements if isinstance(line, Call)]
        for name, one in found.items()
    }


def test_numbers_follow_the_order_in_which_the_model_calls_blocks() -> None:
    blocks = (calling("cell"), calling("cell_2"), calling("conv"))
    wanted = {"cell": "cell", "cell_2": "cell", "conv": "conv"}
    assert order(*blocks, lines=body("conv", "cell_2", "cell", "cell_2"), **wanted) == {
        "conv": [],
        "cell": [],
        "cell_2": [],
        "": ["conv", "cell", "cell_2", "cell"],
    }


def test_a_block_stands_behind_those_that_it_calls() -> None:
    blocks = (calling("stage", "unit_2"), calling("unit"), calling("unit_2", "unit"))
    wanted = {"stage": "stage", "unit": "unit", "unit_2": "unit"}
    assert order(*blocks, lines=body("stage"), **wanted) == {
        "unit": [],
        "unit_2": ["unit"],
        "stage": ["unit_2"],
        "": ["stage"],
    }


def test_blocks_that_have_an_author_keep_their_place_and_name() -> None:
    blocks = (calling("cell_2"), calling("cell"), calling("cell_3"))
    wanted = {"cell": "cell", "cell_3": "cell"}
    assert order(*blocks, lines=body("cell_3", "cell", "cell_2"), **wanted) == {
        "cell_2": [],
        "cell": [],
        "cell_3": [],
        "": ["cell", "cell_3", "cell_2"],
    }
