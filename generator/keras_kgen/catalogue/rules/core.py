"""Rules of the core layers: Dense, Embedding and those that change nothing."""

from __future__ import annotations

from keras_kgen.catalogue.rules.einsum import einsum_shapes, einsum_weights, equation
from keras_kgen.catalogue.rules.rule import (
    LayerCall,
    NoRuleError,
    Rule,
    Shapes,
    WeightSpec,
    is_integer,
    kept_dtypes,
    kernel_and_bias,
    known,
    specs_in,
    with_lora,
)
from keras_kgen.ir.expressions import Reference


def same_shape(call: LayerCall) -> Shapes:
    """Returns the shape of the one input."""
    return (call.shape(),)


def _dense_shapes(call: LayerCall) -> Shapes:
    shape = call.shape()
    if len(shape) < 2:
        raise call.error(
            "an input of rank 2 or more",
            f"shape {shape}",
            "give the size under 'inputs', [1] for one number",
        )
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


def nested_shapes(call: LayerCall) -> Shapes:
    """Returns the shapes of the first argument, in the order of Keras' `tree.flatten`."""
    return tuple(map(known, specs_in(next(iter(call.arguments.values()), ()))))


def _reversible_shapes(call: LayerCall) -> Shapes:
    """Follows `ReversibleEmbedding.compute_output_spec`."""
    if not call.is_true("reverse"):
        return _embedding_shapes(call)
    shape, size = call.shape(), call.integer("output_dim")
    if not shape or shape[-1] not in (size, None):
        raise call.error(
            f"an input whose last axis has size {size} with reverse=True",
            f"shape {shape}",
        )
    return ((*shape[:-1], call.integer("input_dim")),)


def _reversible_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    weights = _embedding_weights(call)
    if call.flag("tie_weights"):
        return weights
    if call.config.get("lora_rank"):
        raise call.error(
            "tie_weights=True with lora_rank",
            f"tie_weights={call.config['tie_weights']!r}",
        )
    shape = (call.integer("output_dim"), call.integer("input_dim"))
    return (*weights, WeightSpec("reverse_embeddings", shape))


def _lambda_shapes(call: LayerCall) -> Shapes:
    """Follows `Lambda.compute_output_shape`, which adds the size of the batch."""
    shape = call.config.get("output_shape")
    function = call.config.get("function")
    if shape is None and isinstance(function, Reference) and not function.module:
        # The author's function, which is not known: the input's shape is the best guess.
        return (nested_shapes(call)[0],)
    if not isinstance(shape, list | tuple) or not all(map(_is_dim, shape)):
        raise NoRuleError("the function says what the shape is")
    first = next(specs_in(tuple(call.arguments.values())), None)
    return (((known(first)[0] if first else None), *shape),)


def _is_dim(value: object) -> bool:
    return value is None or is_integer(value)


RULES = {
    "Dense": Rule(_dense_shapes, _dense_weights),
    "EinsumDense": Rule(einsum_shapes, einsum_weights, check=equation),
    "Embedding": Rule(_embedding_shapes, _embedding_weights),
    "Identity": Rule(nested_shapes, preserves_shape=True, dtypes=kept_dtypes),
    "Masking": Rule(same_shape, preserves_shape=True),
    "ReversibleEmbedding": Rule(_reversible_shapes, _reversible_weights),
}
# A function says what its Lambda gives, unless the layer is told.
LAMBDA = Rule(_lambda_shapes)
