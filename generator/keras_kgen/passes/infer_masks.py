"""Finds the tensors that carry a mask."""

from __future__ import annotations

from keras_kgen.catalogue.masking import gives_mask
from keras_kgen.ir.expressions import to_value
from keras_kgen.ir.graph import LayerGraph, TensorRef


def infer_masks(graph: LayerGraph) -> frozenset[TensorRef]:
    """Returns the tensors with a mask, as `Embedding(mask_zero=True)` makes them."""
    masked: set[TensorRef] = set()
    for index, node in enumerate(graph.nodes):
        if node.layer is None:
            continue
        layer = graph.layers[node.layer]
        if layer.kind != "layer":
            continue  # ops lose the mask
        config = {name: to_value(value) for name, value in layer.config.items()}
        comes_in = any(ref in masked for ref in node.tensors())
        if gives_mask(layer.class_name, config, comes_in):
            masked.add(TensorRef(index))
    return frozenset(masked)
