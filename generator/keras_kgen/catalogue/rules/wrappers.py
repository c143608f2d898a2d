"""Rules of the layers that are made of other layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras_kgen.catalogue.rules.cells import state_count
from keras_kgen.catalogue.rules.configuration import full_config
from keras_kgen.catalogue.rules.recurrent import STATES
from keras_kgen.catalogue.rules.rule import (
    LayerCall,
    Result,
    Rule,
    Shapes,
    WeightSpec,
    known,
    scaled,
)
from keras_kgen.ir.expressions import ObjectCall
from keras_kgen.ir.tensors import TensorSpec

_MERGE_MODES = ("concat", "sum", "mul", "ave")
_SHARED_FLAGS = ("stateful", "return_sequences", "return_state")
# The layers with an attribute `kernel` or `embeddings`, which SpectralNormalization needs.
_WITH_KERNEL = (
    "Dense",
    "EinsumDense",
    "Embedding",
    "ReversibleEmbedding",
    "SpectralNormalization",
    *(f"Conv{rank}D" for rank in (1, 2, 3)),
    *(f"Conv{rank}DTranspose" for rank in (1, 2, 3)),
    *(f"DepthwiseConv{rank}D" for rank in (1, 2)),
)


def _bidirectional_shapes(call: LayerCall) -> Shapes:
    """Follows `Bidirectional.compute_output_shape`."""
    forward, _ = _directions(call)
    output, *states = (
        known(spec) for spec in call.apply(forward, call.tensor()).outputs
    )
    both = (*states, *states)
    if call.config.get("merge_mode") is None:
        return (output, output, *both)
    if call.choice("merge_mode", _MERGE_MODES) == "concat":
        output = (*output[:-1], scaled(output[-1], 2))
    return (output, *both)


def _bidirectional_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    results = (call.apply(layer, call.tensor()) for layer in _directions(call))
    return tuple(weight for result in results for weight in result.weights or ())


def _directions(call: LayerCall) -> tuple[ObjectCall, ObjectCall]:
    """Returns both layers; follows `Bidirectional._verify_layer_config`."""
    forward = _direction(call, "layer")
    config = full_config(forward.class_name, forward.arguments)
    if config.get("stateful") and config.get("return_state"):
        # `Bidirectional.compute_mask` raises a TypeError.
        raise call.error("a layer without stateful=True or return_state=True", "both")
    if call.config.get("backward_layer") is None:
        if config.get("go_backwards"):
            raise call.error("go_backwards=False in its layer", "go_backwards=True")
        return forward, forward
    backward = _direction(call, "backward_layer")
    other = full_config(backward.class_name, backward.arguments)
    if bool(config.get("go_backwards")) == bool(other.get("go_backwards")):
        raise call.error(
            "layers of which one has go_backwards=True",
            f"go_backwards={other.get('go_backwards')!r} in both",
        )
    for name in _SHARED_FLAGS:
        if config.get(name) != other.get(name):
            raise call.error(
                f"layers with the same {name!r}",
                f"{config.get(name)!r} and {other.get(name)!r}",
            )
    return forward, backward


def _direction(call: LayerCall, name: str) -> ObjectCall:
    layer = call.layer(name)
    if layer.class_name in (*STATES, "RNN"):
        return layer
    raise call.error(f"a recurrent layer as {name!r}", layer.class_name)


def _bidirectional_count(config: Mapping[str, Any], keywords: Mapping[str, Any]) -> int:
    layer = config.get("layer")
    outputs = 2 if config.get("merge_mode") is None else 1
    if not isinstance(layer, ObjectCall):
        return outputs
    inner = full_config(layer.class_name, layer.arguments)
    if not inner.get("return_state"):
        return outputs
    return outputs + 2 * STATES.get(layer.class_name, state_count(inner))


def _distribute(call: LayerCall) -> Result:
    """Applies the layer to one step; follows `TimeDistributed._get_child_input_shape`."""
    spec = call.tensor()
    shape = known(spec)
    if len(shape) < 3:
        raise call.error(
            "an input of rank 3 or more (batch, steps, ...)", f"shape {shape}"
        )
    layer = call.layer("layer")
    if layer.class_name == "Pipeline":
        raise call.error("a layer with a `compute_output_shape`", layer.class_name)
    return call.apply(layer, TensorSpec((shape[0], *shape[2:]), spec.dtype))


def _distributed_shapes(call: LayerCall) -> Shapes:
    result = _distribute(call)
    if len(result.outputs) != 1:
        raise call.error("a layer with one output", f"one with {len(result.outputs)}")
    batch, *rest = known(result.outputs[0])
    return ((batch, call.shape()[1], *rest),)


def _distributed_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    return _distribute(call).weights or ()


def _normalized(call: LayerCall) -> Result:
    """Applies the layer of a `SpectralNormalization`."""
    call.integer("power_iterations")
    return call.apply(_with_kernel(call), call.tensor())


def _with_kernel(call: LayerCall) -> ObjectCall:
    layer = call.layer("layer")
    if layer.class_name in _WITH_KERNEL:
        return layer
    raise call.error("a layer with a kernel or embeddings", layer.class_name)


def _spectral_shapes(call: LayerCall) -> Shapes:
    return tuple(map(known, _normalized(call).outputs))


def _spectral_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    """Follows `SpectralNormalization.build`.

    The kernel, which it holds too, comes before its own vector; with `lora_rank` the layer
    gives out a sum in place of the kernel, and the vector comes first.
    """
    inner = _normalized(call).weights or ()
    kernel = next(w for w in inner if w.name in ("kernel", "embeddings"))
    vector = WeightSpec("vector_u", (1, kernel.shape[-1]), False, kernel.dtype)
    if any(weight.name.startswith("lora_") for weight in inner):
        return (vector, *inner)
    return (kernel, vector, *(weight for weight in inner if weight is not kernel))


def _run_pipeline(call: LayerCall) -> tuple[Result, ...]:
    """Applies the layers of a `Pipeline` one after the other."""
    given = next(iter(call.arguments.values()), ())
    results: list[Result] = []
    for layer in call.layers("layers"):
        result = call.apply(layer, given)
        given = result.outputs if len(result.outputs) > 1 else result.outputs[0]
        results.append(result)
    return tuple(results)


def _pipeline_shapes(call: LayerCall) -> Shapes:
    return tuple(map(known, _run_pipeline(call)[-1].outputs))


def _pipeline_dtypes(call: LayerCall) -> tuple[str, ...]:
    return tuple(spec.dtype for spec in _run_pipeline(call)[-1].outputs)


def _pipeline_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    results = _run_pipeline(call)
    return tuple(weight for result in results for weight in result.weights or ())


RULES = {
    "Bidirectional": Rule(
        _bidirectional_shapes,
        _bidirectional_weights,
        _bidirectional_count,
        is_wrapper=True,
        check=_directions,
    ),
    "Pipeline": Rule(
        _pipeline_shapes,
        _pipeline_weights,
        dtypes=_pipeline_dtypes,
        is_wrapper=True,
    ),
    "SpectralNormalization": Rule(
        _spectral_shapes, _spectral_weights, is_wrapper=True, check=_with_kernel
    ),
    "TimeDistributed": Rule(_distributed_shapes, _distributed_weights, is_wrapper=True),
}
