"""Lists and counts the weights of a graph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from keras_kgen.catalogue.rules import ShapeError, WeightSpec
from keras_kgen.ir.expressions import Literal
from keras_kgen.ir.graph import Layer, LayerGraph, Node
from keras_kgen.ir.order import functional_order
from keras_kgen.passes.infer_shapes import Specs, apply_layer, infer_nested

Weights = tuple[WeightSpec, ...]


@dataclass(frozen=True, slots=True)
class ParameterCounts:
    """How many parameters there are; layers whose weights are not known count as none."""

    total: int
    trainable: int
    non_trainable: int


def weights_of(graph: LayerGraph, specs: Specs) -> tuple[Weights | None, ...]:
    """Returns the weights of each layer, as its first call makes them.

    Args:
        graph: The graph.
        specs: What `infer_shapes` gives for it.

    Returns:
        For each of `graph.layers` its weights in the order of `layer.weights`, None where
        kgen does not know them. The weights of a nested model are those of `model_weights`.
    """
    first: dict[int, Node] = {}
    for node in graph.nodes:
        if node.layer is not None:
            first.setdefault(node.layer, node)
    return tuple(
        _weights(graph, specs, index, first[index]) if index in first else ()
        for index in range(len(graph.layers))
    )


def model_weights(graph: LayerGraph, specs: Specs) -> Weights | None:
    """Returns the weights in the order of `model.weights`, None where some are not known."""
    return in_model_order(graph, weights_of(graph, specs))


def in_model_order(
    graph: LayerGraph, weights: tuple[Weights | None, ...]
) -> Weights | None:
    """Returns the weights of a model's layers in the order of `model.weights`."""
    ordered: list[WeightSpec] = []
    for index in functional_order(graph):
        known = weights[index]
        if known is None:
            return None
        ordered.extend(known)
    return tuple(ordered)


def count_parameters(graph: LayerGraph, specs: Specs) -> ParameterCounts:
    """Returns the number of parameters of a model.

    Layers that no output depends on are not part of the model, as in Keras.
    """
    weights = weights_of(graph, specs)
    return count(w for i in functional_order(graph) for w in weights[i] or ())


def count(weights: Iterable[WeightSpec]) -> ParameterCounts:
    """Returns the number of parameters of these weights."""
    listed = tuple(weights)
    trainable = sum(weight.size for weight in listed if weight.trainable)
    total = sum(weight.size for weight in listed)
    return ParameterCounts(total, trainable, total - trainable)


def _weights(graph: LayerGraph, specs: Specs, index: int, node: Node) -> Weights | None:
    layer = graph.layers[index]
    if layer.graph is not None:
        found = model_weights(layer.graph, infer_nested(graph, specs, index))
        return _frozen(found) if found and _is_frozen(layer) else found
    try:
        result = apply_layer(layer, node, specs, graph.policy)
    except ShapeError:
        return None
    return None if result is None else result.weights


def _is_frozen(layer: Layer) -> bool:
    return layer.config.get("trainable") == Literal(False)


def _frozen(weights: Weights) -> Weights:
    return tuple(replace(weight, trainable=False) for weight in weights)
