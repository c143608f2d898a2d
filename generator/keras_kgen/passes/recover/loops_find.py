"""Finds windows of lines that follow each other over and over."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from dataclasses import replace

from keras_kgen.ir.program import Call, For, Nested, Unpacked, Value
from keras_kgen.passes.recover.cost import WEIGHTS, price
from keras_kgen.passes.recover.loops_build import Scope, build
from keras_kgen.passes.recover.loops_items import (
    Gap,
    Item,
    Leaf,
    Rep,
    Symbols,
    leaf_of,
)
from keras_kgen.passes.recover.loops_wiring import (
    Lists,
    Windows,
    Wiring,
    lift,
    repeat,
    wire,
)
from keras_kgen.records import record

# Longer windows are no loop that a person would write.
LONGEST = 12
# A loop must save so much, or the lines stay as they are.
LEAST_GAIN = 0.7
# A value that is read so many lines later may be one of a list.
_FAR = 3
# Encoders and decoders are short; in longer bodies lists are not looked for.
_MOST_WITH_LISTS = 400
# Longer runs than this are not tried with a part of a window more.
_LONG = 64


@record
class Candidate:
    """A loop that could stand for the items from `start` to `stop`.

    Attributes:
        open: Lists of values that something other than a list of all reads.
        wanted: For each list that the loop reads the values in order.
    """

    start: int
    stop: int
    rep: Rep
    gain: float
    lists: tuple[tuple[Value, ...], ...]
    is_open: bool
    wanted: tuple[tuple[Value, ...], ...]


@record
class _Fit:
    """Windows that hang together in one way each time, from `start` to `stop`."""

    windows: Windows
    wiring: Wiring
    lists: Lists
    start: int
    stop: int


# How many windows there are, their lines, and which of their values lists hold.
_Key = tuple[int, tuple[int, ...], tuple[tuple[int, int], ...]]


class Sequence:
    """The items of a body while loops are being found in it."""

    def __init__(
        self, items: list[Item], outputs: tuple[Value, ...], scope: Scope
    ) -> None:
        self.items = items
        self.outputs = outputs
        self.scope = scope
        self.prices: dict[int, tuple[Item, float]] = {}
        self.loops: dict[int, tuple[Rep, For | None]] = {}
        self.built: dict[int, tuple[Rep, For | None]] = {}
        self.repeats: dict[_Key, tuple[Windows, Rep | None]] = {}
        self._symbols: dict[float, Symbols] = {}
        self.readers: dict[Value, list[int]] = {}
        self.index()

    def copy(self) -> Sequence:
        """Returns a sequence with the same items; what is done to it stays with it."""
        copied = Sequence(list(self.items), self.outputs, self.scope)
        copied.prices, copied.loops = self.prices, self.loops
        copied.built, copied.repeats = self.built, self.repeats
        copied._symbols = self._symbols
        return copied

    def symbols(self, level: float) -> Symbols:
        """Returns what numbers the items at a level."""
        if level not in self._symbols:
            self._symbols[level] = Symbols(level, self.scope.scale)
        return self._symbols[level]

    def _numbers(self, level: float) -> list[int]:
        return list(map(self.symbols(level).number, self.items))

    def index(self) -> None:
        """Notes again who reads what."""
        readers: dict[Value, list[int]] = {}
        for place, item in enumerate(self.items):
            for value in item.reads:
                readers.setdefault(value, []).append(place)
        for value in self.outputs:
            readers.setdefault(value, []).append(len(self.items))
        self.readers = readers

    def price(self) -> float:
        """Returns what the whole body costs as it is now."""
        return sum(map(self.price_item, self.items))

    def price_item(self, item: Item) -> float:
        """Returns what an item costs, as a loop if it is one."""
        known = self.prices.get(id(item))
        if known is None:
            known = (item, self._price_item(item))
            self.prices[id(item)] = known
        return known[1]

    def _price_item(self, item: Item) -> float:
        if isinstance(item, Leaf):
            return price((item.original,))
        if isinstance(item, Gap) or not item.windows:
            return 0.0
        loop = self.loop(item)
        return self.price_flat(item) if loop is None else price((loop,))

    def loop(self, rep: Rep) -> For | None:
        """Returns a repeat as a loop, None where the lines as they are read better."""
        known = self.loops.get(id(rep))
        if known is None:
            known = (rep, self._loop(rep))
            self.loops[id(rep)] = known
        return known[1]

    def _built(self, rep: Rep) -> For | None:
        """Returns a repeat as a loop, however it reads."""
        known = self.built.get(id(rep))
        if known is None:
            known = self.built[id(rep)] = (rep, build(rep, self.scope))
        return known[1]

    def _loop(self, rep: Rep) -> For | None:
        loop = self._built(rep)
        if loop is None or rep.collected or rep.reversed:
            return loop
        least = LEAST_GAIN if rep.is_run else 0.0
        return loop if price((loop,)) + least <= self.price_flat(rep) else None

    def price_flat(self, rep: Rep) -> float:
        """Returns what the windows of a repeat cost without the loop."""
        return sum(self.price_item(item) for window in rep.windows for item in window)

    def runs(self, level: float) -> None:
        """Makes repeats of single lines that are equal but for a number in the label."""
        self._commit(self._candidates(self._numbers(level), 1, is_free=True))

    def numbers(self, level: float) -> list[int]:
        """Returns for each item a number that those like it have too, in order."""
        found: dict[int, int] = {}
        numbers = self._numbers(level)
        return [found.setdefault(number, len(found)) for number in numbers]

    def collapse(self, level: float) -> None:
        """Makes repeats that save lines, short windows first, until none is left."""
        period, numbers = 1, self._numbers(level)
        while period <= min(LONGEST, len(self.items) // 2):
            if self._commit(self._candidates(numbers, period)):
                period, numbers = 1, self._numbers(level)
            else:
                period += 1

    def pair(self, level: float) -> None:
        """Makes pairs of repeats where one reads the lists that the other leaves."""
        while self._has_far_reads():
            numbers = self._numbers(level)
            fits = [
                fit
                for period in range(1, min(LONGEST, len(self.items) // 2) + 1)
                for fit in self._fits_with_lists(numbers, period)
            ]
            # To build them all takes long, and most models have no such pair.
            if not any(fit.wiring.items for fit in fits):
                return
            made = [self._candidate(fit, is_free=False) for fit in fits]
            found = [candidate for candidate in made if candidate is not None]
            pairs = [
                _paired(giver, taker)
                for giver in found
                for taker in found
                if self._is_read_only_by(giver, taker)
            ]
            best = max(filter(None, pairs), key=_gain, default=None)
            if best is None or _gain(best) < LEAST_GAIN:
                return
            self._commit(list(best))

    def _is_read_only_by(self, giver: Candidate, taker: Candidate) -> bool:
        """Whether nothing but a second loop reads the lists of a first one."""
        finals = giver.rep.results[: len(giver.rep.carries)]
        first = taker.rep.reads[: len(taker.rep.reads) - len(taker.wanted)]
        listed = {value for values in giver.lists for value in values} - set(finals)
        return not listed & set(first) and all(
            giver.start <= reader < giver.stop or taker.start <= reader < taker.stop
            for value in listed
            for reader in self.readers.get(value, ())
        )

    def _has_far_reads(self) -> bool:
        """Whether values are read so late that lists may have to carry them."""
        far = 0
        for place, item in enumerate(self.items):
            for value in item.results:
                readers = self.readers.get(value, ())
                far += any(reader - place > _FAR for reader in readers)
        return far > 1 and len(self.items) < _MOST_WITH_LISTS

    def stacks(self) -> None:
        """Makes repeats within windows that come again exactly, as WaveNet's stacks do."""
        symbols = self.symbols(0)
        numbers = list(map(symbols.number, self.items))
        alike = list(map(self.symbols(1).number, self.items))
        for period in range(2, min(LONGEST, len(self.items) // 2) + 1):
            for start, stop in _regions(numbers, period):
                is_one = len(set(alike[start : start + period])) == 1
                if not is_one or len(set(numbers[start : start + period])) == 1:
                    continue
                self._commit(self._stack(start, stop, period))
                return

    def _stack(self, start: int, stop: int, period: int) -> list[Candidate]:
        found = []
        for begin in range(start, stop - period + 1, period):
            windows = tuple((item,) for item in self.items[begin : begin + period])
            fit = self._fit(windows, begin, begin + period)
            candidate = self._candidate(fit, is_free=False) if fit is not None else None
            if candidate is not None and not candidate.is_open:
                found.append(candidate)
        return found

    def lift_empty(self, level: float) -> None:
        """Puts runs of no lines where windows elsewhere have a run behind a line."""
        symbols = self.symbols(level)
        numbers = list(map(symbols.number, self.items))
        after: dict[int, Rep] = {}
        for place in range(1, len(self.items)):
            item = self.items[place]
            is_other = numbers[place] != numbers[place - 1]
            if isinstance(item, Rep) and _may_be_empty(item) and is_other:
                after.setdefault(numbers[place - 1], item)
        lifted: list[Item] = []
        for place, item in enumerate(self.items):
            run = after.get(numbers[place])
            follows = numbers[place + 1] if place + 1 < len(numbers) else None
            if run is None or follows == symbols.number(run) or len(item.results) != 1:
                lifted.append(item)
                continue
            inner = self.scope.fresh.value(item.results[0])
            lifted.append(_giving(item, inner))
            lifted.append(_empty(run, inner, item.results[0]))
        if len(lifted) > len(self.items):
            self.items = lifted
            self.index()

    def _commit(self, candidates: list[Candidate]) -> bool:
        if not candidates:
            return False
        for candidate in sorted(candidates, key=lambda c: -c.start):
            self.items[candidate.start : candidate.stop] = [candidate.rep]
            for values, name in zip(
                candidate.lists, _lists(candidate.rep), strict=True
            ):
                self._put_list(values, name)
        self.index()
        return True

    def _put_list(self, values: tuple[Value, ...], name: Value) -> None:
        """Makes those who read a list of values read it by its name."""
        for place, item in enumerate(self.items):
            if not isinstance(item, Leaf) or not isinstance(item.statement, Call):
                continue
            if set(values) <= set(item.reads):
                call = _with_list(item.statement, values, name)
                read = leaf_of(call, self.scope.blocks)
                self.items[place] = replace(read, original=item.original)

    def _fits_with_lists(self, numbers: list[int], period: int) -> Iterator[_Fit]:
        """Yields windows that leave lists, or read them."""
        for start, stop in self._wholes(numbers, period):
            for windows, begin, end in self._cuts(start, stop, period):
                fit = self._fit(windows, begin, end)
                if fit is not None and (fit.lists.values or fit.wiring.items):
                    yield fit

    def _wholes(self, numbers: list[int], period: int) -> Iterator[tuple[int, int]]:
        """Yields where items are alike a period later, and not after a part of it too."""
        for start, stop in _regions(numbers, period):
            if not self._is_power(numbers, start, stop, period):
                yield start, stop

    def _candidates(
        self, numbers: list[int], period: int, is_free: bool = False
    ) -> list[Candidate]:
        found: list[Candidate] = []
        done = 0
        for start, stop in self._wholes(numbers, period):
            place = max(start, done)
            while stop - place >= 2 * period:
                best = self._best(place, stop, period, is_free)
                if best is None:
                    break
                found.append(best)
                done = place = best.stop
        return found

    def _is_power(self, numbers: list[int], start: int, stop: int, period: int) -> bool:
        """Whether shorter windows make the same region."""
        for shorter in range(1, period // 2 + 1):
            window = numbers[start : start + period]
            is_like = window == window[shorter:] + window[:shorter]
            if period % shorter == 0 and is_like:
                end = start + 3 * shorter if stop - start > _LONG else stop
                return wire(self._windows(start, end, shorter)) is not None
        return False

    def _windows(self, start: int, stop: int, period: int) -> Windows:
        end = start + (stop - start) // period * period
        return tuple(
            tuple(self.items[place : place + period])
            for place in range(start, end, period)
        )

    def _best(
        self, start: int, stop: int, period: int, is_free: bool
    ) -> Candidate | None:
        """Returns the loop in a region that reads best, None where none is worth it."""
        tries = self._tries(start, stop, period, is_free)
        if is_free:
            return max(tries, key=_preference, default=None)
        worth = [c for c in tries if c.gain > 0]
        if max((c.gain for c in worth), default=0.0) < LEAST_GAIN:
            return None
        return max(worth, key=_preference)

    def _tries(
        self, start: int, stop: int, period: int, is_free: bool
    ) -> Iterator[Candidate]:
        for windows, begin, end in self._cuts(start, stop, period):
            fit = self._fit(windows, begin, end)
            # Most are of no use, and to build a loop takes long.
            if fit is None or fit.wiring.items or self._is_open(fit):
                continue
            if is_free or self._most_gained(fit) > 0:
                candidate = self._candidate(fit, is_free)
                if candidate is not None:
                    yield candidate

    def _most_gained(self, fit: _Fit) -> float:
        """Returns what a loop gains at most: it has its head, and each line once."""
        before = sum(map(self.price_item, self.items[fit.start : fit.stop]))
        return before - 1 - WEIGHTS.loop - len(fit.windows[0])

    def _cuts(
        self, start: int, stop: int, period: int
    ) -> Iterator[tuple[Windows, int, int]]:
        """Yields ways to cut a region into windows."""
        for shift in range(min(period + 1, stop - start - 2 * period + 1)):
            begin = start + shift
            count = (stop - begin) // period
            end = begin + count * period
            windows = self._windows(begin, end, period)
            yield windows, begin, end
            if count > _LONG or period == 1:
                continue
            whole = _completed(tuple(self.items[end:stop]), windows[0])
            if whole is not None:
                yield (*windows, whole), begin, stop
            # A part of a chain is not a loop's to take in: the last layer of a decoder is
            # no layer of its encoder. Parts of stages are.
            if not any(isinstance(item, Rep) for item in windows[0]):
                continue
            if stop > end:
                last = self._partial_last(end, stop, period, windows)
                if last is not None:
                    yield (*windows, last), begin, stop
            opened = _opened(tuple(self.items[start:begin]), windows[0])
            if opened is not None:
                yield (opened, *windows), start, end
            if 0 < shift < period:
                first = self._partial_first(start, begin, windows)
                if first is not None:
                    yield (first, *windows), start, end

    def _partial_last(
        self, start: int, stop: int, period: int, windows: Windows
    ) -> tuple[Item, ...] | None:
        """Returns a last window of which only the first lines are there."""
        lines = self.items[start:stop]
        missing = range(len(lines), period)
        if any(len(windows[0][place].results) != 1 for place in missing):
            return None
        entering = _passed_on(windows, len(lines))
        if entering is None:
            return None
        line, result = entering
        left = lines[line].results[result]
        current = self.scope.fresh.value(left)
        results = list(lines[line].results)
        results[result] = current
        lines[line] = replace(lines[line], results=tuple(results))
        for place in missing:
            is_end = place == period - 1
            after = left if is_end else self.scope.fresh.value(left)
            column = [window[place] for window in windows]
            lines.append(_absent(column, current, after))
            current = after
        return tuple(lines)

    def _partial_first(
        self, start: int, stop: int, windows: Windows
    ) -> tuple[Item, ...] | None:
        """Returns a first window of which only the last lines are there."""
        lines = self.items[start:stop]
        missing = windows[0][: len(windows[0]) - len(lines)]
        if any(len(item.results) != 1 or not item.reads for item in missing):
            return None
        wiring = wire(windows)
        if wiring is None:
            return None
        entering = _entering(lines, wiring, len(missing))
        if entering is None:
            return None
        window: list[Item] = []
        current = entering
        for index, item in enumerate(missing):
            after = self.scope.fresh.value(item.results[0])
            column = [one[index] for one in windows]
            window.append(_absent(column, current, after))
            current = after
        for place, line in enumerate(lines):
            sources = wiring.sources[len(missing) + place]
            if len(sources) != len(line.reads):
                return None
            reads = tuple(
                current if _is_missing(source, len(missing)) else value
                for source, value in zip(sources, line.reads, strict=True)
            )
            window.append(replace(line, reads=reads))
        return tuple(window)

    def _fit(self, windows: Windows, start: int, stop: int) -> _Fit | None:
        """Returns as many windows from the first on as can be a loop."""
        lifted = lift(windows)
        if lifted is None:
            return None
        count, wiring = _longest(lifted)
        while count >= 2:
            part = lifted[:count]
            end = (
                stop if count == len(lifted) else self._end(windows, count, start, stop)
            )
            if wiring is None or not _is_whole(part):
                return None
            lists = self._exports(part, wiring, start, end)
            if not isinstance(lists, int):
                return _Fit(part, wiring, lists, start, end)
            count = min(lists, count - 1)
            wiring = wire(lifted[:count]) if count >= 2 else None
        return None

    def _end(self, windows: Windows, count: int, start: int, stop: int) -> int:
        """Returns where so many of the windows end; the first or last may be partial."""
        period = len(windows[0])
        first = stop - start - (len(windows) - 1) * period
        is_first = 0 < first < period and self.items[start] is not windows[0][0]
        return start + (first if is_first else period) + (count - 1) * period

    def _exports(
        self, windows: Windows, wiring: Wiring, start: int, stop: int
    ) -> Lists | int:
        """Returns the lists that are read later, or how many times make a loop at most."""
        finals = _finals(windows, wiring)
        read: dict[tuple[int, int], list[int]] = {}
        for time, window in enumerate(windows):
            for line, item in enumerate(window):
                for result, value in enumerate(item.results):
                    outside = any(
                        not start <= reader < stop
                        for reader in self.readers.get(value, ())
                    )
                    if outside:
                        read.setdefault((line, result), []).append(time)
        collected = []
        for (line, result), times in read.items():
            if all(windows[t][line].results[result] in finals for t in times):
                continue
            if len(times) == len(windows):
                collected.append((line, result))
            else:
                return times[0] + 1
        values = tuple(
            tuple(window[line].results[result] for window in windows)
            for line, result in collected
        )
        return Lists(tuple(collected), values)

    def _candidate(self, fit: _Fit, is_free: bool) -> Candidate | None:
        windows, lists = fit.windows, fit.lists
        start, stop = fit.start, fit.stop
        is_twice = len(windows) == 2 and not is_free and not lists.values
        if is_twice and not any(isinstance(item, Rep) for item in windows[0]):
            return None  # what comes twice is no loop that a person would write
        rep = self._repeat(fit)
        if rep is None or _is_mostly_empty(windows):
            return None
        loop = self._built(rep)
        if loop is None or (is_free and not _is_free(loop)):
            return None
        before = sum(map(self.price_item, self.items[start:stop]))
        gain = before - price((loop,))
        is_open = self._is_open(fit)
        return Candidate(
            start, stop, rep, gain, lists.values, is_open, fit.wiring.items
        )

    def _repeat(self, fit: _Fit) -> Rep | None:
        """Returns windows as a repeat: the same one whenever they come up again."""
        items = tuple(id(item) for window in fit.windows for item in window)
        key = (len(fit.windows), items, fit.lists.collected)
        known = self.repeats.get(key)
        if known is None:
            rep = repeat(fit.windows, fit.wiring, fit.lists, self.scope.fresh)
            # The windows must live as long as the ids of their lines are a key.
            known = self.repeats[key] = (fit.windows, rep)
        return known[1]

    def _is_open(self, fit: _Fit) -> bool:
        """Whether something reads a part of what windows leave as a list."""
        if not fit.lists.values:
            return False
        finals = _finals(fit.windows, fit.wiring)
        return not all(
            self._is_read_whole(values, fit.start, fit.stop, finals)
            for values in fit.lists.values
        )

    def _is_read_whole(
        self, values: tuple[Value, ...], start: int, stop: int, finals: set[Value]
    ) -> bool:
        """Whether all that read these values later read all of them, as a list."""
        for value in values:
            for reader in self.readers.get(value, ()):
                if start <= reader < stop:
                    continue
                if reader >= len(self.items):
                    if value not in finals:
                        return False
                    continue
                item = self.items[reader]
                if not isinstance(item, Leaf) or not isinstance(item.statement, Call):
                    return False
                rest = _with_list(item.statement, values, Value(-1))
                left = set(leaf_of(rest, {}).reads) & set(values)
                if left - finals:
                    return False
        return True


def _regions(numbers: list[int], period: int) -> Iterator[tuple[int, int]]:
    """Yields where each item is like the one a period later, two windows at least."""
    start = None
    likes = map(operator.eq, numbers, numbers[period:])
    for place, is_like in enumerate((*likes, False)):
        if is_like and start is None:
            start = place
        elif not is_like and start is not None:
            if place - start >= period:
                yield start, place + period
            start = None


def _finals(windows: Windows, wiring: Wiring) -> set[Value]:
    """Returns the values that the last times hand on."""
    return {
        windows[-ago][line].results[result]
        for line, result, ago in wiring.carries
        if ago <= len(windows)
    }


def _longest(windows: Windows) -> tuple[int, Wiring | None]:
    """Returns how many windows from the first on hang together in the same way, and how."""
    wiring = wire(windows)
    if wiring is not None:
        return len(windows), wiring
    low, high = 1, len(windows)
    while high - low > 1:
        middle = (low + high) // 2
        longer = wire(windows[:middle])
        if longer is not None:
            low, wiring = middle, longer
        else:
            high = middle
    return low, wiring


def _is_whole(windows: Windows) -> bool:
    """Whether some window has each line."""
    return all(
        any(isinstance(i, Leaf) or (isinstance(i, Rep) and i.windows) for i in column)
        for column in zip(*windows, strict=True)
    )


def _opened(
    lines: tuple[Item, ...], window: tuple[Item, ...]
) -> tuple[Item, ...] | None:
    """Returns a first window of which a run has taken the first line, None for others.

    The first stage of a ResNet does not make its input smaller: its first block looks like
    those behind it, but it has the place of one that does.
    """
    if len(lines) != len(window) - 1 or not isinstance(window[0], Leaf):
        return None
    run, opening = lines[0], window[0]
    if not isinstance(run, Rep) or not _may_be_empty(run) or len(run.windows) < 2:
        return None
    first = run.windows[0][0]
    if not isinstance(first, Leaf) or first.shape != opening.shape:
        return None
    shorter = replace(run, windows=run.windows[1:], reads=first.results)
    return (first, shorter, *lines[1:])


def _completed(
    lines: tuple[Item, ...], window: tuple[Item, ...]
) -> tuple[Item, ...] | None:
    """Returns a last window of which a run has taken the last line, None for others.

    What strides at the end of each stage but the last does not there: it looks like the
    lines before it, but it has the same place.
    """
    if len(lines) != len(window) - 1 or not isinstance(window[-1], Leaf):
        return None
    run, ending = lines[-1], window[-1]
    if not isinstance(run, Rep) or not _may_be_empty(run) or len(run.windows) < 2:
        return None
    before, last = run.windows[-2][0], run.windows[-1][0]
    if not isinstance(last, Leaf) or last.shape != ending.shape:
        return None
    shorter = replace(run, windows=run.windows[:-1], results=before.results)
    return (*lines[:-1], shorter, last)


def _giving(item: Item, value: Value) -> Item:
    return replace(item, results=(value,))


def _passed_on(windows: Windows, missing: int) -> tuple[int, int] | None:
    """Returns the line and result that the first of the missing lines reads."""
    wiring = wire(windows)
    if wiring is None or not wiring.sources[missing]:
        return None
    source = wiring.sources[missing][0]
    return (source.place, source.result) if source.kind == "inner" else None


def _absent(column: list[Item], current: Value, after: Value) -> Item:
    """Returns what stands for a line that is missing: a run of none, or a gap."""
    for item in column:
        if isinstance(item, Rep) and _may_be_empty(item):
            return _empty(item, current, after)
    return Gap((current,), (after,))


def _may_be_empty(item: Rep) -> bool:
    return item.is_run and len(item.reads) == 1 and len(item.results) == 1


def _empty(run: Rep, current: Value, after: Value) -> Rep:
    like = run.windows[0][0] if run.windows else run.like
    return replace(run, windows=(), reads=(current,), results=(after,), like=like)


def _entering(lines: list[Item], wiring: Wiring, missing: int) -> Value | None:
    """Returns what a window reads where others read what the missing lines give."""
    found = {
        value
        for place, line in enumerate(lines)
        if len(line.reads) == len(wiring.sources[missing + place])
        for source, value in zip(
            wiring.sources[missing + place], line.reads, strict=True
        )
        if _is_missing(source, missing)
    }
    return found.pop() if len(found) == 1 else None


def _is_missing(source: object, missing: int) -> bool:
    kind, place = getattr(source, "kind", ""), getattr(source, "place", missing)
    return bool(kind == "inner" and place < missing)


def _paired(giver: Candidate, taker: Candidate) -> tuple[Candidate, Candidate] | None:
    """Returns two loops where the one reads all lists that the other leaves."""
    if giver.stop > taker.start or giver.wanted or taker.is_open:
        return None
    if not giver.lists or set(giver.lists) != {
        _forward(w, giver) for w in taker.wanted
    }:
        return None
    names = dict(zip(giver.lists, _lists(giver.rep), strict=True))
    forward = [_forward(wanted, giver) for wanted in taker.wanted]
    rest = taker.rep.reads[: len(taker.rep.reads) - len(forward)]
    read = tuple(names[values] for values in forward)
    flags = tuple(v != w for v, w in zip(forward, taker.wanted, strict=True))
    rep = replace(taker.rep, reads=(*rest, *read), reversed=flags)
    return giver, replace(taker, rep=rep)


def _is_free(loop: For) -> bool:
    """Whether nothing differs but a counter, or letters that count."""
    return loop.variables in ((), ("letter",))


def _preference(candidate: Candidate) -> tuple[float, int]:
    """Returns what a loop gains, less what it leaves beside it."""
    length = candidate.stop - candidate.start
    return candidate.gain + WEIGHTS.stray * length, -candidate.start


def _gain(pair: tuple[Candidate, Candidate]) -> float:
    """Returns what two loops gain; a list spares the reader a name for each value."""
    giver, taker = pair
    kept = sum(map(len, giver.lists))
    return giver.gain + taker.gain + WEIGHTS.kept * kept


def _forward(wanted: tuple[Value, ...], giver: Candidate) -> tuple[Value, ...]:
    return wanted if wanted in giver.lists else wanted[::-1]


def _lists(rep: Rep) -> tuple[Value, ...]:
    return rep.results[len(rep.carries) :]


def _with_list(call: Call, values: tuple[Value, ...], name: Value) -> Call:
    def put(nested: Nested) -> Nested:
        if nested == values:
            return name
        if isinstance(nested, tuple):
            return tuple(map(put, _unpacked(nested, values, name)))
        if isinstance(nested, Mapping):
            return {key: put(item) for key, item in nested.items()}
        return nested

    return replace(
        call,
        inputs=tuple(map(put, call.inputs)),
        keywords=tuple((key, put(item)) for key, item in call.keywords),
    )


def _unpacked(
    items: tuple[Nested, ...], values: tuple[Value, ...], name: Value
) -> tuple[Nested, ...]:
    """Returns a list that has all values in a row, with these as a list of their own."""
    count = len(values)
    for place in range(len(items) - count + 1):
        if items[place : place + count] == values:
            return (
                *items[:place],
                Unpacked(name.index, name.name),
                *items[place + count :],
            )
    return items


def _is_mostly_empty(windows: Windows) -> bool:
    """Whether a run within has lines in less than half of the windows: these differ."""
    runs = [
        [isinstance(w[line], Rep) and not w[line].windows for w in windows]  # type: ignore[union-attr]
        for line in range(min(map(len, windows)))
    ]
    return any(2 * sum(empty) > len(windows) for empty in runs)
