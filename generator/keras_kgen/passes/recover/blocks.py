"""Finds blocks: pieces that occur again and again become one block each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from keras_kgen.ir.program import Block, Body, Call, Program, Value, results
from keras_kgen.passes.recover.align import pairs
from keras_kgen.passes.recover.items import Item, Scope, Symbols
from keras_kgen.passes.recover.lines import body_lines, call_lines, definition_lines
from keras_kgen.passes.recover.naming import Namer, calls_blocks
from keras_kgen.passes.recover.unify import Instance, Unified, unify
from keras_kgen.passes.recover.windows import (
    Window,
    begins_with,
    common_end,
    common_label,
    ends_with,
    find_windows,
    is_power,
)

# So many of the most promising pieces are looked at closely each time.
_CLOSE_LOOKS = 6
# A block must save so many lines to be worth a reader's attention.
_LEAST_GAIN = 4
_JOINS = frozenset({"Add", "Average", "Concatenate", "Maximum", "Multiply", "Subtract"})
_STARTS_LATE = ("Activation", "ReLU", "LeakyReLU", "Dropout")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A block that could be made, and where."""

    unified: Unified
    windows: tuple[Window, ...]
    gain: float


def find_blocks(program: Program) -> Program:
    """Returns the program with blocks for what occurs again and again."""
    return _Finder(program).run()


