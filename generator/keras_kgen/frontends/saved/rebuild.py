"""Rebuilds the program of a saved model: its layers as lines, nested models as blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.rules import full_config, has_one_result, result_count
from keras_kgen.catalogue.rules.ops import op_result_count
from keras_kgen.catalogue.rules.rule import Given, ShapeError
from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.saved.arrangement import Arranged, arrange
from keras_kgen.frontends.saved.call_order import CallKey
from keras_kgen.frontends.saved.definitions import Definitions
from keras_kgen.frontends.saved.flat_models import flat_inputs
from keras_kgen.frontends.saved.labels import Labels, find_labels, input_name
from keras_kgen.frontends.saved.model import (
    Kind,
    SavedArray,
    SavedCall,
    SavedLayer,
    SavedModel,
    SavedNested,
    SavedTensor,
    tensors_in,
)
from keras_kgen.frontends.saved.objects import Move
from keras_kgen.frontends.saved.outputs import name_outputs
from keras_kgen.frontends.saved.slopes import with_shared_axes
from keras_kgen.frontends.saved.specs import Specs
from keras_kgen.frontends.saved.tidy import tidy
from keras_kgen.frontends.saved.time_major import swapped_results
from keras_kgen.frontends.saved.transposed import TRANSPOSED, with_output_padding
from keras_kgen.frontends.saved.tree import brief
from keras_kgen.frontends.saved.wrapped_layers import tidy_wrapped
from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    Literal,
    Sequence,
    Slice,
    to_value,
)
from keras_kgen.ir.graph import Input
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
    map_values,
    values_in,
)
from keras_kgen.ir.tensors import UNKNOWN, Shape, TensorSpec
from keras_kgen.pysource.names import Namespace, is_identifier, snake_case

# What Keras 2 wrote of calls that were given no such thing.
_UNUSED = ("constants", "mask")


def rebuild(model: SavedModel, diagnostics: Diagnostics) -> Program:
    """Returns the program that a saved model is.

    Args:
        model: What was read; it must have a network.
        diagnostics: Where notes and problems go.

    Raises:
        SourceError: a layer of it cannot be said in Keras 3.
    """
    assert model.network is not None
    definitions = Definitions(model, diagnostics)
    network = model.network
    arranged = arrange(network, model.generation)
    labels = find_labels(arranged, model.generation)
    rebuilder = _Rebuilder(
        diagnostics, model.generation, definitions, labels, snake_case(network.name)
    )
    outputs = name_outputs(network, model.generation, model.training is not None)
    scope = rebuilder.network(arranged, outputs.names)
    takes = _structure(network.inputs, scope.input_places)
    return Program(
        name=network.name,
        description="",
        inputs=scope.inputs,
        values=scope.values,
        blocks=tuple(rebuilder.blocks.values()),
        shared=tuple(rebuilder.shared),
        body=scope.body,
        output_keys=outputs.keys,
        training=_training(model, definitions),
        imports=definitions.imports,
        input_structure=None if _is_plain(takes, scope.inputs) else takes,
        output_structure=outputs.structure,
        definitions=definitions.definitions,
    )


def _training(model: SavedModel, definitions: Definitions) -> Training:
    if model.training is None:
        return Training()
    arguments = definitions.training_arguments(model.training)
    compiled = {a.name or "": Setting(a.value, a.location) for a in arguments}
    return Training(compiled, is_saved=True)


def _is_plain(structure: Structure, inputs: tuple[Input, ...]) -> bool:
    names = {given.name: index for index, given in enumerate(inputs)}
    return structure == 0 or (len(inputs) > 1 and structure == names)


@dataclass(slots=True)
class _Scope:
    """A network with its calls as statements."""

    inputs: tuple[Input, ...]
    values: tuple[Value, ...]
    input_places: Mapping[str, int]
    body: Body


def _structure(nested: SavedNested, places: Mapping[str, int]) -> Structure:
    if isinstance(nested, tuple):
        return tuple(_structure(item, places) for item in nested)
    if isinstance(nested, Mapping):
        return {key: _structure(item, places) for key, item in nested.items()}
    assert isinstance(nested, SavedTensor)
    return places[nested.layer]


@dataclass(slots=True)
class _Rebuilder:
    """Collects the blocks and shared layers of a model while its networks are read.

    Attributes:
        own: The name of the model.
    """

    diagnostics: Diagnostics
    generation: int
    definitions: Definitions
    labels: Labels
    own: str
    blocks: dict[str, Block] = field(default_factory=dict)
    shared: list[Shared] = field(default_factory=list)
    namespace: Namespace = field(default_factory=Namespace)

    def network(self, arranged: Arranged, names: Mapping[SavedTensor, str]) -> _Scope:
        """Returns a network with its calls as statements; `names` are those of tensors."""
        return _NetworkReader(self, arranged, names).read()

    def nested(self, layer: SavedLayer, arranged: Arranged) -> str:
        """Adds a nested model as a block; returns the name of the block."""
        scope = self.network(arranged, {})
        # The model itself takes the plain name.
        name = self.namespace.take(f"{self.short_name(layer)}_block")
        single = len(scope.values) == 1
        inputs = tuple(
            Value(value.index, "input" if single else value.name or f"x{value.index}")
            for value in scope.values
        )
        renamed = dict(zip(scope.values, inputs, strict=True))
        body = _with_inputs(scope.body, renamed)
        self.blocks[name] = Block(name, (), inputs, body, location=layer.location)
        return name

    def short_name(self, layer: SavedLayer) -> str:
        """Returns the name of a layer without that of the model around: `stem`."""
        name = snake_case(layer.name)
        rest = name.removeprefix(f"{self.own}_")
        return rest if is_identifier(rest) else name


def _with_inputs(body: Body, renamed: Mapping[Value, Value]) -> Body:
    def put(nested: Nested) -> Nested:
        return map_values(nested, lambda value: renamed.get(value, value))

    statements: list[Statement] = []
    for call in body.statements:
        assert isinstance(call, Call)
        inputs = tuple(map(put, call.inputs))
        keywords = tuple((key, put(item)) for key, item in call.keywords)
        statements.append(replace(call, inputs=inputs, keywords=keywords))
    outputs = tuple(renamed.get(value, value) for value in body.outputs)
    return Body(tuple(statements), outputs)


class _NetworkReader:
    """Reads one network, the calls in the order in which its outputs need them."""

    def __init__(
        self,
        rebuilder: _Rebuilder,
        arranged: Arranged,
        names: Mapping[SavedTensor, str],
    ) -> None:
        self.rebuilder = rebuilder
        self.arranged = arranged
        self.network = network = arranged.network
        self.labels = rebuilder.labels[arranged.path]
        self.names = names
        self.layers = {layer.name: layer for layer in network.layers}
        self.results: dict[CallKey, tuple[Value, ...]] = {}
        self.sizes: dict[CallKey, Expression] = {}
        self.statements: list[Statement] = []
        self.count = 0
        self.specs = Specs(rebuilder.definitions.named)
        self.shared_names: dict[str, str] = {}
        # By the identity of arguments that equal layers share, which live as long as these.
        self.tidied: dict[tuple[int, int | None], tuple[Argument, ...]] = {}

    def read(self) -> _Scope:
        inputs, values, places = self.read_inputs()
        order = self.arranged.order
        self.uses = Counter(name for name, _ in order)
        self.widths = self.find_widths(order)
        for key in order:
            self.add(key)
        if not self.statements:
            self.rebuilder.diagnostics.error(
                f"the model {brief(self.network.name)} calls no layer",
                self.network.location,
            )
        outputs = tuple(tensors_in(self.network.outputs))
        body = Body(tuple(self.statements), tuple(map(self.value, outputs)))
        return _Scope(inputs, values, places, body)

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
            name = input_name(layer, self.network, self.rebuilder.generation)
            places[layer.name] = len(found)
            found.append(self.input(layer, name))
            values.append(self.new_value(name or None))
            self.results[layer.name, 0] = (values[-1],)
            self.specs.add_input(values[-1], found[-1].spec)
        return tuple(found), tuple(values), places

    def input(self, layer: SavedLayer, name: str) -> Input:
        given = _input(layer, name)
        if _is_shape(given.spec.shape):
            return given
        self.rebuilder.diagnostics.error(
            f"expected sizes or null in the shape. Received: {brief(given.spec.shape)}",
            layer.location,
        )
        return replace(given, spec=UNKNOWN)

    # -- calls

    def find_widths(self, order: tuple[CallKey, ...]) -> dict[CallKey, int]:
        """Returns the number of results of each call as far as the network reads them."""
        widths: dict[CallKey, int] = {}
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
            size = self.sizes.get((item.layer, item.node))
            return self.value(item) if size is None else size
        if isinstance(item, tuple):
            return tuple(map(self.nested, item))
        if isinstance(item, SavedArray):
            return item.value
        if isinstance(item, Mapping):
            return {key: self.nested(inner) for key, inner in item.items()}
        return item

    def keywords(
        self, layer: SavedLayer, call: SavedCall
    ) -> tuple[tuple[str, Nested], ...]:
        """Returns what a call has by name, without what Keras adds when it saves."""
        if not call.kwargs:
            return ()
        entry = registry.lookup("layers", layer.class_name)
        parameters = entry.call_parameters if entry else ()
        defaults = {p.name: p.default for p in parameters if p.default_source}
        defaults = dict.fromkeys(_UNUSED) | defaults
        # Keras 3 writes the default where the model was called without the flag.
        unknown = False if layer.kind is Kind.CUSTOM else None
        training = defaults.get("training", unknown)
        defaults["training"] = training if self.rebuilder.generation > 2 else None
        given = self.named(layer, call)
        return tuple(
            (name, item)
            for name, item in given
            if name not in defaults or not _is_constant(item, defaults[name])
        )

    def named(self, layer: SavedLayer, call: SavedCall) -> Iterator[tuple[str, Nested]]:
        """Yields what a call has by name; what can be no name in code is reported."""
        for name, item in call.kwargs:
            if is_identifier(name):
                yield name, self.nested(item)
            else:
                self.rebuilder.diagnostics.error(
                    f"{brief(name)} is no name of an argument",
                    call.location or layer.location,
                )

    def add(self, key: CallKey) -> None:
        layer = self.layers[key[0]]
        call = layer.calls[key[1]]
        inputs = tuple(map(self.nested, call.args))
        keywords = self.keywords(layer, call)
        if layer.kind is not Kind.FUNCTION:
            self.check_sizes(layer, inputs, keywords)
        takes_slices = layer.kind in (Kind.FUNCTION, Kind.OPERATION)
        if not takes_slices and any(map(_has_slice, inputs)):
            self.rebuilder.diagnostics.error(
                f"{brief(layer.name)} is called with a slice",
                call.location or layer.location,
            )
        if layer.kind is Kind.OPERATION:
            own = tuple((a.name or "", a.value) for a in layer.arguments)
            inputs = tuple(map(_as_constant, inputs))
            self.emit(key, Callee.OP, layer.class_name, (), inputs, (*own, *keywords))
        elif layer.kind is Kind.MODEL:
            self.add_model(key, layer, inputs, keywords)
        elif layer.kind is Kind.LAYER:
            self.add_layer(key, layer, inputs, keywords)
        elif layer.kind is Kind.FUNCTION:
            self.add_function(key, layer, inputs, keywords)
        elif layer.kind is Kind.LAMBDA or layer.class_name == "Merge":
            self.add_lambda(key, layer, inputs, keywords)
        else:
            self.add_own(key, layer, inputs, keywords)

    def check_sizes(
        self,
        layer: SavedLayer,
        inputs: tuple[Nested, ...],
        keywords: tuple[tuple[str, Nested], ...],
    ) -> bool:
        """Whether all sizes are constants, as code needs them; reports one that is not."""
        if not self.sizes:
            return True
        from keras_kgen.frontends.saved.sizes import has_open_size

        given = (*inputs, *(value for _, value in keywords))
        if not any(map(has_open_size, given)):
            return True
        self.rebuilder.diagnostics.error(
            f"{brief(layer.name)}: it depends on a size that the file leaves open",
            layer.location,
        )
        return False

    def label(self, layer: SavedLayer) -> tuple[Argument, ...]:
        """Returns the name of a layer as an argument, where a person chose it."""
        name = self.labels.get(layer.name)
        return () if name is None else (Argument(Literal(name), "name"),)

    def add_layer(
        self,
        key: CallKey,
        layer: SavedLayer,
        inputs: tuple[Nested, ...],
        keywords: tuple[tuple[str, Nested], ...],
    ) -> None:
        shape = self.specs.shape(inputs[0]) if inputs else None
        arguments = self.arguments(layer, shape)
        if layer.class_name in TRANSPOSED:
            arguments = with_output_padding(layer, arguments, shape)
        if layer.class_name == "PReLU":
            model = self.rebuilder.definitions.model
            arguments = with_shared_axes(model, layer, arguments, shape)
        swapped = swapped_results(layer)
        if swapped is not None and inputs:
            inputs = (self.swapped(inputs[0], layer), *inputs[1:])
        self.call_layer(
            key, Callee.LAYER, layer.class_name, arguments, inputs, keywords
        )
        if swapped:
            results = self.results[key]
            sequences = (self.swapped(value, layer) for value in results[:swapped])
            self.results[key] = (*sequences, *results[swapped:])

    def arguments(self, layer: SavedLayer, shape: Shape | None) -> tuple[Argument, ...]:
        """Returns the arguments of a layer as a person writes them, equal ones tidied once."""
        given = self.rebuilder.definitions.arguments(layer)
        is_shared = bool(layer.like) and given is layer.arguments
        rank = None if shape is None else len(shape)
        key = id(given), rank
        tidied = self.tidied.get(key) if is_shared else None
        if tidied is None:
            wrapped = tidy_wrapped(layer.class_name, given)
            tidied = tidy(layer.class_name, wrapped, rank)
        if not is_shared or layer.location is None:
            return tidied
        self.tidied[key] = tidied
        return Move(layer.like, layer.location).arguments(tidied)

    def swapped(self, sequence: Nested, layer: SavedLayer) -> Value:
        """Adds the op that puts time steps where samples are, and the other way round."""
        axes = (("axis1", Literal(0)), ("axis2", Literal(1)))
        value = self.new_value()
        call = Call(
            Callee.OP,
            "swapaxes",
            (),
            (sequence,),
            (value,),
            axes,
            location=layer.location,
        )
        self.specs.add(call)
        self.statements.append(call)
        return value

    def call_layer(
        self,
        key: CallKey,
        kind: Callee,
        callee: str,
        arguments: tuple[Argument, ...],
        inputs: tuple[Nested, ...],
        keywords: tuple[tuple[str, Nested], ...],
    ) -> None:
        """Calls a layer, which is shared where it is called more than once."""
        layer = self.layers[key[0]]
        arguments = (*arguments, *self.label(layer))
        if self.uses[layer.name] > 1:
            callee = self.share(layer, kind, callee, arguments)
            kind, arguments = Callee.SHARED, ()
        self.emit(key, kind, callee, arguments, inputs, keywords)

    def add_own(
        self,
        key: CallKey,
        layer: SavedLayer,
        inputs: tuple[Nested, ...],
        keywords: tuple[tuple[str, Nested], ...],
    ) -> None:
        """Adds a layer of a class that Keras 3 does not have."""
        name, arguments = self.rebuilder.definitions.own_layer(layer)
        self.call_layer(key, Callee.IMPORTED, name, arguments, inputs, keywords)

    def add_lambda(
        self,
        key: CallKey,
        layer: SavedLayer,
        inputs: tuple[Nested, ...],
        keywords: tuple[tuple[str, Nested], ...],
    ) -> None:
        from keras_kgen.frontends.saved.lambdas import read_lambda

        first = next((v for nested in inputs for v in values_in(nested)), None)
        shape = self.specs.shape(first) if first is not None else None
        call = read_lambda(layer, shape, self.rebuilder.definitions)
        if call.kind is Callee.OP:
            self.emit(key, call.kind, call.callee, (), inputs, call.keywords)
        else:
            # The mask is Keras' to hand on.
            kept = tuple(pair for pair in keywords if pair[0] != "mask")
            self.call_layer(key, call.kind, call.callee, call.arguments, inputs, kept)

    def add_function(
        self,
        key: CallKey,
        layer: SavedLayer,
        inputs: tuple[Nested, ...],
        keywords: tuple[tuple[str, Nested], ...],
    ) -> None:
        """Adds the ops that do what a function of TensorFlow does."""
        from keras_kgen.frontends.saved import functions, sizes

        size = sizes.known_size(
            layer.class_name, inputs, dict(keywords), self.specs.shape
        )
        outputs = tensors_in(self.network.outputs)
        if size is not None and key not in {(t.layer, t.node) for t in outputs}:
            self.sizes[key] = size
            return
        if layer.class_name == "reshape":
            shape = self.specs.shape(inputs[0]) if inputs else None
            keywords = tuple((k, sizes.for_reshape(v, shape)) for k, v in keywords)
        steps: tuple[functions.Step, ...] = (
            functions.Step("convert_to_tensor", {}, inputs[:1]),
        )
        if self.check_sizes(layer, inputs, keywords):
            try:
                steps = functions.translate(layer, inputs, keywords)
            except functions.NoCounterpartError as error:
                self.rebuilder.diagnostics.error(str(error), layer.location)
        if not steps:
            first = next(v for nested in inputs for v in values_in(nested))
            self.results[key] = (first,)
            return
        found: list[Value] = []
        for step in steps[:-1]:
            found.append(self.new_value())
            given, named = step.resolved(found)
            location = layer.location
            call = Call(
                Callee.OP, step.op, (), given, (found[-1],), named, location=location
            )
            self.specs.add(call)
            self.statements.append(call)
        given, named = steps[-1].resolved(found)
        self.emit(key, Callee.OP, steps[-1].op, (), given, named)

    def add_model(
        self,
        key: CallKey,
        layer: SavedLayer,
        inputs: tuple[Nested, ...],
        keywords: tuple[tuple[str, Nested], ...],
    ) -> None:
        assert layer.network is not None
        if layer.name not in self.shared_names:
            block = self.rebuilder.nested(layer, self.arranged.inner[layer.name])
            own = tuple(a for a in layer.arguments if a.name == "trainable")
            own = (*own, *self.label(layer))
            self.share(layer, Callee.BLOCK, block, own)
        given = dict(keywords)
        if not inputs:
            inputs = (given.pop("inputs"),)
        flat = flat_inputs(layer.network.inputs, inputs[0])
        name = self.shared_names[layer.name]
        count = len(tuple(tensors_in(layer.network.inputs)))
        given_tensors = sum(isinstance(item, Value) for item in flat)
        if not len(flat) == given_tensors == count:
            self.rebuilder.diagnostics.error(
                f"the model {brief(layer.name)} takes {count} tensors. "
                f"Received: {given_tensors}",
                layer.calls[key[1]].location or layer.location,
            )
        self.emit(key, Callee.SHARED, name, (), flat, tuple(given.items()))

    def share(
        self,
        layer: SavedLayer,
        kind: Callee,
        callee: str,
        arguments: tuple[Argument, ...],
    ) -> str:
        """Adds a shared layer where it is called first; returns its name."""
        if layer.name not in self.shared_names:
            name = self.rebuilder.namespace.take(self.rebuilder.short_name(layer))
            self.shared_names[layer.name] = name
            self.rebuilder.shared.append(
                Shared(name, kind, callee, arguments, layer.location, _is_chain(layer))
            )
        return self.shared_names[layer.name]

    def emit(
        self,
        key: CallKey,
        kind: Callee,
        callee: str,
        arguments: tuple[Argument, ...],
        inputs: tuple[Nested, ...],
        keywords: tuple[tuple[str, Nested], ...],
    ) -> None:
        layer = self.layers[key[0]]
        if kind is Callee.OP:
            known = _op_width(callee, inputs, dict(keywords))
        else:
            known = self.result_count(layer, inputs, keywords)
        count = max(self.widths[key], known)
        tensors = (SavedTensor(*key, index) for index in range(count))
        results = tuple(self.new_value(self.names.get(tensor)) for tensor in tensors)
        self.results[key] = results
        location = layer.calls[key[1]].location or layer.location
        call = Call(
            kind, callee, arguments, inputs, results, keywords, location=location
        )
        self.specs.add(call)
        self.statements.append(call)

    def result_count(
        self,
        layer: SavedLayer,
        inputs: tuple[Nested, ...],
        keywords: tuple[tuple[str, Nested], ...],
    ) -> int:
        """Returns how many tensors a call gives, whether they are read or not."""
        if layer.kind is Kind.LAYER:
            if has_one_result(layer.class_name):
                return 1
            config = full_config(layer.class_name, layer.arguments)
            return result_count(layer.class_name, config, dict(keywords))
        if layer.network is not None:
            return len(tuple(tensors_in(layer.network.outputs)))
        return 1


def _has_slice(nested: Nested) -> bool:
    if isinstance(nested, Mapping):
        return any(map(_has_slice, nested.values()))
    if isinstance(nested, tuple):
        return any(map(_has_slice, nested))
    return isinstance(nested, Slice)


def _is_chain(layer: SavedLayer) -> bool:
    return layer.network is not None and layer.network.is_sequential


def _as_constant(nested: Nested) -> Nested:
    """Returns a list without tensors, the sizes of a shape for instance, as a constant."""
    if not isinstance(nested, tuple) or any(values_in(nested)):
        return nested
    items = tuple(map(_as_constant, nested))
    return Sequence(items)  # type: ignore[arg-type]


def _is_constant(nested: Nested, value: object) -> bool:
    if isinstance(nested, Mapping):
        nested = tuple(nested.values())
    if isinstance(nested, tuple) and nested:  # a mask for each of several inputs
        return all(_is_constant(item, value) for item in nested)
    return isinstance(nested, Literal) and nested.value in (value, None)


def _op_width(
    name: str, inputs: tuple[Nested, ...], keywords: Mapping[str, Nested]
) -> int:
    """Returns how many tensors an op gives; a call that Keras refuses is reported later."""
    args = tuple(map(_given, inputs))
    kwargs = {key: _given(item) for key, item in keywords.items()}
    try:
        return op_result_count(name, args, kwargs)
    except ShapeError:
        return 1


def _given(nested: Nested) -> Given:
    """Returns a call argument with tensors of which nothing is known yet."""
    if isinstance(nested, Value):
        return UNKNOWN
    if isinstance(nested, tuple):
        return tuple(map(_given, nested))
    if isinstance(nested, Mapping):
        return {key: _given(item) for key, item in nested.items()}
    return nested


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


def _is_shape(shape: tuple[object, ...] | None) -> bool:
    return all(
        size is None or (isinstance(size, int) and not isinstance(size, bool))
        for size in shape or ()
    )


def _text(value: Expression | None) -> str | None:
    found = value.value if isinstance(value, Literal) else None
    return found if isinstance(found, str) else None
