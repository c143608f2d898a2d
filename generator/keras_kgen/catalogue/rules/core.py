"""Rules of the core layers: Dense, Embedding and those that change nothing."""

from __future__ import annotations

from collections.abc import Mapping

from keras_kgen.catalogue.rules.einsum import einsum_shapes, einsum_weights
from keras_kgen.catalogue.rules.rule import (
    Given,
    LayerCall,
    Rule,
    Shapes,
    WeightSpec,
    kernel_and_bias,
    known,
    with_lora,
)
from keras_kgen.ir.tensors import Shape, TensorSpec


def same_shape(call: LayerCall) -> Shapes:
    """Returns the shape of the one input."""
    return (call.shape(),)


def _dense_shapes(call: LayerCall) -> Shapes:
    shape = call.shape()
    if len(shape) < 2:
        raise call.error("an input of rank 2 or more", f"shape {shape}")
    return ((*shape[:-1], call.integer("units")),)


def _dense_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    units = call.integer("units")
    bias = (units,) if call.flag("use_bias") else None
    kernel = (call.defined(call.shape(), -1), units)
    return with_lora(call, kernel_and_bias(kernel, bias))


def _embedding_shapes(call: LayerCall) -> Shapes:
    return ((*call.shape(), call.integer("output_dim")),)


def _embedding_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    shape = (call.integer("input_dim"), call.integer("output_dim"))
    return with_lora(call, (WeightSpec("embeddings", shape),))


def _identity_shapes(call: LayerCall) -> Shapes:
    return _flat_shapes(next(iter(call.arguments.values()), ()))


def _flat_shapes(given: Given) -> Shapes:
    """Returns the shapes of nested tensors in the order of Keras' `tree.flatten`."""
    if isinstance(given, TensorSpec):
        return (known(given),)
    items: tuple[Given, ...] = ()
    if isinstance(given, tuple):
        items = given
    elif isinstance(given, Mapping):
        items = tuple(given[key] for key in sorted(given))
    found: list[Shape] = []
    for item in items:
        found.extend(_flat_shapes(item))
    return tuple(found)


RULES = {
    "Dense": Rule(_dense_shapes, _dense_weights),
    "EinsumDense": Rule(einsum_shapes, einsum_weights),
    "Embedding": Rule(_embedding_shapes, _embedding_weights),
    "Identity": Rule(_identity_shapes, preserves_shape=True, keeps_dtype=True),
    "Masking": Rule(same_shape, preserves_shape=True),
}
