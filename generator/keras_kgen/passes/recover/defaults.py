"""The values of arguments that are left out."""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import replace

from keras_kgen.catalogue import registry
from keras_kgen.ir.expressions import Expression, Sequence, from_value
from keras_kgen.ir.program import Block, Callee, Program, calls

# Readers expect these to have the default that layers have.
_EXPECTED = frozenset({"strides", "dilation_rate", "padding"})


@functools.cache
def layer_default(class_name: str, argument: str) -> Expression | None:
    """Returns the default of a layer's argument, None where it cannot be written."""
    entry = registry.lookup("layers", class_name)
    parameter = entry.parameter(argument) if entry is not None else None
    if parameter is None or parameter.default_source is None:
        return None
    return scalar(from_value(parameter.default)) if parameter.is_literal else None


def scalar(value: Expression) -> Expression:
    """Returns `1` for `(1, 1)`, as people write it."""
    if isinstance(value, Sequence) and value.items and len(set(value.items)) == 1:
        return value.items[0]
    return value


def without_idle_defaults(program: Program, kept: Collection[str] = ()) -> Program:
    """Returns the program with no default for what every call of a block gives anyway.

    Args:
        program: Any program.
        kept: Blocks that stay as they are: their author has written the parameters.
    """
    given: dict[str, list[set[str | None]]] = {}
    for body in (program.body, *(block.body for block in program.blocks)):
        for call in calls(body):
            if call.kind is Callee.BLOCK:
                names = {argument.name for argument in call.arguments}
                given.setdefault(call.callee, []).append(names)
    for shared in program.shared:
        given.setdefault(shared.callee, []).append(set())
    blocks = tuple(
        block if block.name in kept else _required(block, given.get(block.name, []))
        for block in program.blocks
    )
    return program if blocks == program.blocks else replace(program, blocks=blocks)


def _required(block: Block, given: list[set[str | None]]) -> Block:
    """Returns a block with what is always given in front of its defaults."""
    if not given:
        return block
    always = set.intersection(*given)
    always -= _EXPECTED
    own = tuple(
        replace(p, default=None) if p.name in always else p for p in block.parameters
    )
    if own == block.parameters:
        return block
    order = sorted(own, key=lambda p: (p.default is not None, p.name == "name"))
    return replace(block, parameters=tuple(order))
