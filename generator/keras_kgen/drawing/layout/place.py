"""Places the boxes, frames and lines of a figure: each frame like a small drawing of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from keras_kgen.drawing.figures import Box, Figure, Frame, Shown, boxes
from keras_kgen.drawing.layout.columns import place_columns
from keras_kgen.drawing.layout.order import order_rows
from keras_kgen.drawing.layout.rows import Cell, Grid, Link, make_grid
from keras_kgen.drawing.layout.text import text_width
from keras_kgen.drawing.words import title_of

BOX_HEIGHT = 39.0
END_HEIGHT = 26.0
HEADER = 22.0
HEADER_FONT = 11.0
_PADDING = 12.0
_SIDE_GAP = 18.0
_ROW_GAP = 21.0
# Between the border of a frame and what is in it.
_BORDER_GAP = 16.0
# A line comes straight down on a box from so far above.
_STRAIGHT = 9.0
# Lines that go far to the side get more room to turn, up to a limit.
_SLOPE = 0.07
_MOST_SLOPE = 48.0
# How far lines that meet at a box are apart, and how near they may come to its corners.
_SPREAD = 16.0
_CORNER = 14.0

Lines = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Area:
    """Where something is: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, x: float, y: float) -> Area:
        """Returns the same area further right and down."""
        return replace(self, x=self.x + x, y=self.y + y)


@dataclass(frozen=True, slots=True)
class Station:
    """A vertical piece of a line."""

    x: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Curve:
    """A line, or the part of it within a frame.

    Attributes:
        start: The box that it comes from.
        ends: The boxes that it leads to.
        stations: Its vertical pieces, in the order of the line.
        has_head: Whether it ends at a box, not at the border of a frame.
    """

    start: str
    ends: tuple[str, ...]
    stations: tuple[Station, ...]
    has_head: bool

    def moved(self, x: float, y: float) -> Curve:
        """Returns the same curve further right and down."""
        stations = tuple(
            Station(s.x + x, s.top + y, s.bottom + y) for s in self.stations
        )
        return replace(self, stations=stations)


@dataclass(slots=True)
class Placed:
    """A figure, or what is in a frame, with the upper left corner at (0, 0).

    Attributes:
        anchor: Where its trunk is.
        entries: Where lines come in at the top, by the box that they come from.
        exits: Where lines go out at the bottom.
    """

    width: float = 0
    height: float = 0
    anchor: float = 0
    boxes: list[tuple[Box, Area]] = field(default_factory=list)
    frames: list[tuple[Frame, Area]] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    entries: dict[str, float] = field(default_factory=dict)
    exits: dict[str, float] = field(default_factory=dict)

    def add(self, inner: Placed, x: float, y: float) -> None:
        """Takes over what is in another one, further right and down."""
        self.boxes += [(box, area.moved(x, y)) for box, area in inner.boxes]
        self.frames += [(frame, area.moved(x, y)) for frame, area in inner.frames]
        self.curves += [curve.moved(x, y) for curve in inner.curves]


def place_figure(figure: Figure, box_width: float) -> Placed:
    """Returns a figure with everything in its place.

    Args:
        figure: The figure.
        box_width: How wide a box is.
    """
    return _Level(figure.items, figure.lines, box_width).placed()


