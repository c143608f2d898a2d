"""The order of layers in a functional model, and the names that Keras gives them.

The order decides the order of the weights in every style, so it must be Keras' own.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator

from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Literal,
    ObjectCall,
    Sequence,
)
from keras_kgen.ir.graph import Layer, LayerGraph, Node, TensorRef, flatten
from keras_kgen.records import record

# Layers that layers make for themselves, without a name of their own.
_AUGMENTATIONS = (
    *("random_shear", "random_translation", "random_rotation", "random_brightness"),
    *("random_color_degeneration", "random_contrast", "random_sharpness"),
    *("solarization", "random_posterization", "auto_contrast", "equalization"),
)
_HIDDEN_LAYERS = {
    "AugMix": _AUGMENTATIONS,
    "GroupQueryAttention": ("softmax", "dropout"),
    "MultiHeadAttention": ("softmax", "dropout"),
    "RandAugment": _AUGMENTATIONS,
    "TextVectorization": ("string_lookup",),
}
# Classes that Keras itself calls otherwise than its users do.
_CLASSES = {"GroupQueryAttention": "GroupedQueryAttention"}
# Ops whose class has another name than the function in snake case; a test compares.
_OPERATIONS = {
    "allclose": "all_close",
    "batch_normalization": "batch_norm",
    "cdist": "c_dist",
    "extract_patches_3d": "extract_patches",
    "isin": "is_in",
    "layer_normalization": "layer_norm",
    "rms_normalization": "rms_norm",
    "searchsorted": "search_sorted",
}


# A layer or an input: ("layer", index) or ("input", index).
Operation = tuple[str, int]


@record
class GraphMap:
    """What `map_graph` of Keras finds.

    Attributes:
        operations: Layers and inputs in the order of `model.layers`.
        node_depths: How many calls are between a node and the outputs, for each node that an
            output depends on.
    """

    operations: tuple[Operation, ...]
    node_depths: dict[int, int]


def functional_order(graph: LayerGraph) -> tuple[int, ...]:
    """Returns the indices of layers in the order of a functional model's `model.layers`.

    Input layers are left out, and so are layers that no output depends on.
    """
    return tuple(
        index for kind, index in map_graph(graph).operations if kind == "layer"
    )


def map_graph(graph: LayerGraph) -> GraphMap:
    """Returns the order of layers and inputs, and the depths of nodes.

    Follows `map_graph` of `keras/src/ops/function.py`, without its recursion.
    """
    ordered, first_seen = _traverse(graph)
    in_graph = set(ordered)
    node_depths: dict[int, int] = {}
    depths: dict[Operation, int] = {}
    for index in reversed(ordered):
        operation = _operation(graph, index)
        depth = max(node_depths.get(index, 0), depths.get(operation, 0))
        depths[operation] = node_depths[index] = depth
        for tensor in inputs_of(graph.nodes[index]):
            if tensor.node in in_graph:
                node_depths[tensor.node] = max(
                    depth + 1, node_depths.get(tensor.node, 0)
                )
    for index in range(len(graph.inputs)):
        # Inputs that no output depends on come before all else at depth 0.
        if ("input", index) not in depths:
            depths["input", index] = node_depths[index] = 0
            first_seen["input", index] = -1
    operations = sorted(depths, key=lambda op: (-depths[op], first_seen[op]))
    return GraphMap(tuple(operations), node_depths)


def inputs_of(node: Node) -> Iterator[TensorRef]:
    """Yields the tensors that go in as Keras flattens them, keyword arguments sorted."""
    for argument in node.args:
        yield from flatten(argument)
    for _, argument in sorted(node.kwargs, key=lambda item: item[0]):
        yield from flatten(argument)


def keras_names(graph: LayerGraph) -> tuple[str, ...]:
    """Returns the name of each layer in a session of Keras that has made nothing before.

    A name that the source gives is kept. Layers are made in the order of `graph.layers`.
    """
    counter: Counter[str] = Counter()
    _input_names(graph, counter)
    return _layer_names(graph, counter)


def input_names(graph: LayerGraph) -> tuple[str, ...]:
    """Returns the name of each input layer: its own, or `input_layer`, `input_layer_1`."""
    return _input_names(graph, Counter())


def operation_names(graph: LayerGraph) -> tuple[str, ...]:
    """Returns the names of layers and input layers in the order of `model.layers`."""
    names = {"layer": keras_names(graph), "input": input_names(graph)}
    return tuple(names[kind][index] for kind, index in map_graph(graph).operations)


@functools.lru_cache(maxsize=1024)
def to_snake_case(name: str) -> str:
    """Returns a class name as Keras writes it in names: `MaxPooling2D` as `max_pooling2d`.

    Follows `to_snake_case` of `keras/src/utils/naming.py`.
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def base_name(class_name: str) -> str:
    """Returns what Keras numbers the layers of a class by: `dense`."""
    return to_snake_case(_CLASSES.get(class_name, class_name))


