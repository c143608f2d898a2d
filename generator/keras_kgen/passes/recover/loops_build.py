"""Writes repeats as loops."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from keras_kgen.ir.expressions import Argument, Expression, Literal
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    For,
    If,
    Statement,
    Value,
    map_constants,
)
from keras_kgen.passes.recover.loops_columns import (
    Columns,
    Level,
    Levels,
    Path,
    Unresolved,
)
from keras_kgen.passes.recover.loops_items import (
    Fresh,
    Gap,
    Item,
    Leaf,
    Rep,
    Source,
    fill,
    slot_names,
    trim,
)
from keras_kgen.passes.recover.loops_rates import Scale
from keras_kgen.records import record

# What the same line, or the same window, is in every time of the loops around.
_Family = Mapping[Path, Item]


@record
class Scope:
    """What a loop must know of where it stands.

    Attributes:
        taken: Names that mean something there, which no loop may bind.
        scale: By what rates grow from block to block.
    """

    blocks: Mapping[str, Block]
    taken: Collection[str]
    fresh: Fresh
    scale: Scale | None = None


def build(rep: Rep, scope: Scope) -> For | None:
    """Returns a repeat as a loop, None where what differs cannot be said."""
    builder = _Builder(scope)
    try:
        loop, _ = builder.loop({(): rep}, rep.reads, ())
    except Unresolved:
        return None
    builder.columns.finish(builder.levels, scope.taken)
    return replace(
        builder.settle(loop), results=_carried_results(rep), lists=_lists(rep)
    )


def _carried_results(rep: Rep) -> tuple[Value, ...]:
    return rep.results[: len(rep.carries)]


def _lists(rep: Rep) -> tuple[Value, ...]:
    return rep.results[len(rep.carries) :]


@dataclass(slots=True)
class _Window:
    """The values that the lines of a window read."""

    carried: tuple[Value, ...]
    shared: tuple[Value, ...]
    items: tuple[Value, ...]
    given: list[tuple[Value, ...]]

    def value(self, source: Source) -> Value:
        match source.kind:
            case "inner":
                return self.given[source.place][source.result]
            case "carry":
                return self.carried[source.place]
            case "same":
                return self.shared[source.place]
        return self.items[source.place]

    def reads(self, sources: tuple[Source, ...]) -> tuple[Value, ...]:
        return tuple(map(self.value, sources))


_Lines = tuple[list[Statement], tuple[Value, ...]]


class _Builder:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.columns = Columns(scope.scale)
        self.levels: list[Level] = []
        # The loops made so far, with their levels, for when all names are known.
        self.made: dict[int, Level] = {}

    def loop(
        self,
        family: Mapping[Path, Rep],
        reads: tuple[Value, ...],
        levels: Levels,
        around: tuple[int, int] = (0, 0),
    ) -> tuple[For, tuple[Value, ...]]:
        rep = max(family.values(), key=lambda one: len(one.windows))
        level = Level(
            {p: len(one.windows) for p, one in family.items()},
            *around,
            is_inner=bool(levels),
        )
        self.levels.append(level)
        for outer in levels:
            outer.has_inner = True
        window, initial = self.window(rep, reads)
        inner = (*levels, level)
        statements = self.body(family, rep, window, inner)
        lists = [
            reads[len(reads) - len(rep.reversed) + i] for i in range(len(rep.reversed))
        ]
        results = tuple(self.scope.fresh.value(v) for v in rep.results)
        count = len(rep.carries)
        loop = For(
            (),
            None,
            Body(tuple(statements), self.outputs(rep, window)),
            window.carried,
            initial,
            results[:count],
            stop=self.stop(level, levels, statements),
            collected=tuple(window.given[line][r] for line, r in rep.collected),
            lists=results[count:],
            items=tuple(zip(window.items, lists, rep.reversed, strict=True)),
        )
        self.made[id(loop.body)] = level
        return loop, results

    def window(
        self, rep: Rep, reads: tuple[Value, ...]
    ) -> tuple[_Window, tuple[Value, ...]]:
        count = len(rep.carries)
        shared = reads[count : len(reads) - len(rep.reversed)]
        fresh = self.scope.fresh.value
        carried = tuple(map(fresh, _carried_results(rep)))
        items = tuple(fresh(Value(0)) for _ in rep.reversed)
        return _Window(carried, shared, items, []), reads[:count]

    def outputs(self, rep: Rep, window: _Window) -> tuple[Value, ...]:
        found = []
        for line, result, ago in rep.carries:
            if ago == 1:
                found.append(window.given[line][result])
            else:
                found.append(window.carried[rep.carries.index((line, result, ago - 1))])
        return tuple(found)

    def stop(
        self, level: Level, levels: Levels, statements: list[Statement]
    ) -> Expression:
        slots = {path: Literal(count) for path, count in level.counts.items()}
        is_block = any(
            isinstance(s, Call) and s.kind is Callee.BLOCK for s in statements
        )
        hint = "blocks" if is_block else "repeats"
        return self.columns.stop(slots, level, levels, hint)

    def body(
        self, family: Mapping[Path, Rep], rep: Rep, window: _Window, levels: Levels
    ) -> list[Statement]:
        statements: list[Statement] = []
        line = 0
        while line < len(rep.sources):
            width = self.gap_width(family, line)
            if width:
                statements.append(self.branch(family, rep, window, levels, line, width))
                line += width
                continue
            lines, given = self.line(
                _members(family, line),
                window.reads(rep.sources[line]),
                levels,
                self.around(family, line),
            )
            statements.extend(lines)
            window.given.append(given)
            line += 1
        return statements

    def gap_width(self, family: Mapping[Path, Rep], line: int) -> int:
        """Returns how many lines from here on are missing in the same times."""
        missing = _missing(family, line)
        width = 0
        lines = len(next(iter(family.values())).sources)
        while (
            missing
            and line + width < lines
            and _missing(family, line + width) == missing
        ):
            width += 1
        return width

    def around(self, family: Mapping[Path, Rep], line: int) -> tuple[int, int]:
        """Returns 1 where the line before, or behind, is one of what the line repeats."""
        head = int(self.is_like(family, line, line - 1))
        # What has a last block of its own has a first one, too.
        return head, head and int(self.is_like(family, line, line + 1))

    def is_like(self, family: Mapping[Path, Rep], line: int, other: int) -> bool:
        """Whether a line repeats what another line of the window is."""
        here, there = _example(family, line), _example(family, other)
        if not isinstance(here, Rep) or not here.windows:
            return False
        inner = here.windows[0][0]
        return (
            len(here.sources) == 1
            and isinstance(inner, Leaf)
            and isinstance(there, Leaf)
            and isinstance(inner.statement, Call)
            and isinstance(there.statement, Call)
            and inner.statement.callee == there.statement.callee
        )

    def line(
        self,
        family: _Family,
        reads: tuple[Value, ...],
        levels: Levels,
        around: tuple[int, int] = (0, 0),
    ) -> _Lines:
        leaves = {p: item for p, item in family.items() if isinstance(item, Leaf)}
        reps = {p: item for p, item in family.items() if isinstance(item, Rep)}
        if not _are_alike(leaves, reps):
            raise Unresolved
        if leaves:
            return self.leaf(leaves, reads, levels)
        if all(len(rep.windows) == 2 and rep.is_run for rep in reps.values()):
            return self.flat(reps, reads, levels)
        loop, results = self.loop(reps, reads, levels, around)
        return [loop], results

    def flat(
        self, family: Mapping[Path, Rep], reads: tuple[Value, ...], levels: Levels
    ) -> _Lines:
        """Writes two lines as they are: a loop would save none."""
        rep = next(iter(family.values()))
        window, carried = self.window(rep, reads)
        statements: list[Statement] = []
        for time in (0, 1):
            inner = _Window(carried, window.shared, (), [])
            members = {path: one.windows[time][0] for path, one in family.items()}
            lines, given = self.line(members, inner.reads(rep.sources[0]), levels)
            statements.extend(lines)
            carried = tuple(given[result] for _, result, _ in rep.carries)
        return statements, carried

    def leaf(
        self, family: Mapping[Path, Leaf], reads: tuple[Value, ...], levels: Levels
    ) -> _Lines:
        example = next(iter(family.values()))
        call = example.statement
        if not isinstance(call, Call):
            raise Unresolved
        constants = []
        for place, hint in enumerate(slot_names(call)):
            slots = {path: leaf.constants[place] for path, leaf in family.items()}
            constants.append(self.columns.resolve(slots, levels, hint))
        given = tuple(map(self.scope.fresh.value, example.results))
        made = fill(call, iter(constants), iter(reads), given)
        return [replace(made, label=None)], given

    def branch(
        self,
        family: Mapping[Path, Rep],
        rep: Rep,
        window: _Window,
        levels: Levels,
        line: int,
        width: int,
    ) -> If:
        """Writes lines that are missing the first time or the last time."""
        level = levels[-1]
        times = {path[-1] for path in _missing(family, line)}
        count = level.uniform
        if count is None or times not in ({0}, {count - 1}):
            raise Unresolved
        time = times.pop()
        test = self.columns.is_there(level, time)
        lines = range(line, line + width)
        statements: list[Statement] = []
        passed: list[Value] = []
        for place in lines:
            reads = window.reads(rep.sources[place])
            source = rep.sources[place][0]
            is_inner = source.kind == "inner" and source.place in lines
            passed.append(passed[source.place - line] if is_inner else reads[0])
            made, given = self.line(_members(family, place), reads, levels)
            statements.extend(made)
            window.given.append(given)
        return self.join_branch(
            rep, window, lines, Body(tuple(statements), ()), passed, test
        )

    def join_branch(
        self,
        rep: Rep,
        window: _Window,
        lines: range,
        body: Body,
        passed: list[Value],
        test: Expression,
    ) -> If:
        """Returns the branch, and makes the window read what it gives."""
        kept = [line for line in lines if _is_read_beyond(rep, line, lines)]
        outputs = tuple(window.given[line][0] for line in kept)
        results = tuple(map(self.scope.fresh.value, outputs))
        for line, result in zip(kept, results, strict=True):
            window.given[line] = (result,)
        otherwise = tuple(passed[line - lines.start] for line in kept)
        return If(test, replace(body, outputs=outputs), Body((), otherwise), results)

    def settle(self, loop: For) -> For:
        """Puts in what was not known while the loop was made."""
        level = self.made[id(loop.body)]
        body = Body(
            tuple(map(self.settle_statement, loop.body.statements)), loop.body.outputs
        )
        names = tuple(column.name for column in level.columns)
        assert loop.stop is not None
        start = Literal(level.start)
        rows = None
        if names:
            rows = tuple(
                tuple(
                    column.values.get(time, Literal(None)) for column in level.columns
                )
                for time in range(level.uniform or 0)
            )
        return replace(
            loop,
            variables=names,
            rows=rows,
            index=level.index or None,
            start=start if level.index or rows is None else Literal(0),
            stop=None if rows is not None else self.columns.settle(loop.stop),
            body=body,
        )

    def settle_statement(self, statement: Statement) -> Statement:
        if isinstance(statement, For):
            return self.settle(statement)
        if isinstance(statement, If):
            inner = tuple(map(self.settle_statement, statement.body.statements))
            return replace(
                statement,
                test=self.columns.settle(statement.test),
                body=replace(statement.body, statements=inner),
            )
        assert isinstance(statement, Call)
        settle = self.columns.settle
        made = replace(
            statement,
            arguments=tuple(
                Argument(settle(a.value), a.name, a.location)
                for a in statement.arguments
            ),
            inputs=tuple(map_constants(i, settle) for i in statement.inputs),
            keywords=tuple(
                (key, map_constants(item, settle)) for key, item in statement.keywords
            ),
        )
        return trim(made, self.scope.blocks)


def _are_alike(leaves: Mapping[Path, Leaf], reps: Mapping[Path, Rep]) -> bool:
    """Whether all that a line is from time to time has the same form."""
    if leaves:
        return not reps and len({leaf.shape for leaf in leaves.values()}) == 1
    return len({rep.pattern for rep in reps.values()}) == 1


def _is_read_beyond(rep: Rep, line: int, lines: range) -> bool:
    """Whether something outside of some lines of a window reads what a line gives."""
    if any(place == line for place, _, _ in rep.carries):
        return True
    return any(
        source.kind == "inner" and source.place == line
        for place, sources in enumerate(rep.sources)
        if place not in lines
        for source in sources
    )


def _members(family: Mapping[Path, Rep], line: int) -> dict[Path, Item]:
    return {
        (*path, time): window[line]
        for path, rep in family.items()
        for time, window in enumerate(rep.windows)
        if not isinstance(window[line], Gap)
    }


def _missing(family: Mapping[Path, Rep], line: int) -> set[Path]:
    return {
        (*path, time)
        for path, rep in family.items()
        for time, window in enumerate(rep.windows)
        if isinstance(window[line], Gap)
    }


def _example(family: Mapping[Path, Rep], line: int) -> Item | None:
    lines = len(next(iter(family.values())).sources)
    members = _members(family, line).values() if 0 <= line < lines else ()
    return next(iter(sorted(members, key=lambda item: not _has_windows(item))), None)


def _has_windows(item: Item) -> bool:
    return not isinstance(item, Rep) or bool(item.windows)
