"""The inputs of blocks in the order in which people hand them over: `decoder_block(x, skip)`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    For,
    Program,
    Value,
    calls,
    loops,
    map_calls,
)
from keras_kgen.passes.recover.naming import OTHER_INPUT, TRUNK_INPUT
from keras_kgen.passes.substitute import substitute_values

_UNNAMED = [TRUNK_INPUT, OTHER_INPUT]


def arrange_inputs(program: Program) -> Program:
    """Returns the program where the trunk comes before what a loop takes from a list.

    It is about blocks of two inputs that have no better names, a decoder of a U-Net.
    """
    shared = {item.callee for item in program.shared}
    places = _places_of_items(program)
    decoders = {
        block.name: places[block.name]
        for block in program.blocks
        if block.name in places
        and block.name not in shared
        and [value.name for value in block.inputs] == _UNNAMED
    }
    if not decoders:
        return program

    def arranged(call: Call) -> Call:
        if call.kind is not Callee.BLOCK or decoders.get(call.callee) != 0:
            return call
        return replace(call, inputs=call.inputs[::-1])

    blocks = (
        _with_skip(block, decoders[block.name]) if block.name in decoders else block
        for block in program.blocks
    )
    return replace(
        program,
        blocks=tuple(replace(b, body=map_calls(b.body, arranged)) for b in blocks),
        body=map_calls(program.body, arranged),
    )


def _places_of_items(program: Program) -> dict[str, int]:
    """Returns for each block of two inputs the one that all its calls take from a list."""
    found: dict[str, set[int | None]] = {}
    for body in (program.body, *(block.body for block in program.blocks)):
        items = set(_items(body))
        for call in calls(body):
            if call.kind is Callee.BLOCK and len(call.inputs) == 2:
                taken = [place for place in (0, 1) if call.inputs[place] in items]
                place = taken[0] if len(taken) == 1 else None
                found.setdefault(call.callee, set()).add(place)
    return {
        name: place
        for name, (place, *others) in found.items()
        if place is not None and not others
    }


def _items(body: Body) -> Iterator[Value]:
    for loop in loops(body):
        if isinstance(loop, For):
            yield from (item for item, _, _ in loop.items)


def _with_skip(block: Block, place: int) -> Block:
    """Returns a block with the input at a place as its second, by the name of a skip."""
    trunk, skip = block.inputs[1 - place], block.inputs[place]
    inputs = (replace(trunk, name=TRUNK_INPUT), replace(skip, name="skip"))
    renamed = dict(zip((trunk, skip), inputs, strict=True))
    return replace(block, inputs=inputs, body=substitute_values(block.body, renamed))
