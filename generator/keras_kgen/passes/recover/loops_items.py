"""What loops are found in: lines taken apart, and repeats of lines."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from itertools import count

from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    FormattedString,
    Literal,
    ObjectCall,
    Sequence,
    replace_names,
)
from keras_kgen.ir.program import (
    Block,
    Call,
    Callee,
    Nested,
    Statement,
    Value,
    constants,
    map_constants,
    map_values,
    reads,
    results,
)
from keras_kgen.passes.recover.loops_rates import Scale, places
from keras_kgen.records import record

_TOKENS = re.compile(r"\d+|[A-Za-z]+|[^A-Za-z\d]+")
_NUMBERED = re.compile(r"_?\d+$")


@record
class Source:
    """Where a line in a repeated window reads a value.

    Attributes:
        kind: "inner" for a line of the window, "carry" for what the time before left,
            "same" for a value from before the loop, "item" for the next of a list.
        place: The line in the window, or which of the carried, same or listed values.
        result: Which of the results of that line.
    """

    kind: str
    place: int
    result: int = 0


@record
class Leaf:
    """One statement.

    Attributes:
        original: The statement as it was.
        statement: The statement with all arguments that a block takes.
        shape: What it has apart from constants and values.
    """

    original: Statement
    statement: Statement
    shape: Hashable
    constants: tuple[Expression, ...]
    reads: tuple[Value, ...]
    results: tuple[Value, ...]


@record
class Gap:
    """A line that a window does not have: what it would read goes on as it is."""

    reads: tuple[Value, ...]
    results: tuple[Value, ...]


@record
class Rep:
    """The same window over and over.

    Attributes:
        windows: The lines of each time; none where the window is repeated zero times.
        sources: Where each line of a window reads each of its values.
        carries: What each time leaves to the next: the line, its result, and how many
            times ago it was given.
        collected: The line and result that each list holds.
        reversed: Of each list that is read, whether it is read from its end.
        reads: What it reads: first times of the carried, values from before, lists.
        results: The last of the carried values, and the lists.
        like: What it would repeat where it repeats nothing.
    """

    windows: tuple[tuple[Item, ...], ...]
    sources: tuple[tuple[Source, ...], ...]
    carries: tuple[tuple[int, int, int], ...]
    collected: tuple[tuple[int, int], ...]
    reversed: tuple[bool, ...]
    reads: tuple[Value, ...]
    results: tuple[Value, ...]
    like: Item | None = None

    @property
    def is_run(self) -> bool:
        """Whether it repeats one line that reads no lists and collects none."""
        line = self.windows[0][0] if self.windows else self.like
        is_plain = not self.collected and not self.reversed
        is_line = isinstance(line, Leaf) and len(self.sources) == 1
        return is_plain and is_line and self.carries_once

    @property
    def carries_once(self) -> bool:
        """Whether each time reads only what the time before gave."""
        return all(ago == 1 for _, _, ago in self.carries)

    @property
    def pattern(self) -> Hashable:
        """What two repeats of the same lines have in common."""
        return (self.sources, self.carries, self.collected, self.reversed)


Item = Leaf | Gap | Rep


class Fresh:
    """Gives values that nothing in a scope has."""

    def __init__(self, used: int) -> None:
        self._next = count(used + 1)

    def value(self, like: Value) -> Value:
        """Returns a new value with the author's name of another, less its number."""
        name = like.name and (_NUMBERED.sub("", like.name) or None)
        return Value(next(self._next), name)


def leaf_of(statement: Statement, blocks: Mapping[str, Block]) -> Leaf:
    """Returns a statement taken apart; only calls can be like each other."""
    if not isinstance(statement, Call):
        given = results(statement)
        return Leaf(statement, statement, object(), (), reads(statement), given)
    arguments = _complete(statement, blocks)
    is_complete = arguments is statement.arguments
    call = statement if is_complete else replace(statement, arguments=arguments)
    values = (*(a.value for a in call.arguments), *constants(call))
    shape = (
        call.kind,
        call.callee,
        tuple(argument.name for argument in call.arguments),
        tuple(map(_frame, call.inputs)),
        tuple((key, _frame(item)) for key, item in call.keywords),
        # Who gave different names to lines sees different things in them.
        tuple(_NUMBERED.sub("", value.name or "") for value in call.results),
        _NUMBERED.sub("", call.label or ""),
    )
    return Leaf(statement, call, shape, values, reads(call), call.results)


def _complete(call: Call, blocks: Mapping[str, Block]) -> tuple[Argument, ...]:
    """Returns the arguments of a block in order, with those left at their defaults."""
    block = blocks.get(call.callee) if call.kind is Callee.BLOCK else None
    if block is None:
        return call.arguments
    given: dict[str, Expression] = {}
    for parameter, argument in zip(block.parameters, call.arguments, strict=False):
        if argument.name is None:
            given[parameter.name] = argument.value
    given.update({a.name: a.value for a in call.arguments if a.name is not None})
    known = {parameter.name for parameter in block.parameters}
    complete: dict[str, Expression] = {}
    for parameter in block.parameters:
        if parameter.name in given:
            complete[parameter.name] = given[parameter.name]
        elif parameter.default is not None:
            known_values = {**given, **complete}
            complete[parameter.name] = replace_names(parameter.default, known_values)
    rest = [a for a in call.arguments if a.name is not None and a.name not in known]
    return (*(Argument(value, name) for name, value in complete.items()), *rest)


