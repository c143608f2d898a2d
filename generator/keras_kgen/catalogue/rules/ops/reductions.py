"""Rules of the ops that reduce axes, and of those that accumulate along one."""

from __future__ import annotations

from collections.abc import Callable

from keras_kgen.catalogue.rules.ops import dtypes
from keras_kgen.catalogue.rules.ops.call import OpCall, OpRule, Rules, Specs
from keras_kgen.catalogue.rules.ops.shapes import fits, match, reduce, without
from keras_kgen.catalogue.rules.reshaping import product
from keras_kgen.catalogue.rules.rule import known
from keras_kgen.ir.tensors import Shape, TensorSpec


def _integers(dtype: str) -> str:
    return "int32"


def _sum(dtype: str) -> str:
    return dtypes.summed(dtypes.result_type(dtype))


def _mean(dtype: str) -> str:
    """Follows `Mean`: integers of 64 bits become floats of 32."""
    if dtypes.is_integral(dtype):
        return dtypes.result_type(dtype, dtypes.FLOATX)
    return dtype


def _percentile(dtype: str) -> str:
    return dtype if "float" in dtype else dtypes.FLOATX


def _nanpercentile(dtype: str) -> str:
    if "int" in dtype:
        return dtypes.FLOATX
    return dtypes.promoted_float(dtype)


_REDUCTIONS: dict[Callable[[str], str], tuple[str, ...]] = {
    dtypes.same: ("amax", "amin", "max", "min", "ptp"),
    dtypes.boolean: ("all", "any"),
    dtypes.result_type: ("nanmax", "nanmin"),
    dtypes.promoted_float: ("nanmean", "nanmedian", "nanstd", "nanvar", "var"),
    dtypes.floating: ("median",),
    dtypes.float_of_integers: ("std",),
    dtypes.summed: ("nanprod",),
    dtypes.standard: ("logsumexp",),
    _integers: ("argmax", "argmin", "count_nonzero", "nanargmax", "nanargmin"),
    _mean: ("mean",),
    _sum: ("nansum", "sum"),
}


def reduced(call: OpCall, name: str = "axis") -> Shape:
    """Returns the shape of the first tensor, reduced over the axes of that name."""
    shape = call.shape()
    return reduce(shape, call.axes_of(name, len(shape)), call.flag("keepdims"))


def _reduction(dtype: Callable[[str], str]) -> OpRule:
    def outputs(call: OpCall) -> Specs:
        return (TensorSpec(reduced(call), dtype(call.tensor().dtype)),)

    return OpRule(outputs)


def _product(call: OpCall) -> Specs:
    dtype = call.dtype_of("dtype", dtypes.summed(call.tensor().dtype))
    return (TensorSpec(reduced(call), dtype),)


def _quantile(dtype: Callable[[str], str], one_counts: bool) -> OpRule:
    """Follows `Percentile` and `Quantile`, which treat a list of one differently."""

    def outputs(call: OpCall) -> Specs:
        lead: Shape = ()
        q = call.config["q"]
        if isinstance(q, TensorSpec):
            lead = known(q)[:1]
        elif isinstance(q, list | tuple) and (one_counts or len(q) > 1):
            lead = (len(q),)
        return (TensorSpec((*lead, *reduced(call)), dtype(call.tensor().dtype)),)

    return OpRule(outputs)


def _norm(call: OpCall) -> Specs:
    """Follows `Norm`, whose `ord` is for a vector or for a matrix."""
    shape, order = call.shape(), call.config.get("ord")
    axes = call.axes_of("axis", len(shape))
    count = len(shape if axes is None else axes)
    matrix_norms = (None, "fro", "nuc", float("inf"), float("-inf"), 1, -1, 2, -2)
    is_word = isinstance(order, str)
    if (is_word and (count == 1 or order not in ("fro", "nuc"))) or (
        count == 2 and order not in matrix_norms
    ):
        kind = "vector" if count == 1 else "matrix"
        raise call.refusal(f"the order of a {kind} norm as 'ord'", "ord")
    dtype = dtypes.float_of_integers(call.tensor().dtype)
    return (TensorSpec(reduced(call), dtype),)


def _moments(call: OpCall) -> Specs:
    return (TensorSpec(reduced(call, "axes"), call.tensor().dtype),) * 2


def _average(call: OpCall) -> Specs:
    """Follows `Average`, whose weights have the shape of `x` or of its axis."""
    tensor, shape = call.tensor("x"), call.shape("x")
    axis = call.axis_of("axis", len(shape)) if call.has("axis") else None
    types = [tensor.dtype]
    if call.has("weights"):
        weights = call.tensor("weights")
        types.append(weights.dtype)
        is_one_axis = (
            axis is not None
            and len(known(weights)) == 1
            and fits(known(weights)[0], shape[axis])
        )
        if not is_one_axis and not match(shape, known(weights)):
            raise call.refusal("weights that fit its tensor", "x", "weights", "axis")
    result = () if axis is None else without(shape, axis)
    return (TensorSpec(result, dtypes.promoted_float(*types)),)


