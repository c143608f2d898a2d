"""Turns what differs from time to time into counters, columns and expressions."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate

from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    FormattedString,
    Literal,
    Name,
    ObjectCall,
    Operation,
    Sequence,
    names_in,
)
from keras_kgen.passes.recover.loops_items import is_text, tokens
from keras_kgen.passes.recover.loops_rates import (
    LARGEST_NUMBER,
    Scale,
    calculated,
    fraction,
    places,
)
from keras_kgen.passes.recover.loops_turns import find_turns

# Which time of each loop around, from the outermost.
Path = tuple[int, ...]
Slots = Mapping[Path, Expression]
# Up to here a row of numbers is read at a glance; beyond, a rule is shorter.
MAX_LISTED = 6
# Fewer numbers than this follow every rule.
MIN_RULE = 3
_FACTORS = (2, 3, 4, 6, 8)
_FIRST_LETTER = ord("a")
_WIDTHS = ("filters", "units", "dim", "channels", "width", "features", "size")
_COUNTERS = ("block", "layer", "stage", "cell", "step", "stack", "group", "unit")
_NUMBERS = {"first", "number"}
_COUNTED = ("blocks", "repeats")
_TAKEN = {
    "keras",
    "layers",
    "ops",
    "range",
    "enumerate",
    "zip",
    "inputs",
    "outputs",
    "x",
}


class Unresolved(Exception):
    """Something differs in a way that no loop can say."""


@dataclass(eq=False, slots=True)
class Column:
    """A column of a table; a row that no line reads has no value."""

    hint: str
    values: dict[int, Expression]
    name: str = ""


@dataclass(eq=False, slots=True)
class Level:
    """One loop: how often it runs in each time of the loops around, and what it binds.

    Attributes:
        head: 1 where the line before the loop is one of what the loop counts.
        tail: 1 where the line behind the loop is one of them, too.
        firsts: What those who read the counter want it to begin with.
        words: What stands before the counter in labels.
        lacking: The times that some lines are missing.
    """

    counts: Mapping[Path, int]
    head: int = 0
    tail: int = 0
    columns: list[Column] = field(default_factory=list)
    firsts: Counter[int] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    lacking: list[int] = field(default_factory=list)
    is_counted: bool = False
    has_inner: bool = False
    is_inner: bool = False
    start: int = 0
    index: str = ""

    @property
    def uniform(self) -> int | None:
        """How often the loop runs if that is always the same."""
        counts = set(self.counts.values())
        return counts.pop() if len(counts) == 1 else None


Levels = tuple[Level, ...]


class Columns:
    """The tables of a loop and of those inside it.

    Until all is known, expressions read names that stand for what `finish` puts there.
    """

    def __init__(self, scale: Scale | None = None) -> None:
        self._pending: dict[str, Callable[[], Expression]] = {}
        self._scale = scale

    def resolve(self, slots: Slots, levels: Levels, hint: str) -> Expression:
        """Returns an expression for what has these values.

        Raises:
            Unresolved: no expression has them.
        """
        values = list(slots.values())
        first = values[0]
        if values.count(first) == len(values):
            return first
        if all(is_text(value) for value in slots.values()):
            return self._text(slots, levels, hint)
        if isinstance(first, ObjectCall):
            return self._object(first, slots, levels)
        if not all(map(_is_plain, slots.values())):
            raise Unresolved
        return self._variable(slots, levels, hint)

    def is_there(self, level: Level, time: int) -> Expression:
        """Returns the test that it is any time but this one, the first or the last."""
        level.lacking.append(time)

        def give() -> Expression:
            column = _telling(level, time)
            return _not_at(level, time) if column is None else Name(column.name)

        return self._later(give)

    def _is_later(self, level: Level) -> Expression:
        """Returns the test that it is not the first time."""
        level.is_counted = True
        return self._later(lambda: _not_at(level, 0))

    def stop(self, slots: Slots, level: Level, levels: Levels, hint: str) -> Expression:
        """Returns where the counter of a loop ends that runs so often."""
        if level.uniform is not None:
            times = level.uniform
            return self._later(lambda: Literal(level.start + times))
        around = level.head + level.tail
        counts = {
            path: Literal(value.value + around)
            for path, value in slots.items()
            if isinstance(value, Literal) and isinstance(value.value, int)
        }
        number = self._variable(counts, levels, hint)
        return self._later(lambda: _plus(number, level.start - around))

    def _later(self, give: Callable[[], Expression]) -> Name:
        name = f"\0{len(self._pending)}"
        self._pending[name] = give
        return Name(name)

    def _object(self, first: ObjectCall, slots: Slots, levels: Levels) -> Expression:
        calls = {p: v for p, v in slots.items() if isinstance(v, ObjectCall)}
        frames = {
            (c.family, c.class_name, c.module, tuple(a.name for a in c.arguments))
            for c in calls.values()
        }
        if len(calls) < len(slots) or len(frames) > 1:
            raise Unresolved
        arguments = tuple(
            Argument(
                self.resolve(
                    {p: c.arguments[place].value for p, c in calls.items()},
                    levels,
                    given.name or "value",
                ),
                given.name,
            )
            for place, given in enumerate(first.arguments)
        )
        return ObjectCall(
            first.family, first.class_name, arguments, first.location, first.module
        )

    def _variable(self, slots: Slots, levels: Levels, hint: str) -> Expression:
        rate = self._rate(slots, levels)
        if rate is not None:
            return rate
        for depth, level in enumerate(levels):
            values = _by_time(slots, depth)
            if values is None:
                continue
            rule = _rule(values, hint)
            if rule is not None:
                return rule(partial(self._counted, level))
            if level.uniform is not None and _is_first_odd(values, level.uniform):
                return self._is_later(level)
            if level.uniform is not None:
                return self._column(level, values, hint)
        return self._running(slots, levels, hint)

    def _rate(self, slots: Slots, levels: Levels) -> Expression | None:
        """Returns a rate that grows with the number of the block in the whole model."""
        if self._scale is None:
            return None
        numbers = places(self._scale, slots.values())
        if numbers is None:
            return None
        factor, number = self._scale
        counted = {p: Literal(n) for p, n in zip(slots, numbers, strict=True)}
        for depth, level in enumerate(levels):
            values = _by_time(counted, depth)
            line = _line(values) if values is not None else None
            if line is not None and line[1] == 1:
                return fraction(factor, self._counted(level, *line), number)
        try:
            return fraction(factor, self._running(counted, levels, "first"), number)
        except Unresolved:
            return None

    def _counted(self, level: Level, first: int, step: int) -> Expression:
        level.is_counted = True
        return self._counter(level, first, step)

    def _counter(self, level: Level, first: int, step: int) -> Expression:
        def give() -> Expression:
            index: Expression = Name(level.index)
            return _affine(index, first - step * level.start, step)

        return self._later(give)

    def _running(self, slots: Slots, levels: Levels, hint: str) -> Expression:
        """Returns a number that goes on counting from one time of the outer loop on."""
        if len(levels) < 2:
            raise Unresolved
        depth = len(levels) - 1
        level = levels[depth]
        groups: dict[Path, dict[int, Expression]] = {}
        for path, value in slots.items():
            groups.setdefault(path[:depth], {})[path[depth]] = value
        firsts: dict[Path, Expression] = {}
        for path, values in groups.items():
            first = next(iter(values.values()))
            line = _line(values) if len(values) > 1 else (_number(first), 1)
            if line is None or line[0] is None or line[1] != 1 or min(values) != 0:
                raise Unresolved
            firsts[path] = Literal(line[0] - level.head)
        base = self._variable(firsts, levels[:depth], "first")
        level.is_counted = True
        return Operation("+", (base, self._counter(level, level.head, 1)))

    def _column(
        self, level: Level, values: dict[int, Expression], hint: str
    ) -> Expression:
        for column in level.columns:
            if _may_share(column, values, hint):
                column.values.update(values)
                return self._named(column)
            product = _product(column, values, hint)
            if product is not None:
                symbol, factor = product
                return Operation(symbol, (self._named(column), Literal(factor)))
        added = Column(hint, dict(values))
        level.columns.append(added)
        return self._named(added)

    def _named(self, column: Column) -> Expression:
        return self._later(lambda: Name(column.name))

    def _text(self, slots: Slots, levels: Levels, hint: str) -> Expression:
        pieces = {path: tokens(value) for path, value in slots.items()}
        lengths = {len(found) for found in pieces.values()}
        is_one_word = lengths == {1} and not _are_numbers(pieces.values())
        if len(lengths) == 1 and not is_one_word:
            joined = self._by_tokens(pieces, levels)
            if joined is not None:
                return joined
        return self._by_middle(pieces, levels, hint)

    def _by_tokens(
        self, pieces: Mapping[Path, tuple[Expression | str, ...]], levels: Levels
    ) -> Expression | None:
        """Returns a text with one thing put in for each number that differs."""
        columns = [
            dict(zip(pieces, column, strict=True))
            for column in zip(*pieces.values(), strict=True)
        ]
        words = _words(columns)
        differ = [not _is_same(column.values()) for column in columns]
        lines = [
            _label_line(c, levels) if d else None
            for c, d in zip(columns, differ, strict=True)
        ]
        others = [p for p, d in enumerate(differ) if d and lines[p] is None]
        turns = self._turns([columns[place] for place in others], levels)
        if len(others) > 1 and not turns:
            return None
        parts: list[Expression] = []
        for place, column in enumerate(columns):
            line = lines[place]
            if line is not None:
                parts.append(self._label_counter(line, levels, words[place]))
            elif turns and place in others:
                parts.append(turns[others.index(place)])
            elif differ[place] and (letter := self._letter_line(column, levels)):
                parts.append(self._letter(letter, levels))
            elif differ[place]:
                other = self._other_token(column, levels)
                if other is None:
                    return None
                parts.append(other)
            else:
                parts.append(_part(next(iter(column.values()))))
        return _join(parts)

    def _turns(self, columns: list[_Pieces], levels: Levels) -> tuple[Expression, ...]:
        """Returns what two numbers in a label are that one counter gives."""
        times = levels[0].uniform
        if len(columns) != 2 or times is None:
            return ()
        numbers = [_numbers_by_time(column, times) for column in columns]
        found = find_turns(*numbers)
        if found is None:
            return ()
        level = levels[0]
        level.firsts[0] += 1
        count, length = self._counted(level, 0, 1), Literal(found.length)
        return (
            _plus(Operation("//", (count, length)), found.turn),
            _plus(Operation("%", (count, length)), found.place),
        )

    def _label_counter(
        self, line: tuple[int, int, int], levels: Levels, word: str
    ) -> Expression:
        depth, first, step = line
        level = levels[depth]
        level.is_counted = True
        level.words[word] += 1
        if step == 1:
            level.firsts[first] += 1
        return self._counter(level, first, step)

    def _letter_line(self, column: _Pieces, levels: Levels) -> tuple[int, int] | None:
        # Where rates grow from block to block, a counter is there anyway.
        return _letter_line(column, levels, may_list=self._scale is None)

    def _letter(self, line: tuple[int, int], levels: Levels) -> Expression:
        depth, first = line
        level = levels[depth]
        level.is_counted = True
        level.firsts[first - _FIRST_LETTER] += 1

        def give() -> Expression:
            # The code of the first letter in front tells what is counted.
            code = Literal(first - level.start)
            return Operation("chr", (Operation("+", (code, Name(level.index))),))

        return self._later(give)

    def _other_token(
        self, column: Mapping[Path, Expression | str], levels: Levels
    ) -> Expression | None:
        if not all(isinstance(part, str) for part in column.values()):
            return None
        texts = [str(part) for part in column.values()]
        slots = {path: _piece(str(part)) for path, part in column.items()}
        is_letter = all(len(text) == 1 and text.isalpha() for text in texts)
        are_numbers = all(isinstance(s.value, int) for s in slots.values())
        if not are_numbers:
            slots = {path: Literal(str(part)) for path, part in column.items()}
        hint = "letter" if is_letter else "number" if are_numbers else "name"
        try:
            return self._variable(slots, levels, hint)
        except Unresolved:
            return None

    def _by_middle(
        self,
        pieces: Mapping[Path, tuple[Expression | str, ...]],
        levels: Levels,
        hint: str,
    ) -> Expression:
        """Returns a text with one text put in for all that differs."""
        every = list(pieces.values())
        head = _common(every)
        tail = _common([found[head:][::-1] for found in every])
        middles: dict[Path, Expression] = {}
        for path, found in pieces.items():
            middle = found[head : len(found) - tail]
            if not all(isinstance(part, str) for part in middle):
                raise Unresolved
            middles[path] = Literal("".join(map(str, middle)))
        end = every[0][len(every[0]) - tail :] if tail else ()
        column = self._variable(middles, levels, hint)
        if not head and not tail:
            return column
        return _join([*map(_part, every[0][:head]), column, *map(_part, end)])

    def finish(self, levels: list[Level], taken: Collection[str]) -> None:
        """Names counters and columns; each list of levels is from the outside in."""
        used = {*taken, *_TAKEN}
        for level in levels:
            wanted = [first for first, _ in level.firsts.most_common() if first >= 0]
            level.start = wanted[0] if wanted else level.head
            _complete_firsts(level)
            level.columns.sort(key=partial(_order, level))
            for column in level.columns:
                column.name = _free(column.hint, used)
                used.add(column.name)
            if any(_telling(level, time) is None for time in level.lacking):
                level.is_counted = True
            if level.is_counted:
                wanted_name = _index_name(level)
                level.index = _free(
                    "index" if wanted_name in used else wanted_name, used
                )
                used.add(level.index)

    def settle(self, expression: Expression) -> Expression:
        """Returns an expression with what its pending names stand for."""
        names = {n: self._pending[n]() for n in names_in(expression) if n[0] == "\0"}
        if not names:
            return expression
        settled = {name: self.settle(value) for name, value in names.items()}
        return _replace(expression, settled)


def _telling(level: Level, time: int) -> Column | None:
    """Returns the column that has a value each time but one: `if filters:` asks for it."""
    others = set(range(level.uniform or 0)) - {time}
    for column in level.columns:
        if column.values.keys() == others and all(map(_holds, column.values.values())):
            return column
    return None


def _holds(value: Expression) -> bool:
    return isinstance(value, Literal) and bool(value.value)


def _not_at(level: Level, time: int) -> Expression:
    """Returns the test that it is not the first time, or not the last."""
    symbol = "<" if time else ">"
    return Operation(symbol, (Name(level.index), Literal(level.start + time)))


def _replace(value: Expression, names: Mapping[str, Expression]) -> Expression:
    match value:
        case Name(name):
            return names.get(name, value)
        case Sequence(items, is_list):
            return Sequence(tuple(_replace(i, names) for i in items), is_list)
        case Operation(symbol, operands):
            return Operation(symbol, tuple(_replace(o, names) for o in operands))
        case FormattedString(parts):
            return _join([_replace(part, names) for part in parts])
        case ObjectCall(family, class_name, arguments, location, module):
            given = tuple(Argument(_replace(a.value, names), a.name) for a in arguments)
            return ObjectCall(family, class_name, given, location, module)
    return value


def _is_plain(value: Expression) -> bool:
    """Whether a table may hold a value: numbers, texts, parameters, tuples of such."""
    if isinstance(value, Sequence):
        return all(map(_is_plain, value.items))
    if isinstance(value, Operation):
        return all(map(_is_plain, value.operands))
    return isinstance(value, Literal | Name) or is_text(value)


_Pieces = Mapping[Path, Expression | str]


def _is_same(parts: Iterable[Expression | str]) -> bool:
    found = list(parts)
    return all(part == found[0] for part in found)


def _are_numbers(texts: Iterable[tuple[Expression | str, ...]]) -> bool:
    return all(
        len(pieces) == 1 and isinstance(pieces[0], str) and pieces[0].isdecimal()
        for pieces in texts
    )


def _words(columns: Iterable[_Pieces]) -> list[str]:
    """Returns the word before each piece of a text."""
    words = []
    before = ""
    for column in columns:
        words.append(before)
        first = next(iter(column.values()))
        if isinstance(first, str) and first.isalpha():
            before = first.lower()
    return words


def _label_line(column: _Pieces, levels: Levels) -> tuple[int, int, int] | None:
    """Returns the loop that a number in a label counts, its first value and its step."""
    numbers: dict[Path, Expression] = {}
    for path, part in column.items():
        number = _piece(part) if isinstance(part, str) else None
        if number is None or _number(number) is None:
            return None
        numbers[path] = number
    for depth in range(len(levels)):
        values = _by_time(numbers, depth)
        line = _line(values) if values is not None else None
        if line is not None:
            return depth, *line
    return None


def _numbers_by_time(column: _Pieces, times: int) -> list[int]:
    """Returns the number that a label has each time of the outer loop, if it has one."""
    parts = _by_time({p: _part(part) for p, part in column.items()}, 0) or {}
    pieces = [parts.get(time) for time in range(times)]
    numbers = [
        _number(_piece(piece.value))
        for piece in pieces
        if isinstance(piece, Literal) and isinstance(piece.value, str)
    ]
    found = [number for number in numbers if number is not None]
    return found if len(found) == times else []


def _letter_line(
    column: _Pieces, levels: Levels, may_list: bool
) -> tuple[int, int] | None:
    """Returns the loop that a letter in a label counts, and the code of its first one.

    Few letters may be a list that can be read, where the loop is as long each time.
    """
    codes: dict[Path, Expression] = {}
    for path, part in column.items():
        if not isinstance(part, str) or len(part) != 1 or not part.islower():
            return None
        codes[path] = Literal(ord(part))
    for depth, level in enumerate(levels):
        values = _by_time(codes, depth)
        is_few = level.uniform is not None and level.uniform <= MAX_LISTED
        if values is None or (may_list and is_few and len(levels) == 1):
            continue
        line = _line(values)
        if line is not None and line[1] == 1 and 0 <= line[0] - _FIRST_LETTER <= 1:
            return depth, line[0]
    return None


def _by_time(slots: Slots, depth: int) -> dict[int, Expression] | None:
    """Returns values by the time of one loop, None where other loops matter too."""
    values: dict[int, Expression] = {}
    for path, value in slots.items():
        known = values.setdefault(path[depth], value)
        if known is not value and known != value:
            return None
    return values


def _number(value: Expression) -> int | None:
    if isinstance(value, Literal) and type(value.value) is int:
        return value.value
    return None


def _line(values: Mapping[int, Expression]) -> tuple[int, int] | None:
    """Returns the value at time 0 and the step, None where steps differ."""
    numbers = {time: _number(value) for time, value in values.items()}
    if len(numbers) < 2 or None in numbers.values():
        return None
    (t, a), (u, b) = list(numbers.items())[:2]
    assert a is not None and b is not None
    step, rest = divmod(b - a, u - t)
    first = a - step * t
    if rest or step == 0:
        return None
    is_line = all(n == first + step * time for time, n in numbers.items())
    return (first, step) if is_line else None


_Counted = Callable[[int, int], Expression]
_Rule = Callable[[_Counted], Expression]


def _rule(values: Mapping[int, Expression], hint: str) -> _Rule | None:
    """Returns how to work out values from the counter where a person would."""
    line = _line(values)
    if line is not None and len(values) >= MIN_RULE and hint not in _COUNTED:
        first, step = line
        is_index = step == 1 and first in (0, 1) and not _is_width(hint)
        if is_index or len(values) > MAX_LISTED:
            return lambda counted: counted(first, step)
    if len(values) > MAX_LISTED and _doubles(values):
        return lambda counted: Operation("**", (Literal(2), counted(0, 1)))
    scale = _scale(values)
    if scale is not None:
        factor, number = scale
        return lambda counted: fraction(factor, counted(0, 1), number)
    return None


def _doubles(values: Mapping[int, Expression]) -> bool:
    return all(_number(value) == 2**time for time, value in values.items())


def _scale(values: Mapping[int, Expression]) -> tuple[float, int] | None:
    """Returns c and n where values are c * time / n to the last bit."""
    if len(values) <= MIN_RULE:
        return None
    last = max(values)
    end = values[last]
    if not isinstance(end, Literal) or type(end.value) is not float or last == 0:
        return None
    for number in range(last, LARGEST_NUMBER):
        factor = round(end.value * number / last, 2)
        if factor and all(
            calculated(factor, time, number) == value for time, value in values.items()
        ):
            return factor, number
    return None


def _is_first_odd(values: Mapping[int, Expression], count: int) -> bool:
    """Whether a flag holds at all times but the first."""
    return len(values) == count >= MIN_RULE and all(
        value == Literal(time > 0) for time, value in values.items()
    )


def _complete_firsts(level: Level) -> None:
    """Gives rows that need no number of a first block the one that they would have."""
    blocks = next((c for c in level.columns if c.hint in _COUNTED), None)
    counts = (
        [_number(blocks.values[t]) for t in sorted(blocks.values)] if blocks else []
    )
    if len(counts) != level.uniform or None in counts:
        return
    sums = list(accumulate(filter(None, counts), initial=0))[: len(counts)]
    for column in level.columns:
        known = next(iter(column.values.items()), None)
        base = _number(known[1]) if known else None
        if column.hint != "first" or known is None or base is None:
            continue
        start = base - sums[known[0]]
        complete = {t: Literal(start + number) for t, number in enumerate(sums)}
        if column.values.items() <= complete.items():
            column.values.update(complete)


def _affine(index: Expression, first: int, step: int) -> Expression:
    if step == -1:
        return Operation("-", (Literal(first), index))
    product = index if step == 1 else Operation("*", (index, Literal(step)))
    return _plus(product, first)


def _plus(value: Expression, number: int) -> Expression:
    if number == 0:
        return value
    symbol = "+" if number > 0 else "-"
    return Operation(symbol, (value, Literal(abs(number))))


def _is_width(hint: str) -> bool:
    return any(hint == word or hint.endswith(f"_{word}") for word in _WIDTHS)


def _may_share(column: Column, values: Mapping[int, Expression], hint: str) -> bool:
    are_widths = _is_width(column.hint) and _is_width(hint)
    are_numbers = {column.hint, hint} <= _NUMBERS
    # The last block of a stage is called by how many there are.
    is_last = column.hint in _COUNTED and hint == "number"
    if column.hint != hint and not (are_widths or are_numbers or is_last):
        return False
    both = column.values.keys() & values.keys()
    return bool(both) and all(column.values[time] == values[time] for time in both)


def _product(
    column: Column, values: Mapping[int, Expression], hint: str
) -> tuple[str, int] | None:
    """Returns by what a column is multiplied or divided where widths go together."""
    if not (_is_width(column.hint) and _is_width(hint)):
        return None
    if len(column.values) < MIN_RULE or len(values) < 2:
        return None
    pairs = [
        (_number(column.values.get(t, Literal(None))), _number(v))
        for t, v in values.items()
    ]
    for factor in _FACTORS:
        if all(a is not None and b is not None and a * factor == b for a, b in pairs):
            return "*", factor
        if all(a is not None and b is not None and b * factor == a for a, b in pairs):
            return "//", factor
    return None


def _piece(text: str) -> Literal:
    is_number = text.isascii() and text.isdigit() and text == str(int(text))
    return Literal(int(text)) if is_number else Literal(text)


def _part(part: Expression | str) -> Expression:
    return Literal(part) if isinstance(part, str) else part


def _join(parts: list[Expression]) -> Expression:
    joined: list[Expression] = []
    for part in parts:
        for item in part.parts if isinstance(part, FormattedString) else (part,):
            if _is_string(item) and joined and _is_string(joined[-1]):
                joined[-1] = Literal(f"{joined[-1].value}{item.value}")  # type: ignore[union-attr]
            else:
                joined.append(item)
    if len(joined) == 1 and _is_string(joined[0]):
        return joined[0]
    return FormattedString(tuple(joined))


def _is_string(part: Expression) -> bool:
    return isinstance(part, Literal) and isinstance(part.value, str)


def _common(every: list[tuple[Expression | str, ...]]) -> int:
    """Returns how many pieces all begin with, up to where a word would be cut."""
    length = 0
    for column in zip(*every, strict=False):
        if column.count(column[0]) < len(column):
            break
        length += 1
    return length


def _order(level: Level, column: Column) -> int:
    if len(column.values) < (level.uniform or 0):
        return 4  # what some rows lack is said last
    if column.hint in ("name", "letter", *_NUMBERS):
        return 0
    if _is_width(column.hint):
        return 1
    return 2 if column.hint in _COUNTED else 3


def _index_name(level: Level) -> str:
    is_stage = any(_is_width(column.hint) for column in level.columns)
    if level.has_inner or (is_stage and level.words and not level.is_inner):
        return "stage"
    for word, _ in level.words.most_common():
        if word in _COUNTERS:
            return word
    return "index"


def _free(hint: str, used: Collection[str]) -> str:
    hint = re.sub(r"\W", "_", hint) or "value"
    if hint == "name" and hint in used:
        hint = "suffix"
    name = hint
    number = 2
    while name in used or keyword.iskeyword(name) or not name.isidentifier():
        name = f"{hint}_{number}"
        number += 1
    return name
