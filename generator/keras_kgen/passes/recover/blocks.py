"""Finds blocks: pieces that occur again and again become one block each."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from keras_kgen.ir.expressions import Operation
from keras_kgen.ir.program import Block, Body, Call, If, Program, Statement, Value
from keras_kgen.passes.recover.align import likest
from keras_kgen.passes.recover.gates import optional_gates
from keras_kgen.passes.recover.items import Item, Scope, Symbols, Token
from keras_kgen.passes.recover.lines import (
    HEAD,
    call_lines,
    definition_lines,
)
from keras_kgen.passes.recover.named import named_pieces, numbered
from keras_kgen.passes.recover.naming import Namer
from keras_kgen.passes.recover.reading_order import in_reading_order
from keras_kgen.passes.recover.unify import Instance, Unified, unify
from keras_kgen.passes.recover.windows import (
    Runs,
    Window,
    begins_with,
    find_windows,
    is_power,
)
from keras_kgen.records import record

# So many instances tell how natural a piece is.
_SAMPLE = 12
# So many of the most promising pieces are looked at closely each time.
_CLOSE_LOOKS = 5
# ... and so many of those that are nearly the same piece.
_SIMILAR_LOOKS = 3
# A block must save so many lines to be worth a reader's attention.
_LEAST_GAIN = 2
# ... or nearly none, if its lines are many, and there again and again: without it, there are
# as many chains of loops.
_LEAST_LONG = 0.5
_LONG_PIECE = 5
_OFTEN = 3
# Counted in calls alone, a brick of calls that take many lines saves so many at least ...
_LEAST_CALLS = -4
# ... and so many lines.
_LEAST_BRICK = 7
# ... of which two in a row take more lines than this.
_LONG_PAIR = 3
# Up to here, a block is a brick for others, `conv_bn` for instance.
_SMALL = 4
# Of the lines of a block, so many must be in a piece that is taken for a variant of it.
_LIKENESS = 0.6
_NEARLY_ALL = 0.8
# So many lines may stand between a block and the join that closes it.
_LONGEST_SHORTCUT = 3
# What a piece is worth less where it cuts a group of names in two.
_CUT = 0.3
# Most calls end up in loops: what they cost besides their line counts in part only.
_LONG_CALL = 0.25
# `block(x, x)`: a block that wants the same tensor twice is not cut where it should be.
_AGAIN = 0.5
# A size that has to be worked out from a parameter: `filters * 2`.
_WORKED_OUT = 0.1
# A name for a layer inside that does not follow from the name of the block.
_GIVEN_NAME = 3.0
# So many pieces of a name of their own may be a block of their own, which need not save more
# lines than it takes where all are alike.
_LEAST_ALIKE = 5
# What a brick is worth where some of its instances lack a line.
_ODD_BRICK = 0.95
_JOINS = frozenset({"Add", "Average", "Concatenate", "Maximum", "Multiply", "Subtract"})
# What people write at the end of a block, not in front of the next.
_ENDINGS = ("Activation", "ReLU", "LeakyReLU", "LayerNormalization")
_STARTS_LATE = ("Activation", "ReLU", "LeakyReLU", "Dropout")


@record
class Proposal:
    """A block that could be made, and where.

    Attributes:
        others: Where blocks of their own are made in the same go.
    """

    unified: Unified
    windows: tuple[Window, ...]
    gain: float
    others: tuple[tuple[Window, ...], ...] = ()


def find_blocks(program: Program, functions: bool = False) -> Program:
    """Returns the program with blocks for what occurs again and again.

    Args:
        program: Any program.
        functions: Whether the blocks will be functions. A class for a part of another class
            may put the weights of that in another order.
    """
    return _Finder(program, functions).run()


class _Finder:
    def __init__(self, program: Program, functions: bool) -> None:
        self.program = program
        self.functions = functions
        self.symbols = Symbols()
        self.blocks = {block.name: block for block in program.blocks}
        taken = {*self.blocks, *(shared.name for shared in program.shared)}
        self.namer = Namer(taken)
        # Blocks that stand for much: calls of them in a row are stages, not blocks.
        self.large = set(self.blocks)
        self.scopes = [
            self.symbols.scope(block.name, block.body) for block in program.blocks
        ]
        self.scopes.append(self.symbols.scope(None, program.body))
        # What is inside of branches is a scope too, by the line that branches.
        self.branches: dict[int, tuple[Item, Scope]] = {}

    def run(self) -> Program:
        self._take_gates()
        best = self._best()
        if best is None:
            return self.program
        while best is not None:
            self._apply(best)
            best = self._best()
        return self._program()

    def _take_gates(self) -> None:
        """Makes a block of each gate that only some of the blocks around have."""
        for windows in list(optional_gates(self.scopes)):
            self._forget()
            self._propose(windows)
            if self.best is not None:
                self._apply(self.best)

    def _forget(self) -> None:
        self.tried: dict[tuple[Window, ...], Proposal | None] = {}
        self.unified: dict[tuple[Window, ...], Proposal | None] = {}
        self.best: Proposal | None = None

    def _best(self) -> Proposal | None:
        self._forget()
        self.runs = [Runs(s.items, self.blocks, self.large) for s in self.scopes]
        for windows in self._promising():
            self._look_closely(windows)
        self._look_at_names()
        if self.best is None and (self.branches or self._shares_long_lines()):
            for windows in self._bricks():
                self._look_closely(windows)
            if self._least() < _LEAST_BRICK:
                self.best = None
        return self.best

    def _look_at_names(self) -> None:
        """Proposes a block for what names set apart."""
        for number, scope in enumerate(self.scopes):
            for windows in named_pieces(number, scope):
                if any(map(self._has_run, windows)):
                    continue
                if not self._may_win(windows):
                    continue
                if self._propose(windows, is_named=True) is None:
                    self._leave_odd_ones_out(windows)

    def _shares_long_lines(self) -> bool:
        """Whether two lines in a row of the model, which are more in code, are in a block."""
        if not self.functions:
            return False
        model = {p for s in self.scopes if s.owner is None for p in _long_pairs(s)}
        blocks = {p for s in self.scopes if s.owner is not None for p in _long_pairs(s)}
        return bool(model & blocks)

    def _bricks(self) -> list[list[Window]]:
        """Returns pieces of few calls, but many lines, that a branch or a block has as well.

        The last block of a model may lack what nothing reads: the rest of it is a brick.
        """
        found: list[tuple[float, list[Window]]] = []
        inner = {id(scope) for _, scope in self.branches.values()}
        for _, windows in find_windows(self.scopes, self.symbols, _LEAST_CALLS):
            scopes = [self.scopes[window.scope] for window in windows]
            is_in_branch = any(id(scope) in inner for scope in scopes)
            if not is_in_branch and not (self.functions and _are_around(scopes)):
                continue
            saved = self._most_saved(windows)
            if saved >= _LEAST_BRICK and not self._has_run(windows[0]):
                found.append((saved * self._naturalness(windows), windows))
        found.sort(key=lambda pair: -pair[0])
        return [windows for _, windows in found[:_CLOSE_LOOKS]]

    def _promising(self) -> list[list[Window]]:
        """Returns the pieces that may save most lines, those that look natural first."""
        best: list[tuple[float, list[Window]]] = []

        def least() -> float:
            return best[-1][0] if len(best) == _CLOSE_LOOKS else 0.0

        def may_win(saved: int, first: Window) -> bool:
            # How natural all of it looks takes longer to find out.
            may = saved * self._first_glance(first) > least()
            return may and not self._has_run(first)

        for saved, windows in find_windows(
            self.scopes, self.symbols, _LEAST_GAIN, may_win, least
        ):
            if not may_win(saved, windows[0]):
                continue
            if sum(_overlap(windows, other) for _, other in best) >= _SIMILAR_LOOKS:
                continue
            if any(map(self._cuts_run, windows)):
                continue
            if is_power(self._items(windows[0])) and not self._is_named_group(windows):
                continue
            best.append((saved * self._naturalness(windows), windows))
            best.sort(key=lambda pair: -pair[0])
            del best[_CLOSE_LOOKS:]
        return [windows for _, windows in best]

    def _items(self, window: Window) -> list[Item]:
        return self.scopes[window.scope].items[window.start : window.stop]

    def _form(self, window: Window) -> tuple[int, ...]:
        return self.scopes[window.scope].form(window.start, window.stop)

    def _begin(self, window: Window) -> tuple[Token, ...]:
        return self.scopes[window.scope].names_begin(window.start, window.stop)

    def _length(self, window: Window) -> float:
        return self.scopes[window.scope].length(window.start, window.stop)

    def _has_run(self, window: Window) -> bool:
        return self.runs[window.scope].is_in(window)

    def _cuts_run(self, window: Window) -> bool:
        return self.runs[window.scope].is_cut_by(window)

    def _first_glance(self, window: Window) -> float:
        """Returns how likely a piece looks by its first and last line."""
        factor = 1.0
        first = self.scopes[window.scope].items[window.start]
        if first.callee.startswith(_STARTS_LATE):
            factor *= 0.8
        if first.callee == "BatchNormalization":
            factor *= 0.95
        if self._ends_open(window):
            factor *= 0.85
        return factor

    def _naturalness(self, windows: Sequence[Window]) -> float:
        """Returns how likely it is that a person would draw the line there."""
        factor = self._first_glance(windows[0])
        looks = [self._look(window) for window in windows[:_SAMPLE]]
        return factor * _share(*map(_mean, zip(*looks, strict=True)))

    def _most_natural(self, windows: Sequence[Window], count: int) -> float:
        """Returns how likely so many or more of these pieces look at most."""
        factor = max(map(self._first_glance, windows))
        size = min(count, _SAMPLE)
        columns = zip(*map(self._look, windows), strict=True)
        return factor * _share(*(_mean(sorted(column)[:size]) for column in columns))

    def _look(self, window: Window) -> tuple[int, int, int]:
        return self.scopes[window.scope].look(window.start, window.stop)

    def _ends_open(self, window: Window) -> bool:
        """Whether a piece ends in a join with something that it has not used before."""
        scope = self.scopes[window.scope]
        last = scope.sources[window.stop - 1]
        if len(last) < 2 or not any(line < window.start for line, _ in last):
            return False
        before = scope.entering(window.start, window.stop - 1)
        return any(source[0] < window.start and source not in before for source in last)

    def _is_named_group(self, windows: Sequence[Window]) -> bool:
        """Whether names say that a piece is one thing, though it is another one twice."""
        if not any(item.label for item in self._items(windows[0])):
            return False
        cut = [self.scopes[w.scope].cuts_names(w.start, w.stop) for w in windows]
        return sum(cut) < len(cut) / 2

    def _made(self, window: Window) -> set[Value]:
        return {value for item in self._items(window) for value in item.makes}

    def _reads(self, window: Window) -> set[Value]:
        made = self._made(window)
        return {v for item in self._items(window) for v in item.reads} - made

    def _gives(self, window: Window) -> tuple[Value, ...]:
        """Returns the values of a piece that are read behind it, in order."""
        return self.scopes[window.scope].leaving(window.start, window.stop)

    # -- a closer look

    def _look_closely(self, windows: list[Window]) -> None:
        """Proposes blocks for a piece: alone, with a line around it, with those like it."""
        alike = self._with_alike(windows)
        family = self._stretched(alike)
        if self._differ_in_runs(windows[0], family):
            return
        ended = self._with_line_behind(self._with_line_before(windows))
        loose = self._loose(alike)
        if len(self._forms(family)) <= len(self._forms(loose)):
            loose = windows
        for pieces in (windows, ended, loose):
            if self._most_gained(pieces) > self._least():
                self._propose(pieces)
        if family == windows or not self._may_win(family):
            return
        together = self._propose(family)
        if together is None or self._saves_more(windows, together.gain):
            self._leave_odd_ones_out(family)

    def _saves_more(self, windows: list[Window], gain: float) -> bool:
        """Whether a block for some pieces saves more than another one."""
        if tuple(windows) not in self.tried and self._most_gained(windows) <= gain:
            return False
        proposal = self._propose(windows)
        return proposal is not None and proposal.gain > gain

    def _forms(self, family: Sequence[Window]) -> dict[tuple[int, ...], list[Window]]:
        """Returns pieces by the forms of their lines."""
        forms: dict[tuple[int, ...], list[Window]] = {}
        for window in family:
            forms.setdefault(self._form(window), []).append(window)
        return forms

    def _differ_in_runs(self, window: Window, family: list[Window]) -> bool:
        """Whether others have a piece but for a line that follows itself: a loop says so."""
        form, short = self._form(window), self._without_runs(window)
        return any(
            self._form(other) != form and self._without_runs(other) == short
            for other in family
        )

    def _without_runs(self, window: Window) -> tuple[int, ...]:
        """Returns the form of a piece, with lines that follow themselves once."""
        form = self._form(window)
        is_plain = not any(map(operator.eq, form, form[1:]))
        return form if is_plain else _without_runs(self._items(window))

    def _leave_odd_ones_out(self, family: list[Window]) -> None:
        """Proposes what there is without pieces that do not go together with others."""
        kept: list[Window] = []
        groups = sorted(self._forms(family).values(), key=lambda g: -len(g))
        for place, group in enumerate(groups):
            rest = (window for other in groups[place:] for window in other)
            if not self._may_win([*kept, *rest]):
                return
            trial = sorted([*kept, *group], key=lambda w: (w.scope, w.start))
            if not kept:
                kept = trial
                # What it saves matters only where others do not go with it.
                if self._most_gained(kept) > self._least():
                    self._propose_several(kept)
            elif self._is_better(trial, kept):
                kept = trial

    def _is_better(self, trial: list[Window], kept: list[Window]) -> bool:
        """Whether a block for some pieces saves more than one for a part of them."""
        proposal = self._propose_several(trial)
        if proposal is None or self._most_gained(kept) < proposal.gain:
            return proposal is not None
        before = self._propose_several(kept)
        return before is None or proposal.gain > before.gain

    def _propose_several(self, windows: list[Window]) -> Proposal | None:
        return self._propose(windows) if len(windows) > 1 else None

    def _propose(
        self, windows: Sequence[Window], is_named: bool = False
    ) -> Proposal | None:
        """Returns the block for some pieces, and keeps it where none is better.

        Args:
            windows: The pieces.
            is_named: Whether names set them apart.
        """
        key = tuple(windows)
        if key not in self.tried:
            found = self._unify(windows)
            if found and found.gain > _LEAST_GAIN:
                found = self._apart(found) or found
            self.tried[key] = found
        proposal = self.tried[key]
        if proposal is None or proposal.gain <= self._least():
            return proposal
        if proposal.gain >= self._needed(windows, is_named):
            self.best = proposal
        return proposal

    def _needed(self, windows: Sequence[Window], is_named: bool) -> float:
        """Returns what a block must save to be worth a reader's attention."""
        is_one = is_named and len(windows) >= _LEAST_ALIKE
        if is_one and len(self._forms(windows)) == 1:
            return 0
        is_long = min(map(len, windows)) >= _LONG_PIECE and len(windows) >= _OFTEN
        return _LEAST_LONG if is_long else _LEAST_GAIN

    def _apart(self, together: Proposal) -> Proposal | None:
        """Returns a block for each form where these save more than one block for all.

        A form that only lacks lines of another one is no form by itself.
        """
        least = max(self._least(), together.gain)
        best: Proposal | None = None
        for groups in self._groupings(together.windows):
            found = self._sum(groups, least)
            if found is not None:
                best, least = found, found.gain
        return best

    def _groupings(self, windows: Sequence[Window]) -> Iterator[list[list[Window]]]:
        """Yields pieces by form, where each form has lines of its own, and by name."""
        groups = self._by_form(windows)
        forms = [Counter(self._form(group[0])) for group in groups]
        if any(one - other and other - one for one, other in pairwise(forms)):
            yield groups
        groups = self._by_name(windows)
        if all(len(group) >= _LEAST_ALIKE for group in groups):
            yield groups

    def _sum(self, groups: list[list[Window]], least: float) -> Proposal | None:
        """Returns a block for each group, None where these save no more than `least`."""
        if len(groups) < 2:
            return None
        gains = list(map(self._most_gained, groups))
        found: dict[int, Proposal] = {}
        # What may save most comes first: where it does not, the others need no look.
        for place in sorted(range(len(groups)), key=lambda place: -gains[place]):
            proposal = self._unify(groups[place]) if sum(gains) > least else None
            if proposal is None:
                return None
            found[place], gains[place] = proposal, proposal.gain
        if sum(gains) <= least:
            return None
        others = tuple(found[place].windows for place in range(1, len(groups)))
        return replace(found[0], gain=sum(gains), others=others)

    def _by_name(self, windows: Sequence[Window]) -> list[list[Window]]:
        """Returns pieces by how their names begin: `block17`, `block8`."""
        groups: dict[tuple[Token, ...], list[Window]] = {}
        for window in windows:
            groups.setdefault(numbered(self._begin(window), 1), []).append(window)
        return [] if () in groups else list(groups.values())

    def _by_form(self, windows: Sequence[Window]) -> list[list[Window]]:
        """Returns pieces by form; one that is alone is with those that it is most like."""
        forms = self._forms(windows)
        groups = {form: found for form, found in forms.items() if len(found) > 1}
        for form, found in forms.items():
            if groups and form not in groups:
                own = Counter(form)
                nearest = max(groups, key=lambda g: _likeness(own, Counter(g)))
                groups[nearest] += found
        return list(groups.values())

    def _least(self) -> float:
        """Returns what a block must save more than to be the best."""
        return self.best.gain if self.best else 0.0

    def _may_win(self, windows: Sequence[Window]) -> bool:
        """Whether a block for some pieces or a part of them may be the best.

        A part has all pieces of the form that most have.
        """
        least, most = self._least(), self._most_saved(windows)
        if most <= least:
            return False
        count = max(map(len, self._forms(windows).values()))
        return most * self._most_natural(windows, count) > least

    def _most_gained(self, windows: Sequence[Window]) -> float:
        """Returns what a block for some pieces gains at most."""
        most = self._most_saved(windows)
        return most * self._naturalness(windows) if most > 0 else 0.0

    def _most_saved(self, windows: Sequence[Window]) -> float:
        """Returns what a block for some pieces or a part of them saves at most.

        It has all lines of the longest piece, and at best no parameters.
        """
        pieces = sorted(
            (window.stop - window.start, self._length(window)) for window in windows
        )
        most = saved = 0.0
        for length, lines in pieces:
            saved += lines - 1
            most = max(most, saved - HEAD - length)
        return most

    def _unify(self, windows: Sequence[Window]) -> Proposal | None:
        """Returns the block for some pieces, however little it saves."""
        key = tuple(windows)
        if key not in self.unified:
            self.unified[key] = self._unified(windows)
        return self.unified[key]

    def _unified(self, windows: Sequence[Window]) -> Proposal | None:
        instances = [
            Instance(tuple(self._items(window)), self._gives(window))
            for window in windows
        ]
        if not all(instance.gives for instance in instances):
            return None
        unified = unify(instances, self.namer, self.blocks)
        if unified is None:
            return None
        before = sum(map(self._length, windows))
        after = definition_lines(unified.block)
        after += _WORKED_OUT * sum(map(_operations, unified.block.body.statements))
        after += sum(
            1
            + _LONG_CALL * (call_lines(call) - 1)
            + _AGAIN * _reads_twice(call)
            + _GIVEN_NAME * _given_names(call)
            for call in unified.calls
        )
        gain = before - after
        if gain > 0:
            gain *= self._naturalness(windows)
            if _is_odd_brick(unified.block):
                gain *= _ODD_BRICK
        return Proposal(unified, tuple(windows), gain)

    def _loose(self, alike: list[Window]) -> list[Window]:
        """Returns pieces without joins."""
        family = [w for w in alike if len(w) > 1]
        return self._with_line_behind(self._with_line_before(family))

    def _with_alike(self, windows: list[Window]) -> list[Window]:
        """Returns the pieces, with those that are alike in between."""
        template = self._items(windows[0])
        family = list(windows)
        for scope in range(len(self.scopes)):
            own = [window for window in windows if window.scope == scope]
            if own:
                family += self._alike(scope, own, template)
        family.sort(key=lambda window: (window.scope, window.start))
        return family

    def _alike(
        self, scope: int, windows: list[Window], template: list[Item]
    ) -> Iterator[Window]:
        """Yields pieces between those known that have most of their lines."""
        pending = list(self._gaps(scope, windows))
        while pending:
            start, stop = pending.pop()
            items = self.scopes[scope].items[start:stop]
            found = likest(template, items, _LIKENESS * len(template))
            if found is None:
                continue
            window = Window(scope, start + found[0], start + found[1])
            window = self._natural_part(window, len(template))
            window = self._without_ending_before(window, template)
            yield window
            pending += [(start, window.start), (window.stop, stop)]

    def _without_ending_before(self, window: Window, template: list[Item]) -> Window:
        """Returns a piece without the activation of what is before it."""
        first = self._items(window)[0]
        is_ending = not first.label and first.callee.startswith(_STARTS_LATE)
        if is_ending and template[0].symbol != first.symbol and len(window) > 1:
            return Window(window.scope, window.start + 1, window.stop)
        return window

    def _natural_part(self, window: Window, length: int) -> Window:
        """Returns the largest part of a piece that cuts no group of names in two."""
        least = int(_LIKENESS * length)
        scope = self.scopes[window.scope]
        for size in range(len(window), least - 1, -1):
            for start in range(window.start, window.stop - size + 1):
                if not scope.cuts_names(start, start + size):
                    return Window(window.scope, start, start + size)
        return window

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

    def _stretched(self, family: list[Window]) -> list[Window]:
        """Returns pieces as far as names and joins say that they go."""
        stretched: list[Window] = []
        for index, window in enumerate(family):
            scope = self.scopes[window.scope]
            low, high = 0, len(scope.items)
            if stretched and stretched[-1].scope == window.scope:
                low = stretched[-1].stop
            if index + 1 < len(family) and family[index + 1].scope == window.scope:
                high = family[index + 1].start
            stretched.append(self._stretch(window, low, high))
        return self._with_line_behind(self._with_line_before(stretched))

    def _with_line_behind(self, family: list[Window]) -> list[Window]:
        """Returns pieces that end a line later where all can: with their activation."""
        starts = {(w.scope, w.start) for w in family}
        forms = set()
        for window in family:
            items = self.scopes[window.scope].items
            item = items[window.stop] if window.stop < len(items) else None
            gives = self._gives(window)
            if item is None or (window.scope, window.stop) in starts or len(gives) != 1:
                return family
            readers = self.scopes[window.scope].readers(gives[0])
            if readers != [window.stop] or not item.is_call or len(item.reads) != 1:
                return family
            forms.add((item.symbol, item.callee.startswith(_ENDINGS)))
        if len(forms) > 1 or not all(is_ending for _, is_ending in forms):
            return family
        return [Window(w.scope, w.start, w.stop + 1) for w in family]

    def _with_line_before(self, family: list[Window]) -> list[Window]:
        """Returns pieces that begin a line earlier where (nearly) all can, with one form."""
        stops = {(w.scope, w.stop) for w in family}
        able = {
            window: self.scopes[window.scope].items[window.start - 1].symbol
            for window in family
            if (window.scope, window.start) not in stops
            and self._may_begin_earlier(window)
        }
        if len(set(able.values())) != 1 or len(able) < _NEARLY_ALL * len(family):
            return family
        return [
            Window(w.scope, w.start - 1, w.stop) if w in able else w for w in family
        ]

    def _may_begin_earlier(self, window: Window) -> bool:
        """Whether the line before a piece only prepares one of its inputs."""
        scope = self.scopes[window.scope]
        item = scope.items[window.start - 1] if window.start else None
        if item is None or not item.is_call or item.label:
            return False
        made = item.makes
        readers = [place for value in made for place in scope.readers(value)]
        is_inside = all(window.start <= place < window.stop for place in readers)
        if not readers or not is_inside or set(made) & set(scope.outputs):
            return False
        return len(item.reads) == 1 and item.callee.startswith(_STARTS_LATE)

    def _stretch(self, window: Window, low: int, high: int) -> Window:
        start, stop = window.start, window.stop
        items = self.scopes[window.scope].items
        low = max(low, start - len(window) // 2 - 2)
        high = min(high, stop + len(window) // 2 + 2)
        scope = self.scopes[window.scope]
        prefix = self._begin(window)
        prefix = prefix if _says_something(prefix) else ()
        while start > low and self._belongs_before(window, start - 1, prefix):
            start -= 1
            window = Window(window.scope, start, window.stop)
        is_numbered = _is_numbered(self._items(window), prefix)
        suffix = scope.names_end(window.start, window.stop)
        suffix = suffix if _says_something(suffix) else ()
        while stop < high and items[stop].is_call:
            label = items[stop].label
            if (
                not begins_with(label, prefix)
                or (suffix and label[-len(suffix) :] != suffix)
                or (not is_numbered and _is_numbered(items[stop : stop + 1], prefix))
            ):
                ahead = self._join_behind(window, high)
                if ahead is None:
                    break
                stop = ahead
            else:
                stop += 1
            window = Window(window.scope, start, stop)
        return window

    def _belongs_before(
        self, window: Window, line: int, prefix: tuple[object, ...]
    ) -> bool:
        """Whether the line before a piece is for the piece alone."""
        item = self.scopes[window.scope].items[line]
        if not item.is_call:
            return False
        if begins_with(item.label, prefix):  # type: ignore[arg-type]
            return True
        if prefix and item.label:
            return False
        made = item.makes
        scope = self.scopes[window.scope]
        readers = [place for value in made for place in scope.readers(value)]
        inside = all(window.start <= place < window.stop for place in readers)
        if not readers or not inside or set(made) & set(scope.outputs):
            return False
        # It brings in no input that the piece does not have.
        return bool(set(item.reads) <= self._reads(window) - set(made))

    def _join_behind(self, window: Window, high: int) -> int | None:
        """Returns where a join ends that adds to a piece what went into it.

        The lines up to the join may work on either: a Dropout of the result, a projection of
        what went in.
        """
        items = self.scopes[window.scope].items
        made = self._made(window)
        known = made | self._reads(window)
        inside: set[Value] = set()
        for place in range(window.stop, min(window.stop + _LONGEST_SHORTCUT + 1, high)):
            item = items[place]
            if not item.is_call or not set(item.reads) <= known:
                return None
            if len(set(item.reads)) > 1:
                own = any(value in made for value in item.reads)
                return place + 1 if own and item.callee in _JOINS else None
            inside |= set(item.makes)
            known |= inside
            made |= inside if any(value in made for value in item.reads) else set()
        return None

    # -- making the block

    def _apply(self, proposal: Proposal) -> None:
        made = [proposal]
        self._take(proposal.unified.block)
        for windows in proposal.others:
            # Now that the name of the first block is taken.
            other = self._unified(windows)
            assert other is not None
            self._take(other.unified.block)
            made.append(other)
        calls = [
            pair
            for one in made
            for pair in zip(one.windows, one.unified.calls, strict=True)
        ]
        for window, call in sorted(calls, key=lambda pair: -pair[0].start):
            scope = self.scopes[window.scope]
            scope.replace(window.start, window.stop, self.symbols.item(call))
        for number in {window.scope for window, _ in calls}:
            self.scopes[number].refresh()
        for one in made:
            block = one.unified.block
            self._enter(self.symbols.scope(block.name, block.body))

    def _take(self, block: Block) -> None:
        self.namer.take(block.name)
        self.blocks[block.name] = block
        if len(block.body.statements) > _SMALL:
            self.large.add(block.name)

    def _enter(self, scope: Scope) -> None:
        """Looks for blocks in a scope, and in its branches that leave nothing else."""
        self.scopes.append(scope)
        for item in scope.items:
            branch = item.statement
            if isinstance(branch, If) and not branch.otherwise.statements:
                inner = self.symbols.scope(scope.owner, branch.body)
                self.branches[id(item)] = (item, inner)
                self.scopes.append(inner)

    def _statement(self, item: Item) -> Statement:
        """Returns a line as it is now; what is inside of a branch may have changed."""
        statement = item.statement
        if id(item) not in self.branches or not isinstance(statement, If):
            return statement
        return replace(statement, body=_body(self.branches[id(item)][1]))

    def _program(self) -> Program:
        body = self.program.body
        inner = {id(scope) for _, scope in self.branches.values()}
        for scope in self.scopes:
            if id(scope) in inner:
                continue
            own = Body(tuple(map(self._statement, scope.items)), scope.outputs)
            if scope.owner is None:
                body = own
            else:
                block = self.blocks[scope.owner]
                self.blocks[scope.owner] = replace(block, body=own)
        blocks = tuple(self.blocks.values())
        found = replace(self.program, blocks=blocks, body=body)
        return in_reading_order(found, self.namer.wanted)


def _long_pairs(scope: Scope) -> Iterator[tuple[int, int]]:
    """Yields the forms of two lines in a row that take more than a line each in code."""
    for one, two in pairwise(scope.items):
        if one.is_call and two.is_call and one.lines + two.lines > _LONG_PAIR:
            yield one.symbol, two.symbol


def _are_around(scopes: Sequence[Scope]) -> bool:
    """Whether they are the model and a block of it."""
    owners = {scope.owner for scope in scopes}
    return None in owners and len(owners) > 1


def _mean(numbers: Sequence[int]) -> float:
    return sum(numbers) / len(numbers)


def _share(cut: float, inputs: float, gives: float) -> float:
    """Returns what a piece is worth for where it is cut out.

    Args:
        cut: How many of its instances cut names.
        inputs: How many values go in.
        gives: How many values go out.
    """
    shortcuts = 0.85 ** max(0.0, inputs - 1)
    return float((1 - _CUT * cut) * shortcuts * 0.7 ** max(0.0, gives - 1))


def _body(scope: Scope) -> Body:
    return Body(tuple(item.statement for item in scope.items), scope.outputs)


def _likeness(one: Counter[int], other: Counter[int]) -> int:
    """Returns how many lines two pieces share, less those that only one of them has."""
    return 3 * (one & other).total() - one.total() - other.total()


def _is_odd_brick(block: Block) -> bool:
    statements = block.body.statements
    return len(statements) < _SMALL and any(isinstance(s, If) for s in statements)


def _without_runs(items: Sequence[Item]) -> tuple[int, ...]:
    """Returns the forms of lines, those that follow themselves once."""
    form: list[int] = []
    before: tuple[Value, ...] = ()
    for item in items:
        follows = any(value in before for value in item.reads)
        if not (form and follows and form[-1] == item.symbol):
            form.append(item.symbol)
        before = item.makes
    return tuple(form)


def _overlap(one: list[Window], other: list[Window]) -> bool:
    """Whether two pieces have most lines in common where they occur first."""
    a, b = one[0], other[0]
    if a.scope != b.scope or a.start >= b.stop or b.start >= a.stop:
        return False
    common = min(a.stop, b.stop) - max(a.start, b.start)
    return 2 * common > max(len(a), len(b))


def _operations(statement: Statement) -> int:
    """Returns how many sizes of a line are worked out from parameters."""
    given = statement.arguments if isinstance(statement, Call) else ()
    return sum(isinstance(argument.value, Operation) for argument in given)


def _given_names(call: Call) -> int:
    return sum("layer_name" in (argument.name or "") for argument in call.arguments)


def _reads_twice(call: Call) -> bool:
    return len(set(map(repr, call.inputs))) < len(call.inputs)


def _says_something(label: tuple[object, ...]) -> bool:
    """Whether the beginning of a name is more than a separator or two."""
    return sum(isinstance(t, str) and t.isalnum() for t in label) > 0


def _is_numbered(items: Sequence[Item], prefix: tuple[object, ...]) -> bool:
    """Whether a number follows where names begin alike: `block_1_conv` is not in `block`."""
    count = len(prefix)
    rests = (item.label[count : count + 2] for item in items if prefix and item.label)
    return any(str(token).isdecimal() for rest in rests for token in rest)
