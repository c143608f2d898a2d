"""Reads widths off the tensors that go into blocks, where functions are written.

A function sees what it is called with: `in_filters = inputs.shape[-1]` takes the place of a
parameter, and of the column in the table of stages that fed it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from keras_kgen.ir.expand import BlockCall, block_calls
from keras_kgen.ir.expressions import Literal, Operation, evaluate, names_in
from keras_kgen.ir.graph import TensorRef
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    For,
    If,
    Loop,
    Program,
    Statement,
    Value,
    map_calls,
    names_read,
)
from keras_kgen.ir.tensors import TensorSpec

Specs = Mapping[TensorRef, TensorSpec]
# Fewer calls than this follow every rule.
_LEAST = 3
# Up to so many inputs and parameters, it is plainer to say how wide a block is.
_FEW = 4


def find_widths(
    program: Program, specs: Specs, kept: Collection[str]
) -> dict[str, dict[str, Value]]:
    """Returns the parameters of each block that are always the width of an input.

    Args:
        program: A program whose graph has been worked out.
        specs: The shapes of its tensors.
        kept: Blocks that stay as they are: their author has written the parameters.
    """
    nested = {s.callee for s in program.shared if s.kind is Callee.BLOCK}
    calls: dict[str, list[BlockCall]] = {}
    if len(program.blocks) > len(kept):
        for call in block_calls(program):
            calls.setdefault(call.block, []).append(call)
    return {
        block.name: found
        for block in program.blocks
        if block.name not in kept and not nested
        for found in [dict(_widths(block, calls.get(block.name, []), specs))]
        if found
    }


def read_widths(program: Program, widths: Mapping[str, Mapping[str, Value]]) -> Program:
    """Returns the program with blocks that read widths off their inputs.

    Args:
        program: A program whose blocks are given these widths.
        widths: The parameters of each block that are always the width of an input.
    """
    if not widths:
        return program
    blocks = tuple(
        replace(_without(block, widths.get(block.name, {})), body=body)
        for block in program.blocks
        for body in [_cleared(block.body, widths)]
    )
    return replace(program, blocks=blocks, body=_cleared(program.body, widths))


def _widths(
    block: Block, calls: list[BlockCall], specs: Specs
) -> Iterator[tuple[str, Value]]:
    """Yields parameters that are always the width of an input and not of what comes out."""
    if len(block.inputs) + len(block.parameters) <= _FEW:
        return
    defaults = [p.default for p in block.parameters if p.default is not None]
    in_defaults = {name for default in defaults for name in names_in(default)}
    for parameter in block.parameters:
        name = parameter.name
        values = [call.arguments.get(name) for call in calls]
        if len(calls) < _LEAST or len(set(values)) < 2 or name in in_defaults:
            continue
        if all(
            value == _width(specs, call.outputs[0])
            for value, call in zip(values, calls, strict=True)
        ):
            continue
        for place, given in enumerate(block.inputs):
            widths = [_width(specs, call.inputs[place]) for call in calls]
            if None not in widths and widths == values:
                yield name, given
                break


def _width(specs: Specs, tensor: object) -> Literal | None:
    spec = specs.get(tensor) if isinstance(tensor, TensorRef) else None
    if spec is None or not spec.shape or spec.shape[-1] is None:
        return None
    return Literal(spec.shape[-1])


def _without(block: Block, widths: Mapping[str, Value]) -> Block:
    parameters = tuple(p for p in block.parameters if p.name not in widths)
    return replace(block, parameters=parameters, widths=tuple(widths.items()))


def _cleared(body: Body, widths: Mapping[str, Mapping[str, Value]]) -> Body:
    """Returns a body that hands no widths over, and has no columns for them."""

    def clear(call: Call) -> Call:
        own = widths.get(call.callee, {}) if call.kind is Callee.BLOCK else {}
        given = tuple(a for a in call.arguments if a.name not in own)
        return replace(call, arguments=given)

    before, cleared = names_read(body), map_calls(body, clear)
    unread = before - names_read(cleared)
    return _without_columns(cleared, unread)


def _without_columns(body: Body, unread: Collection[str]) -> Body:
    if not unread:
        return body

    def changed(statement: Statement) -> Statement:
        if isinstance(statement, For | If):
            inner = _without_columns(statement.body, unread)
            statement = replace(statement, body=inner)
        if isinstance(statement, If):
            other = _without_columns(statement.otherwise, unread)
            return replace(statement, otherwise=other)
        return (
            statement if isinstance(statement, Call) else _narrowed(statement, unread)
        )

    return replace(body, statements=tuple(map(changed, body.statements)))


def _narrowed(loop: Loop | For, unread: Collection[str]) -> Loop | For:
    """Returns a loop over a table without the columns that nothing reads."""
    if loop.rows is None or not set(loop.variables) & set(unread):
        return loop
    places = [i for i, name in enumerate(loop.variables) if name not in unread]
    variables = tuple(loop.variables[place] for place in places)
    rows = tuple(tuple(row[place] for place in places) for row in loop.rows)
    if isinstance(loop, For) and not variables:
        stop = evaluate(Operation("+", (loop.start, Literal(len(rows)))), {})
        return replace(loop, variables=(), rows=None, stop=stop)
    return replace(loop, variables=variables, rows=rows)
