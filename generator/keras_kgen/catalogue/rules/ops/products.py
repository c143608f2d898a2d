"""Rules of the products of tensors."""

from __future__ import annotations

import re
from collections.abc import Callable

from keras_kgen.catalogue.rules.ops import dtypes
from keras_kgen.catalogue.rules.ops.call import OpCall, OpRule, Rules, Specs, shape_of
from keras_kgen.catalogue.rules.ops.shapes import broadcast, fits, match, without
from keras_kgen.catalogue.rules.reshaping import product
from keras_kgen.catalogue.rules.rule import is_integer, known, scaled
from keras_kgen.ir.tensors import Dim, Shape, TensorSpec


def _product(
    shape: Callable[[OpCall, Shape, Shape], Shape],
    dtype: Callable[..., str] = dtypes.result_type,
) -> OpRule:
    """Returns the rule of a product of two operands."""

    def outputs(call: OpCall) -> Specs:
        one, other = call.pair()
        result = shape(call, known(one), known(other))
        return (TensorSpec(result, dtype(one.dtype, other.dtype)),)

    return OpRule(outputs)


def _matmul(call: OpCall, one: Shape, other: Shape) -> Shape:
    """Follows `compute_matmul_output_shape` of `keras/src/ops/operation_utils.py`."""
    if not one or not other or not fits(one[-1], other[-2:][0]):
        raise _mismatch(call, one, other)
    lead = broadcast(call, one[:-2], other[:-2])
    return (*lead, *one[-2:-1], *(other[-1:] if len(other) > 1 else ()))


def _dot(call: OpCall, one: Shape, other: Shape) -> Shape:
    """Follows `Dot`, which does not take a vector of another size for one not known."""
    if not one or not other:
        return one or other
    is_vector = len(other) == 1
    is_fit = fits(one[-1], other[-2:][0])
    if is_vector and len(one) > 1:
        is_fit = one[-1] == other[0]
    if not is_fit:
        raise _mismatch(call, one, other)
    return one[:-1] if is_vector else (*one[:-1], *other[:-2], other[-1])


def _inner(call: OpCall, one: Shape, other: Shape) -> Shape:
    if not one or not other:
        return one or other
    if not fits(one[-1], other[-1]):
        raise _mismatch(call, one, other)
    return one[:-1] + other[:-1]


def _outer(call: OpCall, one: Shape, other: Shape) -> Shape:
    return (product(one), product(other))


def _vdot(call: OpCall, one: Shape, other: Shape) -> Shape:
    if not fits(product(one), product(other)):
        raise _mismatch(call, one, other)
    return ()


def _kron(call: OpCall, one: Shape, other: Shape) -> Shape:
    """Follows `Kron`, which drops the axes that only one of them has."""
    pairs = zip(one, other, strict=False)
    return tuple(None if b is None else scaled(a, b) for a, b in pairs)


def _tensordot(call: OpCall, one: Shape, other: Shape) -> Shape:
    first, second = _contracted(call, len(one), len(other))
    if not match(
        tuple(one[axis] for axis in first), tuple(other[axis] for axis in second)
    ):
        raise _mismatch(call, one, other)
    return without(one, *first) + without(other, *second)


