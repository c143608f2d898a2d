"""What `model.summary()` shows: layers, shapes, parameters and connections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.rules import WeightSpec, why_no_rule
from keras_kgen.catalogue.rules.ops import why_no_op_rule
from keras_kgen.ir.definitions import Definition, Skeleton
from keras_kgen.ir.graph import Layer, LayerGraph, TensorRef
from keras_kgen.ir.order import (
    GraphMap,
    Operation,
    input_names,
    inputs_of,
    keras_names,
    map_graph,
)
from keras_kgen.ir.tensors import Shape
from keras_kgen.passes.count_parameters import ParameterCounts, count, weights_of
from keras_kgen.passes.infer_shapes import Specs

_BYTES = {"float16": 2, "bfloat16": 2, "float64": 8, "int64": 8}
_UNITS = ("B", "KB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class Connection:
    """A tensor that goes into a layer: which result of which call of which layer."""

    name: str
    node_index: int
    tensor_index: int


@dataclass(frozen=True, slots=True)
class Row:
    """A layer in the table.

    Attributes:
        shapes: The shapes of its results in its last call; empty where they are not known.
        parameters: How many there are, None where that is not known.
    """

    name: str
    class_name: str
    shapes: tuple[Shape, ...]
    parameters: int | None
    connections: tuple[Connection, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A model as `model.summary()` shows it.

    Attributes:
        is_chain: Whether Keras leaves out the column of connections.
        counts: The parameters of those layers of which they are known.
        sizes: The bytes that those take, likewise in all, trainable and not trainable.
        unknown: Why the shapes of some layers are not known, by class.
    """

    name: str
    rows: tuple[Row, ...]
    is_chain: bool
    counts: ParameterCounts
    sizes: ParameterCounts
    unknown: Mapping[str, str]


def summarize(graph: LayerGraph, specs: Specs) -> Summary:
    """Returns the summary of a graph.

    Args:
        graph: The graph.
        specs: What `infer_shapes` gives for it.
    """
    return _Summarizer(graph, specs).summary()


def readable_size(size: int) -> str:
    """Returns a number of bytes as Keras prints it, `466.04 KB` for instance.

    Follows `readable_memory_size` of `keras/src/utils/summary_utils.py`.
    """
    amount = float(size)
    for unit in _UNITS:
        if amount < 1024:
            return f"{amount:.2f} {unit}"
        amount /= 1024
    return f"{amount:.2f} PB"


class _Summarizer:
    def __init__(self, graph: LayerGraph, specs: Specs) -> None:
        self.graph = graph
        self.specs = specs
        self.map = map_graph(graph)
        self.weights = weights_of(graph, specs)
        names = {"layer": keras_names(graph), "input": input_names(graph)}
        self.names = {(kind, i): n for kind in names for i, n in enumerate(names[kind])}
        self.calls = _calls(graph)

    def summary(self) -> Summary:
        rows = tuple(map(self.row, self.map.operations))
        known = [w for op in self.map.operations for w in self.weights_of(op) or ()]
        return Summary(
            self.graph.name,
            rows,
            _is_chain(self.graph, self.map, self.calls),
            count(known),
            _sizes(known),
            _unknown_classes(self.graph),
        )

    def weights_of(self, operation: Operation) -> tuple[WeightSpec, ...] | None:
        kind, index = operation
        return self.weights[index] if kind == "layer" else ()

    def row(self, operation: Operation) -> Row:
        kind, index = operation
        weights = self.weights_of(operation)
        return Row(
            self.names[operation],
            (
                operation_class(self.graph.layers[index])
                if kind == "layer"
                else "InputLayer"
            ),
            self.shapes(self.calls[operation][-1]),
            None if weights is None else sum(weight.size for weight in weights),
            tuple(self.connections(operation)),
        )

    def shapes(self, node: int) -> tuple[Shape, ...]:
        refs = (TensorRef(node, i) for i in range(self.graph.nodes[node].outputs))
        shapes = [self.specs[ref].shape for ref in refs]
        known = tuple(shape for shape in shapes if shape is not None)
        return known if len(known) == len(shapes) else ()

    def connections(self, operation: Operation) -> Iterable[Connection]:
        for index in self.calls[operation]:
            if index not in self.map.node_depths:
                continue
            for tensor in inputs_of(self.graph.nodes[index]):
                source = self.operation(tensor.node)
                position = self.calls[source].index(tensor.node)
                yield Connection(self.names[source], position, tensor.index)

    def operation(self, node: int) -> Operation:
        layer = self.graph.nodes[node].layer
        return ("input", node) if layer is None else ("layer", layer)


def operation_class(layer: Layer) -> str:
    """Returns the class of a layer, or that which Keras has for an op."""
    entry = registry.lookup("ops", layer.class_name) if layer.kind == "op" else None
    return layer.class_name if entry is None else entry.operation or entry.name


def _calls(graph: LayerGraph) -> dict[Operation, list[int]]:
    calls: dict[Operation, list[int]] = {}
    for index, node in enumerate(graph.nodes):
        operation = ("input", index) if node.layer is None else ("layer", node.layer)
        calls.setdefault(operation, []).append(index)
    return calls


def _is_chain(
    graph: LayerGraph, found: GraphMap, calls: dict[Operation, list[int]]
) -> bool:
    """Follows `print_summary` of `keras/src/utils/summary_utils.py`."""
    depths = found.node_depths
    if len(set(depths.values())) < len(depths):
        return False
    if any(len(list(inputs_of(graph.nodes[index]))) > 1 for index in depths):
        return False
    shown = (calls[operation] for operation in found.operations)
    return all(sum(index in depths for index in nodes) == 1 for nodes in shown)


def _sizes(weights: Iterable[WeightSpec]) -> ParameterCounts:
    total = trainable = 0
    for weight in weights:
        size = weight.size * _BYTES.get(weight.dtype, 4)
        total += size
        trainable += size if weight.trainable else 0
    return ParameterCounts(total, trainable, total - trainable)


def _unknown_classes(graph: LayerGraph) -> dict[str, str]:
    found: dict[str, str] = {}
    for layer in graph.layers:
        if layer.graph is not None:
            found |= _unknown_classes(layer.graph)
            continue
        reason = _why_unknown(layer)
        if reason is not None:
            found.setdefault(layer.class_name, reason)
    return found


def _why_own(definition: Definition | None) -> str | None:
    if definition is None:
        return "it is imported, and kgen checks nothing about it"
    if isinstance(definition, Skeleton) and definition.weights is None:
        return (
            "the file does not hold its code, and what it gives is taken to have the shape of "
            "what it takes"
        )
    return None


def _why_unknown(layer: Layer) -> str | None:
    if layer.kind == "imported":
        return _why_own(layer.definition)
    if layer.kind == "op":
        return why_no_op_rule(layer.class_name)
    return why_no_rule(layer.class_name, layer.config)
