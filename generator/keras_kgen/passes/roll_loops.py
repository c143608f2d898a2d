"""Finds lines that follow themselves and writes them as loops."""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace

from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    FormattedString,
    Literal,
    Name,
    Sequence,
    to_value,
)
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    Loop,
    Program,
    Statement,
    Value,
    reads,
)

# A loop with more columns than this is harder to read than the lines that it stands for.
MAX_VARIABLES = 3
# With more tables than this, each loop is one of many: the lines themselves say more.
MAX_TABLES = 4
# So many equal lines with nothing that differs become `for _ in range(n)`.
MIN_EQUAL = 3
# ... but two blocks in the model itself do too: their number is the depth of the model.
MIN_EQUAL_IN_MODEL = 2
# With fewer rows of several columns than this, a table is longer than the lines.
MIN_ROWS = 3
# Beside a tensor that stays in use a loop takes a line more, for the branch has to begin.
BRANCH = 2
# Up to here, equal sizes are listed, because a reader will want to change one of them.
MAX_LISTED = 4
_SIZES = ("units", "filters", "rate")
# Of these, equal ones are listed: a reader thinks of each layer's width.
_LISTED = ("units",)


@dataclass(frozen=True, slots=True)
class _Limits:
    """What may become a loop in a scope.

    Attributes:
        min_equal: So many equal lines do.
        min_rows: So many rows of several columns do.
        max_variables: Not more columns than this.
        taken: Names that a loop must not bind anew.
    """

    min_equal: int
    min_rows: int
    max_variables: int = MAX_VARIABLES
    taken: frozenset[str] = frozenset()


def _inner_limits(block: Block, min_rows: int) -> _Limits:
    taken = frozenset(parameter.name for parameter in block.parameters)
    return _Limits(MIN_EQUAL, min_rows, taken=taken)


def roll_loops(
    program: Program, never: Collection[str] = (), min_rows: int = MIN_ROWS
) -> Program:
    """Returns the program with runs of the same line as loops; its graph is the same.

    Args:
        program: Any program.
        never: Blocks and layers that stand in no loop.
        min_rows: Fewer rows of several columns are no table.
    """
    blocks = {block.name: block for block in program.blocks}
    limits = _Limits(MIN_EQUAL_IN_MODEL, min_rows)
    body = _roll(program.body, blocks, limits, never)
    tables = [s for s in body.statements if isinstance(s, Loop) and _has_table(s)]
    if len(tables) > MAX_TABLES:
        without_tables = replace(limits, max_variables=0)
        body = _roll(program.body, blocks, without_tables, never)
    inner = [
        _roll(b.body, blocks, _inner_limits(b, min_rows), never) for b in program.blocks
    ]
    before = [program.body, *(block.body for block in program.blocks)]
    # What does not change stays the same object: its graph has been worked out.
    if all(map(operator.is_, [body, *inner], before)):
        return program
    rolled = tuple(map(_with_body, program.blocks, inner))
    return replace(program, blocks=rolled, body=body)


def _with_body(block: Block, body: Body) -> Block:
    return replace(block, body=body)


def _has_table(loop: Loop) -> bool:
    """Whether something besides the names differs from time to time."""
    is_named = any(a.name == "name" for a in loop.body.arguments)
    return len(loop.variables) > is_named


def _roll(
    body: Body,
    blocks: dict[str, Block],
    limits: _Limits,
    never: Collection[str],
) -> Body:
    uses = Counter(value for s in body.statements for value in reads(s))
    uses.update(body.outputs)
    rolled: list[Statement] = []
    run: list[Call] = []
    for statement in body.statements:
        if (
            isinstance(statement, Call)
            and _continues(run, statement, uses, body)
            and _follows_by_name([*run, statement], blocks)
        ):
            run.append(statement)
            continue
        rolled.extend(_close(run, blocks, limits, uses))
        run = []
        if (
            isinstance(statement, Call)
            and statement.callee not in never
            and _may_begin(statement, body)
        ):
            run = [statement]
        else:
            rolled.append(statement)
    rolled.extend(_close(run, blocks, limits, uses))
    has_loops = len(rolled) < len(body.statements)
    return replace(body, statements=tuple(rolled)) if has_loops else body


def _gives_output(call: Call, body: Body) -> bool:
    """Whether a layer gives what the scope gives: it has a meaning of its own there."""
    gives = any(value in body.outputs for value in call.results)
    return gives and call.kind is Callee.LAYER


def _may_repeat(call: Call) -> bool:
    return (
        call.kind in (Callee.LAYER, Callee.BLOCK)
        and len(call.inputs) == 1
        and isinstance(call.inputs[0], Value)
        and not call.keywords
        and len(call.results) == 1
        and (call.kind is Callee.BLOCK or _label(call) is None)
    )


def _may_begin(call: Call, body: Body) -> bool:
    return _may_repeat(call) and not _gives_output(call, body)


def _continues(run: list[Call], call: Call, uses: Counter[Value], body: Body) -> bool:
    return bool(run) and not _gives_output(call, body) and _follows(run[-1], call, uses)


def _follows(before: Call, call: Call, uses: Counter[Value]) -> bool:
    return (
        _may_repeat(call)
        and (call.kind, call.callee) == (before.kind, before.callee)
        and call.inputs[0] == before.results[0]
        and uses[before.results[0]] == 1
        and before.results[0].name in (None, call.results[0].name)
    )


def _label(call: Call) -> Expression | None:
    return next((a.value for a in call.arguments if a.name == "name"), None)


