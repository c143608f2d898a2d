"""Statements as symbols: what two lines must have in common to be one line of a block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keras_kgen.ir.expressions import Expression, FormattedString, Literal, Name
from keras_kgen.ir.program import Body, Call, Callee, Nested, Statement, Value, reads

# A piece of a layer's name: a word, a number, a separator, or a parameter.
Token = str | Expression


@dataclass(frozen=True, slots=True)
class Item:
    """A statement of a sequence.

    Attributes:
        statement: The statement.
        symbol: A number that lines of the same form have in common.
        reads: The values that it reads, in order.
        label: The name of the layer in pieces; empty where Keras makes one up.
    """

    statement: Statement
    symbol: int
    reads: tuple[Value, ...]
    label: tuple[Token, ...] = ()

    @property
    def call(self) -> Call:
        """The call, where the statement is one."""
        assert isinstance(self.statement, Call)
        return self.statement

    @property
    def is_call(self) -> bool:
        """Whether a block may take the statement in."""
        statement = self.statement
        return isinstance(statement, Call) and statement.kind is not Callee.SHARED


@dataclass(slots=True)
class Scope:
    """The lines of the model or of one block while blocks are being found.

    Attributes:
        owner: The name of the block, None for the model.
        items: The lines.
        outputs: What the scope gives.
    """

    owner: str | None
    items: list[Item]
    outputs: tuple[Value, ...]
    _readers: dict[Value, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._index()

    def replace(self, start: int, stop: int, item: Item) -> None:
        """Puts one line in the place of several; the readers are stale until `refresh`."""
        self.items[start:stop] = [item]

    def refresh(self) -> None:
        """Finds out again which line reads which value."""
        self._index()

    def readers(self, value: Value) -> list[int]:
        """Returns the lines that read a value."""
        return self._readers.get(value, [])

    def _index(self) -> None:
        self._readers = {}
        for line, item in enumerate(self.items):
            for value in item.reads:
                self._readers.setdefault(value, []).append(line)


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
        label: tuple[Token, ...] = ()
        if isinstance(statement, Call):
            name = next((a.value for a in statement.arguments if a.name == "name"), None)
            label = () if name is None else tokens(name)
        return Item(statement, self._symbol(statement, bool(label)), reads(statement), label)

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
        return tuple(_split(str(name.value)))
    return (name,)


def _split(text: str) -> list[str]:
    """Returns runs of digits, runs of letters, and single other characters."""
    parts: list[str] = []
    for character in text:
        kind = _kind(character)
        if parts and kind and kind == _kind(parts[-1][-1]):
            parts[-1] += character
        else:
            parts.append(character)
    return parts


def _kind(character: str) -> int:
    return 1 if character.isdigit() else 2 if character.isalpha() else 0


def join(parts: tuple[Token, ...]) -> Expression:
    """Returns the name that pieces make up."""
    joined: list[Expression] = []
    for part in parts:
        if not isinstance(part, str):
            joined.append(part)
        elif joined and isinstance(joined[-1], Literal):
            joined[-1] = Literal(f"{joined[-1].value}{part}")
        else:
            joined.append(Literal(part))
    if len(joined) == 1 and isinstance(joined[0], Literal | Name):
        return joined[0]
    return FormattedString(tuple(joined))
