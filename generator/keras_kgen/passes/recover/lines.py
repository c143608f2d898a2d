"""How many lines a program takes, and what a reader pays for it."""

from __future__ import annotations

from keras_kgen.ir.expressions import (
    Expression,
    FormattedString,
    Literal,
    Name,
    ObjectCall,
    Operation,
    Sequence,
)
from keras_kgen.ir.program import Block, Body, Call, For, If, Loop

# Black's width, less the indentation of a function.
_WIDTH = 84
# The lines of a block besides its body: head, docstring and two blank lines.
HEAD = 4
# What a parameter costs the reader of a block, in lines.
_PARAMETER = 0.75
_MANY_PARAMETERS = 6


def text_length(value: Expression) -> int:
    """Returns about how many characters an expression takes."""
    if type(value) is Literal:
        return len(repr(value.value))
    match value:
        case Name(name):
            return len(name)
        case Sequence(items):
            return 2 + sum(text_length(item) + 2 for item in items)
        case Operation(_, operands):
            return 3 + sum(map(text_length, operands))
        case FormattedString(parts):
            return 3 + sum(text_length(part) for part in parts)
        case ObjectCall():
            inner = sum(_argument_length(a.name, a.value) for a in value.arguments)
            return len(value.class_name) + 15 + inner
    return 10


def _argument_length(name: str | None, value: Expression) -> int:
    return (len(name) + 1 if name else 0) + text_length(value) + 2


def call_lines(call: Call) -> float:
    """Returns about how many lines Black gives a call."""
    lengths = [_argument_length(a.name, a.value) for a in call.arguments]
    around = 6 + len(call.callee) + 9 + 6 * (len(call.inputs) + len(call.keywords))
    if around + sum(lengths) <= _WIDTH:
        return 1
    if sum(lengths) <= _WIDTH - 4:
        return 3
    return 2 + len(lengths)


def body_lines(body: Body) -> float:
    """Returns about how many lines a body takes."""
    total = 0.0
    for statement in body.statements:
        if isinstance(statement, Call):
            total += call_lines(statement)
        elif isinstance(statement, Loop):
            total += 1 + call_lines(statement.body)
        elif isinstance(statement, For):
            total += 1 + body_lines(statement.body) + len(statement.lists)
        else:
            total += 1 + body_lines(statement.body)
            if statement.otherwise.statements:
                total += 1 + body_lines(statement.otherwise)
    return total


def definition_lines(block: Block) -> float:
    """Returns what a block costs besides its calls, in lines.

    The head, the docstring, the `return` and two blank lines; each parameter is something
    that a reader must keep in mind, and many are hard to; so is each branch.
    """
    count = len([p for p in block.parameters if p.name != "name"])
    extra = max(0, count - _MANY_PARAMETERS)
    branches = sum(isinstance(s, If) for s in block.body.statements)
    inputs = max(0, len(block.inputs) - 1) + max(0, len(block.body.outputs) - 1)
    return (
        HEAD
        + body_lines(block.body)
        + _PARAMETER * count
        + 3 * extra
        + branches
        + inputs
    )
