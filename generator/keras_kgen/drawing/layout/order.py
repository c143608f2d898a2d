"""The order of cells within the rows: as few crossings as a few sweeps find."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence

from keras_kgen.drawing.layout.rows import Grid, positions

_SWEEPS = 16
# Large drawings are tangles whatever one does: they get fewer sweeps.
_MANY_CELLS = 3000
_FEW_SWEEPS = 4


def order_rows(grid: Grid) -> None:
    """Orders the cells of each row."""
    grid.rows = _first_order(grid)
    best, fewest = grid.rows, _crossings(grid, grid.rows)
    sweeps = _SWEEPS if len(grid.cells) < _MANY_CELLS else _FEW_SWEEPS
    rows = grid.rows
    for sweep in range(sweeps):
        if fewest == 0:
            break
        rows = _swept(grid, rows, downwards=sweep % 2 == 0)
        found = _crossings(grid, rows)
        if found < fewest:
            best, fewest = rows, found
    grid.rows = best


def _first_order(grid: Grid) -> list[list[int]]:
    """Returns the cells in the order in which one comes upon them, branches on both sides."""
    row_of = {cell: number for number, row in enumerate(grid.rows) for cell in row}
    ordered: list[list[int]] = [[] for _ in grid.rows]
    seen: set[int] = set()
    starts = [cell for row in grid.rows for cell in row]
    starts.sort(key=lambda cell: cell not in grid.trunk)
    for start in starts:
        stack = [start]
        while stack:
            cell = stack.pop()
            if cell in seen:
                continue
            seen.add(cell)
            ordered[row_of[cell]].append(cell)
            stack += reversed(_ahead(grid, cell))
    return ordered


def _ahead(grid: Grid, cell: int) -> list[int]:
    """Returns the cells below one: the trunk between branches, lanes on the right."""
    trunk = grid.trunk.get(cell)
    below = [c for c in grid.below[cell] if c != trunk]
    if trunk is None:
        return below
    branches = [c for c in below if not grid.cells[c].is_lane]
    lanes = [c for c in below if grid.cells[c].is_lane]
    return [*branches[1::2], trunk, *branches[0::2], *lanes]


def _swept(grid: Grid, rows: list[list[int]], downwards: bool) -> list[list[int]]:
    """Returns the rows, each sorted by the middle of what the one before it is next to."""
    neighbours = grid.above if downwards else grid.below
    place = dict(positions(rows))
    swept = [list(row) for row in rows]
    numbers = range(1, len(rows)) if downwards else range(len(rows) - 2, -1, -1)
    for number in numbers:
        swept[number] = _sorted(swept[number], neighbours, place)
        place.update(positions([swept[number]]))
    return swept


def _sorted(
    row: list[int], neighbours: Sequence[Sequence[int]], place: dict[int, int]
) -> list[int]:
    """Sorts a row by the mean place of neighbours; a cell that has none stays where it is."""
    means = {
        cell: sum(place[c] for c in neighbours[cell]) / len(neighbours[cell])
        for cell in row
        if neighbours[cell]
    }
    moving = iter(sorted(means, key=means.__getitem__))
    return [next(moving) if cell in means else cell for cell in row]


def _crossings(grid: Grid, rows: list[list[int]]) -> int:
    """Returns how many pairs of lines cross."""
    place = positions(rows)
    count = 0
    for row in rows:
        ends: list[int] = []
        for cell in row:
            own = sorted(place[end] for end in grid.below[cell])
            count += sum(len(ends) - bisect_right(ends, end) for end in own)
            for end in own:
                insort(ends, end)
    return count
