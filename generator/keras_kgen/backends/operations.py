"""Ops as source: `ops.softmax(x)`, `x + y`, `x[:, 0]`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from keras_kgen.catalogue import registry
from keras_kgen.ir.expressions import Literal, ObjectCall, Operation
from keras_kgen.ir.expressions import Sequence as SequenceExpression
from keras_kgen.ir.program import (
    Call,
    Callee,
    Nested,
    Statement,
    Value,
    reads,
    results,
)
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import as_quotient, expression, literal
from keras_kgen.records import record

# How tightly operators bind, as in Python's grammar.
_COMPARISON, _SUM, _PRODUCT, _SIGN, _POWER, ATOM = range(6)
_SYMBOLS: dict[str, tuple[str, int]] = {
    "add": ("+", _SUM),
    "subtract": ("-", _SUM),
    "multiply": ("*", _PRODUCT),
    "true_divide": ("/", _PRODUCT),
    "floor_divide": ("//", _PRODUCT),
    "mod": ("%", _PRODUCT),
    "matmul": ("@", _PRODUCT),
    "power": ("**", _POWER),
    "less": ("<", _COMPARISON),
    "less_equal": ("<=", _COMPARISON),
    "greater": (">", _COMPARISON),
    "greater_equal": (">=", _COMPARISON),
}
# The same for arithmetic on constants.
_LEVELS = dict(_SYMBOLS.values())


@record
class Text:
    """Source of an expression, and how tightly its outermost operator binds."""

    source: str
    level: int = ATOM

    def within(self, level: int) -> str:
        """Returns the source as an operand, in parentheses where it needs some."""
        return self.source if self.level >= level else f"({self.source})"


def write_op(
    call: Call,
    text_of: Callable[[Value], Text],
    imports: Imports,
    operators: bool = True,
) -> Text:
    """Returns the source of an op.

    Args:
        call: The op, normalized.
        text_of: Gives the source of a tensor.
        imports: Where imports are recorded.
        operators: Write `x + y` and not `ops.add(x, y)`.
    """
    writer = _OpWriter(text_of, imports)
    if call.callee == "get_item":
        return writer.index(*call.inputs)
    if operators and _has_operator(call):
        return writer.operator(call)
    return writer.function(call)


def _has_operator(call: Call) -> bool:
    if call.callee == "negative":
        return len(call.inputs) == 1
    # A tensor of constants would not leave the operator to Keras.
    is_binary = call.callee in _SYMBOLS and len(call.inputs) == 2
    return is_binary and not isinstance(call.inputs[0], ObjectCall)


class _OpWriter:
    def __init__(self, text_of: Callable[[Value], Text], imports: Imports) -> None:
        self.text_of = text_of
        self.imports = imports

    def index(self, tensor: Nested, key: Nested) -> Text:
        assert not isinstance(key, Value | tuple | Mapping)
        if isinstance(key, SequenceExpression) and not key.is_list and key.items:
            parts = [expression(item, self.imports) for item in key.items]
            inner = ", ".join(parts) + ("," if len(parts) == 1 else "")
        else:
            inner = expression(key, self.imports)
        return Text(f"{self.operand(tensor).within(ATOM)}[{inner}]")

    def operator(self, call: Call) -> Text:
        if call.callee == "negative":
            return Text(f"-{self.operand(call.inputs[0]).within(_SIGN)}", _SIGN)
        symbol, level = _SYMBOLS[call.callee]
        # Powers bind to the right, all else to the left; comparisons do not chain.
        is_strict = level in (_POWER, _COMPARISON)
        left = self.operand(call.inputs[0]).within(level + 1 if is_strict else level)
        right = self.operand(call.inputs[1])
        least = _SIGN if level == _POWER else level + 1
        return Text(f"{left} {symbol} {right.within(least)}", level)

    def function(self, call: Call) -> Text:
        entry = registry.lookup("ops", call.callee)
        assert entry is not None, call.callee
        self.imports.add("keras", "ops")
        parts = [self.nested(item) for item in call.inputs]
        parts += [f"{key}={self.nested(item)}" for key, item in call.keywords]
        return Text(f"{entry.path.removeprefix('keras.')}({', '.join(parts)})")

    def operand(self, item: Nested) -> Text:
        if isinstance(item, Value):
            return self.text_of(item)
        if isinstance(item, Literal):
            item = as_quotient(item)
        if isinstance(item, Operation):
            level = _LEVELS.get(item.operator, _COMPARISON)
            is_sign = len(item.operands) == 1
            return Text(expression(item, self.imports), _SIGN if is_sign else level)
        text = self.nested(item)
        is_signed = isinstance(item, Literal) and text.startswith("-")
        return Text(text, _SIGN if is_signed else ATOM)

    def nested(self, item: Nested) -> str:
        if isinstance(item, Value):
            return self.text_of(item).source
        if isinstance(item, tuple):
            return f"[{', '.join(map(self.nested, item))}]"
        if isinstance(item, Mapping):
            pairs = (f"{literal(key)}: {self.nested(i)}" for key, i in item.items())
            return "{" + ", ".join(pairs) + "}"
        return expression(item, self.imports)


def find_folds(
    statements: Sequence[Statement], outputs: Sequence[Value]
) -> dict[int, int]:
    """Returns the ops that may stand inside the line that reads them.

    These are ops without a name of the author's whose result is read once, by a line that
    follows with only such ops in between, so that nothing else happens meanwhile. Layers
    take an index only: `Dense(10)(x[:, 0])`.

    Returns:
        For the index of each such statement, that of the line in which it ends up.
    """
    readers: dict[Value, int] = {}
    uses = Counter(outputs)
    for index, statement in enumerate(statements):
        for value in reads(statement):
            uses[value] += 1
            readers[value] = index
    folds: dict[int, int] = {}
    for index in reversed(range(len(statements))):
        statement = statements[index]
        if not isinstance(statement, Call) or statement.kind is not Callee.OP:
            continue
        value = statement.results[0]
        if len(statement.results) > 1 or value.name or uses[value] != 1:
            continue
        reader = readers.get(value)
        if reader is None or not _takes(statements[reader], statement):
            continue
        between = range(index + 1, reader)
        if all(i in folds for i in between) and _is_in_order(
            statements, statements[reader], index, folds
        ):
            folds[index] = folds.get(reader, reader)
    return folds


def _takes(reader: Statement, op: Call) -> bool:
    if not isinstance(reader, Call):
        return False
    return reader.kind is Callee.OP or op.callee == "get_item"


def _is_in_order(
    statements: Sequence[Statement],
    reader: Statement,
    index: int,
    folds: Mapping[int, int],
) -> bool:
    """Whether a line reads the result of an op before those of the ops that follow it."""
    later = {value for i in folds if i > index for value in results(statements[i])}
    (own,) = results(statements[index])
    for value in reads(reader):
        if value == own:
            return True
        if value in later:
            return False
    return True
