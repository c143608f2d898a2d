"""Black decides lines."""

from __future__ import annotations


def format_source(source: str) -> str:
    """Returns source as Black writes it, with Black's defaults.

    Raises:
        black.InvalidInput: the source is not Python, which is an error of kgen.
    """
    import black
    from black.report import NothingChanged

    try:
        return black.format_file_contents(source, fast=True, mode=black.Mode())
    except NothingChanged:
        return source
