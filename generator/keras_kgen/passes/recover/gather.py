"""Puts lines together that names put together, where their order is free.

A model file has its layers in an order of Keras' own. The part of a cell that makes one input fit
the other may so stand in the middle of the cell, where no block can begin or end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from keras_kgen.ir.program import (
    Call,
    Callee,
    Program,
    Statement,
    Value,
    reads,
    results,
)
from keras_kgen.passes.recover.items import Token, label_of
from keras_kgen.passes.recover.labels import SEPARATORS
from keras_kgen.records import record

# A cell has so many lines behind the part that moves, at least.
_LEAST = 3
_Name = tuple[Token, ...]


@record
class _Line:
    """A statement, and the name of its layer."""

    statement: Statement
    label: _Name

    @property
    def is_call(self) -> bool:
        """Whether a block may take the statement in."""
        statement = self.statement
        return isinstance(statement, Call) and statement.kind is not Callee.SHARED


def gather(program: Program) -> Program:
    """Returns the program with the lines that make an input fit in front of its cell.

    The graph is the same, and so are the names that Keras makes up: no line passes another
    one that Keras would number with it.
    """
    statements = list(program.body.statements)
    lines = [_Line(statement, label_of(statement)) for statement in statements]
    moves = [
        move for start, stop in _cells(lines) for move in _moves(lines, start, stop)
    ]
    for to, start, stop in moves:
        statements[to:stop] = [*statements[start:stop], *statements[to:start]]
    if not moves:
        return program
    return replace(program, body=replace(program.body, statements=tuple(statements)))


def _cells(lines: Sequence[_Line]) -> Iterator[tuple[int, int]]:
    """Yields lines in a row whose names end alike, in a number: `conv_1_cell_2`."""
    start = 0
    current: _Name = ()
    for place, line in enumerate(lines):
        end = _end(line.label) if line.label else current
        if end != current:
            if current:
                yield start, place
            start, current = place, end
    if current:
        yield start, len(lines)


def _end(label: _Name) -> _Name:
    """Returns the last word of a name and the number behind it."""
    if isinstance(label[-1], str) and label[-1].isalpha():
        return ()
    words = tuple(token for token in label if str(token) not in SEPARATORS)
    is_counted = len(words) > 2 and str(words[-1]).isdecimal()
    return words[-2:] if is_counted else ()


def _moves(
    lines: Sequence[_Line], start: int, stop: int
) -> Iterator[tuple[int, int, int]]:
    """Yields where a part of a cell goes, and the lines that it has."""
    runs = list(_runs(lines, start, stop))
    for place in range(1, len(runs) - 1):
        word, first, last = runs[place]
        before = {run[0] for run in runs[:place]}
        behind = [run for run in runs[place + 1 :] if run[0] in before]
        if not behind or word in before or stop - last < _LEAST:
            continue
        # What has no name belongs to what follows.
        to = start
        while to > 0 and not lines[to - 1].label and lines[to - 1].is_call:
            to -= 1
        if _may_pass(lines[to:first], lines[first:last]):
            yield to, first, last
            return


def _runs(
    lines: Sequence[_Line], start: int, stop: int
) -> Iterator[tuple[Token, int, int]]:
    """Yields lines in a row whose names begin with the same word."""
    current, begin = lines[start].label[0], start
    for place in range(start, stop):
        label = lines[place].label
        if label and label[0] != current:
            yield current, begin, place
            current, begin = label[0], place
    yield current, begin, stop


def _may_pass(before: Sequence[_Line], moved: Sequence[_Line]) -> bool:
    """Whether lines may stand in front of others that are in front of them now."""
    if not all(_is_layer(line.statement) for line in (*before, *moved)):
        return False
    made: set[Value] = {v for line in before for v in results(line.statement)}
    numbered = {_numbered(line.statement) for line in before} - {None}
    return all(
        not made & set(reads(line.statement))
        and _numbered(line.statement) not in numbered
        for line in moved
    )


def _is_layer(statement: Statement) -> bool:
    return isinstance(statement, Call) and statement.kind is Callee.LAYER


def _numbered(statement: Statement) -> str | None:
    """Returns the class of a layer that Keras gives a name with a number."""
    assert isinstance(statement, Call)
    is_named = any(argument.name == "name" for argument in statement.arguments)
    return None if is_named else statement.callee
