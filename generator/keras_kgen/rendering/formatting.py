"""Black decides lines."""

from __future__ import annotations

import functools
import re
from contextlib import suppress

import black
from black.mode import VERSION_TO_FEATURES, Feature, TargetVersion
from black.parsing import InvalidInput

from keras_kgen.pysource.literals import LINE_LENGTH
from keras_kgen.rendering.short_lines import (
    is_plain,
    with_short_lines,
    without_imports,
    without_lines,
)

# Python skips a form feed where a line begins.
_MARK = "\f"
# In front of a function of which each statement is a line.
_MARK_LINES = 2 * _MARK
# Where a function or class begins, with its decorators, behind what stands before it.
_BEGINNING = re.compile(rf"\n\n+(?={_MARK}*(?:def |class |@))")
_FUNCTION = re.compile(r"^(?=def )", re.MULTILINE)
# What stands in brackets on lines of its own, all as far to the right.
_IN_BRACKETS = re.compile(
    r"^( *)(\S.*[(\[{])\n((?:\1    \S.*\n)*)\1([)\]}].*)$", re.MULTILINE
)
_MARKED = re.compile(rf"^{_MARK}+(?=def )", re.MULTILINE)
# What Black finds out for itself from the f-strings of a module; a part may have none.
_VERSIONS = {v for v in TargetVersion if Feature.F_STRINGS in VERSION_TO_FEATURES[v]}
# One mode for all: Black looks up what it knows of a text by the mode, for every token.
_MODE = black.Mode(target_versions=_VERSIONS)


def settled(source: str) -> str:
    """Marks functions that a template writes as Black does.

    Their lines are the same for every model, but for texts and numbers here and there.
    """
    return _FUNCTION.sub(_MARK, source)


def in_lines(source: str) -> str:
    """Marks functions of which a template writes each statement on a line of its own."""
    return _FUNCTION.sub(_MARK_LINES, source)


def format_source(source: str) -> str:
    """Returns source as Black writes it, with Black's defaults.

    Functions and classes are formatted one by one: much of what trains a model is settled,
    or is the same for most models, and is formatted once in a process.

    Raises:
        black.InvalidInput: the source is not Python, which is an error of kgen.
    """
    # A text may hold what looks like the beginning of a function.
    with suppress(InvalidInput):
        parts = map(_format_part, _BEGINNING.split(source.lstrip("\n")))
        return "\n\n\n".join(part.rstrip("\n") for part in parts) + "\n"
    return _format(_MARKED.sub("", source))


def format_whole(source: str) -> str:
    """Returns source as Black writes it, of which kgen has not written every line."""
    return black.format_str(_MARKED.sub("", source), mode=black.Mode())


def _format_part(source: str) -> str:
    plain = source.lstrip(_MARK)
    if source.startswith(_MARK_LINES):
        text, kept = without_lines(plain.rstrip() + "\n")
        formatted = text if is_plain(text) else _format_once(text)
        return with_short_lines(formatted, kept)
    is_settled = source.startswith(_MARK) and _fits(plain)
    if is_settled and all(map(_is_too_long_to_join, _IN_BRACKETS.finditer(plain))):
        return plain
    if plain.startswith('"""'):
        text, kept = without_imports(plain.rstrip() + "\n")
        return with_short_lines(_format_once(text), kept)
    return _format_once(plain)


def _fits(source: str) -> bool:
    """Whether no line is too long; Black takes some letters for two columns."""
    return source.isascii() and max(map(len, source.splitlines())) <= LINE_LENGTH


def _is_too_long_to_join(match: re.Match[str]) -> bool:
    """Whether Black leaves lines in brackets as they are, and joins none of them."""
    indent, opening, inner, closing = match.groups()
    lines = [line.strip() for line in inner.splitlines()]
    if lines and lines[-1].endswith(","):
        return True
    joined = " ".join(lines)
    if len(lines) > 1:
        return len(indent) + 4 + len(joined) > LINE_LENGTH
    return len(indent + opening + joined + closing) > LINE_LENGTH


@functools.lru_cache(maxsize=256)
def _format_once(source: str) -> str:
    return _format(source)


def _format(source: str) -> str:
    """Returns source as Black formats it once.

    Black formats a text that it changes twice, for comments and trailing commas of odd
    kinds that generated code does not have. Once is enough here, and half the time of a
    run; tests check that Black leaves the result as it is.
    """
    once = getattr(black, "_format_str_once", black.format_str)
    formatted: str = once(source, mode=_MODE)
    return formatted
