"""Rebuilds the program of a saved model: its layers as lines, nested models as blocks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.rules import full_config, result_count
from keras_kgen.catalogue.rules.ops import op_result_count
from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.saved.model import (
    Kind,
    SavedArray,
    SavedLayer,
    SavedModel,
    SavedNested,
    SavedNetwork,
    SavedTensor,
    tensors_in,
)
from keras_kgen.ir.expressions import Argument, Expression, Literal, to_value
from keras_kgen.ir.graph import Input
from keras_kgen.ir.order import to_snake_case
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    Nested,
    Program,
    Setting,
    Shared,
    Statement,
    Structure,
    Training,
    Value,
)
from keras_kgen.ir.tensors import TensorSpec
from keras_kgen.pysource.names import Namespace, is_identifier, snake_case

# A call of a layer: its name and which of its calls.
_Key = tuple[str, int]


def rebuild(model: SavedModel, diagnostics: Diagnostics) -> Program:
    """Returns the program that a saved model is.

    Args:
        model: What was read; it must have a network.
        diagnostics: Where notes and problems go.

    Raises:
        SourceError: a layer of it cannot be said in Keras 3.
    """
    assert model.network is not None
    rebuilder = _Rebuilder(diagnostics)
    scope = rebuilder.network(model.network)
    network = model.network
    takes = _structure(network.inputs, scope.input_places)
    outputs = scope.output_keys(network.outputs)
    return Program(
        name=network.name,
        description="",
        inputs=scope.inputs,
        values=scope.values,
        blocks=tuple(rebuilder.blocks.values()),
        shared=tuple(rebuilder.shared),
        body=scope.body,
        output_keys=outputs.keys,
        training=_training(model),
        input_structure=None if _is_plain(takes, scope.inputs) else takes,
        output_structure=outputs.structure,
    )


def _training(model: SavedModel) -> Training:
    if model.training is None:
        return Training()
    return Training(
        {a.name or "": Setting(a.value, a.location) for a in model.training.arguments}
    )


def _is_plain(structure: Structure, inputs: tuple[Input, ...]) -> bool:
    names = {given.name: index for index, given in enumerate(inputs)}
    return structure == 0 or (len(inputs) > 1 and structure == names)


@dataclass(frozen=True, slots=True)
class _Outputs:
    """The names of a model's outputs, and their nesting where it is not plain."""

    keys: tuple[str, ...]
    structure: Structure | None


@dataclass(slots=True)
class _Scope:
    """A network with its calls as statements."""

    inputs: tuple[Input, ...]
    values: tuple[Value, ...]
    input_places: Mapping[str, int]
    body: Body
    names: tuple[str, ...]

    def output_keys(self, outputs: SavedNested) -> _Outputs:
        """Returns names for the outputs, which come in the order of `body.outputs`."""
        if isinstance(outputs, SavedTensor):
            return _Outputs((), None)
        if isinstance(outputs, Mapping) and all(
            isinstance(item, SavedTensor) for item in outputs.values()
        ):
            return _Outputs(tuple(outputs), None)
        namespace = Namespace()
        keys = tuple(namespace.take(snake_case(name)) for name in self.names)
        counter = iter(range(len(keys)))
        return _Outputs(keys, _numbered(outputs, counter))


def _numbered(nested: SavedNested, counter: Iterator[int]) -> Structure:
    if isinstance(nested, tuple):
        return tuple(_numbered(item, counter) for item in nested)
    if isinstance(nested, Mapping):
        return {key: _numbered(item, counter) for key, item in nested.items()}
    return next(counter)


def _structure(nested: SavedNested, places: Mapping[str, int]) -> Structure:
    if isinstance(nested, tuple):
        return tuple(_structure(item, places) for item in nested)
    if isinstance(nested, Mapping):
        return {key: _structure(item, places) for key, item in nested.items()}
    assert isinstance(nested, SavedTensor)
    return places[nested.layer]


