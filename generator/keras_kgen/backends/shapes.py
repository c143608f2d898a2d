"""The lines of `build()` and `compute_output_shape()`: shapes, followed through a scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from keras_kgen.backends.view import INDENT, Line, Role, about
from keras_kgen.catalogue.rules import preserves_shape
from keras_kgen.catalogue.rules.ops import op_preserves_shape
from keras_kgen.ir.program import (
    Call,
    Callee,
    Loop,
    Nested,
    Statement,
    Value,
    call_of,
    reads,
    results,
)
from keras_kgen.pysource.literals import literal
from keras_kgen.records import record

MIN_LOOP = 3
_SHAPE_ARGUMENTS = ("query", "value", "key")


@record
class ShapeScope:
    """What the shape lines of one class rest on.

    Attributes:
        statements: The lines of `call`.
        attributes: The attribute of each line's layer, by index.
        inputs: The name of the shape of each input.
        builds: Whether the layer of a line is built here.
        is_uniform: Whether all inputs and the result of a line have one shape, always.
        value_name: The Python name of a value in `call`.
    """

    statements: Sequence[Statement]
    attributes: Mapping[int, str]
    inputs: Mapping[Value, str]
    builds: Callable[[int], bool]
    is_uniform: Callable[[int], bool]
    value_name: Callable[[Value], str]


class NeedsOpError(LookupError):
    """A shape depends on what an op gives, which only Keras knows."""


def is_chain(statements: Sequence[Statement], inputs: Sequence[Value]) -> bool:
    """Whether each line is a layer that reads just what the line above gives."""
    if len(inputs) != 1:
        return False
    above = inputs[0]
    for statement in statements:
        if isinstance(statement, Call) and statement.kind is Callee.OP:
            return False
        if tuple(reads(statement)) != (above,) or len(results(statement)) != 1:
            return False
        if isinstance(statement, Call) and statement.inputs != (above,):
            return False
        above = results(statement)[0]
    return True


class ShapeWriter:
    """Writes shape lines; each shape is worked out only where something needs it."""

    def __init__(self, scope: ShapeScope) -> None:
        self.scope = scope
        self.lines: list[str] = []
        self.texts: dict[Value, str] = dict(scope.inputs)
        self.producers = {
            value: index
            for index, statement in enumerate(scope.statements)
            for value in results(statement)
        }
        self.uses: Counter[Value] = Counter()
        self.sources: dict[Value, Value] = {}
        self.distances: dict[Value, tuple[int, int]] = {}
        self.holders: dict[str, Value] = {name: v for v, name in scope.inputs.items()}
        # Shapes that the line in the making reads; their names must not change before it.
        self.pending: list[Value] = []

    # -- build()

    def build_lines(self) -> list[str]:
        """Returns the lines that build each sub-layer for the shape that reaches it.

        Raises:
            NeedsOpError: a shape depends on what an op gives.
        """
        indices = [i for i in range(len(self.scope.statements)) if self.scope.builds(i)]
        built: set[str] = set()
        for index in indices:
            for value in reads(self.scope.statements[index]):
                self.count_use(value)
        for index, statement in enumerate(self.scope.statements):
            attribute = self.scope.attributes.get(index, "")
            if index in indices and attribute not in built:
                built.add(attribute)
                self.build(statement, attribute)
            elif isinstance(statement, Loop) and self.is_needed(statement.result):
                self.follow_loop(statement, attribute)
            self.release(0)
        return self.lines

    def build(self, statement: Statement, attribute: str) -> None:
        if isinstance(statement, Loop):
            self.follow_loop(statement, attribute, builds=True)
            return
        arguments = ", ".join(self.shape_arguments(call_of(statement)))
        text = f"self.{attribute}.build({arguments})"
        self.lines.append(Line(text, Role.BUILDS, about(statement)))

    def follow_loop(self, loop: Loop, attribute: str, builds: bool = False) -> None:
        shape = self.shape(loop.initial)
        self.release(0)
        name = self.variable(loop.result, attribute)
        if shape != name:
            self.lines.append(f"{name} = {shape}")
        keys = about(loop) if builds else ()
        self.lines.append(Line(f"for layer in self.{attribute}:", Role.BUILDS, keys))
        if builds:
            self.lines.append(Line(f"{INDENT}layer.build({name})", Role.BUILDS, keys))
        self.lines.append(f"{INDENT}{name} = layer.compute_output_shape({name})")

    def count_use(self, value: Value) -> None:
        """Counts how often each shape will be read, through lines that keep the shape."""
        source = self.source(value)
        self.uses[source] += 1
        if self.uses[source] > 1 or source in self.scope.inputs:
            return
        statement = self.scope.statements[self.producers[source]]
        for read in reads(statement):
            self.count_use(read)

    def is_needed(self, value: Value) -> bool:
        return self.uses[value] > 0

    # -- compute_output_shape()

    def output_lines(self, outputs: Sequence[Value]) -> list[str]:
        """Returns the lines that give the shape of what the scope gives.

        Raises:
            NeedsOpError: a shape depends on what an op gives.
        """
        for value in outputs:
            self.count_use(value)
        for index, statement in enumerate(self.scope.statements):
            if isinstance(statement, Loop) and self.is_needed(statement.result):
                self.follow_loop(statement, self.scope.attributes[index])
        shapes = [self.shape(value) for value in outputs]
        self.lines.append(f"return {', '.join(shapes)}")
        return _without_last_name(self.lines)

    # -- shapes

    def source(self, value: Value) -> Value:
        """Returns the value, further up, whose shape a value has anyway."""
        if value not in self.sources:
            self.sources[value] = self.find_source(value)
        return self.sources[value]

    def find_source(self, value: Value) -> Value:
        while value not in self.scope.inputs:
            index = self.producers[value]
            statement = self.scope.statements[index]
            if isinstance(statement, Loop):
                break
            call = call_of(statement)
            given = [v for item in call.inputs for v in _flat(item)]
            if given and _preserves_shape(call):
                value = given[0]
            elif self.scope.is_uniform(index) and given:
                value = self.source(min(given, key=self.distance))
            else:
                break
        return value

    def distance(self, value: Value) -> tuple[int, int]:
        """Returns how many lines lie between an input and a value, and its index."""
        if value not in self.distances:
            self.distances[value] = self.find_distance(value)
        return self.distances[value]

    def find_distance(self, value: Value) -> tuple[int, int]:
        if value in self.scope.inputs:
            return (0, 0)
        index = self.producers[value]
        source = self.source(value)
        if source != value:
            return self.distance(source)
        above = max(
            (self.distance(v)[0] for v in reads(self.scope.statements[index])),
            default=0,
        )
        return (above + 1, index)

    def shape(self, value: Value) -> str:
        """Returns source for the shape of a value, adding lines where it takes some."""
        value = self.source(value)
        if value in self.texts:
            self.pending.append(value)
            return self.texts[value]
        index = self.producers[value]
        statement = self.scope.statements[index]
        assert isinstance(statement, Call)
        if statement.kind is Callee.OP:
            raise NeedsOpError(statement.callee)
        attribute = self.scope.attributes[index]
        outer = len(self.pending)
        arguments = ", ".join(self.shape_arguments(statement))
        text = f"self.{attribute}.compute_output_shape({arguments})"
        if len(statement.results) > 1:
            text = f"{text}[{statement.results.index(value)}]"
        if self.uses[value] <= 1 and "compute_output_shape" not in arguments:
            return text
        self.release(outer)
        name = self.variable(value, attribute)
        self.lines.append(f"{name} = {text}")
        self.pending.append(value)
        return name

    def release(self, start: int) -> None:
        """Counts the shapes that a finished line has read as read."""
        self.uses.subtract(self.pending[start:])
        del self.pending[start:]

    def variable(self, value: Value, attribute: str) -> str:
        """Gives a shape a name that no shape has which is still needed."""
        name = self.scope.value_name(value)
        wanted = "shape" if name in ("x", "outputs") else f"{name}_shape"
        for candidate in (wanted, f"{attribute}_shape", f"{attribute}_output_shape"):
            holder = self.holders.get(candidate)
            if holder is None or self.uses[holder] <= 0:
                break
        self.holders[candidate] = value
        self.texts[value] = candidate
        return candidate

    def shape_arguments(self, call: Call) -> list[str]:
        parts = [self.nested(item) for item in call.inputs]
        for key, item in call.keywords:
            if key in _SHAPE_ARGUMENTS:
                parts.append(f"{key}_shape={self.nested(item)}")
        return parts

    def nested(self, item: Nested) -> str:
        if isinstance(item, Value):
            return self.shape(item)
        if isinstance(item, tuple):
            return "[" + ", ".join(map(self.nested, item)) + "]"
        if isinstance(item, Mapping):
            pairs = (f"{literal(key)}: {self.nested(i)}" for key, i in item.items())
            return "{" + ", ".join(pairs) + "}"
        return "None"


def _preserves_shape(call: Call) -> bool:
    if call.kind is Callee.OP:
        return op_preserves_shape(call.callee)
    return call.kind is Callee.LAYER and preserves_shape(call.callee)


def _flat(item: Nested) -> Iterator[Value]:
    if isinstance(item, Value):
        yield item
    elif isinstance(item, tuple | Mapping):
        for inner in item.values() if isinstance(item, Mapping) else item:
            yield from _flat(inner)


def _without_last_name(lines: list[str]) -> list[str]:
    """Returns `return f(x)` in place of `y = f(x)` and `return y` at the end."""
    *rest, last = lines
    name = last.removeprefix("return ")
    if rest and rest[-1].startswith(f"{name} = "):
        return [*rest[:-1], f"return {rest[-1].removeprefix(f'{name} = ')}"]
    return lines
