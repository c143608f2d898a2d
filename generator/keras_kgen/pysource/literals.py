"""Values, docstrings and comments as Python source."""

from __future__ import annotations

import math
import re
import textwrap
from dataclasses import replace
from typing import Any

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import Entry
from keras_kgen.ir.expressions import (
    COMPARISONS,
    Argument,
    Conditional,
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
    from_value,
)
from keras_kgen.pysource.imports import Imports

LINE_LENGTH = 88
# A number with so many characters is the result of a division, if it can be one of these.
_MANY_DIGITS = 17
_MAX_DIVIDEND = 9
_SMALL = 20
_MAX_DIVISOR = 1000
# Groups of layers whose first optional argument people write by position:
# MaxPooling2D(2), UpSampling2D(2), ZeroPadding2D(1).
_POSITIONAL_GROUPS = ("pooling", "reshaping")
# Families whose first argument stands by position: L2(1e-4).
_POSITIONAL_FAMILIES = ("regularizers", "constraints", "dtype_policies")
# Groups whose required arguments people write by name: num_heads=4, key_dim=64.
_KEYWORD_GROUPS = ("attention", "merging")
MAX_POSITIONAL = 2
_ARITHMETIC = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2, "**": 4}
_PRECEDENCE = {"not ": -1, **dict.fromkeys(COMPARISONS, 0), **_ARITHMETIC}
_UNARY_PRECEDENCE = 3


def literal(value: Any) -> str:
    """Returns source that evaluates to the value.

    Args:
        value: None, a boolean, a number, a string, or a tuple, list or dictionary of such.

    Raises:
        TypeError: the value is of another kind.
    """
    return expression(from_value(value))


def expression(value: Expression, imports: Imports | None = None) -> str:
    """Returns an expression as source.

    Args:
        value: What to write.
        imports: Where the imports that objects need are recorded.
    """
    value = as_quotient(value)
    match value:
        case Literal(scalar):
            return _scalar(scalar)
        case Name(name):
            return name
        case Sequence(items, is_list):
            return _sequence([expression(item, imports) for item in items], is_list)
        case Dictionary(pairs):
            parts = (
                f"{expression(k, imports)}: {expression(v, imports)}" for k, v in pairs
            )
            return "{" + ", ".join(parts) + "}"
        case Operation(symbol, operands):
            return _operation(symbol, operands, imports)
        case Slice():
            return _slice(value, imports)
        case Reference(name, module):
            if imports is not None:
                imports.add(module, name)
            return name
        case ObjectCall():
            return _object(value, imports)
        case FormattedString(parts):
            return _formatted(parts)
        case Conditional():
            test, chosen, other = (expression(part, imports) for part in value.parts)
            return f"{chosen} if {test} else {other}"


def as_quotient(value: Expression) -> Expression:
    """Returns a number such as 0.00392156862745098 as what people write: `1 / 255`.

    All else comes back as it is. The quotient is the very same number.
    """
    number = value.value if isinstance(value, Literal) else None
    if not isinstance(number, float) or not 1 / _MAX_DIVISOR <= number < 1:
        return value
    if len(repr(number)) < _MANY_DIGITS:
        return value
    for above in range(1, _MAX_DIVIDEND + 1):
        below = round(above / number)
        if (
            below <= (_MAX_DIVISOR if above == 1 else _SMALL)
            and above / below == number
        ):
            return Operation("/", (Literal(above), Literal(below)))
    half = round(2 / number) / 2  # of the 255 of a pixel: 1 / 127.5
    is_exact = half <= _MAX_DIVISOR and 1 / half == number
    return Operation("/", (Literal(1), Literal(half))) if is_exact else value


def arguments(given: tuple[Argument, ...], imports: Imports | None = None) -> str:
    """Returns the text between the parentheses of a call."""
    return ", ".join(
        (
            expression(argument.value, imports)
            if argument.name is None
            else f"{argument.name}={expression(argument.value, imports)}"
        )
        for argument in given
    )


def positional(entry: Entry, given: tuple[Argument, ...]) -> tuple[Argument, ...]:
    """Returns normalized arguments with the leading ones by position, as Keras users write.

    The required ones at the front stand by position, two at most.
    """
    count = 0
    if entry.group not in _KEYWORD_GROUPS:
        names = [p.name for p in entry.positional_parameters if p.required]
        has_leader = (
            entry.group in _POSITIONAL_GROUPS or entry.family in _POSITIONAL_FAMILIES
        )
        if not names and has_leader:
            names = [p.name for p in entry.positional_parameters[:1]]
        for argument, name in zip(given[:MAX_POSITIONAL], names, strict=False):
            if argument.name != name:
                break
            count += 1
    return tuple(
        replace(argument, name=None) if index < count else argument
        for index, argument in enumerate(given)
    )


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, float):
        return _float(value)
    return "..." if value is ... else repr(value)


def _string(value: str) -> str:
    text = repr(value)
    if text.startswith("'") and '"' not in value:
        return '"' + text[1:-1].replace("\\'", "'") + '"'
    return text


