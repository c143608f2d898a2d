"""Works out the shape and type of every tensor of a graph."""

from __future__ import annotations

from collections.abc import Mapping

from keras_kgen.catalogue.rules import (
    Given,
    Result,
    ShapeError,
    WeightSpec,
    apply_arguments,
    apply_definition,
    specs_in,
)
from keras_kgen.catalogue.rules.ops import apply_op
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.ir.expressions import to_value
from keras_kgen.ir.graph import Layer, LayerGraph, Nested, Node, TensorRef
from keras_kgen.ir.tensors import UNKNOWN, TensorSpec
from keras_kgen.records import record

Specs = Mapping[TensorRef, TensorSpec]


def infer_shapes(
    graph: LayerGraph, diagnostics: Diagnostics
) -> dict[TensorRef, TensorSpec]:
    """Returns the spec of every tensor; what follows on an error is UNKNOWN.

    A line that stands for several calls, in a block for instance, is reported once.
    """
    inputs = tuple(item.spec for item in graph.inputs)
    return _Inference(graph, diagnostics, set()).run(inputs)


def infer_nested(
    graph: LayerGraph, specs: Specs, layer: int
) -> dict[TensorRef, TensorSpec]:
    """Returns the spec of every tensor inside a nested model, as its first call builds it.

    Args:
        graph: The graph around it.
        specs: The specs of that graph.
        layer: The index of the nested model in `graph.layers`.
    """
    inner = graph.layers[layer].graph
    assert inner is not None
    node = next(node for node in graph.nodes if node.layer == layer)
    return _Inference(inner, Diagnostics(), set()).run(
        _nested_inputs(inner, node, specs)
    )


def infer_all_nested(
    graph: LayerGraph, specs: Specs
) -> tuple[tuple[LayerGraph, Specs], ...]:
    """Returns every model within the model with the specs of its tensors, outer ones first."""
    found: list[tuple[LayerGraph, Specs]] = []
    for index, layer in enumerate(graph.layers):
        if layer.graph is not None:
            inner = infer_nested(graph, specs, index)
            found.append((layer.graph, inner))
            found.extend(infer_all_nested(layer.graph, inner))
    return tuple(found)


def apply_layer(
    layer: Layer, node: Node, specs: Specs, policy: str = "float32"
) -> Result | None:
    """Returns what the rule of a layer gives for one of its calls; see `apply_arguments`.

    Raises:
        ShapeError: Keras would refuse the call.
    """
    args = tuple([_with_specs(item, specs) for item in node.args])
    kwargs = {name: _with_specs(item, specs) for name, item in node.kwargs}
    if layer.kind == "imported":
        if layer.definition is None:
            return None
        config = {name: to_value(value) for name, value in layer.config.items()}
        return apply_definition(layer.definition, config, args, kwargs, policy)
    if layer.kind == "op":
        outputs = apply_op(layer.class_name, args, kwargs)
        return None if outputs is None else Result(outputs, ())
    return apply_arguments(layer.class_name, layer.arguments, args, kwargs, policy)


@record
class _Built:
    """A layer that has been called: the shapes that went in, and the weights it got."""

    inputs: tuple[TensorSpec, ...]
    weights: tuple[WeightSpec, ...]


