"""Keeps from Black the lines that it would leave as they are.

Black takes its time for every token, and most lines of a model are short calls that kgen
writes as Black does: `x = layers.Dense(10, name="top")(x)`. One word stands for such lines
while Black works on what is around them.
"""

from __future__ import annotations

import re

from keras_kgen.pysource.literals import LINE_LENGTH

_WORD = "_short_lines"
_STANDS_FOR = re.compile(rf"^ *(?:return |import )?{_WORD}\n", re.MULTILINE)
_FITS = rf"(?=.{{1,{LINE_LENGTH}}}$)"
_NAME = r"[A-Za-z_][\w.]*(?![\w.\"])"
# What Black writes in another way is not among these: brackets around one value, a comma in
# front of a bracket, `**`, letters of numbers but e. Nor are strings that have a backslash.
_TOKENS = "|".join(
    (
        _NAME,
        r"[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?(?![\w.])",
        r'f?"[ !#-\[\]-~]*"(?!")',
        r"(?<=\w)=(?=[\w\"(\[-])",
        r"(?<=[(\[= ])-(?=[0-9])",
        r"(?<!\[)\(|[\[\])]",
        r", (?![)\]])",
        r" (?:if|else|==|!=|[<>*+%-]|//?) ",
    )
)
_CALL = rf"{_NAME}(?:[(\[](?:{_TOKENS})*)?\n"
_ASSIGNMENT = rf"\w+(?:, \w+)* = {_CALL}"
_LINES = re.compile(
    rf"^{_FITS}( +)(?:(return ){_CALL}|{_ASSIGNMENT}(?:{_FITS}\1{_ASSIGNMENT})*)",
    re.MULTILINE | re.ASCII,
)
_IMPORT = rf"{_FITS}(?:import {_NAME}(?: as \w+)?|from {_NAME} import \w+)\n"
_IMPORTS = re.compile(rf"^(?:{_IMPORT})+", re.MULTILINE | re.ASCII)


def without_short_lines(source: str) -> tuple[str, list[str]]:
    """Returns a function with one word for short lines that follow each other, and these.

    Args:
        source: A function of which kgen has written each statement on one line.
    """
    return _without(_LINES, rf"\1\2{_WORD}\n", source)


def without_imports(source: str) -> tuple[str, list[str]]:
    """Returns the head of a module with one word for imports below each other, and these."""
    # Behind a backslash, a line is a part of another one.
    if "\\\n" in source:
        return source, []
    return _without(_IMPORTS, rf"import {_WORD}\n", source)


def _without(
    lines: re.Pattern[str], stand_in: str, source: str
) -> tuple[str, list[str]]:
    # What looks like a line may be part of a docstring.
    head, quotes, body = source.rpartition('"""')
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return match.expand(stand_in)

    if _WORD in source:
        return source, kept
    return head + quotes + lines.sub(keep, body), kept


def with_short_lines(source: str, kept: list[str]) -> str:
    """Returns formatted source with short lines again in place of the word for them."""
    lines = iter(kept)
    return _STANDS_FOR.sub(lambda _: next(lines), source)
