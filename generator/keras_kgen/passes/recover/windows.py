"""Finds pieces of a model that occur again and again, by the form of their lines."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from heapq import heapify, heappop, heapreplace
from itertools import pairwise
from math import inf

from keras_kgen.ir.expressions import Expression, Literal
from keras_kgen.ir.program import Callee
from keras_kgen.passes.recover.items import Item, Scope, Symbols, Token
from keras_kgen.records import record

# Longer pieces are found once shorter ones in them have become single lines.
LONGEST = 32


# How far behind a line the lines are that it reads, and which of their results.
_Offsets = tuple[tuple[int, int], ...]


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
    heap: list[tuple[int, int, int, list[int], bool]] = []
    for length, starts in _repeated(lines):
        bound = saved_lines(len(starts), length)
        if bound >= least:
            heap.append((-bound, starts[0], length, starts, False))
    heapify(heap)
    while heap:
        bound, first, length, starts, are_apart = heap[0]
        if -bound <= floor():
            return
        if are_apart:
            yield -bound, [lines.window(start, length) for start in starts]
            heappop(heap)
            continue
        if not may_win(-bound, lines.window(first, length)):
            heappop(heap)
            continue
        starts = _apart(starts, length)
        saved = saved_lines(len(starts), length)
        if saved >= least and len(starts) > 1:
            heapreplace(heap, (-saved, first, length, starts, True))
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
        reach: How far behind such a line the first of those lines is.
    """

    def __init__(self, scopes: Sequence[Scope], symbols: Symbols) -> None:
        self.symbols = symbols
        self.codes: list[int | None] = []
        # By the code of a line its symbol, and how far behind it the lines are.
        self._forms: dict[int, tuple[int, _Offsets]] = {}
        self.reach: dict[int, int] = {}
        self._places: list[tuple[int, int]] = []
        for number, scope in enumerate(scopes):
            self._add(number, scope)

    def _add(self, number: int, scope: Scope) -> None:
        for line, item in enumerate(scope.items):
            offsets = tuple(
                (line - made, place) if made >= 0 else (line + 1, -1)
                for made, place in scope.sources[line]
            )
            form = (item.symbol, offsets)
            code = self.symbols.number(form) if item.is_call else None
            self.codes.append(code)
            if code is not None and code not in self._forms:
                self._forms[code] = form
                self.reach[code] = max((far for far, _ in offsets), default=0)
            self._places.append((number, line))
        self.codes.append(None)
        self._places.append((number, len(scope.items)))

    def masked(self, code: int, inside: int) -> int:
        """Returns the number of a line in a piece that has so many lines before it."""
        if self.reach[code] <= inside:
            return code
        symbol, offsets = self._forms[code]
        form = tuple(o if o[0] <= inside else None for o in offsets)
        return self.symbols.number((symbol, form))

    def window(self, start: int, length: int) -> Window:
        """Returns so many lines from one on."""
        number, line = self._places[start]
        return Window(number, line, line + length)


def _apart(starts: list[int], length: int) -> list[int]:
    """Returns the places of a piece that do not overlap, the first ones first."""
    apart = []
    free = 0
    for start in starts:
        if start >= free:
            apart.append(start)
            free = start + length
    return apart


def _repeated(lines: _Lines) -> Iterator[tuple[int, list[int]]]:
    """Yields length and places of each piece that occurs more than once.

    Only what occurs more than once can do so when it is a line longer.
    """
    groups = [list(range(len(lines.codes)))]
    for inside in range(LONGEST):
        groups = [
            longer for starts in groups for longer in _longer(lines, starts, inside)
        ]
        if inside:
            for starts in groups:
                yield inside + 1, starts


def _longer(lines: _Lines, starts: list[int], inside: int) -> Iterator[list[int]]:
    """Yields the places where a piece goes on in the same way, of more than one each."""
    codes = lines.codes
    by_code: dict[int, list[int]] = {}
    for start in starts:
        code = codes[start + inside]
        if code in by_code:
            by_code[code].append(start)
        elif code is not None:
            by_code[code] = [start]
    # What a line reads of the lines before the piece does not tell it apart.
    groups: dict[int, list[int]] = {}
    for code, found in by_code.items():
        number = lines.masked(code, inside)
        groups[number] = sorted(groups[number] + found) if number in groups else found
    for found in groups.values():
        if len(found) > 1:
            yield found


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
                and {first, second} <= chained
                and items[first].call.kind is Callee.LAYER
            ]
        )
        self._goes_on = {
            p
            for p in chained
            if items[p].callee not in blocks
            and _words(items[p]) == _words(items[p + 1])
        }

    def is_in(self, window: Window) -> bool:
        """Whether a piece holds a run."""
        place = bisect_left(self._runs, (window.start, 0))
        return place < len(self._runs) and self._runs[place][1] < window.stop

    def is_cut_by(self, window: Window) -> bool:
        """Whether equal layers in a row go on where a piece begins or ends."""
        return (window.start - 1) in self._goes_on or (window.stop - 1) in self._goes_on


def _words(item: Item) -> dict[str, Expression]:
    """Returns the words among arguments: the last layer of a model has another activation."""
    return {
        name: value
        for name, value in item.arguments.items()
        if isinstance(value, Literal) and isinstance(value.value, str)
    }


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