def _follows_by_name(run: list[Call], blocks: dict[str, Block]) -> bool:
    """Whether blocks have no names of their own, or names that count: `block2`, `block3`."""
    if run[0].kind is not Callee.BLOCK or all(_label(call) is None for call in run):
        return True
    # A table of names is no better than the lines.
    takes_name = _takes_name(blocks[run[0].callee])
    return not takes_name and _progression(run) is not None


def _takes_name(block: Block) -> bool:
    return any(parameter.name == "name" for parameter in block.parameters)


def _progression(run: list[Call]) -> tuple[str, int, str] | None:
    """Returns what the names of calls have in common around a number, and the first."""
    labels = [to_value(label) if (label := _label(call)) else None for call in run]
    first = labels[0]
    if not isinstance(first, str):
        return None
    for found in re.finditer(r"[0-9]+", first):
        before, after = first[: found.start()], first[found.end() :]
        start = int(found[0])
        counted = [f"{before}{start + index}{after}" for index in range(len(run))]
        if counted == labels:
            return before, start, after
    return None


@dataclass(frozen=True, slots=True)
class _Columns:
    """What a run of calls has in common, and what differs from line to line."""

    common: tuple[Argument, ...]
    names: tuple[str, ...]
    rows: tuple[tuple[Expression, ...], ...]


def _close(
    run: list[Call],
    blocks: dict[str, Block],
    limits: _Limits,
    uses: Counter[Value],
) -> list[Call] | list[Loop]:
    if len(run) < 2:
        return run
    columns = _columns(run, blocks.get(run[0].callee))
    if columns is None or len(columns.names) > limits.max_variables:
        return run
    if limits.taken.intersection(columns.names):
        return run
    first, last = run[0], run[-1]
    initial = first.inputs[0]
    assert isinstance(initial, Value)
    is_short = uses[initial] > 1 and len(run) < MIN_ROWS + BRANCH
    if is_short or not _is_worth_it(run, columns, limits):
        return run
    result = last.results[0]
    varying = tuple(Argument(Name(name), name) for name in columns.names)
    arguments = _in_order((*columns.common, *varying), run, blocks.get(first.callee))
    carried = replace(initial, index=-1 - initial.index, name=result.name)
    body = replace(first, arguments=arguments, inputs=(carried,), results=(result,))
    loop = Loop(columns.names, columns.rows, body, initial, carried, result)
    return [_with_names(loop, run, blocks)]


def _with_names(loop: Loop, run: list[Call], blocks: dict[str, Block]) -> Loop:
    """Returns a loop over blocks that counts in their names, where they have names."""
    is_block = loop.body.kind is Callee.BLOCK
    if not is_block or _takes_name(blocks[loop.body.callee]):
        return loop
    progression = _progression(run)
    if progression is None:
        return loop
    before, start, after = progression
    counter = next(name for name in ("i", "number") if name not in loop.variables)
    parts = (Literal(before), Name(counter), Literal(after))
    label = FormattedString(tuple(part for part in parts if part != Literal("")))
    rows = ((Literal(start + i), *row) for i, row in enumerate(loop.rows))
    return replace(
        loop,
        variables=(counter, *loop.variables),
        rows=tuple(rows),
        body=replace(
            loop.body, arguments=(*loop.body.arguments, Argument(label, "name"))
        ),
    )


def _is_worth_it(run: list[Call], columns: _Columns, limits: _Limits) -> bool:
    if columns.names and run[0].kind is Callee.LAYER:
        is_list = columns.names == _LISTED or len(run) >= MIN_EQUAL
        return is_list and all(name in _SIZES for name in columns.names)
    if columns.names:
        width = len(columns.names)
        # A table that is as wide as long says no more than the lines do.
        return width == 1 or len(run) >= max(limits.min_rows, width + 1)
    return len(run) >= (limits.min_equal if run[0].kind is Callee.BLOCK else MIN_EQUAL)


def _columns(run: list[Call], block: Block | None) -> _Columns | None:
    tables = [_complete(call, block) for call in run]
    names = list(dict.fromkeys(name for table in tables for name in table))
    if any(set(table) != set(names) for table in tables):
        return None
    varying = [n for n in names if any(t[n] != tables[0][n] for t in tables)]
    if not varying and len(run) <= MAX_LISTED and run[0].kind is Callee.BLOCK:
        varying = [name for name in names[:1] if name in _LISTED]
    if not all(_is_plain(table[name]) for table in tables for name in varying):
        return None
    common = tuple(
        Argument(tables[0][name], name)
        for name in names
        if name not in varying and _is_written(tables[0][name], name, block)
    )
    rows = tuple(tuple(table[name] for name in varying) for table in tables)
    return _Columns(common, tuple(varying), rows)


def _is_plain(value: Expression) -> bool:
    """Whether a value is a number, a text or a tuple of such: what a table may hold."""
    if isinstance(value, Sequence):
        return all(isinstance(item, Literal) for item in value.items)
    return isinstance(value, Literal)


def _complete(call: Call, block: Block | None) -> dict[str, Expression]:
    given = {a.name: a.value for a in call.arguments if a.name is not None}
    if block is None:
        return given
    complete = {}
    for parameter in block.parameters:
        value = given.get(parameter.name, parameter.default)
        complete[parameter.name] = value if value is not None else Literal(None)
    return complete


def _is_written(value: Expression, name: str, block: Block | None) -> bool:
    if block is None:
        return True
    return all(p.default != value for p in block.parameters if p.name == name)


def _in_order(
    arguments: tuple[Argument, ...], run: list[Call], block: Block | None
) -> tuple[Argument, ...]:
    if block is not None:
        names = [parameter.name for parameter in block.parameters]
    else:
        names = [argument.name or "" for argument in run[0].arguments]
    return tuple(
        sorted(arguments, key=lambda argument: names.index(argument.name or ""))
    )
