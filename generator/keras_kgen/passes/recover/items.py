"""Statements as symbols: what two lines must have in common to be one line of a block."""

from __future__ import annotations

import functools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

from keras_kgen.ir.expressions import Expression, FormattedString, Literal, Name
from keras_kgen.ir.program import (
    Body,
    Call,
    Callee,
    Nested,
    Statement,
    Value,
    reads,
    results,
)
from keras_kgen.passes.recover.lines import call_lines

# A piece of a layer's name: a word, a number, a separator, or a parameter.
Token = str | Expression
_PIECES = re.compile(r"\d+|[^\W\d_]+|.", re.DOTALL)


class Item:
    """A statement of a sequence.

    Attributes:
        statement: The statement.
        symbol: A number that lines of the same form have in common.
        reads: The values that it reads, in order.
        makes: The values that it gives.
        label: The name of the layer in pieces; empty where Keras makes one up.
        is_call: Whether a block may take the statement in.
        callee: What is called; empty where the statement is no call.
        arguments: The arguments but for the name.
    """

    __slots__ = (
        *("statement", "symbol", "reads", "makes", "label"),
        *("is_call", "callee", "arguments", "_lines", "_name"),
    )

    def __init__(
        self, statement: Statement, symbol: int, label: tuple[Token, ...] = ()
    ) -> None:
        self.statement = statement
        self.symbol = symbol
        self.reads = reads(statement)
        self.makes = results(statement)
        self.label = label
        self.callee = ""
        self.is_call = False
        self.arguments: dict[str, Expression] = {}
        self._lines: float | None = None
        self._name: Expression | None = None
        if isinstance(statement, Call):
            self.is_call = statement.kind is not Callee.SHARED
            self.callee = statement.callee
            self.arguments = {
                a.name or "": a.value for a in statement.arguments if a.name != "name"
            }

    @property
    def lines(self) -> float:
        """About how many lines the statement takes."""
        if self._lines is None:
            statement = self.statement
            self._lines = call_lines(statement) if isinstance(statement, Call) else 1.0
        return self._lines

    @property
    def name(self) -> Expression | None:
        """The name of the layer in one piece; None where Keras makes one up."""
        if self._name is None and self.label:
            self._name = join(self.label)
        return self._name

    @property
    def call(self) -> Call:
        """The call, where the statement is one."""
        assert isinstance(self.statement, Call)
        return self.statement