@dataclass(slots=True)
class _Rebuilder:
    """Collects the blocks and shared layers of a model while its networks are read."""

    diagnostics: Diagnostics
    blocks: dict[str, Block] = field(default_factory=dict)
    shared: list[Shared] = field(default_factory=list)
    namespace: Namespace = field(default_factory=Namespace)

    def network(self, network: SavedNetwork) -> _Scope:
        """Returns a network with its calls as statements."""
        return _NetworkReader(self, network).read()

    def nested(self, layer: SavedLayer) -> str:
        """Adds a nested model as a block; returns the name of the block."""
        assert layer.network is not None
        scope = self.network(layer.network)
        name = self.namespace.take(snake_case(layer.name))
        single = len(scope.values) == 1
        inputs = tuple(
            Value(value.index, "input" if single else value.name or f"x{value.index}")
            for value in scope.values
        )
        renamed = dict(zip(scope.values, inputs, strict=True))
        body = _with_inputs(scope.body, renamed)
        self.blocks[name] = Block(name, (), inputs, body, location=layer.location)
        return name


def _with_inputs(body: Body, renamed: Mapping[Value, Value]) -> Body:
    def put(nested: Nested) -> Nested:
        if isinstance(nested, Value):
            return renamed.get(nested, nested)
        if isinstance(nested, tuple):
            return tuple(map(put, nested))
        if isinstance(nested, Mapping):
            return {key: put(item) for key, item in nested.items()}
        return nested

    statements: list[Statement] = []
    for call in body.statements:
        assert isinstance(call, Call)
        keywords = tuple((key, put(item)) for key, item in call.keywords)
        statements.append(
            Call(
                call.kind,
                call.callee,
                call.arguments,
                tuple(map(put, call.inputs)),
                call.results,
                keywords,
                call.label,
                call.location,
            )
        )
    outputs = tuple(renamed.get(value, value) for value in body.outputs)
    return Body(tuple(statements), outputs)


