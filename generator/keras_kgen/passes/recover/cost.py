"""What code costs to read: the one measure by which recovery chooses between programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    FormattedString,
    Literal,
    Name,
    ObjectCall,
    Operation,
    Reference,
    Sequence,
    Slice,
)
from keras_kgen.ir.program import (
    Body,
    Call,
    Callee,
    For,
    If,
    Loop,
    Nested,
    Statement,
    Value,
)

WIDTH = 88


@dataclass(frozen=True, slots=True)
class Weights:
    """What each thing adds to the lines that a reader has to take in.

    Attributes:
        column: Each column of a table; two are free to the eye, a sixth is one too many.
        many: Each column beyond `columns`.
        columns: How many columns a reader keeps in mind.
        rows: How many rows are read at a glance.
        row: Each row beyond those.
        line: Each row that takes a line: it is data, and skimmed.
        again: Each row that repeats the one above: a loop within says so.
        text: A column of texts, each of which has to be read.
        twin: A column whose name needs a number, for another has the name.
        argument: Each argument of a call that has a line for each.
        stray: A line that a loop could have taken in and leaves beside it.
        expression: Each sum or product that has to be worked out.
        lone: Each row that says of a loop within, which is all that there is, to run once.
        odd: A number that nobody types, 0.015000000000000003 for instance.
        loop: A loop, beyond its line.
        branch: An `if`, beyond its lines: less than a loop, it can be read over.
        kept: A tensor that is read so late that it needs a name of its own.
    """

    column: float = 0.25
    many: float = 3.0
    columns: int = 5
    rows: int = 8
    row: float = 0.3
    line: float = 0.6
    again: float = 0.5
    text: float = 3.0
    twin: float = 1.0
    argument: float = 0.25
    stray: float = 0.8
    expression: float = 0.2
    lone: float = 0.5
    odd: float = 0.5
    loop: float = 0.25
    branch: float = 0.25
    kept: float = 0.25


WEIGHTS = Weights()
# Numbers with more characters than this have been worked out.
_TYPED = 10
_BARE = (Callee.BLOCK, Callee.SHARED, Callee.OP)


def price(statements: Iterable[Statement], indent: int = 4) -> float:
    """Returns what lines cost: about their number after Black, and what is hard in them."""
    return sum(_price(statement, indent) for statement in statements)


def _price(statement: Statement, indent: int) -> float:
    if isinstance(statement, For):
        return _price_for(statement, indent)
    if isinstance(statement, If):
        # What is left as it was costs no line; it is `otherwise` without statements.
        lines = 1.0 + WEIGHTS.branch + price(statement.body.statements, indent + 4)
        if statement.otherwise.statements:
            lines += 1 + price(statement.otherwise.statements, indent + 4)
        return lines
    if isinstance(statement, Loop):
        table = price_table(statement.variables, statement.rows, indent)
        return table + _price(statement.body, indent + 4)
    return price_call(statement, indent)


def price_call(call: Call, indent: int = 4) -> float:
    """Returns what one line costs: more than one if Black has to break it."""
    parts = [_argument(a.name, text(a.value)) for a in call.arguments]
    if call.arguments:  # the first is written by its position
        parts[0] = text(call.arguments[0].value)
    parts += [_nested(item) for item in call.inputs]
    parts += [_argument(key, _nested(item)) for key, item in call.keywords]
    inner = ", ".join(parts)
    frame = "x = ()" if call.kind in _BARE else "x = layers.()()"
    width = indent + len(frame) + len(call.callee) + len(inner)
    lines: float = 1
    if width <= WIDTH:
        lines = 1
    elif indent + 4 + len(inner) <= WIDTH:
        lines = 2  # three lines, of which two are parentheses
    else:
        lines = 2 + WEIGHTS.argument * len(parts)
    hard = sum(_operations(a.value) for a in call.arguments)
    odd = sum(_is_odd(a.value) for a in call.arguments)
    return lines + WEIGHTS.expression * hard + WEIGHTS.odd * odd


def _price_for(loop: For, indent: int) -> float:
    if loop.rows is None:
        head = 1 + WEIGHTS.loop
    else:
        head = price_table(loop.variables, loop.rows, indent, loop.index is not None)
    # Reading the next item of a list takes a name in the head, collecting takes lines.
    lists = 2 * len(loop.lists) + 0.5 * len(loop.items)
    moved = len(loop.carried) > 1
    lone = WEIGHTS.lone * _lone_runs(loop)
    return head + lists + moved + lone + _price_body(loop.body, indent + 4)


def _lone_runs(loop: For) -> int:
    """Returns how many runs of one a loop has that does nothing but repeat a line.

    Such a table is a list of lines again, not of stages.
    """
    inner = loop.body.statements[0]
    if len(loop.body.statements) > 1 or not isinstance(inner, For) or not inner.stop:
        return 0
    count = text(inner.stop)
    if count not in loop.variables:
        return 0
    place = loop.variables.index(count)
    return sum(row[place] == Literal(1) for row in loop.rows or ())


def _price_body(body: Body, indent: int) -> float:
    return price(body.statements, indent)


def price_table(
    variables: tuple[str, ...],
    rows: tuple[tuple[Expression, ...], ...],
    indent: int,
    counts: bool = False,
) -> float:
    """Returns what the head of a loop over a table costs."""
    texts = [_row(row) for row in rows]
    head = "for , () in enumerate((), start=1):" if counts else "for  in ():"
    width = indent + len(head) + len(", ".join(variables)) + len(", ".join(texts))
    lines: float = 1
    if width > WIDTH:
        lines = 1.5  # the table stands on a line of its own, and is read as data
    if width - len(head) - len(", ".join(variables)) + 6 > WIDTH:
        lines = 2 + len(rows) * WEIGHTS.line
        if max(map(len, texts)) + indent + 5 > WIDTH:
            lines += len(rows) * len(variables)
    lines += WEIGHTS.row * max(0, len(rows) - WEIGHTS.rows)
    if len(variables) > 1:
        lines += WEIGHTS.again * sum(one == other for one, other in pairwise(rows))
    many = max(0, len(variables) - WEIGHTS.columns)
    twins = sum(variable[-1].isdigit() for variable in variables)
    worded = sum(map(_is_worded, zip(*rows, strict=True)))
    return (
        lines
        + WEIGHTS.loop
        + WEIGHTS.column * len(variables)
        + WEIGHTS.many * many
        + WEIGHTS.text * worded
        + WEIGHTS.twin * twins
    )


def _is_worded(column: tuple[Expression, ...]) -> bool:
    return any(
        isinstance(item, FormattedString)
        or (isinstance(item, Literal) and isinstance(item.value, str))
        for item in column
    )


def _row(row: tuple[Expression, ...]) -> str:
    inner = ", ".join(map(text, row))
    return f"({inner})" if len(row) > 1 else inner


def text(expression: Expression) -> str:
    """Returns about what an expression looks like; only its length counts."""
    match expression:
        case Literal(value):
            return repr(value)
        case Name(name):
            return name
        case Sequence(items):
            return f"({', '.join(map(text, items))})"
        case Dictionary(pairs):
            return f"{{{', '.join(f'{text(k)}: {text(v)}' for k, v in pairs)}}}"
        case Operation("chr", (operand,)):
            return f"chr({text(operand)})"
        case Operation(symbol, operands):
            return f" {symbol} ".join(map(text, operands))
        case ObjectCall(_, class_name, arguments):
            return f"{class_name}({', '.join(map(_given, arguments))})"
        case Slice():
            return ":".join(map(text, expression.parts))
        case Reference(name):
            return name
        case FormattedString(parts):
            return f'f"{"".join(map(_piece, parts))}"'
    return repr(expression)


def _given(argument: Argument) -> str:
    return _argument(argument.name, text(argument.value))


def _argument(name: str | None, value: str) -> str:
    return value if name is None else f"{name}={value}"


def _piece(part: Expression) -> str:
    if isinstance(part, Literal):
        return str(part.value)
    return f"{{{text(part)}}}"


def _nested(nested: Nested) -> str:
    if isinstance(nested, Value):
        return nested.name or "x"
    if isinstance(nested, tuple):
        return f"[{', '.join(map(_nested, nested))}]"
    if isinstance(nested, Mapping):
        return ", ".join(f'"{key}": {_nested(item)}' for key, item in nested.items())
    return text(nested)


def _is_odd(expression: Expression) -> bool:
    value = expression.value if isinstance(expression, Literal) else None
    return type(value) is float and len(repr(value)) > _TYPED


def _operations(expression: Expression) -> int:
    match expression:
        case Operation(_, operands):
            return 1 + sum(map(_operations, operands))
        case Sequence(items):
            return sum(map(_operations, items))
        case FormattedString(parts):
            return sum(map(_operations, parts))
    return 0
