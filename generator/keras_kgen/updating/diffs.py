"""Unified diffs of texts."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff

from keras_kgen.updating.text import Text

_NOWHERE = "/dev/null"
_UNENDED = "\\ No newline at end of file"


def diff(path: str, before: Text | None, after: Text | None) -> Iterator[str]:
    """Gives the lines of a unified diff, without their ends.

    Args:
        path: The file.
        before: What it holds, None where there is no such file.
        after: What it is to hold, None likewise.
    """
    return _with_ends(
        unified_diff(
            _lines(before),
            _lines(after),
            f"a/{path}" if before else _NOWHERE,
            f"b/{path}" if after else _NOWHERE,
            lineterm="\n",
        )
    )


def _lines(text: Text | None) -> list[str]:
    """Returns lines with ends of one form, so that only what they say is compared."""
    if text is None:
        return []
    pairs = zip(text.lines, text.ends, strict=True)
    return [line + ("\n" if end else "") for line, end in pairs]


def _with_ends(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line.removesuffix("\n")
        if not line.endswith("\n"):
            yield _UNENDED
