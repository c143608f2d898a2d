"""Finds pieces of a model that occur again and again, by the form of their lines."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from heapq import heapify, heappop, heapreplace
from itertools import pairwise
from math import inf

from keras_kgen.ir.program import Callee
from keras_kgen.passes.recover.items import Item, Scope, Symbols, Token
from keras_kgen.records import record

# Longer pieces are found once shorter ones in them have become single lines.
LONGEST = 32


@record
class Window:
    """Lines of a scope that stand next to each other; `stop` is exclusive."""

    scope: int
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


def find_windows(
    scopes: Sequence[Scope],
    symbols: Symbols,
    least: int,
    may_win: Callable[[int, Window], bool] = lambda saved, first: True,
    floor: Callable[[], float] = lambda: -inf,
) -> Iterator[tuple[int, list[Window]]]:
    """Yields the places of each piece that occurs more than once, as far as they are apart.

    Two pieces are the same where their lines have the same form and read the same lines of
    the piece; what they read of the lines before the piece may differ (parameterised
    matching after B. S. Baker, "A Theory of Parameterized Pattern Matching", 1993).

    Args:
        scopes: Where to look.
        symbols: The forms of their lines.
        least: What a block for a piece must save.
        may_win: Whether a piece is of use that saves so many lines at most, by where it
            occurs first.
        floor: Up to how many lines no piece is of use, which may grow on the way.

    Yields:
        How many lines a block for the piece saves at most, and the places of the piece;
        what saves most first, down to `least`.
    """
    lines = _Lines(scopes, symbols)
    # Places are told apart only when a piece comes near the front: few do.
    heap: list[tuple[int, int, int, list[int], list[Window] | None]] = []
    for length, starts in _repeated(lines):
        bound = saved_lines(len(starts), length)
        if bound >= least:
            heap.append((-bound, starts[0], length, starts, None))
    heapify(heap)
    while heap:
        bound, first, length, starts, windows = heap[0]
        if -bound <= floor():
            return
        if windows is not None:
            yield -bound, windows
            heappop(heap)
            continue
        if not may_win(-bound, lines.window(first, length)):
            heappop(heap)
            continue
        windows = lines.apart(starts, length)
        saved = saved_lines(len(windows), length)
        if saved >= least and len(windows) > 1:
            heapreplace(heap, (-saved, first, length, starts, windows))
        else:
            heappop(heap)


def saved_lines(count: int, length: int) -> int:
    """Returns how many lines a block saves that so many pieces of some length become."""
    return count * (length - 1) - (length + 3)


class _Lines:
    """The lines of all scopes in a row, one that is like no other behind each scope.

    Attributes:
        codes: A number for each line and the lines that it reads, None where no piece may
            go on.
        reach: How far behind a line the first of those lines is.
    """

    def __init__(self, scopes: Sequence[Scope], symbols: Symbols) -> None:
        self.symbols = symbols
        self.codes: list[int | None] = []
        self.reach: list[int] = []
        self._items: list[Item | None] = []
        self._offsets: list[tuple[tuple[int, int], ...]] = []
        self._places: list[tuple[int, int]] = []
        self._masked: dict[tuple[int, int], int] = {}
        for number, scope in enumerate(scopes):
            self._add(number, scope)

    def _add(self, number: int, scope: Scope) -> None:
        for line, item in enumerate(scope.items):
            offsets = tuple(
                (line - made, place) if made >= 0 else (line + 1, -1)
                for made, place in scope.sources[line]
            )
            form = (item.symbol, offsets)
            self.codes.append(self.symbols.number(form) if item.is_call else None)
            self.reach.append(max((distance for distance, _ in offsets), default=0))
            self._items.append(item)
            self._offsets.append(offsets)
            self._places.append((number, line))
        self.codes.append(None)
        self.reach.append(0)
        self._items.append(None)
        self._offsets.append(())
        self._places.append((number, len(scope.items)))

    def masked(self, index: int, inside: int) -> int:
        """Returns the number of a line in a piece that has so many lines before it."""
        offsets = self._offsets[index]
        known = sum(distance <= inside for distance, _ in offsets)
        key = index, known
        if key not in self._masked:
            item = self._items[index]
            assert item is not None
            form = tuple(o if o[0] <= inside else None for o in offsets)
            self._masked[key] = self.symbols.number((item.symbol, form))
        return self._masked[key]

    def window(self, start: int, length: int) -> Window:
        """Returns so many lines from one on."""
        number, line = self._places[start]
        return Window(number, line, line + length)

    def apart(self, starts: list[int], length: int) -> list[Window]:
        """Returns the places that do not overlap, the first ones first."""
        windows = []
        free = 0
        for start in starts:
            if start >= free:
                windows.append(self.window(start, length))
                free = start + length
        return windows


def _repeated(lines: _Lines) -> Iterator[tuple[int, list[int]]]:
    """Yields length and places of each piece that occurs more than once.

    Only what occurs more than once can do so when it is a line longer.
    """
    codes, reach, masked = lines.codes, lines.reach, lines.masked
    states = [0] * len(codes)
    alive: list[int] = list(range(len(codes)))
    for inside in range(LONGEST):
        groups: dict[tuple[int, int], list[int]] = {}
        for start in alive:
            index = start + inside
            code = codes[index]
            if code is None:
                continue
            if reach[index] > inside:
                code = masked(index, inside)
            key = states[start], code
            if key in groups:
                groups[key].append(start)
            else:
                groups[key] = [start]
        alive = []
        for state, starts in enumerate(groups.values()):
            if len(starts) > 1:
                alive += starts
                for start in starts:
                    states[start] = state
                if inside:
                    yield inside + 1, starts


def is_power(items: Sequence[Item]) -> bool:
    """Whether a piece is a shorter one several times over: that is for loops to say."""
    forms = [item.symbol for item in items]
    length = len(forms)
    return any(
        length % period == 0 and forms[period:] == forms[:-period]
        for period in range(1, length // 2 + 1)
    )


class Runs:
    """Lines of a scope that are for loops to say.

    Args:
        items: The lines.
        blocks: The names of all blocks.
        large: Those of which two in a row are such a run; of layers it takes three.
    """

    def __init__(
        self, items: Sequence[Item], blocks: Collection[str], large: Collection[str]
    ) -> None:
        again = [
            place
            for place, (one, other) in enumerate(pairwise(items))
            if one.symbol == other.symbol
        ]
        chained = {p for p in again if items[p].makes == items[p + 1].reads}
        # Where a run begins, and with which line it is one: nearer ones in front.
        self._runs = sorted(
            [(p, p + 1) for p in again if items[p].callee in large]
            + [
                (first, second + 1)
                for first, second in pairwise(again)
                if second == first + 1
                and first in chained
                and items[first].call.kind is Callee.LAYER
            ]
        )
        self._goes_on = {p for p in chained if items[p].callee not in blocks}

    def is_in(self, window: Window) -> bool:
        """Whether a piece holds a run."""
        place = bisect_left(self._runs, (window.start, 0))
        return place < len(self._runs) and self._runs[place][1] < window.stop

    def is_cut_by(self, window: Window) -> bool:
        """Whether equal layers in a row go on where a piece begins or ends."""
        return (window.start - 1) in self._goes_on or (window.stop - 1) in self._goes_on


def common_label(items: Sequence[Item]) -> tuple[Token, ...]:
    """Returns how all names in a piece begin; empty where there is none."""
    return common_start([item.label for item in items if item.label])


def common_start(labels: Sequence[tuple[Token, ...]]) -> tuple[Token, ...]:
    """Returns the pieces with which all names begin."""
    if not labels:
        return ()
    common = []
    for column in zip(*labels, strict=False):
        if column.count(column[0]) < len(column):
            break
        common.append(column[0])
    return tuple(common)


def begins_with(label: tuple[Token, ...], prefix: tuple[Token, ...]) -> bool:
    """Whether a name begins with those pieces."""
    return bool(prefix) and label[: len(prefix)] == prefix