def _contracted(
    call: OpCall, one: int, other: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Returns the axes of both that `tensordot` sums over."""
    axes = call.config.get("axes")
    if is_integer(axes) and axes <= min(one, other):
        count = max(axes, 0)
        return tuple(range(one - count, one)), tuple(range(count))
    if isinstance(axes, list | tuple) and len(axes) == 2:
        given = [tuple(a) if isinstance(a, list | tuple) else None for a in axes]
        first, second = given
        if first is not None and second is not None and len(first) == len(second):
            return (
                tuple(call.normal(axis, one, "axes") for axis in first),
                tuple(call.normal(axis, other, "axes") for axis in second),
            )
    raise call.refusal("a number of axes, or two lists of them, as 'axes'", "axes")


def _mismatch(call: OpCall, one: Shape, other: Shape) -> Exception:
    return call.error(
        "operands of one size where they are summed", f"shapes {one}, {other}"
    )


def _cross(call: OpCall) -> Specs:
    one, other = map(call.tensor, ("x1", "x2"))
    shapes, sizes = [], []
    for spec, name in ((one, "axisa"), (other, "axisb")):
        shape = known(spec)
        axis = call.axis_of("axis" if call.has("axis") else name, len(shape))
        shapes.append(without(shape, axis))
        sizes.append(shape[axis])
    if not set(sizes) <= {None, 2, 3}:
        raise call.refusal("vectors of 2 or 3 elements", "x1", "x2")
    result = broadcast(call, *shapes)
    if 3 in sizes:
        name = "axis" if call.has("axis") else "axisc"
        axis = call.axis_of(name, len(result) + 1)
        result = (*result[:axis], 3, *result[axis:])
    return (TensorSpec(result, dtypes.result_type(one.dtype, other.dtype)),)


def _correlate(call: OpCall) -> Specs:
    one, other = call.pair()
    mode = call.choice("mode", ("valid", "same", "full"))
    (first, *_), (second, *_) = (*known(one), None), (*known(other), None)
    ranks = (len(known(one)), len(known(other)))
    if ranks != (1, 1) or first is None or second is None:
        raise call.refusal("two vectors of known sizes", "x1", "x2")
    sizes = {
        "valid": abs(first - second) + 1,
        "same": max(first, second),
        "full": first + second - 1,
    }
    dtype = dtypes.result_type(one.dtype, other.dtype)
    return (TensorSpec((sizes[mode],), dtypes.angular(dtype)),)


def _einsum(call: OpCall) -> Specs:
    """Follows `Einsum`: each letter of the result has the size that the operands give it."""
    terms, result = _equation(call)
    operands = call.config.get("operands", ())
    if len(terms) != len(operands):
        raise call.refusal(f"{len(terms)} operands", "subscripts", "operands")
    shapes = list(map(shape_of, operands))
    letters = [_lettered(call, *item) for item in zip(terms, shapes, strict=True)]
    _check_letters(call, [sizes for sizes, _ in letters], result)
    rows = [_aligned(result, sizes, rest) for sizes, rest in letters]
    types = [spec.dtype for spec in operands if isinstance(spec, TensorSpec)]
    if len(types) < len(operands):
        raise call.refusal("tensors as operands", "operands")
    return (TensorSpec(broadcast(call, *rows), dtypes.products(*types)),)


def _equation(call: OpCall) -> tuple[list[str], str]:
    """Returns the letters of each operand, and those of the result, which may follow."""
    text = call.config.get("subscripts")
    axes = r"[a-zA-Z]*(\.\.\.)?[a-zA-Z]*"
    if not isinstance(text, str) or not re.fullmatch(
        rf"{axes}(,{axes})*(->{axes})?", text
    ):
        raise call.refusal("an equation like 'ab,bc->ac'", "subscripts")
    left, arrow, right = text.partition("->")
    once = sorted(c for c in left if c.isalpha() and left.count(c) == 1)
    return left.split(","), right if arrow else "..." + "".join(once)


def _lettered(call: OpCall, term: str, shape: Shape) -> tuple[dict[str, Dim], Shape]:
    """Returns the size of each letter of an operand, and what its dots stand for."""
    before, dots, after = term.partition("...")
    named = len(before) + len(after)
    if named > len(shape) or (not dots and named < len(shape)):
        raise call.error(f"an operand of {named} axes for {term!r}", f"shape {shape}")
    end = len(shape) - len(after)
    sizes = (*shape[: len(before)], *shape[end:])
    return dict(zip(before + after, sizes, strict=True)), shape[len(before) : end]


def _check_letters(call: OpCall, letters: list[dict[str, Dim]], result: str) -> None:
    every = set().union(*letters)
    for letter in sorted(every | set(result) - {"."}):
        sizes = {found[letter] for found in letters if letter in found}
        is_capital = letter.isupper() and letter in result
        # Keras has no place for a capital letter that an operand lacks.
        is_missing = not sizes or (is_capital and any(letter not in f for f in letters))
        if is_missing or len(sizes - {None, 1}) > 1:
            raise call.error(
                f"one size for {letter!r}, which each operand with it has",
                call.received("subscripts", "operands"),
            )


def _aligned(result: str, sizes: dict[str, Dim], rest: Shape) -> Shape:
    """Returns an operand with the axes of the result, of size 1 where it has none."""
    before, dots, after = result.partition("...")
    middle = rest if dots else ()
    return (
        *(sizes.get(letter, 1) for letter in before),
        *middle,
        *(sizes.get(letter, 1) for letter in after),
    )


RULES: Rules = {
    "correlate": OpRule(_correlate),
    "cross": OpRule(_cross),
    "dot": _product(_dot),
    "einsum": OpRule(_einsum),
    "inner": _product(_inner),
    "kron": _product(_kron, dtypes.promoted_native),
    "matmul": _product(_matmul, dtypes.products),
    "outer": _product(_outer),
    "tensordot": _product(_tensordot),
    "vdot": _product(_vdot),
}
