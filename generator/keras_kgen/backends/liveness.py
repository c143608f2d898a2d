"""When the values of a scope are read: what decides which names are free.

Lines have positions in the order in which they are written. A loop has one more behind its
lines, where its results get their names; a branch has one behind each of its bodies.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from keras_kgen.backends.operations import find_folds
from keras_kgen.ir.program import Body, For, If, Statement, Value, reads, results

# The first and the last position of each loop around a line.
_Loops = tuple[tuple[int, int], ...]


def extent(statement: Statement) -> int:
    """Returns how many positions a statement has."""
    if isinstance(statement, For):
        return 2 + _length(statement.body)
    if isinstance(statement, If):
        return 3 + _length(statement.body) + _length(statement.otherwise)
    return 1


def _length(body: Body) -> int:
    return sum(map(extent, body.statements))


def positions(statements: Iterable[Statement], start: int) -> list[int]:
    """Returns the position of each statement, and that behind the last."""
    found = [start]
    for statement in statements:
        found.append(found[-1] + extent(statement))
    return found


class Liveness:
    """The positions at which each value is read.

    A value from outside of a loop is read until the loop ends: the next time needs it too.

    Args:
        statements: The lines of the scope.
        outputs: What the scope gives.
        read_at: The line in which a statement ends up, where that is a later one.
    """

    def __init__(
        self,
        statements: Sequence[Statement],
        outputs: Iterable[Value],
        read_at: Mapping[int, int],
    ) -> None:
        self.reads: dict[Value, list[int]] = {}
        self.last_read: dict[Value, int] = {}
        self._loops: dict[Value, _Loops] = {}
        self._defined_at: dict[Value, int] = {}
        self._visit(statements, outputs, 0, (), read_at)

    def is_alive(
        self, value: Value, position: int, hidden: Iterable[tuple[int, int]] = ()
    ) -> bool:
        """Whether something behind a position reads a value.

        Args:
            value: The value.
            position: The position.
            hidden: First and last positions of lines that do not run then.
        """
        if self.last_read.get(value, -1) <= position:
            return False
        return any(
            read > position and not any(a <= read <= b for a, b in hidden)
            for read in self.reads.get(value, [self.last_read[value]])
        )

    def keep(self, value: Value) -> None:
        """Lets a value be read to the end of all."""
        self.last_read[value] = sys.maxsize
        self.reads[value] = [sys.maxsize]

    def _visit(
        self,
        statements: Sequence[Statement],
        outputs: Iterable[Value],
        start: int,
        loops: _Loops,
        folds: Mapping[int, int],
    ) -> None:
        places = positions(statements, start)
        for index, statement in enumerate(statements):
            place = places[index]
            if isinstance(statement, For):
                self._visit_for(statement, place, loops)
            elif isinstance(statement, If):
                self._visit_if(statement, place, loops)
            else:
                line = places[folds.get(index, index)]
                for value in reads(statement):
                    self._read(value, line, loops)
            self._define(results(statement), places[index + 1] - 1, loops)
        for value in outputs:
            self._read(value, places[-1], loops)

    def _visit_for(self, loop: For, place: int, loops: _Loops) -> None:
        end = place + extent(loop) - 1
        for value in (*loop.initial, *(taken for _, taken, _ in loop.items)):
            self._read(value, place, loops)
        inner = (*loops, (place, end))
        self._define((*loop.carried, *(i for i, _, _ in loop.items)), place, inner)
        self._visit_body(loop.body, place + 1, inner)
        for value in loop.collected:
            self._read(value, self._defined_at.get(value, place), inner)
        for value in loop.lists:
            self._read(value, end, loops)

    def _visit_if(self, branch: If, place: int, loops: _Loops) -> None:
        self._visit_body(branch.body, place + 1, loops)
        middle = place + 1 + _length(branch.body)
        self._visit_body(branch.otherwise, middle + 1, loops)

    def _visit_body(self, body: Body, start: int, loops: _Loops) -> None:
        folds = find_folds(body.statements, body.outputs)
        self._visit(body.statements, body.outputs, start, loops, folds)

    def _define(self, values: Iterable[Value], place: int, loops: _Loops) -> None:
        for value in values:
            self._loops[value] = loops
            self._defined_at[value] = place

    def _read(self, value: Value, place: int, loops: _Loops) -> None:
        own = len(self._loops.get(value, ()))
        line = loops[own][1] if len(loops) > own else place
        self.reads.setdefault(value, []).append(line)
        self.last_read[value] = max(self.last_read.get(value, -1), line)
