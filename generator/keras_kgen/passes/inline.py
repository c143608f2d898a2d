"""Writes blocks out where they are called."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from keras_kgen.ir.expressions import Expression, Name, names_in, replace_names
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    Line,
    Loop,
    Nested,
    Program,
    Shared,
    Statement,
    Value,
    calls,
    results,
    substitute_call,
)
from keras_kgen.passes.specialize import (
    next_index,
    resolve_names,
    specialize,
)
from keras_kgen.passes.substitute import substituted


def flatten(program: Program) -> Program:
    """Returns the program without loops, and without blocks other than shared ones."""
    program = unroll(program)
    kept = {s.callee for s in program.shared if s.kind is Callee.BLOCK}
    flat = inline(program, [block.name for block in program.blocks])
    blocks = tuple(block for block in flat.blocks if block.name in kept)
    return replace(flat, blocks=blocks)


def unroll(program: Program, blocks: Collection[str] | None = None) -> Program:
    """Returns the program with loops written out line by line.

    Args:
        program: Any program.
        blocks: Unroll only loops over these blocks; None unrolls every loop. Loops over
            several lines and branches are written out in any case.
    """
    program = specialize(program)
    return replace(
        program,
        blocks=tuple(replace(b, body=_unroll(b.body, blocks)) for b in program.blocks),
        body=_unroll(program.body, blocks),
    )


def _unroll(body: Body, blocks: Collection[str] | None) -> Body:
    fresh = next_index(body)
    statements: list[Statement] = []
    for statement in body.statements:
        if isinstance(statement, Loop) and (
            blocks is None or statement.body.callee in blocks
        ):
            lines = _write_out(statement, fresh)
            fresh += len(lines)
            statements.extend(lines)
        else:
            statements.append(statement)
    return replace(body, statements=tuple(statements))


def _write_out(loop: Loop, fresh: int) -> list[Call]:
    lines = []
    current = loop.initial
    for index, row in enumerate(loop.rows):
        is_last = index == len(loop.rows) - 1
        result = loop.result if is_last else Value(fresh + index, loop.result.name)
        values = (resolve_names(item, {}) for item in row)
        names = dict(zip(loop.variables, values, strict=True))
        given: dict[Value, Nested] = {loop.carried: current}
        line = substitute_call(loop.body, names, given)
        lines.append(replace(line, results=(result,)))
        current = result
    return lines


def inline(program: Program, names: Collection[str]) -> Program:
    """Returns the program with every call of the named blocks written out.

    Loops over such a block are unrolled first. Shared instances of a block stay.
    """
    program = unroll(program, names)
    copies = _SharedCopies(program)
    done: dict[str, Block] = {}
    for block in program.blocks:  # each comes behind those that it uses
        done[block.name] = replace(block, body=_inline(block.body, done, names, copies))
    body = _inline(program.body, done, names, copies)
    used = {s.callee for s in program.shared if s.kind is Callee.BLOCK}
    kept = tuple(b for b in done.values() if b.name not in names or b.name in used)
    bodies = (body, *(block.body for block in kept))
    return replace(program, blocks=kept, shared=copies.called_in(bodies), body=body)


class _SharedCopies:
    """Gives the shared layers of a block that is written out to the body around it."""

    def __init__(self, program: Program) -> None:
        self.shared = {shared.name: shared for shared in program.shared}

    def copy(self, body: Body, names: dict[str, Expression]) -> dict[str, str]:
        """Adds a copy of each shared layer that a body owns; returns their names."""
        renamed: dict[str, str] = {}
        for call in calls(body):
            if call.kind is Callee.SHARED and call.callee not in renamed:
                shared = self.shared[call.callee]
                renamed[shared.name] = self._free(shared.name)
                given = tuple(
                    replace(a, value=replace_names(a.value, names))
                    for a in shared.arguments
                )
                copy = replace(shared, name=renamed[shared.name], arguments=given)
                self.shared[copy.name] = copy
        return renamed

    def called_in(self, bodies: Iterable[Body]) -> tuple[Shared, ...]:
        """Returns the shared layers that some body calls."""
        called = {c.callee for b in bodies for c in calls(b) if c.kind is Callee.SHARED}
        return tuple(s for s in self.shared.values() if s.name in called)

    def _free(self, name: str) -> str:
        number = 2
        while f"{name}_{number}" in self.shared:
            number += 1
        return f"{name}_{number}"


def _inline(
    body: Body,
    blocks: dict[str, Block],
    names: Collection[str],
    copies: _SharedCopies,
) -> Body:
    fresh = next_index(body)
    replaced: dict[Value, Value] = {}
    statements: list[Statement] = []
    for statement in body.statements:
        renamed = substituted(statement, replaced)
        if not isinstance(renamed, Call) or not _is_call_of(renamed, names):
            statements.append(renamed)
            continue
        block = blocks[renamed.callee]
        lines, outputs = _instantiate(block, renamed, fresh, copies)
        fresh += 1 + next_index(block.body)
        replaced.update(zip(renamed.results, outputs, strict=True))
        statements.extend(lines)
    outputs = tuple(replaced.get(value, value) for value in body.outputs)
    return Body(tuple(statements), outputs)


def _is_call_of(call: Call, names: Collection[str]) -> bool:
    return call.kind is Callee.BLOCK and call.callee in names


def _instantiate(
    block: Block, call: Call, fresh: int, copies: _SharedCopies
) -> tuple[list[Statement], tuple[Value, ...]]:
    values: dict[Value, Nested] = dict(zip(block.inputs, call.inputs, strict=False))
    by_name = dict(call.keywords)
    for value in block.inputs[len(call.inputs) :]:
        values[value] = by_name[value.name or ""]
    names: dict[str, Expression] = {}
    given = {a.name: a.value for a in call.arguments}
    for parameter in block.parameters:
        value_given = given.get(parameter.name, parameter.default)
        if value_given is not None:
            names[parameter.name] = resolve_names(value_given, names)
    lines = []
    shared = copies.copy(block.body, names)
    for statement in block.body.lines:
        for result in results(statement):
            values[result] = Value(fresh + result.index, result.name)
        if isinstance(statement, Loop):
            values[statement.carried] = Value(
                -1 - fresh - abs(statement.carried.index), statement.carried.name
            )
        line = _substitute_statement(statement, names, values)
        if isinstance(line, Call) and line.kind is Callee.SHARED:
            line = replace(line, callee=shared[line.callee])
        lines.append(line)
    outputs = tuple(values[value] for value in block.body.outputs)
    assert all(isinstance(value, Value) for value in outputs)
    return lines, outputs  # type: ignore[return-value]


def _substitute_statement(
    statement: Line, names: dict[str, Expression], values: dict[Value, Nested]
) -> Line:
    if isinstance(statement, Call):
        call = substitute_call(statement, names, values)
        return replace(call, results=_values(statement.results, values))
    outer = {k: v for k, v in names.items() if k not in statement.variables}
    statement = _with_free_variables(statement, outer)
    initial, carried, result = _values(
        (statement.initial, statement.carried, statement.result), values
    )
    body = substitute_call(statement.body, outer, values)
    return replace(
        statement,
        rows=tuple(
            tuple(replace_names(e, names) for e in row) for row in statement.rows
        ),
        body=replace(body, results=(result,)),
        initial=initial,
        carried=carried,
        result=result,
    )


def _with_free_variables(loop: Loop, names: dict[str, Expression]) -> Loop:
    """Renames the variables of a loop that what comes in reads under the same name."""
    coming = {name for value in names.values() for name in names_in(value)}
    new = {}
    for variable in loop.variables:
        name = variable
        while name in coming or (name != variable and name in loop.variables):
            name += "_"
        new[variable] = name
    renamed: dict[str, Expression] = {old: Name(name) for old, name in new.items()}
    body = substitute_call(loop.body, renamed, {})
    return replace(loop, variables=tuple(new.values()), body=body)


def _values(given: tuple[Value, ...], values: dict[Value, Nested]) -> tuple[Value, ...]:
    found = tuple(values.get(value, value) for value in given)
    assert all(isinstance(value, Value) for value in found)
    return found  # type: ignore[return-value]
