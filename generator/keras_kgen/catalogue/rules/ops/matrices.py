"""Rules of the ops on matrices, which are the last two axes of their tensors."""

from __future__ import annotations

from collections.abc import Callable

from keras_kgen.catalogue.rules.ops import dtypes
from keras_kgen.catalogue.rules.ops.call import (
    OpCall,
    OpRule,
    Rules,
    Specs,
    Values,
)
from keras_kgen.catalogue.rules.ops.shapes import broadcast, fits
from keras_kgen.catalogue.rules.rule import known
from keras_kgen.ir.tensors import Shape, TensorSpec


def _matrix(call: OpCall, name: str | None = None) -> Shape:
    shape = call.shape(name)
    if len(shape) < 2:
        raise call.error("a tensor of rank 2 or more", f"shape {shape}")
    return shape


def _square(call: OpCall, name: str | None = None) -> Shape:
    shape = _matrix(call, name)
    if shape[-1] != shape[-2]:
        raise call.error("square matrices", f"shape {shape}")
    return shape


def _sized(call: OpCall) -> tuple[Shape, int, int]:
    """Returns the shape of matrices whose rows and columns must be known, and these."""
    *_, rows, columns = shape = _matrix(call)
    if rows is None or columns is None:
        raise call.error("matrices of known sizes", f"shape {shape}")
    return shape[:-2], rows, columns


def _of(parts: Callable[[OpCall], tuple[Shape, ...]], count: int = 1) -> OpRule:
    """Returns the rule of an op whose results have the type of its tensor."""

    def outputs(call: OpCall) -> Specs:
        dtype = call.tensor().dtype
        return tuple(TensorSpec(shape, dtype) for shape in parts(call))

    return OpRule(outputs, count=lambda values: count)


def _inverse(call: OpCall) -> tuple[Shape, ...]:
    return (_square(call),)


def _determinant(call: OpCall) -> tuple[Shape, ...]:
    return (_square(call)[:-2],)


def _log_determinant(call: OpCall) -> tuple[Shape, ...]:
    return (call.shape()[:-2],)


def _sign_and_log_determinant(call: OpCall) -> tuple[Shape, ...]:
    """Follows `Slogdet`, whose sign is one for all."""
    return ((), call.shape()[:-2])


def _eigen(call: OpCall) -> tuple[Shape, ...]:
    shape = _square(call)
    return (shape[:-1], shape)


def _factors(call: OpCall) -> tuple[Shape, ...]:
    lead, rows, columns = _sized(call)
    return ((*lead, rows, columns), (*lead, min(rows, columns)))


def _pseudoinverse(call: OpCall) -> tuple[Shape, ...]:
    *lead, rows, columns = _matrix(call)
    return ((*lead, columns, rows),)


def _qr(call: OpCall) -> tuple[Shape, ...]:
    lead, rows, columns = _sized(call)
    is_reduced = call.choice("mode", ("reduced", "complete")) == "reduced"
    inner = min(rows, columns) if is_reduced else rows
    return ((*lead, rows, inner), (*lead, inner, columns))


def _svd(call: OpCall) -> tuple[Shape, ...]:
    lead, rows, columns = _sized(call)
    least = min(rows, columns)
    values = (*lead, least)
    if not call.flag("compute_uv"):
        return (values,)
    is_full = call.flag("full_matrices")
    left = (*lead, rows, rows if is_full else least)
    return (left, values, (*lead, columns if is_full else least, columns))


def _svd_count(values: Values) -> int:
    return 3 if values.get("compute_uv") else 1


def _rank(call: OpCall) -> Specs:
    return (TensorSpec(_matrix(call)[:-2], "int32"),)


def _solve(call: OpCall) -> Specs:
    """Follows `_assert_a_b_compat` of `keras/src/ops/linalg.py`."""
    left, right = _square(call, "a"), call.shape("b")
    if not right:
        raise call.refusal("a tensor of rank 1 or more as 'b'", "b")
    axis = -2 if len(left) == len(right) else -1
    if len(right) - len(left) in (0, 1) and left[axis] != right[axis]:
        raise call.refusal("as many equations in 'a' as in 'b'", "a", "b")
    return (call.tensor("b"),)


def _least_squares(call: OpCall) -> Specs:
    left, right = call.shape("a"), call.shape("b")
    if len(left) != 2 or len(right) not in (1, 2) or left[0] != right[0]:
        raise call.refusal("a matrix, and a vector or matrix of as many rows", "a", "b")
    return (TensorSpec((left[1], *right[1:]), call.tensor("a").dtype),)


def _distances(call: OpCall) -> Specs:
    one, other = map(call.tensor, ("x", "y"))
    first, second = _matrix(call, "x"), _matrix(call, "y")
    if not fits(first[-1], second[-1]):
        raise call.refusal("vectors of one size", "x", "y")
    lead = broadcast(call, first[:-2], second[:-2])
    dtype = dtypes.promoted_float(one.dtype, other.dtype)
    return (TensorSpec((*lead, first[-2], second[-2]), dtype),)


def _correlations(call: OpCall) -> Specs:
    """Follows `Corrcoef`, which claims the shape of its tensor."""
    tensor = call.tensor()
    is_long = tensor.dtype == "int64"
    dtype = "float64" if is_long else dtypes.promoted_float(tensor.dtype)
    return (TensorSpec(known(tensor), dtype),)


_INVERSE, _EIGEN, _SOLVE = _of(_inverse), _of(_eigen, 2), OpRule(_solve)

RULES: Rules = {
    "cdist": OpRule(_distances),
    "cholesky": _INVERSE,
    "cholesky_inverse": _INVERSE,
    "corrcoef": OpRule(_correlations, preserves_shape=True),
    "det": _of(_determinant),
    "eig": _EIGEN,
    "eigh": _EIGEN,
    "inv": _INVERSE,
    "logdet": _of(_log_determinant),
    "lstsq": OpRule(_least_squares),
    "lu_factor": _of(_factors, 2),
    "matrix_rank": OpRule(_rank),
    "pinv": _of(_pseudoinverse),
    "qr": _of(_qr, 2),
    "slogdet": _of(_sign_and_log_determinant, 2),
    "solve": _SOLVE,
    "solve_triangular": _SOLVE,
    "svd": OpRule(_of(_svd).outputs, count=_svd_count),
}
