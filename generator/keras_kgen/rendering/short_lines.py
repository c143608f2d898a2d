"""Keeps from Black the lines that it would leave as they are.

Black takes its time for every token, and most lines of a model are short calls that kgen
writes as Black does: `x = layers.Dense(10, name="top")(x)`. One word stands for such lines
while Black works on what is around them.
"""

from __future__ import annotations

import re

from keras_kgen.pysource.literals import LINE_LENGTH

_WORD = "_short_lines"
_STANDS_FOR = re.compile(rf"^ *(?:return )?{_WORD}\n", re.MULTILINE)
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


def without_short_lines(source: str) -> tuple[str, list[str]]:
    """Returns a function with one word for short lines that follow each other, and these.

    Args:
        source: A function of which kgen has written each statement on one line.
    """
    # What looks like a line may be part of a docstring.
    head, quotes, body = source.rpartition('"""')
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"{match[1]}{match[2] or ''}{_WORD}\n"

    if _WORD in source:
        return source, kept
    return head + quotes + _LINES.sub(keep, body), kept


def with_short_lines(source: str, kept: list[str]) -> str:
    """Returns formatted source with short lines again in place of the word for them."""
    lines = iter(kept)
    return _STANDS_FOR.sub(lambda _: next(lines), source)
