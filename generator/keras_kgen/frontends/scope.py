"""Lines of layers, inside a block or the model, as statements over values."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from keras_kgen.catalogue import registry
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.frontends import operators
from keras_kgen.frontends.arguments import ArgumentReader, find_object, read_document
from keras_kgen.frontends.choices import CALLS, Choices
from keras_kgen.frontends.documents import Document, Items, Scalar, Table
from keras_kgen.frontends.repeats import read_repeat
from keras_kgen.frontends.syntax import Source, dotted_name, parse_statement, shortened
from keras_kgen.ir.expressions import Argument, Expression
from keras_kgen.ir.program import (
    Body,
    Call,
    Callee,
    Nested,
    Statement,
    Value,
    reads,
    results,
    values_in,
)

# What people call layers that suggestions by spelling do not find.
_SHORTHANDS = {
    "BN": "BatchNormalization",
    "Conv": "Conv2D",
    "LN": "LayerNormalization",
    "MHA": "MultiHeadAttention",
}
_NO_TENSOR = "call it with the name of a line or of an input"
_POSITIONS = "the positions of tokens are ops.cumsum(ops.ones_like(tokens), axis=1) - 1"
_LINE_KEYS = ("layer", "name", "inputs", "arguments")


@dataclass(frozen=True, slots=True)
class Names:
    """What a line may call besides Keras' layers and ops.

    Attributes:
        blocks: The names of the inputs of each block.
        shared: The shared layers.
        imports: The modules of the user's own classes, by the name of the class.
        parameters: The names of the parameters of each block.
        choices: Where choices go, None where none may stand.
    """

    blocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shared: Collection[str] = ()
    imports: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    choices: Choices | None = None

    def resolve(self, name: str) -> tuple[Callee, str] | None:
        """Returns what a name stands for, None where it stands for nothing."""
        if name in self.imports:
            return Callee.IMPORTED, name
        if name in self.shared:
            return Callee.SHARED, name
        if name in self.blocks:
            return Callee.BLOCK, name
        entry = registry.lookup("layers", name)
        if entry is None or entry.is_abstract or not entry.is_layer:
            return None
        return Callee.LAYER, entry.name

    def positional(self, kind: Callee, name: str) -> tuple[str, ...]:
        """Returns the names of the arguments that may stand by position."""
        if kind is Callee.BLOCK:
            return self.parameters.get(name, ())
        entry = registry.lookup("layers", name) if kind is Callee.LAYER else None
        return tuple(p.name for p in entry.positional_parameters) if entry else ()

    def called(self, name: str) -> tuple[str, tuple[str, ...]]:
        """Returns what is called, and the names of its arguments by position."""
        resolved = self.resolve(name)
        return (resolved[1], self.positional(*resolved)) if resolved else (name, ())

    def unknown(self, name: str) -> str:
        """Returns the message for a name that stands for nothing."""
        entry = registry.lookup("layers", name)
        if entry is not None and entry.is_abstract:
            return f"{name} is a base class of Keras and not a layer to use"
        if name in ("Input", "InputLayer"):
            return "inputs are given by the key 'inputs', not by a line"
        known = [*self.blocks, *self.shared, *self.imports, *registry.names("layers")]
        meant = _SHORTHANDS.get(name)
        function = name.rpartition(".")[2]
        if not meant and function in registry.names("ops"):
            meant = f"ops.{function}"
        tail = f"; did you mean {meant!r}?" if meant else registry.hint(name, known)
        return f"unknown layer {name!r}{tail}"


class Scope:
    """Reads the lines of one scope in order.

    Args:
        names: Blocks and shared layers.
        inputs: The values that are there at the start, by name.
        parameters: The parameters of the block around, which arguments may read.
        diagnostics: Where problems go.
    """

    def __init__(
        self,
        names: Names,
        inputs: Sequence[str],
        parameters: Collection[str],
        diagnostics: Diagnostics,
    ) -> None:
        self.names = names
        self.parameters = parameters
        self.diagnostics = diagnostics
        self.count = 0
        self.values: dict[str, Value] = {}
        self.inputs = tuple(self.new_value(name or None) for name in inputs)
        for name, value in zip(inputs, self.inputs, strict=True):
            self.values[name or "input"] = value
        # What the next line takes where it does not say.
        self.above: tuple[Value, ...] = self.inputs
        self.statements: list[Statement] = []
        self.returned: tuple[Value, ...] | None = None

    def new_value(self, name: str | None = None) -> Value:
        self.count += 1
        return Value(self.count - 1, name)

    def read_lines(self, document: Document) -> Body:
        """Reads a list of lines.

        Returns:
            The statements; the outputs are what the last line gives, or `return`s.
        """
        if not isinstance(document, Items) or not document.items:
            self.diagnostics.error("expected a list of layers", document.location)
            return Body((), ())
        for line in document.items:
            if self.returned is not None:
                self.diagnostics.error("nothing may follow the return", line.location)
                break
            self.read_line(line)
        return Body(tuple(self.statements), self.returned or self.above)

    def read_line(self, line: Document) -> None:
        before = self.count
        call: Statement | None
        if isinstance(line, Table) and self.is_repeat(line):
            call = read_repeat(self, line)
        elif isinstance(line, Table):
            call = self.read_table(line)
        elif isinstance(line, Scalar) and isinstance(line.value, str):
            call = self.read_text(Source(line.value, line))
        else:
            self.diagnostics.error(
                "expected a layer such as Dense(10) or a mapping such as Dense: {units: 10}",
                line.location,
            )
            call = None
        if call is not None:
            self.statements.append(call)
            self.above = results(call)
        elif self.returned is None and self.count == before:
            # The line is wrong and reported; what follows must not be reported for it.
            self.above = (self.new_value(),)

    def is_repeat(self, line: Table) -> bool:
        """Whether a line repeats others; a block may be called `repeat`, too."""
        return line.get("repeat") is not None and not self.names.resolve("repeat")

    # -- the call syntax

    def read_text(self, source: Source) -> Call | None:
        statement = parse_statement(source, self.diagnostics)
        match statement:
            case None:
                return None
            case ast.Return(value=node) if node is not None:
                self.read_return(source, node)
                return None
            case ast.Assign(targets=[target], value=value):
                return self.read_call(source, value, self.read_targets(source, target))
            case ast.Expr(value=value):
                return self.read_call(source, value, None)
        self.diagnostics.error(
            f"{shortened(source.text)!r} is not a layer call: expected [name =] Layer(arguments)[(inputs)]",
            source.scalar.location,
        )
        return None

    def read_return(self, source: Source, node: ast.expr) -> None:
        nodes = node.elts if isinstance(node, ast.Tuple) else [node]
        read = [self.read_input(source, item) for item in nodes]
        self.returned = tuple(value for nested in read for value in values_in(nested))

    def read_targets(self, source: Source, target: ast.expr) -> list[str]:
        nodes = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        names = []
        for node in nodes:
            if isinstance(node, ast.Name):
                self.check_free(node.id, source.locate(node))
                names.append(node.id)
            else:
                self.diagnostics.error(
                    f"{shortened(node)!r} is not a name", source.locate(node)
                )
        return names

    def check_free(self, name: str, place: Location) -> None:
        found = self.names.choices.found if self.names.choices else {}
        chosen = {parameter for parameter in self.parameters if parameter in found}
        taken = {
            "a hyperparameter": chosen,
            "a parameter of the block": {*self.parameters} - chosen,
            "a block": self.names.blocks,
            "a shared layer": self.names.shared,
        }
        for what, names in taken.items():
            if name in names:
                self.diagnostics.error(f"{name!r} is the name of {what}", place)

    def read_call(
        self, source: Source, node: ast.expr, targets: list[str] | None
    ) -> Call | None:
        op = operators.find(node)
        place = source.locate(node) if op is None else source.locate_operator(node)
        if op is not None and self.is_op(op, node):
            return self.read_op(source, op, targets, place)
        match node:
            case ast.Call(func=ast.Call() as constructor):
                inputs, keywords = self.read_inputs(source, node)
            case ast.Call():
                constructor, keywords = node, ()
                if self.misplaces_tensors(source, constructor):
                    self.forget(targets)
                    return None
                inputs = self.line_above(place)
            case ast.Name() | ast.Attribute() if self.is_callable(node):
                # A bare name is a layer without arguments.
                constructor, keywords = _called(node), ()
                inputs = self.line_above(place)
            case _:
                self.diagnostics.error(
                    f"{shortened(node)!r} is not a layer call", place
                )
                self.forget(targets)
                return None
        reader = self.reader(source)
        resolved = self.resolve(
            dotted_name(constructor.func), source.locate(constructor)
        )
        if resolved is None:
            self.forget(targets)
            return None
        kind, callee = resolved
        arguments = reader.arguments(
            constructor, callee, self.names.positional(kind, callee)
        )
        return self.finish(kind, callee, arguments, inputs, keywords, targets, place)

    def misplaces_tensors(self, source: Source, node: ast.Call) -> bool:
        """Reports `Add([x, y])` and `x.reshape(..)`, as people write it elsewhere."""
        name = dotted_name(node.func) or ""
        head, _, method = name.partition(".")
        place = source.locate(node)
        if method and head in self.values:
            is_op = method in registry.names("ops")
            tail = f"; write ops.{method}({head}, ..)" if is_op else ""
            self.diagnostics.error(
                f"tensors have no methods here: {shortened(node.func)}{tail}", place
            )
            return True
        inner = [n for arg in node.args for n in ast.walk(arg)]
        names = {n.id for n in inner if isinstance(n, ast.Name)} - set(self.parameters)
        if not names & self.values.keys() or self.names.resolve(name) is None:
            return False
        given = ", ".join(shortened(arg) for arg in node.args)
        constructor = f"{name}(..)" if node.keywords else f"{name}()"
        self.diagnostics.error(
            f"tensors stand in a second pair of parentheses: {constructor}({given})",
            place,
        )
        return True

    def reader(self, source: Source, reads_ops: bool = False) -> ArgumentReader:
        return ArgumentReader(
            source,
            self.parameters,
            self.diagnostics,
            self.names.imports,
            reads_ops,
            self.names.choices,
        )

    # -- ops

    def is_op(self, op: operators.Op, node: ast.expr) -> bool:
        """Whether an op works on tensors; `filters * 4` works on parameters."""
        if op.is_function or isinstance(node, ast.Subscript):
            return True
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        return not names <= set(self.parameters)

    def read_op(
        self,
        source: Source,
        op: operators.Op,
        targets: list[str] | None,
        place: Location,
    ) -> Call | None:
        if not self.check_op(op, place) or self.reads_attribute(source, op):
            self.forget(targets)
            return None
        inputs = tuple(self.read_input(source, item) for item in op.inputs)
        keywords = tuple(
            (name, self.read_input(source, item)) for name, item in op.keywords
        )
        results = self.bind(targets)
        call = Call(Callee.OP, op.name, (), inputs, results, keywords, location=place)
        if not reads(call):
            self.diagnostics.error(
                f"ops.{op.name} reads no tensor of the model; write it where it is used, "
                "x + ops.arange(10) for instance",
                place,
            )
        return call

    def reads_attribute(self, source: Source, op: operators.Op) -> bool:
        """Reports `x.shape` and the like: tensors have no attributes in a spec."""
        for node in op.inputs:
            name = dotted_name(node) or ""
            if "." in name and name.partition(".")[0] in self.values:
                self.diagnostics.error(
                    f"{name} is not known here; write the size itself, or -1 in a reshape",
                    source.locate(node),
                )
                return True
        return False

    def check_op(self, op: operators.Op, place: Location) -> bool:
        if registry.lookup("ops", op.name) is None:
            known = [f"ops.{name}" for name in registry.names("ops")]
            tail = registry.hint(f"ops.{op.name}", known)
            self.diagnostics.error(f"keras.ops has no {op.name!r}{tail}", place)
            return False
        return True

    def is_callable(self, node: ast.expr) -> bool:
        name = dotted_name(node)
        return name is not None and self.names.resolve(name) is not None

    def resolve(self, name: str | None, place: Location) -> tuple[Callee, str] | None:
        resolved = self.names.resolve(name) if name else None
        if resolved is None:
            self.diagnostics.error(self.names.unknown(name or "?"), place)
        return resolved

    def forget(self, targets: list[str] | None) -> None:
        """Gives the names of a wrong line a value, so that no later line is blamed."""
        for name in targets or ():
            self.values[name] = self.new_value(name)
        self.above = (self.new_value(),)

    def finish(
        self,
        kind: Callee,
        callee: str,
        arguments: tuple[Argument, ...],
        inputs: tuple[Nested, ...],
        keywords: tuple[tuple[str, Nested], ...],
        targets: list[str] | None,
        place: Location,
    ) -> Call:
        if kind is Callee.SHARED and arguments:
            self.diagnostics.error(
                f"{callee} is a shared layer and takes no arguments here; "
                f"call it as {callee}()(..)",
                place,
            )
        results = self.bind(targets)
        call = Call(kind, callee, arguments, inputs, results, keywords, location=place)
        if not reads(call):
            hint = _POSITIONS if callee == "Embedding" else _NO_TENSOR
            self.diagnostics.error(
                f"{callee} is called with no tensor of the model, so Keras would leave it "
                f"out; {hint}",
                place,
            )
        return call

    def bind(self, targets: list[str] | None) -> tuple[Value, ...]:
        if targets is None:
            return (self.new_value(),)
        results = []
        for name in targets:
            value = self.new_value(None if name == "_" else name)
            results.append(value)
            if name != "_":
                self.values[name] = value
        return tuple(results)

    def line_above(self, place: Location) -> tuple[Nested, ...]:
        if len(self.above) == 1:
            return self.above
        names = ", ".join(value.name or "_" for value in self.above)
        self.diagnostics.error(
            f"this line must say what it takes, for there are several: {names}", place
        )
        return self.above[:1]

    def read_inputs(
        self, source: Source, node: ast.Call
    ) -> tuple[tuple[Nested, ...], tuple[tuple[str, Nested], ...]]:
        inputs = tuple(self.read_input(source, item) for item in node.args)
        keywords = tuple(
            (keyword.arg, self.read_input(source, keyword.value))
            for keyword in node.keywords
            if keyword.arg is not None
        )
        return inputs, keywords

    def read_input(self, source: Source, node: ast.expr) -> Nested:
        match node:
            case ast.Name(id="_"):
                (above,) = self.line_above(source.locate(node))
                return above
            case ast.Name(id=name) if name in self.values:
                return self.values[name]
            case ast.List(elts=items) | ast.Tuple(elts=items) if self.has_tensor(node):
                return tuple(self.read_input(source, item) for item in items)
            case ast.Dict(keys=keys, values=values) if all(
                isinstance(key, ast.Constant) for key in keys
            ):
                pairs = zip(keys, values, strict=True)
                return {
                    str(key.value): self.read_input(source, value)
                    for key, value in pairs
                    if isinstance(key, ast.Constant)
                }
            case ast.Call(func=func) if isinstance(func, ast.Call) or self.is_callable(
                func
            ):
                return self.read_nested_call(source, node)
            case ast.Name(id=name) if (
                name not in self.parameters and name not in self.names.imports
            ):
                self.unknown_value(name, source.locate(node))
                return self.new_value()
        op = operators.find(node)
        if op is not None and self.has_tensor(node):
            return self.read_nested_call(source, node)
        return self.reader(source, reads_ops=True).expression(node, "")

    def has_tensor(self, node: ast.expr) -> bool:
        """Whether something in a tree is a tensor, or a name that is not known."""
        return any(
            (isinstance(n, ast.Call) and isinstance(n.func, ast.Call))
            or (isinstance(n, ast.Name) and not self.is_constant(n.id))
            for n in ast.walk(node)
        )

    def is_constant(self, name: str) -> bool:
        """Whether a name inside an expression is no tensor."""
        is_head = name in ("ops", "keras", "layers", "tf", "tensorflow")
        return name not in self.values and (
            is_head
            or name in CALLS
            or name in self.parameters
            or name in self.names.imports
            or find_object(name, "") is not None
        )

    def read_nested_call(self, source: Source, node: ast.expr) -> Nested:
        above = self.above
        call = self.read_call(source, node, None)
        self.above = above
        if call is None:
            return self.new_value()
        self.statements.append(call)
        return call.results[0]

    def unknown_value(self, name: str, place: Location) -> None:
        known = ", ".join(list(self.values)[:8])
        tail = registry.hint(name, self.values) or f"; there are: {known}"
        self.diagnostics.error(f"no tensor is called {name!r} up to here{tail}", place)

    # -- the mapping forms

    def read_table(self, table: Table) -> Call | None:
        if table.get("layer") is not None:
            return self.read_long_form(table)
        if len(table.entries) != 1:
            self.diagnostics.error(
                "expected one layer, Dense: {units: 10} for instance, or the keys "
                + ", ".join(_LINE_KEYS),
                table.location,
            )
            return None
        ((key, value),) = table.entries
        name = str(key.value)
        targets = None
        if "(" in name:
            self.diagnostics.error(
                "YAML reads this line as a mapping, for it has ': ' inside; "
                "put the whole line in quotes",
                key.location,
            )
            self.forget(targets)
            return None
        if "=" in name:
            target, _, name = (part.strip() for part in name.partition("="))
            targets = [part.strip() for part in target.split(",")]
            for part in targets:
                self.check_free(part, key.location)
        return self.read_mapping(name, value, key.location, targets)

    def read_mapping(
        self, name: str, value: Document, place: Location, targets: list[str] | None
    ) -> Call | None:
        resolved = self.resolve(name, place)
        if resolved is None:
            self.forget(targets)
            return None
        arguments = self.read_arguments(value)
        inputs = self.line_above(place)
        return self.finish(*resolved, arguments, inputs, (), targets, place)

    def read_arguments(self, value: Document) -> tuple[Argument, ...]:
        if isinstance(value, Scalar) and value.value is None:
            return ()
        if isinstance(value, Table):
            return tuple(
                Argument(self.read_value(item, key), key, place.location)
                for key, place, item in value
            )
        items = value.items if isinstance(value, Items) else (value,)
        return tuple(Argument(self.read_value(i, ""), None, i.location) for i in items)

    def read_value(self, document: Document, argument: str) -> Expression:
        return read_document(
            document,
            argument,
            self.parameters,
            self.diagnostics,
            self.names.imports,
            self.names.choices,
        )

    def read_long_form(self, table: Table) -> Call | None:
        for key, where, _ in table:
            if key not in _LINE_KEYS:
                expected = f"; expected {', '.join(_LINE_KEYS)}"
                tail = registry.hint(key, _LINE_KEYS) or expected
                self.diagnostics.error(f"unknown key {key!r}{tail}", where.location)
        layer = table.get("layer")
        if not isinstance(layer, Scalar) or not isinstance(layer.value, str):
            place = layer.location if layer else table.location
            self.diagnostics.error(
                "layer: takes a name or a call such as Dense(10)", place
            )
            return None
        targets = self.read_name(table.get("name"))
        given = self.read_arguments(table.get("arguments") or Table((), table.location))
        source = Source(layer.value, layer)
        constructor = parse_statement(source, self.diagnostics)
        match constructor:
            case ast.Expr(
                value=ast.Call(func=ast.Name() | ast.Attribute() as func) as call
            ):
                given += self.reader(source).arguments(
                    call, *self.names.called(dotted_name(func) or "")
                )
            case ast.Expr(value=ast.Name() | ast.Attribute() as func):
                pass
            case None:
                self.forget(targets)
                return None
            case _:
                self.diagnostics.error(
                    "layer: takes a name or a call such as Dense(10)", layer.location
                )
                self.forget(targets)
                return None
        resolved = self.resolve(dotted_name(func), layer.location)
        if resolved is None:
            self.forget(targets)
            return None
        inputs = self.read_long_inputs(table.get("inputs"), layer.location)
        ordered = tuple(sorted(given, key=lambda argument: argument.name is not None))
        return self.finish(*resolved, ordered, inputs, (), targets, layer.location)

    def read_name(self, document: Document | None) -> list[str] | None:
        if document is None:
            return None
        items = document.items if isinstance(document, Items) else (document,)
        names = [str(i.value) for i in items if isinstance(i, Scalar)]
        if len(names) == len(items) and all(name.isidentifier() for name in names):
            for name in names:
                self.check_free(name, document.location)
            return names
        self.diagnostics.error(
            "name: takes a name or a list of names", document.location
        )
        return None

    def read_long_inputs(
        self, document: Document | None, place: Location
    ) -> tuple[Nested, ...]:
        if document is None:
            return self.line_above(place)
        if isinstance(document, Items):
            # A list is what a merging layer takes; one name is one tensor.
            read = tuple(self.read_input_name(item) for item in document.items)
            return (read,) if len(read) > 1 else read
        return (self.read_input_name(document),)

    def read_input_name(self, document: Document) -> Nested:
        name = str(document.value) if isinstance(document, Scalar) else ""
        if name == "_":
            return self.line_above(document.location)[0]
        if name not in self.values:
            self.unknown_value(name, document.location)
            return self.new_value()
        return self.values[name]


def _called(name: ast.expr) -> ast.Call:
    """Returns a call without arguments, at the place of its name."""
    return ast.copy_location(ast.Call(name, [], []), name)
