"""Finds the tensors that carry a mask."""

from __future__ import annotations

from keras_kgen.catalogue.masking import MASK_MAKERS, gives_mask
from keras_kgen.ir.expressions import to_value
from keras_kgen.ir.graph import LayerGraph, Node, TensorRef

# Layers that take the mask off the tensors that they are called with, outside of a
# functional model; see `MultiHeadAttention.call` of Keras 3.15.1.
_STRIPPING = ("MultiHeadAttention",)


def find_lost_masks(graph: LayerGraph, masks: frozenset[TensorRef]) -> list[Node]:
    """Returns the calls after which a masked tensor is read again without its mask."""
    found = []
    for index, node in enumerate(graph.nodes):
        layer = graph.layers[node.layer] if node.layer is not None else None
        if layer is None or layer.class_name not in _STRIPPING:
            continue
        masked = masks.intersection(node.tensors())
        later = (ref for other in graph.nodes[index + 1 :] for ref in other.tensors())
        if masked.intersection(later):
            found.append(node)
    return found


def infer_masks(graph: LayerGraph) -> frozenset[TensorRef]:
    """Returns the tensors with a mask, as `Embedding(mask_zero=True)` makes them."""
    masked: set[TensorRef] = set()
    for index, node in enumerate(graph.nodes):
        if node.layer is None:
            continue
        layer = graph.layers[node.layer]
        if layer.kind != "layer":
            continue  # ops lose the mask
        comes_in = bool(masked) and any(ref in masked for ref in node.tensors())
        if not comes_in and layer.class_name not in MASK_MAKERS:
            continue
        config = {name: to_value(value) for name, value in layer.config.items()}
        if gives_mask(layer.class_name, config, comes_in):
            masked.add(TensorRef(index))
    return frozenset(masked)