class Scope:
    """The lines of the model or of one block while blocks are being found.

    Args:
        owner: The name of the block, None for the model.
        items: The lines.
        outputs: What the scope gives.
    """

    def __init__(
        self, owner: str | None, items: list[Item], outputs: tuple[Value, ...]
    ) -> None:
        self.owner = owner
        self.items = items
        self.outputs = outputs
        self._lengths: list[float] = []
        self._index()

    def replace(self, start: int, stop: int, item: Item) -> None:
        """Puts one line in the place of several; what is known is stale until `refresh`."""
        self.items[start:stop] = [item]

    def refresh(self) -> None:
        """Finds out again which line reads which value."""
        self._index()

    def form(self, start: int, stop: int) -> tuple[int, ...]:
        """Returns the symbols of lines."""
        return tuple(self._symbols[start:stop])

    def length(self, start: int, stop: int) -> float:
        """Returns about how many lines of code lines take."""
        if not self._lengths:
            lines = (item.lines for item in self.items)
            self._lengths = list(accumulate(lines, initial=0.0))
        return self._lengths[stop] - self._lengths[start]

    def readers(self, value: Value) -> list[int]:
        """Returns the lines that read a value."""
        return self._readers.get(value.index, [])

    def entering(self, start: int, stop: int) -> set[tuple[int, int]]:
        """Returns what lines read that is made before them, as line and place."""
        if start >= stop:
            return set()
        first = bisect_right(self._far_readers, start)
        lines = self._far_readers[first : bisect_left(self._far_readers, stop, first)]
        lines.append(start)
        return {
            source
            for line in lines
            for source in self.sources[line]
            if source[0] < start
        }

    def leaving(self, start: int, stop: int) -> tuple[Value, ...]:
        """Returns what lines make that is read behind them, what is read first in front."""
        found = self._left(start, stop)
        if len(found) > 1:
            found.sort(key=lambda value: self._read_next(value, stop))
        return tuple(found)

    def look(self, start: int, stop: int) -> tuple[int, int, int]:
        """Returns whether lines cut names, how much goes into them, and how much out."""
        known = self._looks.get((start, stop))
        if known is None:
            leaving, entering = self._left(start, stop), self.entering(start, stop)
            known = (self.cuts_names(start, stop), len(entering), len(leaving))
            self._looks[start, stop] = known
        return known

    def _left(self, start: int, stop: int) -> list[Value]:
        """Returns what lines make that is read behind them, in the order of the lines."""
        if start >= stop:
            return []
        first = bisect_left(self._far_read, start)
        lines = self._far_read[first : bisect_left(self._far_read, stop - 1, first)]
        lines.append(stop - 1)
        return [
            value
            for line in lines
            for value, last_read in self.last_reads[line]
            if last_read >= stop
        ]

    def _read_next(self, value: Value, stop: int) -> int:
        readers = self.readers(value)
        place = bisect_left(readers, stop)
        return readers[place] if place < len(readers) else len(self.items)

    def names_begin(self, start: int, stop: int) -> tuple[Token, ...]:
        """Returns how all names in lines begin; empty where there is none."""
        first, last = self._named_before[start], self._named_before[stop]
        if first == last:
            return ()
        label = self._labels[first]
        common = self._common_starts[first : last - 1]
        return label[: min(common, default=len(label))]

    def names_end(self, start: int, stop: int) -> tuple[Token, ...]:
        """Returns how all names in lines end; empty where there are not several."""
        first, last = self._named_before[start], self._named_before[stop]
        if last - first < 2:
            return ()
        count = min(self._common_ends[first : last - 1])
        return self._labels[first][-count:] if count else ()

    def cuts_names(self, start: int, stop: int) -> bool:
        """Whether a neighbour has a name that begins or ends as all names in lines do.

        Names that have nothing in common are cut as well; lines without names are not.
        """
        named = self._named_before
        first, last = named[start], named[stop]
        if first == last:
            return False
        # Which of what neighbours have in common is of a line and one beside the lines.
        before = first - 1 if start and named[start - 1] < first else None
        is_behind = stop < len(self.items) and named[stop + 1] > last
        behind = last - 1 if is_behind else None
        starts, ends = self._common_starts, self._common_ends
        whole = len(self._labels[first])
        return _cuts(
            starts, min(starts[first : last - 1], default=whole), before, behind
        ) and _cuts(ends, min(ends[first : last - 1], default=whole), before, behind)

    def _index(self) -> None:
        self._looks: dict[tuple[int, int], tuple[int, int, int]] = {}
        self._symbols = [item.symbol for item in self.items]
        self._lengths = []
        # By the index of a value: a value itself takes longer to hash.
        self._readers: dict[int, list[int]] = {}
        made: dict[int, tuple[int, int]] = {}
        self.sources: list[tuple[tuple[int, int], ...]] = []
        for line, item in enumerate(self.items):
            # What the scope itself is given comes from before the first line.
            self.sources.append(
                tuple([made.get(v.index, (-1, v.index)) for v in item.reads])
            )
            for value in item.reads:
                self._readers.setdefault(value.index, []).append(line)
            for place, value in enumerate(item.makes):
                made[value.index] = (line, place)
        given = {value.index for value in self.outputs}
        end = len(self.items)
        self.last_reads = [
            [
                (v, end if v.index in given else self._readers.get(v.index, (-1,))[-1])
                for v in item.makes
            ]
            for item in self.items
        ]
        # Most lines read the line before them only, and are read by the next one only.
        self._far_readers = [
            line
            for line, found in enumerate(self.sources)
            if any(made < line - 1 for made, _ in found)
        ]
        self._far_read = [
            line
            for line, found in enumerate(self.last_reads)
            if any(last > line + 1 for _, last in found)
        ]
        self._labels = labels = [item.label for item in self.items if item.label]
        # How many lines with a name there are before each line.
        named = (bool(item.label) for item in self.items)
        self._named_before = list(accumulate(named, initial=0))
        self._common_starts = [common_count(a, b) for a, b in pairwise(labels)]
        reverse = [label[::-1] for label in labels]
        self._common_ends = [common_count(a, b) for a, b in pairwise(reverse)]


