"""Which blocks meet a mask, and whether it comes out of them again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keras_kgen.backends.attributes import Use
from keras_kgen.ir.graph import LayerGraph, Origin, TensorRef
from keras_kgen.records import record


@record
class MaskUse:
    """What a block that meets a mask does with it: does it come out again?"""

    goes_out: bool


def mask_uses(
    uses: Mapping[str, list[Use]], graph: LayerGraph, masks: frozenset[TensorRef]
) -> dict[str, MaskUse]:
    """Returns what each block that meets a mask does with it.

    Args:
        uses: The uses of each block.
        graph: The model's graph.
        masks: The tensors of the graph that carry a mask.
    """
    found: dict[str, MaskUse] = {}
    if not masks:
        return found
    for name, places in uses.items():
        origins = [use.origin for use in places if use.graph is graph]
        coming_in = {ref for o in origins for ref in entering(graph, o)}
        leaving = {ref for o in origins for ref in _crossing(graph, o, inwards=False)}
        if coming_in & masks:
            found[name] = MaskUse(bool(leaving & masks))
    return found


def entering(graph: LayerGraph, origin: Origin) -> Iterator[TensorRef]:
    """Yields the tensors that go into the part of a graph at an origin."""
    return _crossing(graph, origin, inwards=True)


def _crossing(graph: LayerGraph, origin: Origin, inwards: bool) -> Iterator[TensorRef]:
    """Yields the tensors that enter, or leave, the part of a graph at an origin."""

    def is_inside(index: int) -> bool:
        return graph.nodes[index].origin[: len(origin)] == origin

    for index, node in enumerate(graph.nodes):
        if is_inside(index) != inwards:
            continue
        for ref in node.tensors():
            if is_inside(ref.node) != inwards:
                yield ref
    if not inwards:
        for _, ref in graph.outputs:
            if is_inside(ref.node):
                yield ref
