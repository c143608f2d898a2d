"""Makes lines read other values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from keras_kgen.ir.program import (
    Body,
    Call,
    For,
    If,
    Nested,
    Statement,
    Value,
    reads,
    substitute_call,
)


def substitute_values(body: Body, replaced: Mapping[Value, Value]) -> Body:
    """Returns a body that reads other values in place of some."""
    statements = tuple(
        substituted(statement, replaced) for statement in body.statements
    )
    return Body(statements, tuple(replaced.get(v, v) for v in body.outputs))


def substituted(statement: Statement, replaced: Mapping[Value, Value]) -> Statement:
    """Returns a line that reads other values in place of some."""
    if not replaced.keys() & set(reads(statement)):
        return statement
    values: dict[Value, Nested] = dict(replaced)
    if isinstance(statement, Call):
        return substitute_call(statement, {}, values)
    if isinstance(statement, If):
        return replace(
            statement,
            body=substitute_values(statement.body, replaced),
            otherwise=substitute_values(statement.otherwise, replaced),
        )
    if isinstance(statement, For):
        return replace(
            statement,
            body=substitute_values(statement.body, replaced),
            initial=tuple(replaced.get(v, v) for v in statement.initial),
            items=tuple(
                (item, replaced.get(taken, taken), is_reversed)
                for item, taken, is_reversed in statement.items
            ),
        )
    return replace(
        statement,
        body=substitute_call(statement.body, {}, values),
        initial=replaced.get(statement.initial, statement.initial),
    )
