"""Colours Python code for a page, by classes."""

from __future__ import annotations

import re

from markupsafe import Markup, escape
from pygments.lexers.python import PythonLexer
from pygments.token import (
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    String,
    _TokenType,
)

_FOLDS = re.compile(r"[(\[{.]+")
# The class of a token on the page; the first that fits.
_TOKENS: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "c"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (String, "s"),
    (Number, "m"),
    (Name.Class, "d"),
    (Name.Function, "d"),
    (Name.Decorator, "b"),
    (Name.Builtin, "b"),
)


def highlight(source: str) -> list[Markup]:
    """Returns the lines of a module, coloured by classes."""
    lines: list[list[Markup]] = [[]]
    for kind, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens(source):
        name = next((name for token, name in _TOKENS if kind in token), "")
        for index, part in enumerate(text.split("\n")):
            if index:
                lines.append([])
            if part:
                lines[-1].append(_token(part, name))
    return [Markup("").join(parts) for parts in lines]


def _token(text: str, name: str) -> Markup:
    """Returns a piece of code; long lines may be folded behind brackets and dots."""
    escaped = escape(text)
    if name:
        return Markup(f'<span class="{name}">{escaped}</span>')
    return Markup(_FOLDS.sub(r"\g<0><wbr>", str(escaped)))
