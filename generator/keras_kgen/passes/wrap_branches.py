"""Turns a program into a chain: each branching stretch of it becomes a block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from keras_kgen.errors import UsageError
from keras_kgen.ir.program import (
    ARITHMETIC,
    Block,
    Body,
    Call,
    Callee,
    Program,
    Statement,
    Structure,
    Value,
    calls,
    reads,
    results,
)
from keras_kgen.passes.inline import substitute_values

_JOINS = {
    "add": "residual_block",
    "subtract": "difference_block",
    "multiply": "gated_block",
    "concatenate": "branches",
    "maximum": "branches",
    "minimum": "branches",
    "stack": "branches",
    "Add": "residual_block",
    "Subtract": "difference_block",
    "Multiply": "gated_block",
    "Concatenate": "branches",
    "Average": "branches",
    "Maximum": "branches",
    "Minimum": "branches",
}


def why_no_chain(program: Program) -> str | None:
    """Returns why a model cannot be Sequential at all, None where it can."""
    if len(program.inputs) > 1:
        return f"a Sequential model has one input, and this model has {len(program.inputs)}"
    if len(program.body.outputs) > 1:
        return f"a Sequential model has one output, and this model has {len(program.body.outputs)}"
    if program.takes != 0:
        return (
            f"a Sequential model takes a tensor, and this model {_kind(program.takes)}"
        )
    if program.gives != 0:
        return (
            f"a Sequential model gives a tensor, and this model {_kind(program.gives)}"
        )
    return None


def _kind(structure: Structure) -> str:
    return "a list" if isinstance(structure, tuple) else "a dictionary"


def is_chain(program: Program) -> bool:
    """Whether each line reads just what the line above gives, all the way."""
    if why_no_chain(program) is not None:
        return False
    blocks = all(_is_chain(b.body, b.inputs) for b in program.blocks)
    return blocks and _is_chain(program.body, program.values)


def _is_chain(body: Body, inputs: tuple[Value, ...]) -> bool:
    if len(inputs) != 1:
        return False
    above = inputs[0]
    for statement in body.statements:
        if not _is_link(statement, above):
            return False
        (above,) = results(statement)
    return body.outputs == (above,)


def _is_link(statement: Statement, above: Value) -> bool:
    if len(results(statement)) != 1 or tuple(reads(statement)) != (above,):
        return False
    if isinstance(statement, Call):
        plain = statement.inputs == (above,) and not statement.keywords
        return plain and statement.kind not in (Callee.SHARED, Callee.OP)
    return True


def wrap_branches(program: Program) -> Program:
    """Returns an equal program whose body is a chain.

    Raises:
        UsageError: the model has several inputs or outputs.
    """
    reason = why_no_chain(program)
    if reason is not None:
        raise UsageError(
            f"{program.name} cannot be written in the sequential style: {reason}; "
            "use --style functional or --style subclass"
        )
    statements: list[Statement] = []
    blocks: list[Block] = []
    taken = {block.name for block in program.blocks} | {s.name for s in program.shared}
    above = program.values[0]
    for stretch in _merged(_stretches(program)):
        (result,) = results(stretch[-1])
        if len(stretch) == 1 and _is_link(stretch[0], above):
            statements.append(stretch[0])
        else:
            name = _free(_name(stretch, program), taken)
            block = _wrap(name, stretch, above, result)
            blocks.append(block)
            call = Call(
                Callee.BLOCK,
                block.name,
                (),
                (above,),
                (result,),
                location=getattr(stretch[0], "location", None),
            )
            statements.append(call)
        above = result
    return replace(
        program,
        blocks=(*program.blocks, *blocks),
        body=Body(tuple(statements), program.body.outputs),
    )


def _stretches(program: Program) -> list[list[Statement]]:
    """Cuts the body wherever one tensor alone is alive and no shared layer is half used."""
    statements = program.body.statements
    last_read = {v: i for i, s in enumerate(statements) for v in reads(s)}
    last_read.update(dict.fromkeys(program.body.outputs, len(statements)))
    last_shared = {
        s.callee: i
        for i, s in enumerate(statements)
        if isinstance(s, Call) and s.kind is Callee.SHARED
    }
    stretches: list[list[Statement]] = [[]]
    alive: dict[Value, int] = {program.values[0]: last_read.get(program.values[0], -1)}
    open_until = -1
    for index, statement in enumerate(statements):
        stretches[-1].append(statement)
        alive.update({v: last_read.get(v, -1) for v in results(statement)})
        alive = {v: last for v, last in alive.items() if last > index}
        if isinstance(statement, Call) and statement.kind is Callee.SHARED:
            open_until = max(open_until, last_shared[statement.callee])
        if (
            set(alive) == set(results(statement))
            and len(alive) == 1
            and open_until <= index
        ):
            stretches.append([])
    return [stretch for stretch in stretches if stretch]


def _merged(stretches: list[list[Statement]]) -> list[list[Statement]]:
    """Joins ops that follow each other to one stretch."""
    merged: list[list[Statement]] = []
    for stretch in stretches:
        if merged and _has_ops_only(merged[-1]) and _has_ops_only(stretch):
            merged[-1].extend(stretch)
        else:
            merged.append(list(stretch))
    return merged


def _has_ops_only(stretch: list[Statement]) -> bool:
    return all(isinstance(s, Call) and s.kind is Callee.OP for s in stretch)


def _wrap(name: str, stretch: list[Statement], above: Value, result: Value) -> Block:
    value = replace(above, name="input")
    body = _with_input(Body(tuple(stretch), (result,)), above)
    return Block(name, (), (value,), body)


def _with_input(body: Body, above: Value) -> Body:
    """Gives the tensor that comes in the name that a block's input has."""

    return substitute_values(body, {above: replace(above, name="input")})


def _name(stretch: list[Statement], program: Program) -> str:
    """Returns a name from how the branches of a stretch come together."""
    last = stretch[-1]
    if _has_ops_only(stretch) and all(len(set(reads(s))) == 1 for s in stretch):
        return _op_name(stretch)
    if isinstance(last, Call) and last.callee in _JOINS:
        return _JOINS[last.callee]
    callees = {s.callee for s in stretch if isinstance(s, Call)}
    if len(callees) == 1 and callees <= {shared.name for shared in program.shared}:
        return f"{callees.pop()}_stack"
    joins = [name for name in _layers(stretch, program) if name in _JOINS]
    if "Concatenate" in joins:
        return "skip_connections"
    return _JOINS[joins[-1]] if joins else "branches"


def _op_name(stretch: list[Statement]) -> str:
    """Returns a name from the main op of a stretch: `mean_block`."""
    names = [s.callee for s in stretch if isinstance(s, Call)]
    main = [name for name in names if name not in (*ARITHMETIC, "negative", "cast")]
    if not main:
        return "scaling_block"
    return f"{main[-1].rpartition('.')[2]}_block".replace("get_item", "selection")


def _layers(statements: Iterable[Statement], program: Program) -> Iterator[str]:
    for call in calls(Body(tuple(statements), ())):
        if call.kind is Callee.BLOCK:
            yield from _layers(program.block(call.callee).body.statements, program)
        elif call.kind in (Callee.LAYER, Callee.OP):
            yield call.callee


def _free(wanted: str, taken: set[str]) -> str:
    name = wanted
    number = 2
    while name in taken:
        name = f"{wanted}_{number}"
        number += 1
    taken.add(name)
    return name
