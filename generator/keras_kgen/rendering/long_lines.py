"""Breaks the lines that are too long and have one obvious place for it, as Black does.

Most of them are calls of layers with many arguments, and tables of constants. What stands in
the brackets gets a line of its own, or one for each item where that is too long, too.
"""

from __future__ import annotations

import re

from keras_kgen.pysource.literals import LINE_LENGTH

_INDENT = 4 * " "
_STATEMENT = re.compile(r"( *)(?:return |\w+(?:, \w+)* = )(\w+(?:\.\w+)?)?[(\[{]")
_ITEM = re.compile(r"( *)(?:\w+=)?(\w+(?:\.\w+)*)?[(\[{]")
_PIECES = re.compile(r'"[^"]*"|[()\[\]{}]|, ')


def broken(line: str) -> str | None:
    """Returns a line as Black breaks it, None where only Black knows.

    Args:
        line: One that is too long, of which Black changes no more than the breaks: see
            `short_lines`.
    """
    return _broken(line, _STATEMENT)


def _broken(line: str, kind: re.Pattern[str]) -> str | None:
    head = kind.match(line)
    if head is None or head.end() > LINE_LENGTH:
        return None
    indent, callee = head.groups()
    start = head.end()
    items, tail = _split(line, start)
    if callee and kind is _STATEMENT and _is_call(tail):
        end = len(line) - len(tail) + len(")(")
        # Black breaks the last brackets in front of which all fits.
        if end <= LINE_LENGTH:
            start = end
            items, tail = _split(line, start)
    elif len(tail) > 1:
        return None
    inner = indent + _INDENT
    joined = inner + ", ".join(items)
    if len(indent + tail) > LINE_LENGTH or joined == inner:
        return None
    # Black never joins the items of a table.
    if callee and len(joined) <= LINE_LENGTH:
        return f"{line[:start]}\n{joined}\n{indent}{tail}"
    lines = [_item(inner + item) for item in items] if len(items) > 1 else [None]
    if None in lines:
        return None
    return "\n".join((line[:start], *filter(None, lines), indent + tail))


def _item(line: str) -> str | None:
    """Returns an item of a list on a line of its own, which may be too long, too."""
    written = line if len(line) < LINE_LENGTH else _broken(line, _ITEM)
    return f"{written}," if written else None


def _is_call(tail: str) -> bool:
    """Whether what is behind the first brackets is one more call, with arguments."""
    return tail.startswith(")(") and tail != ")()" and _split(tail, len(")("))[1] == ")"


def _split(text: str, start: int) -> tuple[list[str], str]:
    """Returns the items behind an opening bracket, and the rest from the closing one on."""
    items: list[str] = []
    depth = 0
    for piece in _PIECES.finditer(text, start):
        if piece[0] == ", " and not depth:
            items.append(text[start : piece.start()])
            start = piece.end()
        elif piece[0] in "([{":
            depth += 1
        elif piece[0] in ")]}":
            if not depth:
                items.append(text[start : piece.start()])
                return items, text[piece.start() :]
            depth -= 1
    return items, text[start:]
