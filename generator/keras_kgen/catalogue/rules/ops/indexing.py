"""Rules of the ops that take parts of a tensor by index, or write them."""

from __future__ import annotations

from types import EllipsisType
from typing import Any

from keras_kgen.catalogue.rules.ops.call import (
    OpCall,
    OpRule,
    Rules,
    Specs,
    Values,
    shape_of,
)
from keras_kgen.catalogue.rules.ops.creation import nested_shape
from keras_kgen.catalogue.rules.ops.shapes import broadcast, replaced
from keras_kgen.catalogue.rules.reshaping import product
from keras_kgen.catalogue.rules.rule import is_integer, known
from keras_kgen.ir.tensors import Dim, Shape, TensorSpec


def _get_item(call: OpCall) -> Specs:
    """Follows `GetItem`, whose key is an integer or a tuple, never a slice by itself."""
    key = call.config.get("key")
    if is_integer(key):
        key = (key,)
    if not isinstance(key, tuple | list):
        raise call.refusal(
            "an integer or a tuple as 'key', x[1:, ...] in place of x[1:]", "key"
        )
    parts = _spread(call, tuple(key))
    result = tuple(left for part in parts for left in _part(call, *part))
    return (TensorSpec(result, call.tensor().dtype),)


def _spread(call: OpCall, key: tuple[Any, ...]) -> list[tuple[Any, Dim]]:
    """Pairs each part of a key with the size that it takes; a new axis takes none."""
    shape = call.shape()
    dots = [i for i, part in enumerate(key) if isinstance(part, EllipsisType)]
    used = sum(part is not None for part in key) - len(dots)
    if len(dots) > 1 or used > len(shape):
        raise call.error(
            "a key of one ellipsis at most and of no more parts than its tensor has axes",
            f"shape {shape}, {call.received('key')}",
        )
    at = dots[0] if dots else len(key)
    whole = (slice(None),) * (len(shape) - used)
    full = (*key[:at], *whole, *key[at + 1 :])
    sizes = iter(shape)
    return [(part, None if part is None else next(sizes)) for part in full]


def _part(call: OpCall, part: Any, size: Dim) -> Shape:
    """Returns the axis that a part of a key leaves, if any."""
    if part is None:
        return (1,)
    if is_integer(part):
        if size is not None and not -size <= part < size:
            raise call.error(
                f"an index of an axis of size {size}",
                f"shape {call.shape()}, {call.received('key')}",
            )
        return ()
    if isinstance(part, slice):
        bounds = (part.start, part.stop, part.step)
        if part.step != 0 and all(b is None or is_integer(b) for b in bounds):
            return (None if size is None else len(range(*part.indices(size))),)
    raise call.refusal("integers, slices, None and an ellipsis as 'key'", "key")


def _take(call: OpCall) -> Specs:
    tensor, shape = call.tensor("x"), call.shape("x")
    indices = _indices(call)
    if not call.has("axis"):
        return (TensorSpec(indices, tensor.dtype),)
    axis = call.axis_of("axis", len(shape))
    taken = (*shape[:axis], *indices, *shape[axis + 1 :])
    return (TensorSpec(taken, tensor.dtype),)


def _indices(call: OpCall) -> Shape:
    given = call.config.get("indices")
    if isinstance(given, TensorSpec):
        return known(given)
    shape = nested_shape(given)
    if shape is None:
        raise call.refusal("integers or a tensor as 'indices'", "indices")
    return shape


def _take_along_axis(call: OpCall) -> Specs:
    """Follows `compute_take_along_axis_output_shape` of `operation_utils.py`."""
    shape, indices = call.shape("x"), call.shape("indices")
    if not call.has("axis"):
        shape = (product(shape),)
    if len(shape) != len(indices):
        raise call.refusal("indices of the rank of its tensor", "x", "indices")
    axis = call.axis_of("axis", len(shape)) if call.has("axis") else 0
    taken = broadcast(call, replaced(shape, axis, indices[axis]), indices)
    return (TensorSpec(taken, call.tensor("x").dtype),)


def _slice(call: OpCall) -> Specs:
    """Follows `Slice`; -1 is all that is left after the start."""
    tensor, shape = call.tensor("inputs"), call.shape("inputs")
    sizes, starts = call.numbers("shape", -1), call.config.get("start_indices")
    is_symbolic = isinstance(starts, TensorSpec)
    places = (None,) * len(shape) if is_symbolic else call.numbers("start_indices", 0)
    if len(sizes) != len(shape) or len(places) != len(shape):
        raise call.refusal(
            f"{len(shape)} numbers as 'start_indices' and as 'shape'",
            "start_indices",
            "shape",
        )
    cut: list[Dim] = []
    for size, length, start in zip(shape, sizes, places, strict=True):
        rest = None if size is None or start is None else size - start
        if rest is not None and max(length, 0) > rest:
            raise call.error(
                "a slice within its tensor",
                f"shape {shape}, {call.received('start_indices', 'shape')}",
            )
        cut.append(rest if length == -1 else length)
    return (TensorSpec(tuple(cut), tensor.dtype),)


def _updated(call: OpCall) -> Specs:
    if call.has("reduction"):
        call.text("reduction", ("add", "max", "min", "mul"))
    return (call.tensor("inputs"),)


def _scatter(call: OpCall) -> Specs:
    return (TensorSpec(call.sizes("shape"), call.tensor("values").dtype),)


def _nonzero(call: OpCall) -> Specs:
    return (TensorSpec((None,), "int32"),) * len(call.shape())


def _unravel(call: OpCall) -> Specs:
    """Follows `UnravelIndex`: an index for each axis."""
    indices, shape = call.tensor("indices"), call.sizes("shape")
    result = (None,) if None in shape else indices.shape
    return (TensorSpec(result, indices.dtype),) * len(shape)


def _unique(call: OpCall) -> Specs:
    tensor, shape = call.tensor("x"), call.shape("x")
    size = call.scalar("size", 0) if call.has("size") else None
    values: Shape = (size,)
    inverse = shape
    if call.has("axis"):
        axis = call.axis_of("axis", len(shape))
        values, inverse = replaced(shape, axis, size), (shape[axis],)
    found = [TensorSpec(values, tensor.dtype)]
    extra = {"index": (size,), "inverse": inverse, "counts": (size,)}
    for name, sizes in extra.items():
        if call.flag(f"return_{name}"):
            found.append(TensorSpec(sizes, "int32"))
    return tuple(found)


def _unique_count(values: Values) -> int:
    names = ("return_index", "return_inverse", "return_counts")
    return 1 + sum(bool(values.get(name)) for name in names)


def _rank_count(values: Values) -> int:
    return len(shape_of(values.get("x"))) or 1


def _axis_count(values: Values) -> int:
    shape = values.get("shape")
    return len(shape) if isinstance(shape, list | tuple) and shape else 1


RULES: Rules = {
    "get_item": OpRule(_get_item),
    "nonzero": OpRule(_nonzero, count=_rank_count),
    "scatter": OpRule(_scatter),
    "scatter_update": OpRule(_updated),
    "slice": OpRule(_slice),
    "slice_update": OpRule(_updated),
    "take": OpRule(_take),
    "take_along_axis": OpRule(_take_along_axis),
    "unique": OpRule(_unique, count=_unique_count),
    "unravel_index": OpRule(_unravel, count=_axis_count),
}