class _NetworkReader:
    """Reads one network, the calls in the order in which its outputs need them."""

    def __init__(self, rebuilder: _Rebuilder, network: SavedNetwork) -> None:
        self.rebuilder = rebuilder
        self.network = network
        self.layers = {layer.name: layer for layer in network.layers}
        self.results: dict[_Key, tuple[Value, ...]] = {}
        self.statements: list[Statement] = []
        self.count = 0
        self.shared_names: dict[str, str] = {}

    def read(self) -> _Scope:
        inputs, values, places = self.read_inputs()
        order = self.order()
        self.uses = Counter(name for name, _ in order)
        self.widths = self.find_widths(order)
        for key in order:
            self.add(key)
        outputs = tuple(tensors_in(self.network.outputs))
        body = Body(tuple(self.statements), tuple(map(self.value, outputs)))
        names = tuple(tensor.layer for tensor in outputs)
        return _Scope(inputs, values, places, body, names)

    def new_value(self, name: str | None = None) -> Value:
        self.count += 1
        return Value(self.count - 1, name)

    # -- inputs

    def read_inputs(
        self,
    ) -> tuple[tuple[Input, ...], tuple[Value, ...], dict[str, int]]:
        found: list[Input] = []
        values: list[Value] = []
        places: dict[str, int] = {}
        tensors = list(tensors_in(self.network.inputs))
        for tensor in tensors:
            layer = self.layers[tensor.layer]
            name = self.input_name(layer, len(tensors))
            places[layer.name] = len(found)
            found.append(_input(layer, name))
            values.append(self.new_value(name or None))
            self.results[layer.name, 0] = (values[-1],)
        return tuple(found), tuple(values), places

    def input_name(self, layer: SavedLayer, count: int) -> str:
        if count == 1 and _is_made_up(layer):
            return ""
        return layer.name if is_identifier(layer.name) else snake_case(layer.name)

    # -- calls

    def order(self) -> list[_Key]:
        """Returns the calls behind the outputs, each behind those that it reads."""
        ordered: list[_Key] = []
        entered: set[_Key] = set(self.results)
        for output in tensors_in(self.network.outputs):
            stack: list[tuple[_Key, Iterator[SavedTensor]]] = []
            self.enter((output.layer, output.node), entered, stack)
            while stack:
                key, tensors = stack[-1]
                tensor = next(tensors, None)
                if tensor is None:
                    stack.pop()
                    ordered.append(key)
                else:
                    self.enter((tensor.layer, tensor.node), entered, stack)
        return ordered

    def enter(
        self,
        key: _Key,
        entered: set[_Key],
        stack: list[tuple[_Key, Iterator[SavedTensor]]],
    ) -> None:
        if key in entered:
            return
        entered.add(key)
        name, index = key
        stack.append((key, self.layers[name].calls[index].tensors()))

    def find_widths(self, order: list[_Key]) -> dict[_Key, int]:
        """Returns the number of results of each call as far as the network reads them."""
        widths: dict[_Key, int] = {}
        read = list(tensors_in(self.network.outputs))
        for name, index in order:
            read += self.layers[name].calls[index].tensors()
        for tensor in read:
            key = (tensor.layer, tensor.node)
            widths[key] = max(widths.get(key, 1), tensor.index + 1)
        return widths

    def value(self, tensor: SavedTensor) -> Value:
        return self.results[tensor.layer, tensor.node][tensor.index]

    def nested(self, item: SavedNested) -> Nested:
        if isinstance(item, SavedTensor):
            return self.value(item)
        if isinstance(item, tuple):
            return tuple(map(self.nested, item))
        if isinstance(item, SavedArray):
            return item.value
        if isinstance(item, Mapping):
            return {key: self.nested(inner) for key, inner in item.items()}
        return item

    def add(self, key: _Key) -> None:
        layer = self.layers[key[0]]
        call = layer.calls[key[1]]
        inputs = tuple(map(self.nested, call.args))
        keywords = tuple((name, self.nested(item)) for name, item in call.kwargs)
        if layer.kind is Kind.OPERATION:
            own = tuple((a.name or "", a.value) for a in layer.arguments)
            self.emit(key, Callee.OP, layer.class_name, (), inputs, (*own, *keywords))
        elif layer.kind is Kind.MODEL:
            self.add_model(key, layer, inputs)
        elif layer.kind is Kind.LAYER:
            self.add_layer(key, layer, inputs, keywords)
        else:
            self.rebuilder.diagnostics.error(
                f"{layer.name}: kgen does not write {layer.kind.value} layers "
                f"({layer.saved_class_name or layer.class_name}) yet",
                layer.location,
            )
            self.emit(key, Callee.IMPORTED, layer.class_name, (), inputs, keywords)

    def add_layer(
        self,
        key: _Key,
        layer: SavedLayer,
        inputs: tuple[Nested, ...],
        keywords: tuple[tuple[str, Nested], ...],
    ) -> None:
        arguments = layer.arguments
        if not _is_made_up(layer):
            arguments = (*arguments, Argument(Literal(layer.name), "name"))
        if self.uses[layer.name] == 1:
            self.emit(
                key, Callee.LAYER, layer.class_name, arguments, inputs, keywords
            )
            return
        name = self.share(layer, Callee.LAYER, layer.class_name, arguments)
        self.emit(key, Callee.SHARED, name, (), inputs, keywords)

    def add_model(
        self, key: _Key, layer: SavedLayer, inputs: tuple[Nested, ...]
    ) -> None:
        if layer.name not in self.shared_names:
            block = self.rebuilder.nested(layer)
            own = tuple(a for a in layer.arguments if a.name == "trainable")
            if not _is_made_up(layer):
                own = (*own, Argument(Literal(layer.name), "name"))
            self.share(layer, Callee.BLOCK, block, own)
        flat = inputs[0] if len(inputs) == 1 and isinstance(inputs[0], tuple) else inputs
        self.emit(key, Callee.SHARED, self.shared_names[layer.name], (), flat, ())

    def share(
        self,
        layer: SavedLayer,
        kind: Callee,
        callee: str,
        arguments: tuple[Argument, ...],
    ) -> str:
        """Adds a shared layer where it is called first; returns its name."""
        if layer.name not in self.shared_names:
            name = self.rebuilder.namespace.take(snake_case(layer.name))
            self.shared_names[layer.name] = name
            self.rebuilder.shared.append(
                Shared(name, kind, callee, arguments, layer.location)
            )
        return self.shared_names[layer.name]

    def emit(
        self,
        key: _Key,
        kind: Callee,
        callee: str,
        arguments: tuple[Argument, ...],
        inputs: tuple[Nested, ...],
        keywords: tuple[tuple[str, Nested], ...],
    ) -> None:
        layer = self.layers[key[0]]
        count = max(self.widths[key], self.result_count(layer, inputs, keywords))
        results = tuple(self.new_value() for _ in range(count))
        self.results[key] = results
        location = layer.calls[key[1]].location or layer.location
        self.statements.append(
            Call(kind, callee, arguments, inputs, results, keywords, location=location)
        )

    def result_count(
        self,
        layer: SavedLayer,
        inputs: tuple[Nested, ...],
        keywords: tuple[tuple[str, Nested], ...],
    ) -> int:
        """Returns how many tensors a call gives, whether they are read or not."""
        given = dict(keywords)
        if layer.kind is Kind.LAYER:
            config = full_config(layer.class_name, layer.arguments)
            return result_count(layer.class_name, config, given)
        if layer.kind is Kind.OPERATION:
            constants = {k: v for k, v in given.items() if not _has_value(v)}
            return op_result_count(layer.class_name, (), constants)  # type: ignore[arg-type]
        if layer.network is not None:
            return len(tuple(tensors_in(layer.network.outputs)))
        return 1


