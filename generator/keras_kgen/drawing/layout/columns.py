"""How far right each cell is, after Brandes and Koepf's "Fast and simple horizontal coordinate assignment".

Four layouts, each as far to one side and one end as can be, are laid over each other. Lines
of the trunk and of lanes come first, so that they are straight.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise

from keras_kgen.drawing.layout.rows import Cell, Grid, positions

Segment = tuple[int, int]


def place_columns(grid: Grid, gap: float) -> list[float]:
    """Returns where the line through each cell is.

    Args:
        grid: The cells in their rows, in order.
        gap: The least distance between two cells of a row.
    """
    blocked = _blocked(grid)
    layouts = [
        _layout(grid, gap, blocked, from_top, from_left)
        for from_top in (True, False)
        for from_left in (True, False)
    ]
    _align(grid.cells, layouts)
    columns = []
    for index in range(len(grid.cells)):
        _, low, high, _ = sorted(layout[index] for layout in layouts)
        columns.append((low + high) / 2)
    return columns


def _blocked(grid: Grid) -> set[Segment]:
    """Returns the lines that give way to ones of more importance."""
    place = positions(grid.rows)
    blocked: set[Segment] = set()
    for row in grid.rows:
        segments = [(cell, end) for cell in row for end in grid.below[cell]]
        trunk = [s for s in segments if grid.trunk.get(s[0]) == s[1]]
        lanes = [s for s in segments if all(grid.cells[c].is_lane for c in s)]
        blocked |= _crossing(segments, trunk, place)
        straight = set(lanes) | set(trunk)
        others = [segment for segment in segments if segment not in straight]
        blocked |= _crossing(others, lanes, place)
    return blocked


def _crossing(
    segments: Sequence[Segment], others: Sequence[Segment], place: Mapping[int, int]
) -> set[Segment]:
    """Returns the segments that cross one of some others."""
    ends = sorted((place[end], place[start]) for start, end in others)
    least: list[int] = []
    most: list[int] = []
    for _, start in ends:
        most.append(max(start, most[-1]) if most else start)
    for _, start in reversed(ends):
        least.append(min(start, least[-1]) if least else start)
    least.reverse()
    found = set()
    for segment in segments:
        start, end = place[segment[0]], place[segment[1]]
        before = _count_before(ends, end)
        behind = _count_before(ends, end + 1)
        crosses_left = before > 0 and most[before - 1] > start
        crosses_right = behind < len(ends) and least[behind] < start
        if crosses_left or crosses_right:
            found.add(segment)
    return found


def _count_before(ends: Sequence[tuple[int, int]], place: int) -> int:
    return bisect_left(ends, (place, -1))


def _layout(
    grid: Grid, gap: float, blocked: set[Segment], from_top: bool, from_left: bool
) -> list[float]:
    """Returns one of the four layouts."""
    rows = [row if from_left else row[::-1] for row in grid.rows]
    rows = rows if from_top else rows[::-1]
    neighbours = grid.above if from_top else grid.below
    behind = {end: start for start, end in grid.trunk.items()}
    partners = (behind, grid.trunk) if from_top else (grid.trunk, behind)
    heads = _aligned(rows, neighbours, blocked, partners, from_top)
    columns = _compacted(grid.cells, rows, heads, gap, from_left)
    return columns if from_left else [-column for column in columns]


def _aligned(
    rows: Sequence[Sequence[int]],
    neighbours: Sequence[Sequence[int]],
    blocked: set[Segment],
    partners: tuple[Mapping[int, int], Mapping[int, int]],
    from_top: bool,
) -> dict[int, int]:
    """Returns the first cell of the straight line that each cell is on.

    A cell on the trunk goes with its partner there and with no other: `partners` are those
    in the row before and in the row behind.
    """
    place = positions(rows)
    heads = {cell: cell for row in rows for cell in row}
    taken: set[int] = set()
    for row in rows[1:]:
        limit = -1
        for cell in row:
            for other in _middle(neighbours[cell], place, partners[0].get(cell)):
                segment = (other, cell) if from_top else (cell, other)
                is_free = other not in taken and segment not in blocked
                is_meant = partners[1].get(other, cell) == cell
                if not is_free or not is_meant or place[other] <= limit:
                    continue
                heads[cell] = heads[other]
                taken.add(other)
                limit = place[other]
                break
    return heads


def _middle(
    neighbours: Sequence[int], place: Mapping[int, int], preferred: int | None
) -> list[int]:
    """Returns the one or two neighbours in the middle; a preferred one alone."""
    if preferred is not None:
        return [preferred]
    ordered = sorted(neighbours, key=place.__getitem__)
    half = len(ordered) // 2
    return (
        ordered[half : half + 1] if len(ordered) % 2 else ordered[half - 1 : half + 1]
    )


def _compacted(
    cells: Sequence[Cell],
    rows: Sequence[Sequence[int]],
    heads: Mapping[int, int],
    gap: float,
    from_left: bool,
) -> list[float]:
    """Returns where cells are if each straight line is as far left as it can be."""
    apart: dict[int, dict[int, float]] = {head: {} for head in heads.values()}
    waiting = dict.fromkeys(apart, 0)
    for row in rows:
        for cell, other in pairwise(row):
            distance = _distance(cells[cell], cells[other], gap, from_left)
            before, behind = heads[cell], heads[other]
            if behind not in apart[before]:
                waiting[behind] += 1
            apart[before][behind] = max(distance, apart[before].get(behind, 0))
    at = dict.fromkeys(apart, 0.0)
    ready = [head for head, count in waiting.items() if not count]
    ordered = []
    while ready:
        head = ready.pop()
        ordered.append(head)
        for other, distance in apart[head].items():
            at[other] = max(at[other], at[head] + distance)
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    # What is left of others closes up to them.
    for head in reversed(ordered):
        room = min((at[o] - d for o, d in apart[head].items()), default=at[head])
        at[head] = max(at[head], room)
    return [at[heads[index]] for index in range(len(cells))]


def _distance(cell: Cell, other: Cell, gap: float, from_left: bool) -> float:
    if from_left:
        return cell.right + other.left + gap
    return cell.left + other.right + gap


def _align(cells: Sequence[Cell], layouts: list[list[float]]) -> None:
    """Shifts the layouts over the narrowest one, each by the side that it leans to."""
    spans = [_span(cells, layout) for layout in layouts]
    low, high = min(spans, key=lambda span: span[1] - span[0], default=(0, 0))
    for number, (layout, span) in enumerate(zip(layouts, spans, strict=True)):
        leans_left = number % 2 == 0
        shift = low - span[0] if leans_left else high - span[1]
        layouts[number] = [column + shift for column in layout]


def _span(cells: Sequence[Cell], layout: Sequence[float]) -> tuple[float, float]:
    both = list(zip(cells, layout, strict=True))
    return min(x - c.left for c, x in both), max(x + c.right for c, x in both)