def hidden_layers(class_name: str) -> tuple[str, ...]:
    """Returns the base names of the layers that a layer makes for itself."""
    return _HIDDEN_LAYERS.get(class_name, ())


def _operation(graph: LayerGraph, node: int) -> Operation:
    layer = graph.nodes[node].layer
    return ("input", node) if layer is None else ("layer", layer)


def _traverse(graph: LayerGraph) -> tuple[list[int], dict[Operation, int]]:
    """Returns the nodes behind the outputs, each after those that it reads.

    Also returns at which place each operation was first come upon. Follows `_build_map`.
    """
    ordered: list[int] = []
    first_seen: dict[Operation, int] = {}
    entered: set[int] = set()
    for output in _flat_outputs(graph):
        stack: list[tuple[int, Iterator[TensorRef]]] = []
        _enter(graph, output.node, entered, first_seen, stack)
        while stack:
            index, tensors = stack[-1]
            tensor = next(tensors, None)
            if tensor is None:
                stack.pop()
                ordered.append(index)
            else:
                _enter(graph, tensor.node, entered, first_seen, stack)
    return ordered, first_seen


def _enter(
    graph: LayerGraph,
    node: int,
    entered: set[int],
    first_seen: dict[Operation, int],
    stack: list[tuple[int, Iterator[TensorRef]]],
) -> None:
    if node in entered:
        return
    entered.add(node)
    first_seen.setdefault(_operation(graph, node), len(first_seen))
    stack.append((node, inputs_of(graph.nodes[node])))


def _flat_outputs(graph: LayerGraph) -> list[TensorRef]:
    """Returns the outputs as Keras flattens them."""
    by_key = sorted(range(len(graph.outputs)), key=lambda i: graph.outputs[i][0])
    order = graph.output_order or by_key
    return [graph.outputs[index][1] for index in order]


def _input_names(graph: LayerGraph, counter: Counter[str]) -> tuple[str, ...]:
    return tuple(item.name or _unique("input_layer", counter) for item in graph.inputs)


def _layer_names(graph: LayerGraph, counter: Counter[str]) -> tuple[str, ...]:
    names = []
    for layer in graph.layers:
        for argument in layer.arguments:
            if not isinstance(argument.value, Literal):
                _count_inner(argument.value, counter)
        if layer.graph is not None:
            _input_names(layer.graph, counter)
            _layer_names(layer.graph, counter)
        names.append(layer.name or _unique(_base_name(layer), counter))
        for hidden in hidden_layers(layer.class_name):
            _unique(hidden, counter)
    return tuple(names)


def _base_name(layer: Layer) -> str:
    if layer.kind == "op":
        name = layer.class_name.rpartition(".")[2]
        return _OPERATIONS.get(name, name)
    return base_name(layer.class_name)


def _unique(name: str, counter: Counter[str]) -> str:
    """Follows `uniquify` of `keras/src/utils/naming.py`."""
    taken = counter[name]
    counter[name] += 1
    return f"{name}_{taken}" if taken else name


def _count_inner(value: Expression, counter: Counter[str]) -> None:
    """Counts the layers that are arguments of a layer: they take a name before it does."""
    match value:
        case ObjectCall(family="layers"):
            for argument in value.arguments:
                _count_inner(argument.value, counter)
            if not _has_name(value.arguments):
                _unique(base_name(value.class_name), counter)
        case Sequence(items):
            for item in items:
                _count_inner(item, counter)
        case Dictionary(pairs):
            for _, item in pairs:
                _count_inner(item, counter)


def _has_name(arguments: tuple[Argument, ...]) -> bool:
    return any(a.name == "name" and a.value != Literal(None) for a in arguments)
