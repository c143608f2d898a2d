"""Rules of the ops that make a tensor, of constants for the most part."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from keras_kgen.catalogue.rules.ops import dtypes
from keras_kgen.catalogue.rules.ops.call import OpCall, OpRule, Rules, Specs
from keras_kgen.catalogue.rules.ops.shapes import broadcast
from keras_kgen.catalogue.rules.rule import known
from keras_kgen.ir.tensors import Shape, TensorSpec


def nested_shape(value: Any) -> tuple[int, ...] | None:
    """Returns the shape of a number or of nested lists of numbers, None of anything else."""
    if isinstance(value, bool | int | float):
        return ()
    if not isinstance(value, list | tuple):
        return None
    shapes = set(map(nested_shape, value)) or {()}
    inner = shapes.pop()
    return None if shapes or inner is None else (len(value), *inner)


def array(value: Any) -> TensorSpec | None:
    """Returns the tensor that Keras makes of numbers, None where it makes none."""
    shape = nested_shape(value)
    if shape is None:
        return None
    kinds = {type(number) for number in _numbers(value)}
    if float in kinds or not kinds:
        return TensorSpec(shape, dtypes.FLOATX)
    return TensorSpec(shape, "bool" if kinds == {bool} else "int32")


def _numbers(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _numbers(item)
    else:
        yield value


def _converted(call: OpCall) -> Specs:
    tensor = array(call.config.get("x")) or call.tensor("x")
    return (TensorSpec(tensor.shape, call.dtype_of("dtype", tensor.dtype)),)


def _filled(call: OpCall) -> Specs:
    dtype = call.dtype_of("dtype", dtypes.FLOATX)
    return (TensorSpec(call.sizes("shape"), dtype),)


def _square(call: OpCall) -> Specs:
    """Follows `eye` and `tri`: as many columns as rows unless told."""
    first = next(iter(call.config))
    rows = call.scalar(first, 0)
    columns = call.scalar("M", 0) if call.has("M") else rows
    return (TensorSpec((rows, columns), call.dtype_of("dtype", dtypes.FLOATX)),)


def _arange(call: OpCall) -> Specs:
    """Follows `Arange`; a bound that is a tensor has no value here."""
    given = [call.config[n] for n in ("start", "stop", "step") if call.has(n)]
    numbers = [n for n in given if isinstance(n, int | float) and math.isfinite(n)]
    if len(numbers) < len(given) or not numbers or call.config.get("step") == 0:
        raise call.refusal("numbers as its bounds")
    start, stop = (numbers[0], numbers[1]) if call.has("stop") else (0, numbers[0])
    step = numbers[-1] if call.has("step") else 1
    size = max(0, math.ceil((stop - start) / step))
    dtype = dtypes.result_type(*map(_number_dtype, numbers))
    return (TensorSpec((size,), call.dtype_of("dtype", dtype)),)


def _number_dtype(value: float) -> str:
    return dtypes.WEAK_FLOAT if isinstance(value, float) else dtypes.WEAK_INTEGER


def _spaced(call: OpCall) -> Specs:
    """Follows `Linspace`: `num` points at a new axis."""
    start, stop = call.operand("start"), call.operand("stop")
    ends = broadcast(call, known(start), known(stop))
    axis = call.axis_of("axis", len(ends) + 1)
    shape: Shape = (*ends[:axis], call.scalar("num", 0), *ends[axis:])
    if call.flag("retstep"):
        raise call.refusal("retstep=False", "retstep")
    dtype = call.dtype_of("dtype", dtypes.native(start.dtype))
    return (TensorSpec(shape, dtypes.promoted_float(dtype)),)


def _window(call: OpCall) -> Specs:
    """Follows `hamming` and the like, which take a number and no tensor."""
    return (TensorSpec((call.scalar("x", 0),)),)


_FILLED, _SPACED, _SQUARE = OpRule(_filled), OpRule(_spaced), OpRule(_square)
_CONVERTED = OpRule(_converted, preserves_shape=True)

RULES: Rules = {
    **dict.fromkeys(("empty", "full", "ones", "zeros"), _FILLED),
    **dict.fromkeys(("eye", "identity", "tri"), _SQUARE),
    **dict.fromkeys(("geomspace", "linspace", "logspace"), _SPACED),
    **dict.fromkeys(
        ("bartlett", "blackman", "hamming", "hanning", "kaiser"), OpRule(_window)
    ),
    "arange": OpRule(_arange),
    "array": _CONVERTED,
    "convert_to_tensor": _CONVERTED,
}
