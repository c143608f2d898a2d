"""Marks what templates write, so that one can tell which line of which has written it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from jinja2 import Environment
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from keras_kgen.errors import Location

# Letters that nobody writes: they are for private use.
_MARK = re.compile("\ue000(\\d+):(.*?)\ue001")


class MarkExtension(Extension):
    """Lets the templates of a folder mark each line, and each value, that they write."""

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """Yields the tokens of a template, with marks in the texts between tags."""
        folder = self.environment.own_folder  # type: ignore[attr-defined]
        file = Path(stream.filename or "")
        return _marked(stream, file.name) if file.parent == folder else stream


def mark_templates(environment: Environment, folder: Path) -> None:
    """Lets the templates of a folder write marks."""
    environment.extend(own_folder=folder)
    environment.add_extension(MarkExtension)


def find_mark(text: str, line: int, folder: Path) -> Location | None:
    """Returns the place in a template that has written a line of a text with marks.

    Args:
        text: The text.
        line: The number of the line; the first is 1.
        folder: The folder of the templates.

    Returns:
        The place of what stands there or last before it, None if kgen's templates have
        written everything up to there.
    """
    lines = text.split("\n")
    found = _MARK.match(lines[line - 1])
    if found is None:
        marks = list(_MARK.finditer("\n".join(lines[:line])))
        found = marks[-1] if marks else None
    return found and Location(str(folder / found[2]), int(found[1]))


def _marked(stream: TokenStream, name: str) -> Iterator[Token]:
    for token in stream:
        if token.type == "variable_begin":
            yield Token(token.lineno, "data", _mark(token.lineno, name))
        if token.type == "data":
            lines = token.value.split("\n")
            numbers = range(token.lineno, token.lineno + len(lines))
            pairs = zip(numbers, lines, strict=True)
            text = "\n".join(_mark(number, name) + line for number, line in pairs)
            token = Token(token.lineno, "data", text)
        yield token


def _mark(line: int, name: str) -> str:
    return f"\ue000{line}:{name}\ue001"