def _formatted(parts: tuple[Expression, ...]) -> str:
    """Returns an f-string; its braces hold names, numbers and arithmetic only."""
    if all(isinstance(part, Literal) for part in parts):
        return _string("".join(str(part.value) for part in parts))  # type: ignore[union-attr]
    texts = (
        (
            _format_text(str(part.value))
            if isinstance(part, Literal)
            else "{" + _in_braces(part) + "}"
        )
        for part in parts
    )
    return f'f"{"".join(texts)}"'


def _format_text(text: str) -> str:
    """Returns text as it stands between the double quotes of an f-string."""
    # With a double quote in front, repr() takes single quotes and escapes those inside.
    inner = repr(f'"{text}')[2:-1].replace("\\'", "'").replace('"', '\\"')
    return inner.replace("{", "{{").replace("}", "}}")


def _in_braces(part: Expression) -> str:
    source = expression(part)
    is_plain = isinstance(part, Name | Operation) and not set("\"'\\{}") & set(source)
    if not is_plain:
        raise TypeError(f"no part of a formatted text: {source}")
    return source


def _float(value: float) -> str:
    if not math.isfinite(value):
        return f'float("{value}")'
    plain = repr(value)
    mantissa, _, exponent = f"{value:e}".partition("e")
    short = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return short if len(short) < len(plain) and float(short) == value else plain


def _sequence(items: list[str], is_list: bool) -> str:
    if is_list:
        return f"[{', '.join(items)}]"
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def _slice(value: Slice, imports: Imports | None) -> str:
    start, stop, step = (
        "" if part == Literal(None) else expression(part, imports)
        for part in value.parts
    )
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


def _operation(
    symbol: str, operands: tuple[Expression, ...], imports: Imports | None
) -> str:
    if symbol == "chr":
        return f"chr({expression(operands[0], imports)})"
    if len(operands) == 1:
        return symbol + _operand(operands[0], _UNARY_PRECEDENCE, imports)
    level = _PRECEDENCE[symbol]
    if symbol == "**":  # binds to the right, and tighter than a sign on its left only
        left = _operand(operands[0], level + 1, imports)
        return f"{left} {symbol} {_operand(operands[1], _UNARY_PRECEDENCE, imports)}"
    # Comparisons do not chain, all else binds to the left.
    least = level + 1 if symbol in COMPARISONS else level
    left = _operand(operands[0], least, imports)
    return f"{left} {symbol} {_operand(operands[1], level + 1, imports)}"


def _operand(value: Expression, level: int, imports: Imports | None) -> str:
    value = as_quotient(value)
    text = expression(value, imports)
    if isinstance(value, Operation):
        if value.operator == "chr":
            return text
        is_sign = len(value.operands) == 1 and value.operator != "not "
        own = _UNARY_PRECEDENCE if is_sign else _PRECEDENCE[value.operator]
        return f"({text})" if own < level else text
    if isinstance(value, Conditional):
        return f"({text})"
    is_signed = isinstance(value, Literal) and text.startswith("-")
    return f"({text})" if is_signed and level > _UNARY_PRECEDENCE else text


def _object(value: ObjectCall, imports: Imports | None) -> str:
    if value.family == "imported":
        if imports is not None:
            imports.add(value.module, value.class_name)
        return f"{value.class_name}({arguments(value.arguments, imports)})"
    entry = registry.entry_of(value)
    path = entry.path
    if path.startswith("keras.layers."):
        path = path.removeprefix("keras.")
        if imports is not None:
            imports.add("keras", "layers")
    elif path.startswith("keras.ops."):
        path = path.removeprefix("keras.")
        if imports is not None:
            imports.add("keras", "ops")
    elif imports is not None:
        imports.add("keras")
    return f"{path}({arguments(positional(entry, value.arguments), imports)})"


def docstring(text: str, indent: int = 0) -> str:
    """Returns text as a docstring, wrapped, with its quotes.

    Args:
        text: Paragraphs, divided by blank lines. A paragraph whose lines are indented is
            kept as it is.
        indent: By how many columns it will be indented.
    """
    paragraphs = [_paragraph(part, indent) for part in text.strip("\n").split("\n\n")]
    body = "\n\n".join(paragraphs)
    body = body.replace("\\", "\\\\")
    body = re.sub(r'"""|"\Z', lambda found: found[0].replace('"', '\\"'), body)
    margin = " " * indent
    lines = [margin + line if line else "" for line in body.split("\n")]
    closing = f"\n{margin}" if len(lines) > 1 else ""
    return '"""' + "\n".join(lines).lstrip(" ") + closing + '"""'


def _paragraph(text: str, indent: int) -> str:
    lines = [printable(line) for line in text.splitlines() if line.strip()]
    if any(line.startswith(" ") or line.endswith(":") for line in lines):
        return "\n".join(lines)
    width = LINE_LENGTH - 3 - indent
    return "\n".join(textwrap.wrap(" ".join(lines), width, break_long_words=False))


def comment(text: str) -> str:
    """Returns text as one comment line."""
    return "# " + " ".join(printable(text).split())


def printable(text: str) -> str:
    """Returns text with its control characters, line separators included, as spaces."""
    return re.sub(
        r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069]",
        " ",
        text,
    )
