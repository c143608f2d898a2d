"""What kind of layer a class is, for its colour."""

from __future__ import annotations

from enum import Enum

from keras_kgen.catalogue import registry
from keras_kgen.ir.graph import Layer, Node


class Family(Enum):
    """A kind of box; the value is the word in the legend."""

    END = "input, output"
    CONVOLUTION = "convolution"
    DENSE = "dense"
    EMBEDDING = "embedding"
    RECURRENT = "recurrent"
    ATTENTION = "attention"
    NORMALIZATION = "normalization"
    ACTIVATION = "activation"
    POOLING = "pooling"
    MERGING = "merging"
    RESHAPING = "reshaping"
    REGULARIZATION = "regularization"
    PREPROCESSING = "preprocessing"
    BLOCK = "block"
    MODEL = "model"
    OTHER = "other"


# By the part of Keras that defines a layer.
_GROUPS = {
    "activations": Family.ACTIVATION,
    "attention": Family.ATTENTION,
    "convolutional": Family.CONVOLUTION,
    "merging": Family.MERGING,
    "normalization": Family.NORMALIZATION,
    "pooling": Family.POOLING,
    "preprocessing": Family.PREPROCESSING,
    "regularization": Family.REGULARIZATION,
    "reshaping": Family.RESHAPING,
    "rnn": Family.RECURRENT,
}
# Layers of the part that is called `core`.
_CORE = {
    "Dense": Family.DENSE,
    "EinsumDense": Family.DENSE,
    "Embedding": Family.EMBEDDING,
    "ReversibleEmbedding": Family.EMBEDDING,
}


def family_of(layer: Layer, node: Node) -> Family:
    """Returns the family of a call of a layer."""
    if layer.graph is not None:
        return Family.MODEL
    if layer.kind == "op":
        several = len(list(node.tensors())) > 1
        return Family.MERGING if several else Family.OTHER
    entry = registry.lookup("layers", layer.class_name)
    if entry is None or layer.kind == "imported":
        return Family.OTHER
    return _CORE.get(entry.name) or _GROUPS.get(entry.group, Family.OTHER)