def _cuts(
    common: list[int], inside: int, before: int | None, behind: int | None
) -> bool:
    """Whether a neighbour begins (or ends) as all names in lines do.

    Args:
        common: What each name and the next one have in common.
        inside: What all names in the lines have in common.
        before: Which of these is of the first name and its neighbour, if that has a name.
        behind: Which is of the last one and its neighbour.
    """
    if inside == 0:
        return True
    return (before is not None and common[before] >= inside) or (
        behind is not None and common[behind] >= inside
    )


def common_count(one: Sequence[Token], other: Sequence[Token]) -> int:
    """Returns with how many pieces two names begin alike."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


class Symbols:
    """Numbers the forms of lines."""

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}
        self._unique = 0

    def scope(self, owner: str | None, body: Body) -> Scope:
        """Returns a body as a scope."""
        return Scope(owner, [self.item(s) for s in body.statements], body.outputs)

    def item(self, statement: Statement) -> Item:
        """Returns a statement with its symbol."""
        label = label_of(statement)
        return Item(statement, self._symbol(statement, bool(label)), label)

    def number(self, form: object) -> int:
        """Returns the number of a form."""
        return self._numbers.setdefault(form, len(self._numbers))

    def _symbol(self, statement: Statement, is_named: bool) -> int:
        if not isinstance(statement, Call) or statement.kind is Callee.SHARED:
            # Such a line is never part of a block: it is like no other.
            self._unique -= 1
            return self._unique
        form = (
            statement.kind,
            statement.callee,
            is_named,
            tuple(map(_form, statement.inputs)),
            tuple((key, _form(item)) for key, item in statement.keywords),
            len(statement.results),
        )
        return self.number(form)


def label_of(statement: Statement) -> tuple[Token, ...]:
    """Returns the name of the layer of a line in pieces; empty where it has none."""
    if isinstance(statement, Call):
        for argument in statement.arguments:
            if argument.name == "name":
                return tokens(argument.value)
    return ()


def _form(nested: Nested) -> object:
    if isinstance(nested, Value):
        return Value
    if isinstance(nested, tuple):
        return tuple(map(_form, nested))
    if isinstance(nested, Mapping):
        return tuple((key, _form(item)) for key, item in nested.items())
    return nested


def tokens(name: Expression) -> tuple[Token, ...]:
    """Returns the name of a layer in words, numbers and separators."""
    if isinstance(name, FormattedString):
        return tuple(token for part in name.parts for token in tokens(part))
    if isinstance(name, Literal):
        return _split(str(name.value))
    return (name,)


# The same names are looked at in several passes.
@functools.lru_cache(maxsize=4096)
def _split(text: str) -> tuple[str, ...]:
    """Returns runs of digits, runs of letters, and single other characters."""
    return tuple(_PIECES.findall(text))


def join(parts: tuple[Token, ...]) -> Expression:
    """Returns the name that pieces make up."""
    joined: list[Expression] = []
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if text:
            joined.append(Literal(text))
            text = ""
        joined.append(part)
    if text:
        joined.append(Literal(text))
    if len(joined) == 1 and isinstance(joined[0], Literal | Name):
        return joined[0]
    return FormattedString(tuple(joined))
