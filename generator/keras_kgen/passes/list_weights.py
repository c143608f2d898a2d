"""Lists the layers of a model, nested ones too, with their weights in Keras' order."""

from __future__ import annotations

from dataclasses import dataclass

from keras_kgen.ir.graph import Layer, LayerGraph
from keras_kgen.ir.order import functional_order, keras_names
from keras_kgen.passes.count_parameters import Weights, weights_of
from keras_kgen.passes.infer_shapes import Specs, infer_nested


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """A layer that is no model, and its weights.

    Attributes:
        name: Its name, behind those of the models that it is in: `encoder/dense`.
        weights: In the order of `layer.weights`; None where kgen does not know them.
    """

    name: str
    layer: Layer
    weights: Weights | None


def list_weights(
    graph: LayerGraph, specs: Specs, prefix: str = ""
) -> tuple[LayerWeights, ...]:
    """Returns the layers in the order in which `model.get_weights()` has their weights.

    Args:
        graph: The graph.
        specs: What `infer_shapes` gives for it.
        prefix: What the names begin with.
    """
    weights, names = weights_of(graph, specs), keras_names(graph)
    found: list[LayerWeights] = []
    for index in functional_order(graph):
        layer, name = graph.layers[index], f"{prefix}{names[index]}"
        if layer.graph is not None:
            inner = infer_nested(graph, specs, index)
            found.extend(list_weights(layer.graph, inner, f"{name}/"))
        else:
            found.append(LayerWeights(name, layer, weights[index]))
    return tuple(found)