@dataclass(slots=True)
class _Level:
    """The inside of one frame, or a whole figure."""

    items: Sequence[Shown]
    lines: Lines
    box_width: float
    owners: dict[str, int] = field(default_factory=dict)
    # Which lines begin or end in each item.
    touching: dict[int, set[int]] = field(default_factory=dict)
    inner: dict[int, Placed] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    # What each line of the grid stands for: the boxes at its end.
    links: dict[Link, list[str]] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)
    exits: dict[str, int] = field(default_factory=dict)

    def placed(self) -> Placed:
        self.make_cells()
        self.make_links()
        grid = make_grid(self.cells, list(self.links))
        order_rows(grid)
        columns = place_columns(grid, _SIDE_GAP)
        left = min((x - c.left for x, c in _both(columns, grid.cells)), default=0)
        columns = [column - left for column in columns]
        return _Assembly(self, grid, columns).assembled()

    def make_cells(self) -> None:
        known = {box.key for box in boxes(self.items)}
        self.entries = _numbered(s for s, e in self.lines if s not in known)
        first = len(self.entries)
        self.cells = [Cell(edge=-1) for _ in self.entries]
        for index, item in enumerate(self.items, start=first):
            self.owners.update((box.key, index) for box in boxes([item]))
        for number, line in enumerate(self.lines):
            for key in line:
                self.touching.setdefault(self.owners.get(key, -1), set()).add(number)
        for index, item in enumerate(self.items, start=first):
            self.cells.append(self.cell(item, index))
        starts = (s for s, e in self.lines if s in known and e not in known)
        self.exits = _numbered(starts, len(self.cells))
        self.cells += [Cell(edge=1) for _ in self.exits]

    def cell(self, item: Shown, index: int) -> Cell:
        if isinstance(item, Box):
            half = self.box_width / 2
            return Cell(half, half, height_of(item), 1)
        lines = [self.lines[number] for number in sorted(self.touching.get(index, ()))]
        inner = _framed(_Level(item.items, lines, self.box_width).placed(), item)
        self.inner[index] = inner
        right = inner.width - inner.anchor
        return Cell(inner.anchor, right, inner.height, len(inner.boxes))

    def make_links(self) -> None:
        for start, end in self.lines:
            first = self.owners.get(start, self.entries.get(start, -1))
            last = self.owners.get(end, self.exits.get(start, -1))
            if first != last:
                self.links.setdefault(Link(first, last, start), []).append(end)


def _numbered(keys: Iterable[str], first: int = 0) -> dict[str, int]:
    return {key: first + n for n, key in enumerate(dict.fromkeys(keys))}


def _both(
    columns: Sequence[float], cells: Sequence[Cell]
) -> Iterable[tuple[float, Cell]]:
    return zip(columns, cells, strict=True)


def height_of(box: Box) -> float:
    """Returns how high a box is."""
    return BOX_HEIGHT if box.name or box.shape or box.parameters else END_HEIGHT


def _framed(inner: Placed, frame: Frame) -> Placed:
    """Returns the inside of a frame with the frame around it."""
    header = text_width(title_of(frame), HEADER_FONT, is_bold=True)
    width = max(inner.width, header) + 2 * _PADDING
    shift = (width - inner.width) / 2
    below = 0 if inner.exits else _PADDING
    above = HEADER if inner.entries else HEADER + _PADDING
    placed = Placed(width, inner.height + above + below, inner.anchor + shift)
    placed.frames.append((frame, Area(0, 0, width, placed.height)))
    placed.add(inner, shift, above)
    placed.entries = {key: x + shift for key, x in inner.entries.items()}
    placed.exits = {key: x + shift for key, x in inner.exits.items()}
    return placed


