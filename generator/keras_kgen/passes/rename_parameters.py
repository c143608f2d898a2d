"""Gives parameters of blocks names that Python and Keras leave free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from keras_kgen.catalogue.reserved import RESERVED_ATTRIBUTES
from keras_kgen.ir.expressions import Argument, Expression, Name, replace_names
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    Nested,
    Program,
    Shared,
    bound_names,
    loops,
    map_calls,
    map_constants,
    substitute_names,
)

# What generated functions and methods use themselves.
_USED = frozenset(
    {"call", "inputs", "input_shape", "keras", "kwargs", "layer", "layers", "np", "ops"}
    | {"self", "shape", "training", "x"}
)
Names = Mapping[str, str]
_C = TypeVar("_C", Call, Shared)


def rename_parameters(program: Program, kept: frozenset[str] = frozenset()) -> Program:
    """Returns the program with `block_name` for a parameter called `name`, and so on.

    Args:
        program: Any program.
        kept: Parameters that keep their names: functions can have a `name`, layers have one
            already.
    """
    renamed = {block.name: _new_names(block, kept) for block in program.blocks}
    if not any(renamed.values()):
        return program
    owners = {
        shared.name: renamed[block.name]
        for block in program.blocks
        for shared in program.shared_in(block.body)
    }
    return replace(
        program,
        blocks=tuple(_block(block, renamed) for block in program.blocks),
        shared=tuple(
            _call(shared, _values(owners.get(shared.name, {})), renamed)
            for shared in program.shared
        ),
        body=_body(program.body, {}, renamed),
    )


def _new_names(block: Block, kept: frozenset[str]) -> dict[str, str]:
    names = [parameter.name for parameter in block.parameters]
    bound = {name for loop in loops(block.body) for name in bound_names(loop)}
    taken = _USED | (RESERVED_ATTRIBUTES - kept)
    taken |= {value.name or "" for value in block.inputs}
    found = {}
    for name in names:
        if name in taken:
            new = f"block_{name}"
            while new in names or new in bound:
                new += "_"
            found[name] = new
    return found


def _block(block: Block, renamed: Mapping[str, Names]) -> Block:
    own = renamed[block.name]
    values = _values(own)
    parameters = tuple(
        replace(
            p,
            name=own.get(p.name, p.name),
            default=(
                None if p.default is None else replace_names(p.default, dict(values))
            ),
        )
        for p in block.parameters
    )
    body = _body(block.body, values, renamed)
    return replace(block, parameters=parameters, body=body)


def _values(renamed: Names) -> dict[str, Expression]:
    return {old: Name(new) for old, new in renamed.items()}


def _body(
    body: Body, values: Mapping[str, Expression], renamed: Mapping[str, Names]
) -> Body:
    named = substitute_names(body, values)
    return map_calls(named, lambda call: _call(call, {}, renamed))


def _call(
    call: _C, values: Mapping[str, Expression], renamed: Mapping[str, Names]
) -> _C:
    own = renamed.get(call.callee, {}) if call.kind is Callee.BLOCK else {}
    arguments = tuple(
        Argument(
            replace_names(argument.value, dict(values)),
            own.get(argument.name or "", argument.name),
            argument.location,
        )
        for argument in call.arguments
    )
    if isinstance(call, Shared):
        return replace(call, arguments=arguments)

    def renamed_in(nested: Nested) -> Nested:
        return map_constants(nested, lambda item: replace_names(item, dict(values)))

    return replace(
        call,
        arguments=arguments,
        inputs=tuple(map(renamed_in, call.inputs)),
        keywords=tuple((key, renamed_in(item)) for key, item in call.keywords),
    )