def _cumulative(call: OpCall) -> Specs:
    """Follows `Cumsum`, which flattens without an axis."""
    shape = call.shape()
    if call.has("axis"):
        call.axis_of("axis", len(shape))
    else:
        shape = (product(shape),)
    dtype = call.dtype_of("dtype", call.tensor().dtype)
    return (TensorSpec(shape, dtypes.integer_of_boolean(dtype)),)


def _ordered(dtype: Callable[[str], str]) -> OpRule:
    """Follows `Sort`, which flattens where the axis is None."""

    def outputs(call: OpCall) -> Specs:
        tensor, shape = call.tensor(), call.shape()
        if call.has("axis"):
            call.axis_of("axis", len(shape))
        else:
            shape = (product(shape),)
        return (TensorSpec(shape, dtype(tensor.dtype)),)

    return OpRule(outputs)


def _argpartition(call: OpCall) -> Specs:
    call.scalar("kth")
    return _ordered(_integers).outputs(call)


def _trapezoid(call: OpCall) -> Specs:
    tensor, shape = call.tensor("y"), call.shape("y")
    if call.has("axis") and shape:
        shape = without(shape, call.axis_of("axis", len(shape)))
    return (TensorSpec(shape, dtypes.promoted_float(tensor.dtype)),)


def _difference(call: OpCall) -> Specs:
    tensor, shape = call.tensor(), call.shape()
    axis, order = call.axis_of("axis", len(shape)), call.scalar("n", 0)
    size = shape[axis]
    left = None if size is None else max(size - order, 0)
    return (TensorSpec((*shape[:axis], left, *shape[axis + 1 :]), tensor.dtype),)


def _segments(call: OpCall) -> Specs:
    data, ids = call.shape("data"), call.shape("segment_ids")
    if len(ids) != 1 or not data or not fits(ids[0], data[0]):
        raise call.refusal("one segment id for each row", "data", "segment_ids")
    count = call.scalar("num_segments", 0) if call.has("num_segments") else None
    return (TensorSpec((count, *data[1:]), call.tensor("data").dtype),)


def _top_k(call: OpCall) -> Specs:
    tensor, shape = call.tensor(), call.shape()
    if not shape:
        raise call.refusal("a tensor of rank 1 or more", "x")
    best = (*shape[:-1], call.scalar("k", 0))
    return (TensorSpec(best, tensor.dtype), TensorSpec(best, "int32"))


def _in_top_k(call: OpCall) -> Specs:
    return (TensorSpec(call.shape("targets"), "bool"),)


def _bincount(call: OpCall) -> Specs:
    tensor, shape = call.tensor("x"), call.shape("x")
    dtype = "int32"
    if call.has("weights"):
        dtype = dtypes.result_type(tensor.dtype, call.operand("weights").dtype)
    return (TensorSpec((*shape[:-1], None), dtype),)


def _histogram(call: OpCall) -> Specs:
    bins, limits = call.scalar("bins", 0), call.config.get("range")
    if limits and (
        not isinstance(limits, tuple)
        or len(limits) != 2
        or not all(isinstance(limit, int | float) for limit in limits)
        or limits[1] < limits[0]
    ):
        raise call.refusal("two numbers that ascend as 'range'", "range")
    dtype = call.tensor("x").dtype
    return (TensorSpec((bins,), dtype), TensorSpec((bins + 1,), dtype))


def _ndim(call: OpCall) -> Specs:
    """Follows `Ndim`, whose tensor is as long as the rank."""
    return (TensorSpec((len(call.shape()),)),)


def _size(call: OpCall) -> Specs:
    call.tensor()
    return (TensorSpec((), "int32"),)


def _two(values: object) -> int:
    return 2


_ACCUMULATED = ("cumprod", "cumsum", "nancumprod", "nancumsum")
_SEGMENTED = ("segment_max", "segment_min", "segment_prod", "segment_sum")

RULES: Rules = {
    **{n: _reduction(dtype) for dtype, names in _REDUCTIONS.items() for n in names},
    **dict.fromkeys(_ACCUMULATED, OpRule(_cumulative)),
    **dict.fromkeys(_SEGMENTED, OpRule(_segments)),
    "argpartition": OpRule(_argpartition),
    "argsort": _ordered(_integers),
    "average": OpRule(_average),
    "bincount": OpRule(_bincount),
    "diff": OpRule(_difference),
    "histogram": OpRule(_histogram, count=_two),
    "in_top_k": OpRule(_in_top_k),
    "moments": OpRule(_moments, count=_two),
    "nanpercentile": _quantile(_nanpercentile, True),
    "nanquantile": _quantile(dtypes.floating, False),
    "ndim": OpRule(_ndim),
    "norm": OpRule(_norm),
    "percentile": _quantile(_percentile, True),
    "prod": OpRule(_product),
    "quantile": _quantile(dtypes.floating, False),
    "size": OpRule(_size),
    "sort": _ordered(dtypes.same),
    "top_k": OpRule(_top_k, count=_two),
    "trapezoid": OpRule(_trapezoid),
}
