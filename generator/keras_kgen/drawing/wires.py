"""Which call reads what another call gives."""

from __future__ import annotations

from collections.abc import Mapping

from keras_kgen.drawing.outline import Spot
from keras_kgen.ir.graph import LayerGraph, Node, TensorRef, flatten

Wire = tuple[Spot, Spot]


def find_wires(graph: LayerGraph, expanded: bool = False) -> tuple[Wire, ...]:
    """Returns which calls are connected, each pair once.

    Args:
        graph: The graph.
        expanded: Whether calls within the models of the model stand for themselves.
    """
    tracer = _Tracer(expanded)
    given = {TensorRef(index): (index,) for index in range(len(graph.inputs))}
    outputs = tracer.trace(graph, (), given)
    for index, spot in enumerate(outputs):
        tracer.wires[spot, (len(graph.nodes) + index,)] = None
    return tuple(tracer.wires)


class _Tracer:
    """Follows tensors through a graph and the models within."""

    def __init__(self, expanded: bool) -> None:
        self.expanded = expanded
        self.wires: dict[Wire, None] = {}

    def trace(
        self, graph: LayerGraph, path: Spot, given: Mapping[TensorRef, Spot]
    ) -> list[Spot]:
        """Returns the calls that the outputs of a graph come from."""
        sources = dict(given)
        for index, node in enumerate(graph.nodes):
            if node.layer is None:
                continue
            spot = (*path, index)
            inner = graph.layers[node.layer].graph
            results = [spot] * node.outputs
            if inner is not None and self.expanded:
                results = self.trace(inner, spot, _handed(inner, node, sources))
            else:
                self.wires |= {(sources[ref], spot): None for ref in node.tensors()}
            for position, result in enumerate(results):
                sources[TensorRef(index, position)] = result
        return [sources[ref] for _, ref in graph.outputs]


def _handed(
    inner: LayerGraph, node: Node, sources: Mapping[TensorRef, Spot]
) -> dict[TensorRef, Spot]:
    """Returns where the inputs of a nested model come from: by position, the rest by name."""
    given = [ref for argument in node.args for ref in flatten(argument)]
    named = {name: next(flatten(item), None) for name, item in node.kwargs}
    given += [
        ref for item in inner.inputs[len(given) :] if (ref := named.get(item.name))
    ]
    return {TensorRef(index): sources[ref] for index, ref in enumerate(given)}