def trim(call: Call, blocks: Mapping[str, Block]) -> Call:
    """Returns a call of a block without the arguments that are at their defaults."""
    block = blocks.get(call.callee) if call.kind is Callee.BLOCK else None
    if block is None:
        return call
    kept: list[Argument] = []
    values: dict[str, Expression] = {a.name: a.value for a in call.arguments if a.name}
    defaults = {p.name: p.default for p in block.parameters}
    for argument in call.arguments:
        default = defaults.get(argument.name or "")
        if default is None or replace_names(default, values) != argument.value:
            kept.append(argument)
    return replace(call, arguments=tuple(kept))


def _frame(nested: Nested) -> Hashable:
    if isinstance(nested, Value):
        return "value"
    if isinstance(nested, tuple):
        return tuple(map(_frame, nested))
    if isinstance(nested, Mapping):
        return ("dict", *((key, _frame(item)) for key, item in nested.items()))
    return "constant"


def fill(
    call: Call,
    given: Iterator[Expression],
    values: Iterator[Value],
    gives: tuple[Value, ...],
) -> Call:
    """Returns a call with other constants, values and results."""
    arguments = tuple(Argument(next(given), a.name, a.location) for a in call.arguments)

    def refill(nested: Nested) -> Nested:
        named = map_constants(nested, lambda _: next(given))
        return map_values(named, lambda _: next(values))

    return replace(
        call,
        arguments=arguments,
        inputs=tuple(map(refill, call.inputs)),
        keywords=tuple((key, refill(item)) for key, item in call.keywords),
        results=gives,
    )


def slot_names(call: Call) -> tuple[str, ...]:
    """Returns what each constant of a call feeds, "" where nothing says so."""
    named = tuple(argument.name or "" for argument in call.arguments)
    return named + ("",) * (len(constants(call)))


def tokens(label: Expression) -> tuple[Expression | str, ...]:
    """Returns a text in pieces: numbers, words, what is between, and what is put in."""
    parts = label.parts if isinstance(label, FormattedString) else (label,)
    found: list[Expression | str] = []
    for part in parts:
        if isinstance(part, Literal) and isinstance(part.value, str):
            found.extend(_TOKENS.findall(part.value))
        else:
            found.append(part)
    return tuple(found)


def is_text(expression: Expression) -> bool:
    """Whether it is a text or a formatted text."""
    if isinstance(expression, Literal):
        return isinstance(expression.value, str)
    return isinstance(expression, FormattedString)


class Symbols:
    """Gives the same number to items that are alike, as closely as a level asks.

    Level 0 wants the same constants but for numbers in labels and rates that
    grow from block to block, level 1 the same flags and words, level 2 only the same kind of line.
    Between them, level 1.5 wants the same words, and a rate in all or in none: the first
    block of a stage drops nothing. Level 1.25 is level 1 but for strides: the first block of
    a stage makes its input smaller.
    """

    def __init__(self, level: float, scale: Scale | None = None) -> None:
        self.level = level
        self._scale = scale
        self._numbers: dict[Hashable, int] = {}
        # The same items are asked for again and again; they must live as long as their id.
        self._known: dict[int, tuple[Item, int]] = {}

    def number(self, item: Item) -> int:
        """Returns the number of an item; a run of a line is like the line."""
        known = self._known.get(id(item))
        if known is None:
            number = self._numbers.setdefault(self._key(item), len(self._numbers))
            known = self._known[id(item)] = item, number
        return known[1]

    def _key(self, item: Item) -> Hashable:
        if isinstance(item, Leaf):
            names = _names(item)
            marks = map(self._mark, names, item.constants)
            return (item.shape, tuple(marks))
        if isinstance(item, Gap):
            return item
        if item.is_run and item.windows:
            return self._key(item.windows[0][0])
        if item.like is not None:
            return self._key(item.like)
        inner = tuple(self._key(i) for i in item.windows[0])
        return (inner, item.pattern)

    def _mark(self, name: str, constant: Expression) -> Hashable:
        if name == "name" and is_text(constant):
            return _label_shape(constant) if self.level == 0 else "text"
        if self.level == 0:
            return "rate" if self._is_counted(name, constant) else constant
        if self.level == 1.5:
            return _rate_or_word(name, constant)
        if self.level == 1.25:
            return constant if name == "strides" else _character(constant, 1)
        return _character(constant, self.level)

    def _is_counted(self, name: str, constant: Expression) -> bool:
        """Whether a rate is one of those that grow from block to block."""
        is_rate = self._scale is not None and name.endswith("rate")
        return is_rate and places(self._scale, (constant,)) is not None  # type: ignore[arg-type]


def _names(leaf: Leaf) -> tuple[str, ...]:
    return slot_names(leaf.statement) if isinstance(leaf.statement, Call) else ()


def _label_shape(label: Expression) -> Hashable:
    return tuple(
        (
            "#"
            if isinstance(part, str) and (part.isdecimal() or _is_letter(part))
            else part
        )
        for part in tokens(label)
    )


def _is_letter(part: str) -> bool:
    """Whether it may count: blocks are called a, b, c and so on."""
    return len(part) == 1 and part.islower()


def _rate_or_word(name: str, constant: Expression) -> Hashable:
    if isinstance(constant, Literal) and isinstance(constant.value, str):
        return constant
    if name.endswith("rate"):
        return "none" if constant == Literal(None) else "rate"
    return _character(constant, 2)


def _character(constant: Expression, level: float) -> Hashable:
    """Returns what is not a matter of size: flags and words at level 1."""
    if isinstance(constant, ObjectCall):
        given = tuple((a.name, _character(a.value, level)) for a in constant.arguments)
        return (constant.family, constant.class_name, constant.module, given)
    if isinstance(constant, Literal) and level == 1:
        is_number = isinstance(constant.value, int | float)
        is_size = is_number and not isinstance(constant.value, bool)
        return "size" if is_size else constant
    if isinstance(constant, Literal | Sequence) or is_text(constant):
        return "plain"
    return "plain" if level == 2 else type(constant).__name__
