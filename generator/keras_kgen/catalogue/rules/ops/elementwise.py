"""Rules of the ops that work element by element, on one tensor or on two."""

from __future__ import annotations

from collections.abc import Callable

from keras_kgen.catalogue.rules.ops import dtypes
from keras_kgen.catalogue.rules.ops.call import OpCall, OpRule, Rules, Specs, shape_of
from keras_kgen.catalogue.rules.ops.shapes import broadcast
from keras_kgen.catalogue.rules.rule import known
from keras_kgen.ir.tensors import TensorSpec

# Each gives the shape of its tensor, with a type that follows from the tensor's.
_UNARY: dict[Callable[[str], str], tuple[str, ...]] = {
    dtypes.same: (
        "abs",
        "absolute",
        "bitwise_invert",
        "bitwise_not",
        "celu",
        "conj",
        "conjugate",
        "copy",
        "elu",
        "erf",
        "erfinv",
        "gelu",
        "hard_shrink",
        "hard_sigmoid",
        "hard_silu",
        "hard_tanh",
        "imag",
        "leaky_relu",
        "log_sigmoid",
        "nan_to_num",
        "negative",
        "real",
        "relu",
        "relu6",
        "round",
        "rsqrt",
        "selu",
        "sigmoid",
        "sign",
        "silu",
        "soft_shrink",
        "softplus",
        "softsign",
        "sparse_plus",
        "sparse_sigmoid",
        "squareplus",
        "stop_gradient",
        "tanh_shrink",
        "threshold",
        "trunc",
    ),
    dtypes.floating: (
        "angle",
        "arccos",
        "arccosh",
        "arcsin",
        "arcsinh",
        "arctan",
        "arctanh",
        "ceil",
        "cos",
        "cosh",
        "floor",
        "log",
        "log10",
        "log1p",
        "log2",
        "sin",
        "sinc",
        "sinh",
        "sqrt",
        "tan",
        "tanh",
    ),
    dtypes.float_of_integers: ("exp", "exp2", "expm1"),
    dtypes.wide_float_of_integers: ("cbrt",),
    dtypes.angular: ("deg2rad", "i0", "rad2deg"),
    dtypes.integer_of_boolean: ("clip", "square"),
    dtypes.promoted_float: ("erfc",),
    dtypes.standard: ("reciprocal",),
    dtypes.boolean: (
        "isfinite",
        "isinf",
        "isnan",
        "isneginf",
        "isposinf",
        "isreal",
        "logical_not",
        "signbit",
    ),
}

# Each gives the broadcast shape of its operands, with a type that follows from theirs.
_BINARY: dict[Callable[..., str], tuple[str, ...]] = {
    dtypes.result_type: (
        "add",
        "floor_divide",
        "fmax",
        "fmin",
        "maximum",
        "minimum",
        "multiply",
        "power",
        "subtract",
    ),
    dtypes.promoted_float: (
        "divide",
        "divide_no_nan",
        "logaddexp",
        "logaddexp2",
        "true_divide",
    ),
    dtypes.integer_of_boolean: ("fmod", "mod"),
    dtypes.promoted_native: ("gcd", "lcm"),
}
_COMPARISONS = (
    "equal",
    "greater",
    "greater_equal",
    "isclose",
    "less",
    "less_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
    "not_equal",
)


def _unary(dtype: Callable[[str], str]) -> OpRule:
    def outputs(call: OpCall) -> Specs:
        tensor = call.tensor()
        return (TensorSpec(tensor.shape, dtype(tensor.dtype)),)

    return OpRule(outputs, preserves_shape=True)


def _binary(dtype: Callable[..., str]) -> OpRule:
    def outputs(call: OpCall) -> Specs:
        one, other = call.pair()
        shape = broadcast(call, known(one), known(other))
        return (TensorSpec(shape, dtype(one.dtype, other.dtype)),)

    return OpRule(outputs)


def _comparison(call: OpCall) -> Specs:
    one, other, *_ = call.config.values()
    return (TensorSpec(broadcast(call, shape_of(one), shape_of(other)), "bool"),)


def _native_float(*given: str) -> str:
    return dtypes.promoted_float(*map(dtypes.native, given))


def _arctan2(call: OpCall) -> Specs:
    """Follows `Arctan2`, for which every number is a float."""
    one, other = call.pair()
    types = [
        spec.dtype if isinstance(call.arguments[name], TensorSpec) else dtypes.FLOATX
        for name, spec in (("x1", one), ("x2", other))
    ]
    shape = broadcast(call, known(one), known(other))
    return (TensorSpec(shape, dtypes.promoted_float(*types)),)


def _two_tensors(call: OpCall) -> Specs:
    """Follows `Hypot` and `Heaviside`, which take no numbers."""
    one, other = map(call.tensor, ("x1", "x2"))
    dtype = dtypes.result_type(one.dtype, other.dtype)
    if dtype != "bool":
        dtype = dtypes.wide_float_of_integers(dtype)
    return (TensorSpec(broadcast(call, known(one), known(other)), dtype),)


