"""Keeps from Black the lines of which it is plain what it makes of them.

Black takes its time for every token, and most lines of a model are short calls that kgen
writes as Black does: `x = layers.Dense(10, name="top")(x)`, or long ones that it only breaks.
One word stands for such lines while Black works on what is around them.
"""

from __future__ import annotations

import re

from keras_kgen.pysource.literals import LINE_LENGTH
from keras_kgen.rendering.long_lines import broken

_WORD = "_short_lines"
_STANDS_FOR = re.compile(rf"^ *(?:return |import )?{_WORD}\n", re.MULTILINE)
_FITS = rf"(?=.{{1,{LINE_LENGTH}}}$)"
_NAME = r"[A-Za-z_][\w.]*(?![\w.\"])"
# What Black writes in another way is not among these: brackets around one value, a comma in
# front of a bracket, `**`, letters of numbers but e. Nor are strings that have a backslash.
_TOKENS = "|".join(
    (
        r"(?:(?<=\()|(?<=, ))\w+=(?=[\w\"(\[-])",  # the name of an argument
        _NAME,
        r"[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?(?![\w.])",
        r'f?"[ !#-\[\]-~]*"(?!")',
        r"(?<=[(\[= ])-(?=[0-9])",
        r"(?<=[(= ])\((?:-?[0-9]+|[A-Za-z_]\w*),\)",  # a tuple of one
        r"(?<!\[)\(|[\[\])]",
        r", (?![)\]])",
        r" (?:if|else|==|!=|[<>*+%-]|//?) ",
    )
)
_EXPRESSION = rf"{_NAME}(?:{_TOKENS})*"
_LINE = re.compile(rf"( +)(?:(return )|\w+(?:, \w+)* = ){_EXPRESSION}", re.ASCII)
_TABLE = rf"\w+ = [(\[{{](?:{_TOKENS}|[{{}}]|(?<=\"): )*\n"
_HEADS = "|".join(
    (
        rf"(?:el)?if (?:not )?{_EXPRESSION}",
        rf"for \w+(?:, (?:\w+|\(\w+(?:, \w+)+\)))* in {_EXPRESSION}",
        "else",
    )
)
# Printable, without quotes and backslashes, and no space at either end.
_TEXT = r"[!#-\[\]-~](?:[ !#-\[\]-~]*[!#-\[\]-~])?"
_DOCSTRING = rf' {{4}}"""{_TEXT}(?:(?:\n {{4}}{_TEXT})+\n {{4}})?"""\n'
_PLAIN_FUNCTION = re.compile(
    rf"{_FITS}def \w+\((?:{_TOKENS})*\):\n(?:{_FITS}{_DOCSTRING})?"
    rf"(?:{_FITS} +(?:(?:return )?{_WORD}|(?:{_HEADS}):)\n)+",
    re.MULTILINE | re.ASCII,
)
_IMPORT = rf"{_FITS}(?:import {_NAME}(?: as \w+)?|from {_NAME} import \w+)\n"
_OF_MODULE = re.compile(rf"^(?:((?:{_IMPORT})+)|{_TABLE})", re.MULTILINE | re.ASCII)


def without_lines(source: str) -> tuple[str, list[str]]:
    """Returns a function with one word for lines that are plain, and these.

    Args:
        source: A function of which kgen has written each statement on one line.
    """
    if _WORD in source:
        return source, []
    # What looks like a line may be part of a docstring.
    head, quotes, body = source.rpartition('"""')
    lines: list[str] = []
    kept: list[str] = []
    for line in body.split("\n"):
        match = _LINE.fullmatch(line)
        written = _by_black(line) if match else None
        if not match or not written:
            lines.append(line)
            continue
        indent, keyword = match.groups("")
        stand_in = f"{indent}{keyword}{_WORD}"
        if not keyword and lines and lines[-1] == stand_in:
            kept[-1] += written
        else:
            lines.append(stand_in)
            kept.append(written)
    return head + quotes + "\n".join(lines), kept


def without_imports(source: str) -> tuple[str, list[str]]:
    """Returns the head of a module with one word for imports below each other, and these.

    So it does with tables that are too long for a line.
    """
    # Behind a backslash, a line is a part of another one.
    if "\\\n" in source or _WORD in source:
        return source, []
    # What looks like a line may be part of a docstring.
    head, quotes, body = source.rpartition('"""')
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        line = match[0].removesuffix("\n")
        written = match[0] if match[1] else None
        if not match[1] and len(line) > LINE_LENGTH:
            written = _by_black(line)
        if not written:
            return match[0]
        kept.append(written)
        return f"import {_WORD}\n" if match[1] else f"{_WORD}\n"

    return head + quotes + _OF_MODULE.sub(keep, body), kept


def is_plain(source: str) -> bool:
    """Whether Black leaves a function as it is, of which one word stands for most lines."""
    return _PLAIN_FUNCTION.fullmatch(source) is not None


def _by_black(line: str) -> str | None:
    """Returns what Black makes of a plain line, None where only Black knows."""
    written = line if len(line) <= LINE_LENGTH else broken(line)
    return f"{written}\n" if written else None


def with_short_lines(source: str, kept: list[str]) -> str:
    """Returns formatted source with short lines again in place of the word for them."""
    lines = iter(kept)
    return _STANDS_FOR.sub(lambda _: next(lines), source)