class _Finder:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.symbols = Symbols()
        self.blocks = {block.name: block for block in program.blocks}
        taken = {*self.blocks, *(shared.name for shared in program.shared)}
        self.namer = Namer(taken)
        self.indices: dict[int, tuple[int, dict[Value, list[int]]]] = {}
        self.scopes = [
            self.symbols.scope(block.name, block.body) for block in program.blocks
        ]
        self.scopes.append(self.symbols.scope(None, program.body))

    def run(self) -> Program:
        while True:
            best = self._best()
            if best is None:
                return self._program()
            self._apply(best)

    def _best(self) -> Proposal | None:
        promising = sorted(self._promising(), key=lambda found: -found[0])
        proposals = []
        for _, windows in promising[:_CLOSE_LOOKS]:
            proposals += self._proposals(windows)
        best = max(proposals, key=lambda p: p.gain, default=None)
        return best if best and best.gain >= _LEAST_GAIN else None

    def _promising(self) -> Iterator[tuple[float, list[Window]]]:
        """Yields pieces with the number of lines that they may save."""
        for windows in find_windows(self.scopes, self.symbols):
            length, count = len(windows[0]), len(windows)
            saved = count * (length - 1) - (length + 3)
            if saved < _LEAST_GAIN:
                continue
            items = self._items(windows[0])
            if is_power(items):
                continue
            yield saved * self._naturalness(windows), windows

    def _items(self, window: Window) -> list[Item]:
        return self.scopes[window.scope].items[window.start : window.stop]

    def _naturalness(self, windows: Sequence[Window]) -> float:
        """Returns how likely it is that a person would draw the line there."""
        factor = 1.0
        first = self._items(windows[0])
        if _callee(first[0]).startswith(_STARTS_LATE):
            factor *= 0.8
        if _callee(first[0]) == "BatchNormalization":
            factor *= 0.95
        sample = windows[: 1 + len(windows) // 2]
        cut = sum(self._cuts_names(window) for window in sample)
        inputs = sum(len(self._reads(window)) for window in sample) / len(sample)
        gives = sum(len(self._gives(window)) for window in sample) / len(sample)
        factor *= 1 - 0.5 * cut / len(sample)
        return factor * 0.85 ** max(0.0, inputs - 1) * 0.7 ** max(0.0, gives - 1)

    def _cuts_names(self, window: Window) -> bool:
        """Whether a neighbour has a name that begins or ends as all those inside do."""
        items = self._items(window)
        if not any(item.label for item in items):
            return False
        around = self._neighbours(window)
        start, end = common_label(items), common_end(items)
        if not _says_something(start) and not _says_something(end):
            return len([item for item in items if item.label]) > 1
        by_start = _says_something(start) and not any(
            begins_with(item.label, start) for item in around
        )
        by_end = _says_something(end) and not any(
            ends_with(item.label, end) for item in around
        )
        return not (by_start or by_end)

    def _neighbours(self, window: Window) -> list[Item]:
        items = self.scopes[window.scope].items
        before = items[window.start - 1 : window.start] if window.start else []
        return [*before, *items[window.stop : window.stop + 1]]

    def _made(self, window: Window) -> set[Value]:
        return {v for item in self._items(window) for v in results(item.statement)}

    def _reads(self, window: Window) -> set[Value]:
        made = self._made(window)
        return {v for item in self._items(window) for v in item.reads} - made

    def _gives(self, window: Window) -> tuple[Value, ...]:
        """Returns the values of a piece that are read behind it, in order."""
        read = self._read_behind(window)
        return tuple(
            value
            for item in self._items(window)
            for value in results(item.statement)
            if value in read
        )

    def _read_behind(self, window: Window) -> set[Value]:
        scope = self.scopes[window.scope]
        made = self._made(window)
        read = made & set(scope.outputs)
        for place in self.readers(window.scope, made):
            if place[0] >= window.stop:
                read.add(place[1])
        return read

    def readers(self, number: int, values: Iterable[Value]) -> list[tuple[int, Value]]:
        """Returns the lines of a scope that read values."""
        index = self._index(number)
        return [(line, value) for value in values for line in index.get(value, ())]

    def _index(self, number: int) -> dict[Value, list[int]]:
        items = self.scopes[number].items
        known = self.indices.get(number)
        if known is not None and known[0] == id(items):
            return known[1]
        index: dict[Value, list[int]] = {}
        for line, item in enumerate(items):
            for value in item.reads:
                index.setdefault(value, []).append(line)
        self.indices[number] = (id(items), index)
        return index

    # -- a closer look

    def _proposals(self, windows: list[Window]) -> Iterator[Proposal]:
        tried = set()
        for family in (windows, self._extended(windows)):
            key = tuple(family)
            if key in tried:
                continue
            tried.add(key)
            proposal = self._propose(family)
            if proposal is not None:
                yield proposal

    def _propose(self, windows: Sequence[Window]) -> Proposal | None:
        instances = [
            Instance(tuple(self._items(window)), self._gives(window))
            for window in windows
        ]
        if not all(instance.gives for instance in instances):
            return None
        unified = unify(instances, self.namer, self.blocks)
        if unified is None:
            return None
        before = sum(
            call_lines(item.call) for instance in instances for item in instance.items
        )
        after = sum(map(call_lines, unified.calls)) + definition_lines(unified.block)
        gain = before - after
        if gain > 0:
            gain *= self._naturalness(windows)
        return Proposal(unified, tuple(windows), gain)

    def _extended(self, windows: list[Window]) -> list[Window]:
        """Returns the pieces, with those that are alike in between, and all as far as names
        and joins say that they go."""
        template = self._items(windows[0])
        family = list(windows)
        for scope in range(len(self.scopes)):
            own = [window for window in windows if window.scope == scope]
            if own:
                family += self._alike(scope, own, template)
        family.sort(key=lambda window: (window.scope, window.start))
        return self._stretched(family)

    def _alike(
        self, scope: int, windows: list[Window], template: list[Item]
    ) -> Iterator[Window]:
        """Yields pieces between those known that have most of their lines."""
        reach = 2 * len(template) + 8
        for start, stop in self._gaps(scope, windows):
            parts = [(start, stop)]
            if stop - start > 2 * reach:
                parts = [(start, start + reach), (stop - reach, stop)]
            for first, last in parts:
                found = self._likest(scope, first, last, template)
                if found is not None:
                    yield found

    def _gaps(self, scope: int, windows: list[Window]) -> Iterator[tuple[int, int]]:
        """Yields the lines between pieces, without lines that no block may take in."""
        items = self.scopes[scope].items
        edges = [(w.start, w.stop) for w in windows]
        edges += [(i, i + 1) for i, item in enumerate(items) if not item.is_call]
        place = 0
        for start, stop in [*sorted(edges), (len(items), len(items))]:
            if start > place:
                yield place, start
            place = max(place, stop)

    def _likest(
        self, scope: int, start: int, stop: int, template: list[Item]
    ) -> Window | None:
        items = self.scopes[scope].items[start:stop]
        matched = [j for i, j in pairs(template, items) if i is not None and j is not None]
        if len(matched) < 0.6 * len(template):
            return None
        first, last = matched[0], matched[-1] + 1
        if len(matched) < 0.6 * (last - first):
            return None
        return Window(scope, start + first, start + last)

    def _stretched(self, family: list[Window]) -> list[Window]:
        stretched: list[Window] = []
        for index, window in enumerate(family):
            scope = self.scopes[window.scope]
            low, high = 0, len(scope.items)
            if stretched and stretched[-1].scope == window.scope:
                low = stretched[-1].stop
            if index + 1 < len(family) and family[index + 1].scope == window.scope:
                high = family[index + 1].start
            stretched.append(self._stretch(window, low, high))
        return stretched

    def _stretch(self, window: Window, low: int, high: int) -> Window:
        start, stop = window.start, window.stop
        items = self.scopes[window.scope].items
        prefix = common_label(self._items(window))
        prefix = prefix if _says_something(prefix) else ()
        while start > low and self._belongs_before(window, start - 1, prefix):
            start -= 1
            window = replace(window, start=start)
        while stop < high and items[stop].is_call:
            if not begins_with(items[stop].label, prefix):
                ahead = self._join_behind(window, high)
                if ahead is None:
                    break
                stop = ahead
            else:
                stop += 1
            window = replace(window, stop=stop)
        return window

    def _belongs_before(self, window: Window, line: int, prefix: tuple[object, ...]) -> bool:
        """Whether the line before a piece is for the piece alone."""
        item = self.scopes[window.scope].items[line]
        if not item.is_call:
            return False
        if begins_with(item.label, prefix):  # type: ignore[arg-type]
            return True
        if prefix and item.label:
            return False
        made = results(item.statement)
        readers = self.readers(window.scope, made)
        scope = self.scopes[window.scope]
        inside = all(window.start <= place < window.stop for place, _ in readers)
        if not readers or not inside or set(made) & set(scope.outputs):
            return False
        # It brings in no input that the piece does not have.
        return bool(set(item.reads) <= self._reads(window) - set(made))

    def _join_behind(self, window: Window, high: int) -> int | None:
        """Returns where a join ends that adds to a piece what went into it."""
        items = self.scopes[window.scope].items
        entering = self._reads(window)
        made = self._made(window)
        for place in range(window.stop, min(window.stop + 3, high)):
            item = items[place]
            if not item.is_call or not any(value in made for value in item.reads):
                return None
            if len(item.reads) > 1:
                is_join = _callee(item) in _JOINS and set(item.reads) <= made | entering
                return place + 1 if is_join and set(item.reads) & entering else None
            made = made | set(results(item.statement))
        return None

    # -- making the block

    def _apply(self, proposal: Proposal) -> None:
        block = proposal.unified.block
        self.namer.take(block.name)
        self.blocks[block.name] = block
        calls = zip(proposal.windows, proposal.unified.calls, strict=True)
        for window, call in sorted(calls, key=lambda pair: -pair[0].start):
            scope = self.scopes[window.scope]
            item = self.symbols.item(call)
            scope.items = [
                *scope.items[: window.start],
                item,
                *scope.items[window.stop :],
            ]
        self.scopes.append(self.symbols.scope(block.name, block.body))

    def _program(self) -> Program:
        body = self.program.body
        for scope in self.scopes:
            own = Body(tuple(item.statement for item in scope.items), scope.outputs)
            if scope.owner is None:
                body = own
            else:
                block = self.blocks[scope.owner]
                self.blocks[scope.owner] = replace(block, body=own)
        blocks = tuple(_in_order(self.blocks))
        return replace(self.program, blocks=blocks, body=body)


def _callee(item: Item) -> str:
    return item.call.callee if isinstance(item.statement, Call) else ""


def _says_something(label: tuple[object, ...]) -> bool:
    """Whether the beginning of a name is more than a separator or two."""
    return sum(isinstance(t, str) and t.isalnum() for t in label) > 0


def _in_order(blocks: dict[str, Block]) -> Iterator[Block]:
    """Yields blocks, each behind those that it calls."""
    done: set[str] = set()

    def visit(block: Block) -> Iterator[Block]:
        if block.name in done:
            return
        done.add(block.name)
        for name in sorted(calls_blocks(block.body)):
            yield from visit(blocks[name])
        yield block

    for block in blocks.values():
        yield from visit(block)


__all__ = ["body_lines", "find_blocks"]
