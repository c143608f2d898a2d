"""What templates see: ready text, and small objects that hold it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import Enum

from keras_kgen.ir.program import Statement, results
from keras_kgen.records import record

INDENT = "    "
# The scope of the lines of the model itself; others have the name of their block.
MODEL = ""
# What a line is about in its scope: the statement that gives the value with that index, or
# the shared layer of that name. Behind the name of another scope it is something there.
Key = int | str | tuple[str, int]
# All layers of a scope.
ALL = "*"


class Role(Enum):
    """What a line does with the layers that it stands for."""

    INPUT = "input"
    CREATES = "creates"
    BUILDS = "builds"
    CALLS = "calls"
    # Creates a layer and calls it: `x = layers.Dense(10)(x)`.
    APPLIES = "applies"
    # Heads the class or function of a block.
    DEFINES = "defines"
    # Says what a loop runs over, or what several lines read.
    TABLE = "table"
    CONSTANT = "constant"


class Line(str):
    """A statement in the making that knows what it stands for in the program.

    Attributes:
        role: What it does.
        keys: What it is about, in the scope of its function.
        parts: The items of the list or tuple that the line has, if they stand for something.
    """

    __slots__ = ("keys", "parts", "role")

    role: Role
    keys: tuple[Key, ...]
    parts: tuple[Line, ...]

    def __new__(
        cls,
        text: str,
        role: Role,
        keys: Iterable[Key] = (),
        parts: Iterable[Line] = (),
    ) -> Line:
        line = super().__new__(cls, text)
        line.role, line.keys, line.parts = role, tuple(keys), tuple(parts)
        return line

    def with_text(self, text: str) -> Line:
        """Returns another line that stands for the same."""
        return Line(text, self.role, self.keys, self.parts)


def about(statement: Statement) -> tuple[Key, ...]:
    """Returns what a line that is written for a statement is about."""
    return tuple(value.index for value in results(statement)[:1])


def indented(lines: Iterable[str], margin: str = INDENT) -> list[str]:
    """Returns lines further to the right, which stand for what they stood for."""
    return [
        line.with_text(margin + line) if isinstance(line, Line) else margin + line
        for line in lines
    ]


@record
class Function:
    """A function or method.

    Attributes:
        signature: Name and parameters, `residual_block(inputs, filters)`.
        docstring: The docstring with its quotes, or "".
        lines: The statements of the body; inner lines are indented.
        scope: What the lines are written for: a block, or `MODEL`.
        tables: The loops whose values are the defaults of parameters.
        header: What the signature itself stands for.
    """

    signature: str
    docstring: str
    lines: tuple[str, ...]
    scope: str = MODEL
    tables: Mapping[str, Key] = field(default_factory=dict)
    header: Line | None = None


@record
class LayerClass:
    """A registered subclass of a Keras class."""

    package: str
    name: str
    base: str
    docstring: str
    methods: tuple[Function, ...]
    scope: str = MODEL


@record
class Constant:
    """An assignment at the top of the module.

    Attributes:
        table: The loop of the model whose values it holds.
    """

    name: str
    value: str
    table: Key | None = None


@record
class Definitions:
    """What a style contributes to a module: its classes, its functions, in order.

    Attributes:
        source: What a style of another package gives, which is neither.
    """

    classes: tuple[LayerClass, ...]
    functions: tuple[Function, ...]
    source: str = ""


@record
class OwnDefinition:
    """A class or function that Keras 3 does not have, in one of three forms.

    Attributes:
        package: What it is registered under, as a literal.
        layer_class: The class.
        function: The function.
        lines: The source, where kgen has it.
    """

    package: str
    layer_class: LayerClass | None = None
    function: Function | None = None
    lines: tuple[str, ...] = ()