class _Inference:
    """Walks the nodes of a graph once."""

    def __init__(
        self, graph: LayerGraph, diagnostics: Diagnostics, reported: set[Location]
    ) -> None:
        self.graph = graph
        self.diagnostics = diagnostics
        self.reported = reported
        self.specs: dict[TensorRef, TensorSpec] = {}
        self.built: dict[int, _Built] = {}
        self.nested: dict[
            tuple[int, tuple[TensorSpec, ...]], tuple[TensorSpec, ...]
        ] = {}

    def run(self, inputs: tuple[TensorSpec, ...]) -> dict[TensorRef, TensorSpec]:
        for index, node in enumerate(self.graph.nodes):
            if node.layer is None:
                self.specs[TensorRef(index)] = inputs[index]
                continue
            outputs = self.call(node, node.layer)
            if len(outputs) != node.outputs:
                self.report_count(node, self.graph.layers[node.layer], len(outputs))
                outputs = (UNKNOWN,) * node.outputs
            for position, spec in enumerate(outputs):
                self.specs[TensorRef(index, position)] = spec
        return self.specs

    def call(self, node: Node, index: int) -> tuple[TensorSpec, ...]:
        layer = self.graph.layers[index]
        try:
            if layer.graph is not None:
                return self.call_nested(layer.graph, node, index)
            result = apply_layer(layer, node, self.specs, self.graph.policy)
            if result is None:
                return (UNKNOWN,) * node.outputs
            self.check_shared(layer, node, index, result.weights)
        except ShapeError as error:
            self.report(str(error), node.location)
            return (UNKNOWN,) * node.outputs
        return result.outputs

    def call_nested(
        self, inner: LayerGraph, node: Node, index: int
    ) -> tuple[TensorSpec, ...]:
        inputs = _nested_inputs(inner, node, self.specs)
        self.check_nested(self.graph.layers[index], inputs, index)
        key = (index, inputs)
        if key not in self.nested:
            specs = _Inference(inner, self.diagnostics, self.reported).run(inputs)
            self.nested[key] = tuple(specs[ref] for _, ref in inner.outputs)
        return self.nested[key]

    def check_nested(
        self, layer: Layer, inputs: tuple[TensorSpec, ...], index: int
    ) -> None:
        """Follows `Function._assert_input_compatibility`: the first call fixes the shapes."""
        first = self.built.setdefault(index, _Built(inputs, ())).inputs
        for built, given in zip(first, inputs, strict=True):
            if not _fits(built, given):
                raise ShapeError(
                    f"{layer.name} is called with shape {built.shape} elsewhere, so it needs "
                    f"that shape here too. Received: shape {given.shape}"
                )

    def check_shared(
        self,
        layer: Layer,
        node: Node,
        index: int,
        weights: tuple[WeightSpec, ...] | None,
    ) -> None:
        """Checks that each call of a layer finds the weights that its first call made."""
        if not weights:
            return
        inputs = tuple([self.specs[tensor] for tensor in node.tensors()])
        built = self.built.setdefault(index, _Built(inputs, weights))
        if built.weights is weights:
            return
        if [w.shape for w in built.weights] != [w.shape for w in weights]:
            raise ShapeError(
                f"{layer.class_name} is shared, and its weights fit an input of shape "
                f"{_shapes(built.inputs)}. Received: shape {_shapes(inputs)}"
            )

    def report_count(self, node: Node, layer: Layer, count: int) -> None:
        results = "1 result" if count == 1 else f"{count} results"
        names = "1 name" if node.outputs == 1 else f"{node.outputs} names"
        label = layer.name if layer.graph is not None else layer.class_name
        label = f"ops.{label}" if layer.kind == "op" else label
        self.report(
            f"{label} gives {results}, and each needs a name: "
            f"`{_unpacking(count)} = ...`. Received: {names}",
            node.location,
        )

    def report(self, message: str, location: Location | None) -> None:
        if location is not None:
            if location in self.reported:
                return
            self.reported.add(location)
        self.diagnostics.error(message, location)


def _unpacking(count: int) -> str:
    return ", ".join(
        ("x", "h", "c")[:count] if count <= 3 else (f"x{i}" for i in range(count))
    )


def _with_specs(item: Nested, specs: Specs) -> Given:
    if isinstance(item, TensorRef):
        return specs[item]
    if isinstance(item, tuple):
        return tuple(_with_specs(inner, specs) for inner in item)
    if isinstance(item, Mapping):
        return {key: _with_specs(inner, specs) for key, inner in item.items()}
    return item


def _nested_inputs(
    inner: LayerGraph, node: Node, specs: Specs
) -> tuple[TensorSpec, ...]:
    """Returns the specs for the inputs of a nested model: by position, the rest by name."""
    given = list(specs_in(tuple(_with_specs(item, specs) for item in node.args)))
    named = {
        name: list(specs_in(_with_specs(item, specs))) for name, item in node.kwargs
    }
    count = len(inner.inputs)
    rest = (
        next(iter(named.get(i.name, ())), UNKNOWN) for i in inner.inputs[len(given) :]
    )
    return (*given[:count], *rest)


def _fits(built: TensorSpec, given: TensorSpec) -> bool:
    if built.shape is None or given.shape is None:
        return True
    if len(built.shape) != len(given.shape):
        return False
    pairs = zip(built.shape, given.shape, strict=True)
    return all(None in pair or pair[0] == pair[1] for pair in pairs)


def _shapes(specs: tuple[TensorSpec, ...]) -> str:
    return ", ".join(str(spec.shape) for spec in specs)
