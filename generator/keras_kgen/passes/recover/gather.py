"""Puts lines together that names put together, where their order is free.

A model file has its layers in an order of Keras' own. The part of a cell that makes one input fit
the other may so stand in the middle of the cell, where no block can begin or end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from keras_kgen.ir.program import Call, Callee, Program, Statement, Value, reads
from keras_kgen.passes.recover.items import Item, Symbols, Token
from keras_kgen.passes.recover.labels import SEPARATORS

# A cell has so many lines behind the part that moves, at least.
_LEAST = 3
_Name = tuple[Token, ...]


def gather(program: Program) -> Program:
    """Returns the program with the lines that make an input fit in front of its cell.

    The graph is the same, and so are the names that Keras makes up: no line passes another
    one that Keras would number with it.
    """
    statements = list(program.body.statements)
    items = list(map(Symbols().item, statements))
    moves = [
        move for start, stop in _cells(items) for move in _moves(items, start, stop)
    ]
    for to, start, stop in moves:
        statements[to:stop] = [*statements[start:stop], *statements[to:start]]
    if not moves:
        return program
    return replace(program, body=replace(program.body, statements=tuple(statements)))


def _cells(items: Sequence[Item]) -> Iterator[tuple[int, int]]:
    """Yields lines in a row whose names end alike, in a number: `conv_1_cell_2`."""
    start = 0
    current: _Name = ()
    for line, item in enumerate(items):
        end = _end(item.label) if item.label else current
        if end != current:
            if current:
                yield start, line
            start, current = line, end
    if current:
        yield start, len(items)


def _end(label: _Name) -> _Name:
    """Returns the last word of a name and the number behind it."""
    words = tuple(token for token in label if str(token) not in SEPARATORS)
    is_counted = len(words) > 2 and str(words[-1]).isdecimal()
    return words[-2:] if is_counted else ()


def _moves(
    items: Sequence[Item], start: int, stop: int
) -> Iterator[tuple[int, int, int]]:
    """Yields where a part of a cell goes, and the lines that it has."""
    runs = list(_runs(items, start, stop))
    for place in range(1, len(runs) - 1):
        word, first, last = runs[place]
        before = {run[0] for run in runs[:place]}
        behind = [run for run in runs[place + 1 :] if run[0] in before]
        if not behind or word in before or stop - last < _LEAST:
            continue
        # What has no name belongs to what follows.
        to = start
        while to > 0 and not items[to - 1].label and items[to - 1].is_call:
            to -= 1
        if _may_pass(items[to:first], items[first:last]):
            yield to, first, last
            return


def _runs(
    items: Sequence[Item], start: int, stop: int
) -> Iterator[tuple[Token, int, int]]:
    """Yields lines in a row whose names begin with the same word."""
    current, begin = items[start].label[0], start
    for line in range(start, stop):
        label = items[line].label
        if label and label[0] != current:
            yield current, begin, line
            current, begin = label[0], line
    yield current, begin, stop


def _may_pass(before: Sequence[Item], moved: Sequence[Item]) -> bool:
    """Whether lines may stand in front of others that are in front of them now."""
    made: set[Value] = {value for item in before for value in item.makes}
    numbered = {_numbered(item.statement) for item in before} - {None}
    return all(
        not made & set(reads(item.statement))
        and _is_layer(item.statement)
        and _numbered(item.statement) not in numbered
        for item in moved
    ) and all(_is_layer(item.statement) for item in before)


def _is_layer(statement: Statement) -> bool:
    return isinstance(statement, Call) and statement.kind is Callee.LAYER


def _numbered(statement: Statement) -> str | None:
    """Returns the class of a layer that Keras gives a name with a number."""
    assert isinstance(statement, Call)
    is_named = any(argument.name == "name" for argument in statement.arguments)
    return None if is_named else statement.callee