@dataclass(slots=True)
class _Assembly:
    """Puts together what a level consists of."""

    level: _Level
    grid: Grid
    columns: list[float]
    tops: list[float] = field(default_factory=list)
    bottoms: list[float] = field(default_factory=list)
    rows: dict[int, int] = field(default_factory=dict)
    # Where each line leaves and enters a cell.
    starts: dict[Link, float] = field(default_factory=dict)
    ends: dict[Link, float] = field(default_factory=dict)
    # The lanes that each line goes through.
    routes: dict[Link, tuple[int, ...]] = field(default_factory=dict)

    def assembled(self) -> Placed:
        self.routes = dict(zip(self.level.links, self.grid.routes, strict=True))
        self.rows = {c: n for n, row in enumerate(self.grid.rows) for c in row}
        self.attach()
        self.stack_rows()
        placed = Placed(height=self.bottoms[-1] if self.bottoms else 0)
        right = (x + c.right for x, c in _both(self.columns, self.grid.cells))
        placed.width = max(right, default=0)
        placed.anchor = self.anchor(placed.width)
        for index, item in enumerate(self.level.items, start=len(self.level.entries)):
            self.put(placed, index, item)
        for link, ends in self.level.links.items():
            placed.curves.append(self.curve(link, ends))
        level = self.level
        placed.entries = {key: self.columns[c] for key, c in level.entries.items()}
        placed.exits = {key: self.columns[c] for key, c in level.exits.items()}
        return placed

    def anchor(self, width: float) -> float:
        trunk = next(iter(self.grid.trunk), None)
        if trunk is None:
            return self.columns[0] if len(self.level.items) == 1 else width / 2
        return self.columns[trunk]

    def put(self, placed: Placed, index: int, item: Shown) -> None:
        x, y = self.columns[index] - self.grid.cells[index].left, self.top(index)
        if isinstance(item, Box):
            area = Area(x, y, self.level.box_width, height_of(item))
            placed.boxes.append((item, area))
        else:
            placed.add(self.level.inner[index], x, y)

    def top(self, index: int) -> float:
        """Returns the upper end of a cell, which is in the middle of its row."""
        row = self.rows[index]
        height = self.bottoms[row] - self.tops[row]
        return self.tops[row] + (height - self.grid.cells[index].height) / 2

    def attach(self) -> None:
        """Decides where lines leave and enter cells; those of a box side by side."""
        links = self.level.links
        leaving: dict[int, list[tuple[float, Link]]] = {}
        entering: dict[int, list[tuple[float, Link]]] = {}
        for link in links:
            way = (link.start, *self.routes[link], link.end)
            leaving.setdefault(link.start, []).append((self.columns[way[1]], link))
            entering.setdefault(link.end, []).append((self.columns[way[-2]], link))
        for index, pairs in leaving.items():
            inner = self.level.inner.get(index)
            ports = None if inner is None else inner.exits
            self.starts.update(self.attached(index, pairs, ports))
        for index, pairs in entering.items():
            inner = self.level.inner.get(index)
            ports = None if inner is None else inner.entries
            self.ends.update(self.attached(index, pairs, ports))

    def attached(
        self,
        index: int,
        pairs: list[tuple[float, Link]],
        ports: dict[str, float] | None,
    ) -> dict[Link, float]:
        column, cell = self.columns[index], self.grid.cells[index]
        if ports is not None:
            return {link: column - cell.left + ports[link.tag] for _, link in pairs}
        if cell.edge:
            return {link: column for _, link in pairs}
        targets = sorted({round(x, 3) for x, _ in pairs})
        offsets = _spread([x - column for x in targets], cell.left - _CORNER)
        by_target = dict(zip(targets, offsets, strict=True))
        return {link: column + by_target[round(x, 3)] for x, link in pairs}

    def stack_rows(self) -> None:
        y = 0.0
        for number, row in enumerate(self.grid.rows):
            self.tops.append(y)
            y += max((self.grid.cells[cell].height for cell in row), default=0)
            self.bottoms.append(y)
            if number + 1 < len(self.grid.rows):
                y += self.gap_below(number)

    def gap_below(self, row: int) -> float:
        is_border = any(
            self.grid.cells[cells[0]].edge for cells in self.grid.rows[row : row + 2]
        )
        gap = _BORDER_GAP if is_border else _ROW_GAP
        return gap + min(_MOST_SLOPE, _SLOPE * self.widest_turn(row))

    def widest_turn(self, row: int) -> float:
        turns = (
            abs(self.columns[cell] - self.columns[end])
            for cell in self.grid.rows[row]
            for end in self.grid.below[cell]
        )
        return max(turns, default=0)

    def curve(self, link: Link, ends: list[str]) -> Curve:
        start, end = link.start, link.end
        bottom = self.top(start) + self.grid.cells[start].height
        stations = [Station(self.starts[link], bottom, self.bottoms[self.rows[start]])]
        for lane in self.routes[link]:
            row = self.rows[lane]
            stations.append(
                Station(self.columns[lane], self.tops[row], self.bottoms[row])
            )
        is_box = end not in self.level.inner and not self.grid.cells[end].edge
        top = self.tops[self.rows[end]] - (_STRAIGHT if is_box else 0)
        stations.append(Station(self.ends[link], top, self.top(end)))
        return Curve(link.tag, tuple(ends), tuple(stations), is_box)


def _spread(wanted: Sequence[float], limit: float) -> list[float]:
    """Returns places along the side of a box for lines that come from or go to others.

    The line that is nearest to straight stays in the middle.
    """
    if not wanted:
        return []
    middle = min(range(len(wanted)), key=lambda n: (abs(wanted[n]), n))
    step = _SPREAD
    most = max(middle, len(wanted) - 1 - middle)
    if most:
        step = min(step, limit / most)
    centre = 0.0 if len(wanted) % 2 or abs(wanted[middle]) < 1 else step / 2
    shift = centre if wanted[middle] > 0 else -centre
    return [(n - middle) * step + shift for n in range(len(wanted))]
