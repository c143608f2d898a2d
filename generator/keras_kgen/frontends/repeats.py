"""Lines that stand several times: `repeat: 3` beside `layers:`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keras_kgen.catalogue import registry
from keras_kgen.frontends.arguments import read_document
from keras_kgen.frontends.documents import Table
from keras_kgen.ir.expand import MOST_TIMES
from keras_kgen.ir.expressions import Expression, Literal, names_in
from keras_kgen.ir.program import Body, For, Value, reads, results

if TYPE_CHECKING:
    from keras_kgen.frontends.scope import Scope

KEYS = ("repeat", "layers")


def read_repeat(scope: Scope, table: Table) -> For | None:
    """Returns the loop that a line asks for, None after reporting what is wrong.

    The lines take what the line above gives, each time what they gave the time before.

    Args:
        scope: Where the line stands.
        table: The line, which has the key `repeat`.
    """
    for key, place, _ in table:
        if key not in KEYS:
            tail = registry.hint(key, KEYS) or f"; expected {', '.join(KEYS)}"
            scope.diagnostics.error(f"unknown key {key!r}{tail}", place.location)
    count = _read_count(scope, table)
    lines = table.get("layers")
    if lines is None:
        scope.diagnostics.error(
            "repeat: goes with layers:, the lines to repeat", table.location
        )
        return None
    initial, *_ = (*scope.line_above(table.location), scope.new_value())
    assert isinstance(initial, Value)
    return _read_loop(scope, table, count, initial)


def _read_count(scope: Scope, table: Table) -> Expression:
    document = table.get("repeat")
    assert document is not None
    before = len(scope.diagnostics)
    count = read_document(
        document,
        "repeats",
        scope.parameters,
        scope.diagnostics,
        scope.names.imports,
        scope.names.choices,
    )
    number = count.value if isinstance(count, Literal) else None
    is_count = type(number) is int and 1 <= number <= MOST_TIMES
    if len(scope.diagnostics) > before or is_count or names_in(count):
        return count
    scope.diagnostics.error(
        "repeat: takes a whole number from 1 on, a parameter or a choice such as "
        "range(1, 4)",
        document.location,
    )
    return Literal(1)


def _read_loop(
    scope: Scope, table: Table, count: Expression, initial: Value
) -> For | None:
    lines = table.get("layers")
    assert lines is not None
    carried = scope.new_value(initial.name)
    outer_values, outer_statements = dict(scope.values), scope.statements
    for name, value in outer_values.items():
        if value == initial:
            scope.values[name] = carried
    scope.statements, scope.above = [], (carried,)
    before = len(scope.diagnostics)
    body = scope.read_lines(lines)
    _check_names(scope, body, outer_values, initial, table)
    if len(body.outputs) != 1 and len(scope.diagnostics) == before:
        scope.diagnostics.error(
            "the last of the lines to repeat gives one tensor, for the first takes one",
            lines.location,
        )
    _check_used(scope, body, table, before)
    result = scope.new_value(body.outputs[0].name if body.outputs else None)
    scope.values, scope.statements = outer_values, outer_statements
    if result.name is not None:
        scope.values[result.name] = result
    if len(body.outputs) != 1:
        scope.above = (result,)
        return None
    return For((), None, body, (carried,), (initial,), (result,), stop=count)


def _check_names(
    scope: Scope,
    body: Body,
    outer: dict[str, Value],
    initial: Value,
    table: Table,
) -> None:
    """Reports names of the lines that mean another tensor outside: each time, which is it?"""
    for statement in body.statements:
        for value in results(statement):
            known = outer.get(value.name or "")
            if known is not None and known != initial:
                scope.diagnostics.error(
                    f"{value.name!r} is the name of a tensor outside of the lines to repeat",
                    getattr(statement, "location", None) or table.location,
                )


def _check_used(scope: Scope, body: Body, table: Table, before: int) -> None:
    if len(scope.diagnostics) > before:
        return
    read = {value for statement in body.statements for value in reads(statement)}
    read.update(body.outputs)
    for statement in body.statements:
        if not read.intersection(results(statement)):
            name = results(statement)[0].name
            label = f"{name!r}" if name else "the result of this line"
            where = getattr(statement, "location", None) or table.location
            scope.diagnostics.error(f"{label} is never used", where)
