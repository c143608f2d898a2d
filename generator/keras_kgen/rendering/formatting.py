"""Black decides lines."""

from __future__ import annotations

import black


def format_source(source: str) -> str:
    """Returns source as Black writes it, with Black's defaults.

    Black formats a text that it changes twice, for comments and trailing commas of odd
    kinds that generated code does not have. Once is enough here, and half the time of a
    run; tests check that Black leaves the result as it is.

    Raises:
        black.InvalidInput: the source is not Python, which is an error of kgen.
    """
    once = getattr(black, "_format_str_once", black.format_str)
    formatted: str = once(source, mode=black.Mode())
    return formatted
