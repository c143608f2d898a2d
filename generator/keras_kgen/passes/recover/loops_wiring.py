"""Works out what each window of a repeat reads, keeps and hands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from keras_kgen.ir.program import Value
from keras_kgen.passes.recover.loops_items import Fresh, Item, Leaf, Rep, Source
from keras_kgen.records import record

_T = TypeVar("_T")
# NASNet's cells read what the cell before the last one gave; nobody reads further back.
FURTHEST = 2
Windows = tuple[tuple[Item, ...], ...]
# Where a value is given: which window, which of its lines, which result.
Place = tuple[int, int, int]
# What a line reads in each window that has the line.
_Column = list[tuple[int, Value]]


@record
class Wiring:
    """How the windows hang together.

    Attributes:
        shared: The values from before the loop that each time reads.
        items: The values that each time reads one of, a tuple for each list.
        history: What carried values were before the first time, by where they are given
            and how many times before.
    """

    sources: tuple[tuple[Source, ...], ...]
    carries: tuple[tuple[int, int, int], ...]
    shared: tuple[Value, ...]
    items: tuple[tuple[Value, ...], ...]
    history: Mapping[tuple[int, int, int], Value]


def wire(windows: Windows) -> Wiring | None:
    """Returns how windows hang together, None where each has a way of its own."""
    return _Wirer(windows).wiring()


class _Wirer:
    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        self.places: dict[Value, Place] = {
            value: (time, line, index)
            for time, window in enumerate(windows)
            for line, item in enumerate(window)
            for index, value in enumerate(item.results)
        }
        self.carries: list[tuple[int, int, int]] = []
        self.shared: list[Value] = []
        self.items: list[tuple[Value, ...]] = []
        self.history: dict[tuple[int, int, int], Value] = {}

    def wiring(self) -> Wiring | None:
        sources = []
        for line in range(len(self.windows[0])):
            found = self.line(line)
            if found is None:
                return None
            sources.append(found)
        if not self.complete_history():
            return None
        return Wiring(
            tuple(sources),
            tuple(self.carries),
            tuple(self.shared),
            tuple(self.items),
            self.history,
        )

    def line(self, line: int) -> tuple[Source, ...] | None:
        """Returns the sources of one line of the window."""
        members = [(time, window[line]) for time, window in enumerate(self.windows)]
        width = max(len(item.reads) for _, item in members)
        sources = []
        for position in range(width):
            column = [
                (time, item.reads[position])
                for time, item in members
                if position < len(item.reads)
            ]
            source = self.source(column)
            if source is None:
                return None
            sources.append(source)
        return tuple(sources)

    def source(self, column: _Column) -> Source | None:
        places = [self.places.get(value) for _, value in column]
        last = places[-1]
        if last is not None:
            ago = column[-1][0] - last[0]
            if ago == 0:
                return self.inner(column, places, last)
            return self.carried(column, places, last, ago)
        if any(places):
            return None
        values = [value for _, value in column]
        if all(value == values[0] for value in values):
            return Source("same", _place(self.shared, values[0]))
        if len(values) == len(self.windows) and len(set(values)) == len(values):
            return Source("item", _place(self.items, tuple(values)))
        return None

    def inner(
        self, column: _Column, places: list[Place | None], last: Place
    ) -> Source | None:
        _, line, result = last
        for (time, _), place in zip(column, places, strict=True):
            if place != (time, line, result):
                return None
        return Source("inner", line, result)

    def carried(
        self, column: _Column, places: list[Place | None], last: Place, ago: int
    ) -> Source | None:
        _, line, result = last
        if not 0 < ago <= FURTHEST:
            return None
        for (time, value), place in zip(column, places, strict=True):
            if time >= ago:
                if place != (time - ago, line, result):
                    return None
            elif place is not None or not self.remember(
                (line, result, ago - time), value
            ):
                return None
        for nearer in range(1, ago):
            _place(self.carries, (line, result, nearer))
        return Source("carry", _place(self.carries, (line, result, ago)))

    def remember(self, key: tuple[int, int, int], value: Value) -> bool:
        return self.history.setdefault(key, value) == value

    def complete_history(self) -> bool:
        """Whether what each carried value was at first is known."""
        return all(key in self.history for key in self.carries)


def _place(found: list[_T], item: _T) -> int:
    if item not in found:
        found.append(item)
    return found.index(item)


def lift(windows: Windows) -> Windows | None:
    """Returns windows with single lines as runs of one where other windows have runs."""
    columns = []
    for line in range(len(windows[0])):
        column = _lift_line([window[line] for window in windows])
        if column is None:
            return None
        columns.append(column)
    return tuple(zip(*columns, strict=True))


def _lift_line(members: list[Item]) -> list[Item] | None:
    runs = [item for item in members if isinstance(item, Rep) and item.windows]
    if not runs:
        # What is empty in all windows is nothing.
        return None if any(isinstance(item, Rep) for item in members) else members
    lifted: list[Item] = []
    for item in members:
        run = item
        if isinstance(item, Leaf):
            alone = _as_run(item, runs[0])
            if alone is None:
                return None
            run = alone
        elif isinstance(item, Rep) and not item.windows:
            run = replace(item, sources=runs[0].sources, carries=runs[0].carries)
        if isinstance(run, Rep) and run.pattern != runs[0].pattern:
            return None
        if isinstance(run, Rep) and len(run.reads) != len(runs[0].reads):
            return None
        lifted.append(run)
    return lifted


def _as_run(leaf: Leaf, like: Rep) -> Rep | None:
    """Returns a line as a run of one line that hangs together as another run does."""
    if not like.is_run or len(like.sources[0]) != len(leaf.reads):
        return None
    initial: dict[int, Value] = {}
    shared: dict[int, Value] = {}
    for source, value in zip(like.sources[0], leaf.reads, strict=True):
        known = initial if source.kind == "carry" else shared
        if known.setdefault(source.place, value) != value:
            return None
    first = [initial[index] for index in range(len(like.carries))]
    rest = [shared[index] for index in sorted(shared)]
    gives = tuple(leaf.results[result] for _, result, _ in like.carries)
    return replace(like, windows=((leaf,),), reads=(*first, *rest), results=gives)


@record
class Lists:
    """The values that windows leave to be read together later."""

    collected: tuple[tuple[int, int], ...]
    values: tuple[tuple[Value, ...], ...]


def repeat(
    windows: Windows, wiring: Wiring, collected: Lists, fresh: Fresh
) -> Rep | None:
    """Returns a repeat of windows; lists that it reads are still to be put in."""
    initial = tuple(wiring.history[key] for key in wiring.carries)
    results = tuple(_final(windows, wiring, key) for key in wiring.carries)
    if len(set(results)) != len(results):
        return None
    lists = tuple(fresh.value(Value(0)) for _ in collected.values)
    return Rep(
        windows,
        wiring.sources,
        wiring.carries,
        collected.collected,
        (False,) * len(wiring.items),
        (*initial, *wiring.shared, *(values[0] for values in wiring.items)),
        (*results, *lists),
    )


def _final(windows: Windows, wiring: Wiring, key: tuple[int, int, int]) -> Value:
    line, result, ago = key
    time = len(windows) - ago
    if time < 0:
        return wiring.history[(line, result, -time)]
    return windows[time][line].results[result]
