"""Rules of the ops of neural networks: softmax, normalization, losses, codes, attention."""

from __future__ import annotations

from dataclasses import replace

from keras_kgen.catalogue.rules.ops import dtypes
from keras_kgen.catalogue.rules.ops.call import OpCall, OpRule, Rules, Specs
from keras_kgen.catalogue.rules.ops.shapes import without
from keras_kgen.catalogue.rules.rule import known
from keras_kgen.ir.tensors import Shape, TensorSpec


def _softmax(call: OpCall) -> Specs:
    call.axes_of("axis", len(call.shape()))
    return (call.tensor(),)


def _sparsemax(call: OpCall) -> Specs:
    call.axis_of("axis", len(call.shape()))
    return (call.tensor(),)


def _normalize(call: OpCall) -> Specs:
    """Follows `Normalize`, which gives the standard type whatever it gets."""
    (tensor,) = _softmax(call)
    call.scalar("order", 1)
    return (TensorSpec(tensor.shape),)


def _normalized(call: OpCall) -> Specs:
    """Follows `LayerNorm` and `RMSNorm`."""
    return _softmax(call)


def _batch_normalized(call: OpCall) -> Specs:
    """Follows `BatchNorm`, which does not take an offset without a scale."""
    shape = call.shape("x")
    size = (shape[call.axis_of("axis", len(shape))],)
    names = ["mean", "variance", *filter(call.has, ("offset", "scale"))]
    if call.has("offset"):
        names.append("scale")
    for name in dict.fromkeys(names):
        if call.shape(name) != size:
            raise call.refusal(f"a vector of {size[0]} numbers as {name!r}", name)
    return (call.tensor("x"),)


def _one_hot_shape(call: OpCall) -> Shape:
    """Follows `OneHot`, which takes no negative axis but the last."""
    shape, axis = call.shape(), call.scalar("axis", -1)
    if axis >= len(shape):
        raise call.refusal(f"-1 or an axis before {len(shape)} as 'axis'", "axis")
    at = len(shape) if axis == -1 else axis
    return (*shape[:at], call.scalar("num_classes", 0), *shape[at:])


def _one_hot(call: OpCall) -> Specs:
    dtype = call.dtype_of("dtype", dtypes.FLOATX)
    return (TensorSpec(_one_hot_shape(call), dtype),)


def _multi_hot(call: OpCall) -> Specs:
    """Follows `MultiHot`, which keeps the type of its tensor."""
    old_name = call.config.get("kwargs", {}).get("num_tokens")
    if old_name is not None and not call.has("num_classes"):
        call = replace(call, config={**call.config, "num_classes": old_name})
    shape = _one_hot_shape(call)
    if len(shape) == 1:
        raise call.error("a tensor of rank 1 or more", "shape ()")
    joined = shape[-1:] if len(shape) == 2 else (shape[0], *shape[2:])
    return (TensorSpec(joined, call.tensor().dtype),)


def _binary_crossentropy(call: OpCall) -> Specs:
    if call.shape("target") != call.shape("output"):
        raise call.refusal("a target of the shape of its output", "target", "output")
    return (call.tensor("output"),)


def _categorical_crossentropy(call: OpCall) -> Specs:
    """Follows `CategoricalCrossentropy`, whose result lacks the last axis, not `axis`."""
    (output,) = _binary_crossentropy(call)
    if not known(output):
        raise call.refusal("an output of rank 1 or more", "output")
    return (TensorSpec(known(output)[:-1], output.dtype),)


def _sparse_crossentropy(call: OpCall) -> Specs:
    output, target = call.shape("output"), call.shape("target")
    rest = without(output, call.axis_of("axis", len(output)))
    if len(target) == len(output) and target[-1] == 1:
        target = target[:-1]
    if target != rest:
        raise call.refusal(
            f"a target of shape {rest} for its output", "target", "output"
        )
    return (TensorSpec(rest, call.tensor("output").dtype),)


def _ctc_loss(call: OpCall) -> Specs:
    names = ("target", "output", "target_length", "output_length")
    batches = {call.shape(name)[:1] for name in names}
    if len(batches) > 1 or () in batches:
        raise call.refusal("tensors of one batch size", *names)
    dtype = dtypes.result_type(call.tensor("output").dtype, dtypes.FLOATX)
    return (TensorSpec(batches.pop(), dtype),)


def _ctc_decode(call: OpCall) -> Specs:
    shape = call.shape("inputs")
    if len(shape) < 2:
        raise call.refusal("a tensor of rank 2 or more as 'inputs'", "inputs")
    is_greedy = call.choice("strategy", ("greedy", "beam_search")) == "greedy"
    paths = 1 if is_greedy else call.scalar("top_paths", 1)
    dtype = dtypes.result_type(call.tensor("inputs").dtype, dtypes.FLOATX)
    decoded = TensorSpec((paths, *shape[:2]), "int32")
    return (decoded, TensorSpec((shape[0], paths), dtype))


def _attention(call: OpCall) -> Specs:
    """Follows `DotProductAttention`: the result has the shape of the query."""
    if call.has("attn_logits_soft_cap"):
        raise call.refusal("no attn_logits_soft_cap", "attn_logits_soft_cap")
    tensors = [call.tensor(name) for name in ("query", "key", "value")]
    for name, tensor in zip(("query", "key", "value"), tensors, strict=True):
        if len(known(tensor)) != 4:
            raise call.refusal(f"a {name} of rank 4 (batch, steps, heads, size)", name)
    dtype = dtypes.result_type(*(tensor.dtype for tensor in tensors))
    return (TensorSpec(tensors[0].shape, dtype),)


def _psnr(call: OpCall) -> Specs:
    if len(call.shape("x1")) != len(call.shape("x2")):
        raise call.refusal("tensors of one rank", "x1", "x2")
    return (TensorSpec(()),)


_SOFTMAX = OpRule(_softmax, preserves_shape=True)

RULES: Rules = {
    "batch_normalization": OpRule(_batch_normalized),
    "binary_crossentropy": OpRule(_binary_crossentropy),
    "categorical_crossentropy": OpRule(_categorical_crossentropy),
    "ctc_decode": OpRule(_ctc_decode, count=lambda values: 2),
    "ctc_loss": OpRule(_ctc_loss),
    "dot_product_attention": OpRule(_attention),
    "layer_normalization": OpRule(_normalized),
    "log_softmax": _SOFTMAX,
    "multi_hot": OpRule(_multi_hot),
    "normalize": OpRule(_normalize, preserves_shape=True),
    "one_hot": OpRule(_one_hot),
    "psnr": OpRule(_psnr),
    "rms_normalization": OpRule(_normalized),
    "softmax": _SOFTMAX,
    "sparse_categorical_crossentropy": OpRule(_sparse_crossentropy),
    "sparsemax": OpRule(_sparsemax, preserves_shape=True),
}
