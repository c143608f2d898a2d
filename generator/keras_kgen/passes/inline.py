"""Writes blocks out where they are called."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Name,
    ObjectCall,
    Operation,
    Sequence,
    Slice,
    evaluate,
    names_in,
)
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    Loop,
    Nested,
    Program,
    Statement,
    Value,
    map_values,
    reads,
    results,
)


def flatten(program: Program) -> Program:
    """Returns the program without loops, and without blocks other than shared ones."""
    kept = {s.callee for s in program.shared if s.kind is Callee.BLOCK}
    names = [block.name for block in program.blocks]
    unrolled = unroll(program)
    flat = inline(unrolled, names)
    blocks = tuple(block for block in flat.blocks if block.name in kept)
    return replace(flat, blocks=blocks)


def unroll(program: Program, blocks: Collection[str] | None = None) -> Program:
    """Returns the program with loops written out line by line.

    Args:
        program: Any program.
        blocks: Unroll only loops over these blocks; None unrolls every loop.
    """
    return replace(
        program,
        blocks=tuple(replace(b, body=_unroll(b.body, blocks)) for b in program.blocks),
        body=_unroll(program.body, blocks),
    )


def _unroll(body: Body, blocks: Collection[str] | None) -> Body:
    fresh = _next_index(body)
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
        names = dict(zip(loop.variables, row, strict=True))
        given: dict[Value, Nested] = {loop.carried: current}
        line = _substitute(loop.body, names, given)
        lines.append(replace(line, results=(result,)))
        current = result
    return lines


def inline(program: Program, names: Collection[str]) -> Program:
    """Returns the program with every call of the named blocks written out.

    Loops over such a block are unrolled first. Shared instances of a block stay.
    """
    program = unroll(program, names)
    done: dict[str, Block] = {}
    for block in program.blocks:  # each comes behind those that it uses
        done[block.name] = replace(block, body=_inline(block.body, done, names))
    used = {s.callee for s in program.shared if s.kind is Callee.BLOCK}
    kept = tuple(b for b in done.values() if b.name not in names or b.name in used)
    return replace(program, blocks=kept, body=_inline(program.body, done, names))


def _inline(body: Body, blocks: dict[str, Block], names: Collection[str]) -> Body:
    fresh = _next_index(body)
    replaced: dict[Value, Value] = {}
    statements: list[Statement] = []
    for statement in body.statements:
        renamed = _rename(statement, replaced)
        if not isinstance(renamed, Call) or not _is_call_of(renamed, names):
            statements.append(renamed)
            continue
        block = blocks[renamed.callee]
        lines, outputs = _instantiate(block, renamed, fresh)
        fresh += 1 + _next_index(block.body)
        replaced.update(zip(renamed.results, outputs, strict=True))
        statements.extend(lines)
    outputs = tuple(replaced.get(value, value) for value in body.outputs)
    return Body(tuple(statements), outputs)


def _is_call_of(call: Call, names: Collection[str]) -> bool:
    return call.kind is Callee.BLOCK and call.callee in names


def _instantiate(
    block: Block, call: Call, fresh: int
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
            names[parameter.name] = replace_names(value_given, names)
    lines = []
    for statement in block.body.statements:
        for result in results(statement):
            values[result] = Value(fresh + result.index, result.name)
        if isinstance(statement, Loop):
            values[statement.carried] = Value(
                -1 - fresh - abs(statement.carried.index), statement.carried.name
            )
        lines.append(_substitute_statement(statement, names, values))
    outputs = tuple(values[value] for value in block.body.outputs)
    assert all(isinstance(value, Value) for value in outputs)
    return lines, outputs  # type: ignore[return-value]


def _substitute_statement(
    statement: Statement, names: dict[str, Expression], values: dict[Value, Nested]
) -> Statement:
    if isinstance(statement, Call):
        call = _substitute(statement, names, values)
        return replace(call, results=_values(statement.results, values))
    outer = {k: v for k, v in names.items() if k not in statement.variables}
    initial, carried, result = _values(
        (statement.initial, statement.carried, statement.result), values
    )
    body = _substitute(statement.body, outer, values)
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


def _values(given: tuple[Value, ...], values: dict[Value, Nested]) -> tuple[Value, ...]:
    found = tuple(values.get(value, value) for value in given)
    assert all(isinstance(value, Value) for value in found)
    return found  # type: ignore[return-value]


def _substitute(
    call: Call, names: dict[str, Expression], values: dict[Value, Nested]
) -> Call:
    def resolve(nested: Nested) -> Nested:
        return map_values(nested, lambda value: values.get(value, value))

    return replace(
        call,
        arguments=tuple(
            Argument(replace_names(a.value, names), a.name, a.location)
            for a in call.arguments
        ),
        inputs=tuple(map(resolve, call.inputs)),
        keywords=tuple((key, resolve(item)) for key, item in call.keywords),
    )


def _rename(statement: Statement, replaced: dict[Value, Value]) -> Statement:
    if not replaced.keys() & set(reads(statement)):
        return statement
    values: dict[Value, Nested] = dict(replaced)
    if isinstance(statement, Call):
        return _substitute(statement, {}, values)
    return replace(
        statement,
        body=_substitute(statement.body, {}, values),
        initial=replaced.get(statement.initial, statement.initial),
    )


def replace_names(value: Expression, names: dict[str, Expression]) -> Expression:
    """Replaces names by expressions, which may themselves read names of the caller."""
    found = names_in(value)
    if not found:
        return value
    if all(name in names and not names_in(names[name]) for name in found):
        return evaluate(value, names)
    match value:
        case Name(name):
            return names.get(name, value)
        case Sequence(items, is_list):
            return Sequence(tuple(replace_names(i, names) for i in items), is_list)
        case Dictionary(pairs):
            return Dictionary(
                tuple(
                    (replace_names(k, names), replace_names(v, names)) for k, v in pairs
                )
            )
        case Operation(symbol, operands):
            return Operation(symbol, tuple(replace_names(o, names) for o in operands))
        case Slice():
            return Slice(*(replace_names(part, names) for part in value.parts))
        case ObjectCall():
            arguments = tuple(
                replace(a, value=replace_names(a.value, names)) for a in value.arguments
            )
            return replace(value, arguments=arguments)
    return value


def _next_index(body: Body) -> int:
    highest = max(
        (abs(v.index) for s in body.statements for v in (*results(s), *reads(s))),
        default=0,
    )
    return highest + 1


def substitute_values(body: Body, replaced: dict[Value, Value]) -> Body:
    """Returns a body that reads other values in place of some."""
    statements = tuple(_rename(statement, replaced) for statement in body.statements)
    return Body(statements, tuple(replaced.get(v, v) for v in body.outputs))
