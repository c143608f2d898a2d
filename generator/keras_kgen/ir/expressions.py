"""Expressions: what stands in the parentheses of a layer, a block or an optimizer.

They are read with `ast` and evaluated here over a closed set of values. Nothing in them is
ever executed.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from types import EllipsisType
from typing import Any

from keras_kgen.errors import Location
from keras_kgen.records import record

Scalar = None | bool | int | float | str | EllipsisType


@record
class Literal:
    """A constant: None, a boolean, a number, a string, or the dots of an index."""

    value: Scalar

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Literal):
            return False
        ours, theirs = self.value, other.value
        if ours is theirs:
            return True
        # 1, 1.0 and True are equal in Python but are different code.
        if type(ours) is not type(theirs):
            return False
        # So are 0.0 and -0.0, and NaN is the same code as NaN.
        return repr(ours) == repr(theirs) if type(ours) is float else ours == theirs

    def __hash__(self) -> int:
        value = self.value
        return hash(value) if value == value else hash("nan")


@record
class Sequence:
    """A tuple or a list."""

    items: tuple[Expression, ...]
    is_list: bool = False


@record
class Dictionary:
    """A dictionary."""

    items: tuple[tuple[Expression, Expression], ...]


@record
class Name:
    """A parameter of the block around it, or the variable of a loop."""

    name: str


@record
class Operation:
    """Arithmetic on parameters, `filters * 4` for instance; one operand makes it unary.

    The letter of a number, `chr(97 + block)`, is one too: names of layers count in letters.
    """

    operator: str
    operands: tuple[Expression, ...]


@record
class Slice:
    """A part of an index, `1:-1` for instance; what is left out is `Literal(None)`."""

    start: Expression
    stop: Expression
    step: Expression

    @property
    def parts(self) -> tuple[Expression, Expression, Expression]:
        """Start, stop and step."""
        return self.start, self.stop, self.step


@record
class Argument:
    """One argument of a call; `name` is None where it is positional."""

    value: Expression
    name: str | None = None
    location: Location | None = field(default=None, compare=False)


@record
class ObjectCall:
    """An object that is not a layer of its own, `L2(1e-4)` for instance.

    Attributes:
        family: The catalogue's family, `regularizers` for instance; "ops" for a tensor of
            constants such as `ops.arange(10)`, "imported" for a class of the user's own.
        class_name: The canonical class name.
        module: Where a class of the user's own is imported from; "" where the module that
            is written defines it.
    """

    family: str
    class_name: str
    arguments: tuple[Argument, ...] = ()
    location: Location | None = field(default=None, compare=False)
    module: str = ""


@record
class Reference:
    """A function or class of the user's own that is handed over and not called.

    `module` is "" where the module that is written defines it.
    """

    name: str
    module: str


@record
class FormattedString:
    """A text with values in it, `f"{name}_conv"`: texts are `Literal`, the rest is put in."""

    parts: tuple[Expression, ...]


@record
class Conditional:
    """One of two values: `"valid" if strides == 2 else "same"`."""

    test: Expression
    value: Expression
    otherwise: Expression

    @property
    def parts(self) -> tuple[Expression, Expression, Expression]:
        """Test, value and the other value."""
        return self.test, self.value, self.otherwise


Expression = (
    Literal
    | Sequence
    | Dictionary
    | Name
    | Operation
    | ObjectCall
    | Slice
    | Reference
    | FormattedString
    | Conditional
)

# Exponents beyond this are no layer argument either.
LARGEST_EXPONENT = 64


def _power(base: Any, exponent: Any) -> Any:
    if abs(exponent) > LARGEST_EXPONENT:
        raise OverflowError("the exponent is too large")
    result = base**exponent
    if isinstance(result, complex):
        raise ArithmeticError("the root of a negative number")
    return result


BINARY_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": _power,
}
# What the tests of a program compare with; no argument of a layer is such.
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
UNARY_OPERATORS: dict[str, Callable[[Any], Any]] = {
    "-": operator.neg,
    "+": operator.pos,
    "not ": operator.not_,
}
# The codes that `chr` takes: what can be printed and needs no escape in every text.
LETTERS = range(32, 127)
# Numbers beyond this are no layer argument; the bound keeps arithmetic on text short.
LARGEST = 2**63


class EvaluationError(ValueError):
    """An expression has no value."""


def evaluate(expression: Expression, names: Mapping[str, Expression]) -> Expression:
    """Replaces names by their values and folds arithmetic.

    Args:
        expression: What to evaluate.
        names: The value of each parameter; values contain no names themselves.

    Returns:
        An equal expression of literals, sequences, dictionaries and object calls only.

    Raises:
        EvaluationError: a name has no value, or the arithmetic has no result.
    """
    # Most are constants. What does not change stays the same object: it is compared often.
    if type(expression) is Literal:
        return expression
    match expression:
        case Name(name):
            if name not in names:
                raise EvaluationError(f"{name!r} has no value")
            return names[name]
        case FormattedString(parts):
            return Literal("".join([_text(evaluate(part, names)) for part in parts]))
        case Sequence(items, is_list):
            values = tuple([evaluate(i, names) for i in items])
            is_constant = all(map(operator.is_, values, items))
            return expression if is_constant else Sequence(values, is_list)
        case Dictionary(pairs):
            return Dictionary(
                tuple((evaluate(k, names), evaluate(v, names)) for k, v in pairs)
            )
        case Operation("chr", (operand,)):
            return _letter(evaluate(operand, names))
        case Operation(symbol, operands):
            return _calculate(symbol, [evaluate(o, names) for o in operands])
        case Slice():
            return Slice(*(evaluate(part, names) for part in expression.parts))
        case ObjectCall():
            arguments = evaluate_arguments(expression.arguments, names)
            is_constant = all(map(operator.is_, arguments, expression.arguments))
            return (
                expression if is_constant else replace(expression, arguments=arguments)
            )
        case Conditional(test, value, otherwise):
            decided = evaluate(test, names)
            holds = isinstance(decided, Literal) and bool(decided.value)
            return evaluate(value if holds else otherwise, names)
    return expression


def _text(part: Expression) -> str:
    if not isinstance(part, Literal):
        raise EvaluationError("only numbers and texts can stand in a text")
    return str(part.value)


def _letter(code: Expression) -> Literal:
    value = code.value if isinstance(code, Literal) else None
    if type(value) is not int or value not in LETTERS:
        raise EvaluationError("'chr' works on the codes of printable letters only")
    return Literal(chr(value))


def evaluate_arguments(
    arguments: tuple[Argument, ...], names: Mapping[str, Expression]
) -> tuple[Argument, ...]:
    """Evaluates each argument; positions and locations stay."""
    evaluated = []
    for argument in arguments:
        value = argument.value
        if type(value) is not Literal:
            value = evaluate(value, names)
        if value is not argument.value:
            argument = Argument(value, argument.name, argument.location)
        evaluated.append(argument)
    return tuple(evaluated)


def _calculate(symbol: str, operands: list[Expression]) -> Literal:
    values: list[Any] = []
    for operand in operands:
        if not isinstance(operand, Literal) or not isinstance(
            operand.value, bool | int | float
        ):
            raise EvaluationError(f"{symbol.strip()!r} works on numbers only")
        values.append(operand.value)
    try:
        if len(values) == 1:
            result = UNARY_OPERATORS[symbol](values[0])
        else:
            binary = BINARY_OPERATORS.get(symbol) or COMPARISONS[symbol]
            result = binary(values[0], values[1])
    except (ArithmeticError, TypeError) as error:
        raise EvaluationError(str(error)) from error
    if not isinstance(result, bool) and abs(result) > LARGEST:
        raise EvaluationError("the result is too large")
    return Literal(result)


_NO_NAMES: frozenset[str] = frozenset()


def names_in(expression: Expression) -> frozenset[str]:
    """Returns the parameters that an expression reads."""
    if type(expression) is Literal:
        return _NO_NAMES
    match expression:
        case Name(name):
            return frozenset((name,))
        case FormattedString(parts):
            children = parts
        case Sequence(items):
            children = items
        case Dictionary(pairs):
            children = tuple(part for pair in pairs for part in pair)
        case Operation(_, operands):
            children = operands
        case Slice() | Conditional():
            children = expression.parts
        case ObjectCall():
            children = tuple(argument.value for argument in expression.arguments)
        case _:
            return _NO_NAMES
    return _NO_NAMES.union(*map(names_in, children))


def replace_names(value: Expression, names: Mapping[str, Expression]) -> Expression:
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
        case FormattedString(parts):
            return _joined(replace_names(part, names) for part in parts)
        case Conditional():
            return Conditional(*(replace_names(part, names) for part in value.parts))
    return value


def _joined(parts: Iterable[Expression]) -> FormattedString:
    """Returns a formatted text with its texts in one piece; texts in it are part of it."""
    joined: list[Expression] = []
    for part in parts:
        inner = part.parts if isinstance(part, FormattedString) else (part,)
        for item in inner:
            is_text = isinstance(item, Literal)
            if is_text and joined and isinstance(joined[-1], Literal):
                joined[-1] = Literal(f"{joined[-1].value}{item.value}")  # type: ignore[union-attr]
            else:
                joined.append(item)
    return FormattedString(tuple(joined))


def to_value(expression: Expression) -> Any:
    """Returns an evaluated expression as a plain Python value; objects stay as they are.

    A `Slice` is a `slice`.
    """
    match expression:
        case Literal(value):
            return value
        case Sequence(items, is_list):
            values = [to_value(item) for item in items]
            return values if is_list else tuple(values)
        case Dictionary(pairs):
            return {to_value(key): to_value(value) for key, value in pairs}
        case Slice():
            return slice(*map(to_value, expression.parts))
    return expression


def from_value(value: Any) -> Expression:
    """Returns a plain Python value (JSON's kinds, and tuples) as an expression.

    Raises:
        TypeError: the value is of another kind.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return Literal(value)
    if isinstance(value, list | tuple):
        return Sequence(tuple(map(from_value, value)), isinstance(value, list))
    if isinstance(value, dict):
        pairs = ((from_value(key), from_value(item)) for key, item in value.items())
        return Dictionary(tuple(pairs))
    raise TypeError(f"no expression for {type(value).__name__}")
