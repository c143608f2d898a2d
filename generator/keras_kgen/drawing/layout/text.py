"""How wide text is, near enough for a box to be wide enough in any common sans-serif font."""

from __future__ import annotations

import unicodedata

_NARROW = frozenset("ijltfrI.,:;'|!()[]{}/\\ 1")
_WIDE = frozenset("mwMW@%")
_DOTS = "\N{HORIZONTAL ELLIPSIS}"


def text_width(text: str, size: float, is_bold: bool = False) -> float:
    """Returns the width of a line of text in pixels.

    Args:
        text: The text.
        size: The size of the font in pixels.
        is_bold: Whether it is bold.
    """
    return sum(map(_width, text)) * size * (1.07 if is_bold else 1.0)


def shorten(text: str, size: float, width: float, is_bold: bool = False) -> str:
    """Returns text that fits a width, with dots in its middle where it has to give way."""
    if text_width(text, size, is_bold) <= width:
        return text
    kept = len(text)
    while kept > 1:
        kept -= 1
        half = (kept + 1) // 2
        cut = f"{text[:half]}{_DOTS}{text[len(text) - kept // 2 :]}"
        if text_width(cut, size, is_bold) <= width:
            return cut
    return _DOTS


def _width(letter: str) -> float:
    if letter in _NARROW:
        return 0.36
    if letter in _WIDE:
        return 0.9
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return 0.7 if letter.isupper() else 0.58
