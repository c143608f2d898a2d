"""Finds pieces of a model that occur again and again, by the form of their lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from keras_kgen.passes.recover.items import Item, Scope, Symbols, Token

# Longer pieces are found once shorter ones in them have become single lines.
LONGEST = 32


@dataclass(frozen=True, slots=True)
class Window:
    """Lines of a scope that stand next to each other; `stop` is exclusive."""

    scope: int
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


def find_windows(scopes: Sequence[Scope], symbols: Symbols) -> Iterator[list[Window]]:
    """Yields the places of each piece that occurs more than once, as far as they are apart.

    Two pieces are the same where their lines have the same form and read the same lines of
    the piece; what they read of the lines before the piece may differ (parameterised
    matching after B. S. Baker, "A Theory of Parameterized Pattern Matching", 1993).
    """
    places: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for number, scope in enumerate(scopes):
        _hash_windows(number, scope, symbols, places)
    for (length, _), starts in places.items():
        if len(starts) > 1:
            windows = _apart(starts, length)
            if len(windows) > 1:
                yield windows


def _hash_windows(
    number: int,
    scope: Scope,
    symbols: Symbols,
    places: dict[tuple[int, int], list[tuple[int, int]]],
) -> None:
    items = scope.items
    offsets = [
        tuple(
            (line - made, place) if made >= 0 else (line + 1, -1)
            for made, place in sources
        )
        for line, sources in enumerate(scope.sources)
    ]
    codes = [symbols.number((i.symbol, o)) for i, o in zip(items, offsets, strict=True)]
    reach = [max((distance for distance, _ in found), default=0) for found in offsets]
    for start in range(len(items)):
        state = 0
        for index in range(start, min(start + LONGEST, len(items))):
            item = items[index]
            if not item.is_call:
                break
            inside = index - start
            if reach[index] <= inside:
                code = codes[index]
            else:
                masked = tuple(o if o[0] <= inside else None for o in offsets[index])
                code = symbols.number((item.symbol, masked))
            state = hash((state, code))
            if inside:
                places[inside + 1, state].append((number, start))


def _apart(starts: list[tuple[int, int]], length: int) -> list[Window]:
    """Returns the places that do not overlap, the first ones first."""
    windows = []
    free = (-1, 0)
    for number, start in starts:
        if (number, start) >= free:
            windows.append(Window(number, start, start + length))
            free = (number, start + length)
    return windows


def is_power(items: Sequence[Item]) -> bool:
    """Whether a piece is a shorter one several times over: that is for loops to say."""
    forms = [item.symbol for item in items]
    length = len(forms)
    return any(
        length % period == 0 and forms[period:] == forms[:-period]
        for period in range(1, length // 2 + 1)
    )


def has_run(items: Sequence[Item], large: Collection[str]) -> bool:
    """Whether a piece holds a run of one of some blocks: that is for loops to say."""
    return any(
        one.symbol == other.symbol and one.call.callee in large
        for one, other in pairwise(items)
    )


def common_label(items: Sequence[Item]) -> tuple[Token, ...]:
    """Returns how all names in a piece begin; empty where there is none."""
    return common_start([item.label for item in items if item.label])


def common_start(labels: Sequence[tuple[Token, ...]]) -> tuple[Token, ...]:
    """Returns the pieces with which all names begin."""
    if not labels:
        return ()
    common = []
    for column in zip(*labels, strict=False):
        if any(piece != column[0] for piece in column):
            break
        common.append(column[0])
    return tuple(common)


def begins_with(label: tuple[Token, ...], prefix: tuple[Token, ...]) -> bool:
    """Whether a name begins with those pieces."""
    return bool(prefix) and label[: len(prefix)] == prefix