def _has_value(nested: Nested) -> bool:
    if isinstance(nested, tuple):
        return any(map(_has_value, nested))
    if isinstance(nested, Mapping):
        return any(map(_has_value, nested.values()))
    return isinstance(nested, Value)


def _is_made_up(layer: SavedLayer) -> bool:
    """Whether a layer has the name that Keras gives by itself: `dense`, `dense_1`."""
    classes = {layer.class_name, layer.saved_class_name}
    bases = {to_snake_case(name) for name in classes if name}
    if layer.kind is Kind.INPUT:
        bases |= {"input", "input_layer"}
    if layer.kind is Kind.OPERATION:
        bases.add(layer.class_name.rpartition(".")[2])
    if layer.kind is Kind.MODEL:
        bases |= {"model", "sequential", "functional"}
    return any(re.fullmatch(rf"{re.escape(b)}(_\d+)?", layer.name) for b in bases)


def _input(layer: SavedLayer, name: str) -> Input:
    config = {a.name: a.value for a in layer.arguments}
    dtype = _text(config.get("dtype")) or "float32"
    flags = tuple(
        flag
        for flag in ("sparse", "ragged", "optional")
        if config.get(flag) == Literal(True)
    )
    return Input(name, TensorSpec(_shape(config), dtype), flags, layer.location)


def _shape(
    config: Mapping[str | None, Expression],
) -> tuple[int | None, ...] | None:
    full = config.get("batch_shape")
    if full is not None and full != Literal(None):
        value = to_value(full)
        return tuple(value) if isinstance(value, list | tuple) else None
    shape = config.get("shape")
    if shape is None:
        return None
    value, batch = to_value(shape), config.get("batch_size")
    first = to_value(batch) if batch is not None else None
    return (first, *value) if isinstance(value, list | tuple) else None


def _text(value: Expression | None) -> str | None:
    found = value.value if isinstance(value, Literal) else None
    return found if isinstance(found, str) else None


def entry_exists(class_name: str) -> bool:
    """Whether Keras 3 has a layer of that name."""
    return registry.lookup("layers", class_name) is not None
