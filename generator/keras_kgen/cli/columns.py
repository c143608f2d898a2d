"""Text in lines of a given width, and names with their meanings in two columns."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

import click

INDENT = "  "
# What reads badly over two lines: tuples, products of numbers.
_UNITS = re.compile(r"\([^()]{,36}\)|\d+(?: \* \d+)+")
_HARD_SPACE = "\N{NO-BREAK SPACE}"


def wrap(text: str, width: int, indent: str = "", hanging: str = "") -> str:
    """Returns a paragraph; short tuples and products stay in one line.

    Args:
        text: The words.
        width: How many columns the lines may have.
        indent: What every line begins with.
        hanging: What the lines behind the first begin with besides.
    """
    wrapped = textwrap.fill(
        _UNITS.sub(_hold_together, text),
        width,
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapped.replace(_HARD_SPACE, " ")


def column_width(labels: Iterable[str], limit: int) -> int:
    """Returns the width of a column for these labels; longer ones than the limit stick out."""
    fitting = [len(label) for label in labels if len(label) <= limit]
    return max(fitting, default=0)


def beside(name: str, rest: str, text: str, column: int, width: int) -> str:
    """Returns a name with a text beside it, or below where the name is too long.

    Args:
        name: What is coloured.
        rest: What follows it at once.
        text: The words beside it.
        column: The width of the names.
        width: How many columns the lines may have.
    """
    label = f"{INDENT}{click.style(name, fg='cyan')}{rest}"
    length = len(name) + len(rest)
    words = wrap(text, width, INDENT + " " * column + INDENT)
    if not text:
        return label
    if length > column:
        return f"{label}\n{words}"
    return f"{label}{' ' * (column - length)}{INDENT}{words.lstrip()}"


def _hold_together(match: re.Match[str]) -> str:
    """Returns a text that wrapping leaves in one line."""
    return match[0].replace(" ", _HARD_SPACE)