def _bitwise(call: OpCall) -> Specs:
    """Follows `BitwiseAnd`, whose result has the shape of the first tensor."""
    one, other = map(call.tensor, ("x", "y"))
    return (TensorSpec(one.shape, dtypes.result_type(one.dtype, other.dtype)),)


def _shift(call: OpCall) -> Specs:
    if isinstance(call.config.get("y"), int):
        return (call.tensor("x"),)
    return _bitwise(call)


def _fabs(call: OpCall) -> Specs:
    tensor = call.tensor()
    if "complex" in tensor.dtype:
        raise call.error("real numbers", f"type {tensor.dtype}")
    return (TensorSpec(tensor.shape, dtypes.float_of_integers(tensor.dtype)),)


def _cast(call: OpCall) -> Specs:
    return (TensorSpec(call.shape(), call.dtype_of("dtype", dtypes.FLOATX)),)


def _like(call: OpCall) -> Specs:
    tensor = call.tensor()
    return (TensorSpec(tensor.shape, call.dtype_of("dtype", tensor.dtype)),)


def _where(call: OpCall) -> Specs:
    """Follows `Where`; without a choice it gives indices."""
    if call.has("x1") != call.has("x2"):
        raise call.refusal("both 'x1' and 'x2', or neither", "x1", "x2")
    condition = shape_of(call.config["condition"])
    if not call.has("x1"):
        return (TensorSpec(condition, "int64"),)
    one, other = call.operand("x1"), call.operand("x2")
    shape = broadcast(call, condition, known(one), known(other))
    return (TensorSpec(shape, dtypes.result_type(one.dtype, other.dtype)),)


def _select(call: OpCall) -> Specs:
    """Follows `Select`: the first choice gives shape and type."""
    if not isinstance(call.config.get("condlist"), list | tuple) or not len(
        call.config["condlist"]
    ):
        raise call.refusal("a list of conditions as 'condlist'", "condlist")
    choices = call.config.get("choicelist")
    if (
        isinstance(choices, list | tuple)
        and choices
        and isinstance(choices[0], TensorSpec)
    ):
        return (choices[0],)
    raise call.refusal("a list of tensors as 'choicelist'", "choicelist")


def _isin(call: OpCall) -> Specs:
    return (TensorSpec(call.shape("x1"), "bool"),)


def _allclose(call: OpCall) -> Specs:
    return (TensorSpec((), "bool"),)


def _bins(call: OpCall) -> Specs:
    if len(call.shape("bins")) > 1:
        raise call.refusal("a tensor of rank 1 as 'bins'", "bins")
    return (TensorSpec(call.shape("x"), "int32"),)


def _searched(call: OpCall) -> Specs:
    """Follows `SearchSorted`, whose indices are short where the sequence is known to be."""
    sequence = call.shape("sorted_sequence")
    if len(sequence) != 1:
        raise call.refusal("a sequence of rank 1", "sorted_sequence")
    dtype = "int64" if sequence[0] is None else "int32"
    return (TensorSpec(call.shape("values"), dtype),)


def _polar(call: OpCall) -> Specs:
    call.tensor("angle")
    return (TensorSpec(call.shape("abs_")),)


_LIKE = OpRule(_like, preserves_shape=True)
_CAST = OpRule(_cast, preserves_shape=True)

RULES: Rules = {
    **{name: _unary(dtype) for dtype, names in _UNARY.items() for name in names},
    **{name: _binary(dtype) for dtype, names in _BINARY.items() for name in names},
    **dict.fromkeys(_COMPARISONS, OpRule(_comparison)),
    **dict.fromkeys(("bitwise_and", "bitwise_or", "bitwise_xor"), OpRule(_bitwise)),
    **dict.fromkeys(
        ("bitwise_left_shift", "bitwise_right_shift", "left_shift", "right_shift"),
        OpRule(_shift),
    ),
    **dict.fromkeys(("empty_like", "ones_like", "zeros_like"), _LIKE),
    "allclose": OpRule(_allclose),
    "arctan2": OpRule(_arctan2),
    "cast": _CAST,
    "digitize": OpRule(_bins),
    "fabs": OpRule(_fabs, preserves_shape=True),
    "full_like": OpRule(_like),
    "heaviside": OpRule(_two_tensors),
    "hypot": OpRule(_two_tensors),
    "isin": OpRule(_isin),
    "ldexp": _binary(_native_float),
    "nextafter": _binary(_native_float),
    "polar": OpRule(_polar),
    "saturate_cast": _CAST,
    "searchsorted": OpRule(_searched),
    "select": OpRule(_select),
    "where": OpRule(_where),
}
