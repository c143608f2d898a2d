"""Calls as source: which arguments stand by position, which by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import takewhile

from keras_kgen.catalogue import former, registry
from keras_kgen.ir.definitions import Former
from keras_kgen.ir.expressions import Argument, Name
from keras_kgen.ir.program import (
    Block,
    Call,
    Callee,
    Nested,
    Program,
    Shared,
    Structure,
    Unpacked,
    Value,
)
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import (
    MAX_POSITIONAL,
    arguments,
    expression,
    literal,
    positional,
)


def layer_constructor(
    class_name: str, given: tuple[Argument, ...], imports: Imports
) -> str:
    """Returns `layers.Conv2D(32, 3, padding="same")` for normalized arguments."""
    entry = registry.lookup("layers", class_name)
    assert entry is not None, class_name
    imports.add("keras", "layers")
    path = entry.path.removeprefix("keras.")
    return f"{path}({arguments(positional(entry, given), imports)})"


def block_arguments(block: Block, given: tuple[Argument, ...]) -> tuple[Argument, ...]:
    """Returns the arguments of a block call.

    Those without a default stand by position where there are two at most, or where they are
    variables of the same names; names always stand by name.
    """
    required = [p.name for p in block.parameters if p.default is None]
    if sum(not _is_name(name) for name in required) > MAX_POSITIONAL:
        values = {argument.name: argument.value for argument in given}
        required = list(
            takewhile(lambda name: values.get(name) == Name(name), required)
        )
    required = list(takewhile(lambda name: not _is_name(name), required))
    ordered = []
    for index, parameter in enumerate(block.parameters):
        for argument in given:
            if argument.name == parameter.name:
                by_position = index < len(required) and required[index] == argument.name
                ordered.append(
                    replace(argument, name=None) if by_position else argument
                )
    return tuple(ordered)


def _is_name(parameter: str) -> bool:
    """Whether a parameter says what a layer is called."""
    return parameter == "name" or parameter.endswith("_name")


def own_arguments(block: Block, call: Call | Shared) -> tuple[Argument, ...]:
    """Returns the arguments that are not the block's but those of any layer: `trainable`."""
    known = {parameter.name for parameter in block.parameters}
    return tuple(a for a in call.arguments if a.name not in known)


class Constructors:
    """Writes what creates the layer of a call.

    Args:
        program: The program.
        class_names: The class of each block, by the block's name.
        imports: Where imports are recorded.
    """

    def __init__(
        self, program: Program, class_names: Mapping[str, str], imports: Imports
    ) -> None:
        self.program = program
        self.class_names = class_names
        self.imports = imports

    def write(self, call: Call | Shared) -> str:
        """Returns the source of the constructor."""
        if call.kind is Callee.LAYER:
            return layer_constructor(call.callee, call.arguments, self.imports)
        if call.kind is Callee.IMPORTED:
            self.imports.add(self.program.imports.get(call.callee, ""), call.callee)
            given = self.own_arguments(call)
            return f"{call.callee}({arguments(given, self.imports)})"
        if call.kind is Callee.SHARED:
            return self.write(self.program.shared_layer(call.callee))
        block = self.program.block(call.callee)
        # `trainable=False` would not reach the layers inside: it is set afterwards.
        own = (a for a in own_arguments(block, call) if a.name == "name")
        given = (*block_arguments(block, call.arguments), *own)
        return f"{self.class_names[call.callee]}({arguments(given, self.imports)})"

    def own_arguments(self, call: Call | Shared) -> tuple[Argument, ...]:
        """Returns the arguments of a class that is not Keras', the required ones first."""
        definition = self.program.definition(call.callee)
        source = (
            former.find(definition.former) if isinstance(definition, Former) else None
        )
        required = source.required[:MAX_POSITIONAL] if source else ()
        if [a.name for a in call.arguments[: len(required)]] != list(required):
            return call.arguments
        return tuple(
            replace(argument, name=None) if index < len(required) else argument
            for index, argument in enumerate(call.arguments)
        )


def structured(structure: Structure, leaf: Callable[[int], str]) -> str:
    """Returns inputs or outputs in their nesting as source."""
    if isinstance(structure, int):
        return leaf(structure)
    if isinstance(structure, tuple):
        return f"[{', '.join(structured(item, leaf) for item in structure)}]"
    pairs = (
        f"{literal(key)}: {structured(item, leaf)}" for key, item in structure.items()
    )
    return "{" + ", ".join(pairs) + "}"


def paths(structure: Structure, name: str) -> dict[int, str]:
    """Returns how each input is got out of its nesting: `inputs["image"]`."""
    if isinstance(structure, int):
        return {structure: name}
    items: Iterable[tuple[object, Structure]] = (
        enumerate(structure) if isinstance(structure, tuple) else structure.items()
    )
    found: dict[int, str] = {}
    for key, item in items:
        found.update(paths(item, f"{name}[{literal(key)}]"))
    return found


def tensors(call: Call, name_of: Callable[[Value], str], imports: Imports) -> list[str]:
    """Returns what a layer is called with, an item for each argument."""
    parts = [nested(item, name_of, imports) for item in call.inputs]
    parts += [f"{key}={nested(item, name_of, imports)}" for key, item in call.keywords]
    return parts


def nested(item: Nested, name_of: Callable[[Value], str], imports: Imports) -> str:
    """Returns tensors and constants in their nesting as source."""
    if isinstance(item, Unpacked):
        return f"*{name_of(item.list)}"
    if isinstance(item, Value):
        return name_of(item)
    if isinstance(item, tuple):
        return "[" + ", ".join(nested(i, name_of, imports) for i in item) + "]"
    if isinstance(item, Mapping):
        pairs = (
            f"{literal(key)}: {nested(i, name_of, imports)}" for key, i in item.items()
        )
        return "{" + ", ".join(pairs) + "}"
    return expression(item, imports)
