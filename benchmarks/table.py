"""Results as Markdown, ready for the README."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]
) -> None:
    """Prints a table whose first column is text and whose others are numbers."""
    rows = [tuple(columns), *(tuple(row) for row in rows)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(columns))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    print(f"\n### {title}\n")
    for row in (rows[0], tuple(rule), *rows[1:]):
        first, *others = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(text.rjust(w) for text, w in others)]
        print(f"| {' | '.join(cells)} |", flush=True)
    print()
