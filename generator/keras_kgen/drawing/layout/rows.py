"""Which row each cell is in, and lanes through the rows that a line passes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Cell:
    """Something in a row: its extents to both sides of the line through it.

    Attributes:
        weight: How much of the model it is.
        edge: Whether it belongs into the first row (-1), into the last (1) or anywhere.
    """

    left: float = 0
    right: float = 0
    height: float = 0
    weight: int = 0
    edge: int = 0
    is_lane: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A line between two cells; those of one tag come from the same place."""

    start: int
    end: int
    tag: str = ""


@dataclass(slots=True)
class Grid:
    """Cells in rows, lines between neighbouring rows alone.

    Attributes:
        cells: The cells that were given, lanes behind them.
        rows: The cells of each row from left to right.
        above: For each cell, those of the row above that it is connected with.
        below: Likewise those of the row below.
        routes: For each line, the lanes that it goes through.
        trunk: The cell below on the longest way through the model, for those on it.
    """

    cells: list[Cell]
    rows: list[list[int]]
    above: list[list[int]] = field(default_factory=list)
    below: list[list[int]] = field(default_factory=list)
    routes: list[tuple[int, ...]] = field(default_factory=list)
    trunk: dict[int, int] = field(default_factory=dict)

    def connect(self, start: int, end: int) -> None:
        """Connects two cells of neighbouring rows."""
        if end not in self.below[start]:
            self.below[start].append(end)
            self.above[end].append(start)


def make_grid(cells: Sequence[Cell], links: Sequence[Link]) -> Grid:
    """Returns the cells in rows.

    Args:
        cells: The cells, each behind those that lines come from.
        links: The lines.
    """
    trunk = _longest_way(cells, links)
    ranks = _ranks(cells, links, frozenset(trunk))
    grid = Grid(list(cells), [[] for _ in range(max(ranks, default=-1) + 1)])
    grid.above = [[] for _ in cells]
    grid.below = [[] for _ in cells]
    for index, rank in enumerate(ranks):
        grid.rows[rank].append(index)
    lanes = _add_lanes(grid, links, ranks)
    for link in links:
        passed = lanes[link.start, link.tag][: ranks[link.end] - ranks[link.start] - 1]
        way = (link.start, *passed, link.end)
        for upper, lower in pairwise(way):
            grid.connect(upper, lower)
        if trunk.get(link.start) == link.end:
            grid.trunk.update(pairwise(way))
        grid.routes.append(tuple(passed))
    return grid


def _add_lanes(
    grid: Grid, links: Iterable[Link], ranks: Sequence[int]
) -> dict[tuple[int, str], list[int]]:
    """Adds one lane for all lines of a tag from a cell, as far down as the last one goes."""
    depths: dict[tuple[int, str], int] = {}
    for link in links:
        key = (link.start, link.tag)
        depths[key] = max(ranks[link.end], depths.get(key, 0))
    lanes: dict[tuple[int, str], list[int]] = {}
    for (start, tag), depth in depths.items():
        lanes[start, tag] = []
        for rank in range(ranks[start] + 1, depth):
            lanes[start, tag].append(len(grid.cells))
            grid.rows[rank].append(len(grid.cells))
            grid.cells.append(Cell(is_lane=True))
            grid.above.append([])
            grid.below.append([])
    return lanes


def _longest_way(cells: Sequence[Cell], links: Iterable[Link]) -> dict[int, int]:
    """Returns the way through most of the model: the next cell for each on it."""
    following = _ends(len(cells), links)
    weights = [0] * len(cells)
    choice: list[int | None] = [None] * len(cells)
    for index in reversed(range(len(cells))):
        choice[index] = max(following[index], key=weights.__getitem__, default=None)
        best = choice[index]
        weights[index] = cells[index].weight + (0 if best is None else weights[best])
    way: dict[int, int] = {}
    current = max(range(len(cells)), key=weights.__getitem__, default=None)
    while current is not None:
        follower = choice[current]
        if follower is not None:
            way[current] = follower
        current = follower
    return way


def _ends(count: int, links: Iterable[Link]) -> list[list[int]]:
    ends: list[list[int]] = [[] for _ in range(count)]
    for link in links:
        ends[link.start].append(link.end)
    return ends


def _ranks(
    cells: Sequence[Cell], links: Sequence[Link], trunk: frozenset[int]
) -> list[int]:
    """Returns the row of each cell: behind all that it reads, near what reads it."""
    following = _ends(len(cells), links)
    has_first = any(cell.edge < 0 for cell in cells)
    ranks = [int(has_first and cell.edge >= 0) for cell in cells]
    incoming = [0] * len(cells)
    for index, ends in enumerate(following):
        for end in ends:
            ranks[end] = max(ranks[end], ranks[index] + 1)
            incoming[end] += 1
    for index in reversed(range(len(cells))):
        ends = following[index]
        may_sink = index not in trunk and cells[index].edge == 0
        if may_sink and len(ends) > incoming[index]:
            ranks[index] = min(ranks[end] for end in ends) - 1
    return _with_last(cells, ranks)


def _with_last(cells: Sequence[Cell], ranks: Sequence[int]) -> list[int]:
    """Returns the ranks with what belongs into the last row in it."""
    inner = max(
        (r for r, c in zip(ranks, cells, strict=True) if c.edge <= 0), default=0
    )
    return [
        inner + 1 if cell.edge > 0 else rank
        for rank, cell in zip(ranks, cells, strict=True)
    ]


def positions(rows: Iterable[Sequence[int]]) -> Mapping[int, int]:
    """Returns the place of each cell within its row."""
    return {cell: place for row in rows for place, cell in enumerate(row)}
