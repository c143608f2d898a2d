"""What templates see: ready text, and small objects that hold it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method.

    Attributes:
        signature: Name and parameters, `residual_block(inputs, filters)`.
        docstring: The docstring with its quotes, or "".
        lines: The statements of the body; inner lines are indented.
    """

    signature: str
    docstring: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LayerClass:
    """A registered subclass of a Keras class."""

    package: str
    name: str
    base: str
    docstring: str
    methods: tuple[Function, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """An assignment at the top of the module."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Definitions:
    """What a style contributes to a module: its classes, its functions, in order."""

    classes: tuple[LayerClass, ...]
    functions: tuple[Function, ...]


@dataclass(frozen=True, slots=True)
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
