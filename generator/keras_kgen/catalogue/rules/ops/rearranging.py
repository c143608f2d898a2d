"""Rules of the ops that reshape, reorder, repeat and pad one tensor."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from keras_kgen.catalogue.rules.ops import dtypes
from keras_kgen.catalogue.rules.ops.call import OpCall, OpRule, Rules, Specs
from keras_kgen.catalogue.rules.ops.shapes import (
    broadcast,
    diagonal,
    replaced,
    total,
    without,
)
from keras_kgen.catalogue.rules.reshaping import product
from keras_kgen.catalogue.rules.rule import is_integer, is_integers, scaled
from keras_kgen.ir.tensors import Dim, Shape, TensorSpec


def _kept(shape: Callable[[OpCall], Shape], preserves_shape: bool = False) -> OpRule:
    """Returns the rule of an op that keeps the type of its tensor."""

    def outputs(call: OpCall) -> Specs:
        return (TensorSpec(shape(call), call.tensor().dtype),)

    return OpRule(outputs, preserves_shape)


def _reshape(call: OpCall) -> Shape:
    """Follows `compute_reshape_output_shape` of `keras/src/ops/operation_utils.py`."""
    shape, target = call.shape(), _target(call)
    size = product(shape)
    if size is None or None in target:
        return tuple(None if dim == -1 else dim for dim in target)
    others = math.prod(dim for dim in target if dim is not None and dim != -1)
    is_fit = others and not size % others if -1 in target else size == others
    if not is_fit:
        raise call.refusal(
            f"a newshape of {size} elements for a tensor of shape {shape}", "newshape"
        )
    return tuple(size // others if dim == -1 else dim for dim in target)


def _target(call: OpCall) -> Shape:
    """Returns `newshape`; a size that is a tensor is not known."""
    value = call.config.get("newshape")
    if isinstance(value, TensorSpec) and value.shape and value.shape[0] is not None:
        return (None,) * value.shape[0]
    items = (value,) if is_integer(value) else value
    if isinstance(items, list | tuple):
        sizes = [d for d in items if d is not None and not isinstance(d, TensorSpec)]
        if is_integers(sizes) and min(sizes, default=0) >= -1 and sizes.count(-1) <= 1:
            return tuple(dim if is_integer(dim) else None for dim in items)
    raise call.refusal("sizes, at most one of them -1, as 'newshape'", "newshape")


def _ravel(call: OpCall) -> Shape:
    return (product(call.shape()),)


def _transpose(call: OpCall) -> Shape:
    shape = call.shape()
    axes = call.axes_of("axes", len(shape))
    if axes is None:
        return shape[::-1]
    if len(axes) != len(shape) or is_integer(call.config["axes"]):
        raise call.refusal(f"{len(shape)} axes as 'axes'", "axes")
    return tuple(shape[axis] for axis in axes)


def _swapaxes(call: OpCall) -> Shape:
    shape = call.shape()
    return _swapped(shape, *(call.axis_of(n, len(shape)) for n in ("axis1", "axis2")))


def _swapped(shape: Shape, one: int, other: int) -> Shape:
    order = list(range(len(shape)))
    order[one], order[other] = other, one
    return tuple(shape[axis] for axis in order)


def _rot90(call: OpCall) -> Shape:
    """Follows `Rot90`, whose shape turns once whatever `k` is."""
    shape = call.shape()
    axes = call.axes_of("axes", len(shape))
    if axes is None or len(axes) != 2:
        raise call.refusal("two axes as 'axes'", "axes")
    return _swapped(shape, *axes)


def _moveaxis(call: OpCall) -> Shape:
    shape = call.shape()
    sources, targets = (
        call.axes_of(name, len(shape)) for name in ("source", "destination")
    )
    if sources is None or targets is None or len(sources) != len(targets):
        raise call.refusal(
            "as many axes in 'source' as in 'destination'", "source", "destination"
        )
    rest = [axis for axis in range(len(shape)) if axis not in sources]
    for target, source in sorted(zip(targets, sources, strict=True)):
        rest.insert(target, source)
    return tuple(shape[axis] for axis in rest)


def _expand_dims(call: OpCall) -> Shape:
    shape, given = call.shape(), call.config.get("axis")
    added = len(given) if isinstance(given, list | tuple) else 1
    axes = call.axes_of("axis", len(shape) + added)
    if axes is None:
        raise call.refusal("an axis or several as 'axis'", "axis")
    sizes = iter(shape)
    return tuple(
        1 if axis in axes else next(sizes) for axis in range(len(shape) + added)
    )


def _squeeze(call: OpCall) -> Shape:
    shape = call.shape()
    axes = call.axes_of("axis", len(shape))
    if axes is None:
        return tuple(size for size in shape if size != 1)
    if any(shape[axis] != 1 for axis in axes):
        raise call.error(
            "size 1 at each axis that it removes",
            f"shape {shape}, {call.received('axis')}",
        )
    return without(shape, *axes)


def _broadcast_to(call: OpCall) -> Shape:
    shape, target = call.shape(), call.sizes("shape")
    if len(shape) > len(target) or any(
        size not in (1, None) and wanted == 1
        for size, wanted in zip(shape[::-1], target[::-1], strict=False)
    ):
        raise call.error(
            "a shape that its tensor broadcasts to",
            f"shape {shape}, {call.received('shape')}",
        )
    broadcast(call, shape, target)
    return target


def _checked_axes(call: OpCall) -> Shape:
    call.axes_of("axis", len(call.shape()))
    return call.shape()


def _of_rank(least: int) -> Callable[[OpCall], Shape]:
    def shape(call: OpCall) -> Shape:
        if len(call.shape()) < least:
            raise call.error(
                f"a tensor of rank {least} or more", f"shape {call.shape()}"
            )
        return call.shape()

    return shape


def _repeat(call: OpCall) -> Shape:
    repeats = call.numbers("repeats", 0)
    shape, axis = call.shape(), 0
    if call.has("axis"):
        axis = call.axis_of("axis", len(shape))
    else:
        shape = (product(shape),)
    size = shape[axis]
    if size is None:
        return shape
    if len(repeats) not in (1, size):
        raise call.refusal(f"1 or {size} numbers as 'repeats'", "repeats")
    grown = size * repeats[0] if len(repeats) == 1 else sum(repeats)
    return replaced(shape, axis, grown)


def _tile(call: OpCall) -> Shape:
    shape, repeats = call.shape(), call.numbers("repeats", 0)
    rank = max(len(shape), len(repeats))
    sizes = (*(1,) * (rank - len(shape)), *shape)
    times = (*(1,) * (rank - len(repeats)), *repeats)
    return tuple(map(scaled, sizes, times))


def _pad(call: OpCall) -> Shape:
    shape, pairs = call.shape(), _pad_width(call)
    pairs = pairs * len(shape) if len(pairs) == 1 else pairs
    if len(pairs) != len(shape):
        raise call.error(
            "one pad_width, or one for each axis",
            f"shape {shape}, {call.received('pad_width')}",
        )
    return tuple(total(size, *pair) for size, pair in zip(shape, pairs, strict=True))


def _pad_width(call: OpCall) -> list[tuple[int, int]]:
    value = call.config.get("pad_width")
    if is_integer(value):
        return [(value, value)]
    if isinstance(value, list | tuple) and value:
        items = [value] if is_integer(value[0]) else value
        # Keras writes single widths out in the list itself, which a tuple does not allow.
        lengths = {1, 2} if isinstance(value, list) and items is value else {2}
        pairs = [(i[0], i[-1]) for i in items if is_integers(i) and len(i) in lengths]
        if len(pairs) == len(items) and len(set(map(len, items))) == 1:
            return pairs
    raise call.refusal("an integer or pairs of integers as 'pad_width'", "pad_width")


def _diag(call: OpCall) -> Shape:
    shape, offset = call.shape(), call.scalar("k")
    if len(shape) == 1:
        return (total(shape[0], abs(offset)),) * 2
    if len(shape) == 2:
        return (diagonal(*shape, offset),)
    raise call.error("a tensor of rank 1 or 2", f"shape {shape}")


def _diagflat(call: OpCall) -> Shape:
    return (total(product(call.shape()), abs(call.scalar("k"))),) * 2


def _diagonal(call: OpCall) -> Shape:
    shape = call.shape()
    one, other = _two_axes(call)
    length = diagonal(shape[one], shape[other], call.scalar("offset"))
    return (*without(shape, one, other), length)


def _trace(call: OpCall) -> Specs:
    dtype = dtypes.summed(call.tensor().dtype)
    return (TensorSpec(without(call.shape(), *_two_axes(call)), dtype),)


def _two_axes(call: OpCall) -> tuple[int, int]:
    rank = len(call.shape())
    one, other = (call.axis_of(name, rank) for name in ("axis1", "axis2"))
    if one == other:
        raise call.refusal("two different axes", "axis1", "axis2")
    return one, other


def _vander(call: OpCall) -> Shape:
    shape = call.shape()
    if len(shape) != 1:
        raise call.error("a tensor of rank 1", f"shape {shape}")
    return (*shape, call.scalar("N", 0) if call.has("N") else shape[0])


def _view(call: OpCall) -> Specs:
    """Follows `View`: the last axis holds as many bytes as before."""
    tensor, shape = call.tensor(), call.shape()
    dtype = call.dtype_of("dtype", tensor.dtype)
    old, new = _bytes(tensor.dtype), _bytes(dtype)
    if old == new:
        return (TensorSpec(shape, dtype),)
    size = shape[-1] if shape else None
    if not shape or (size is not None and size * old % new):
        raise call.error(
            f"a last axis whose bytes are whole elements of {dtype}",
            f"shape {shape} of {tensor.dtype}",
        )
    last = None if size is None else size * old // new
    return (TensorSpec((*shape[:-1], last), dtype),)


def _bytes(dtype: str) -> int:
    digits = re.search(r"\d+", dtype)
    return int(digits[0]) // 8 if digits else 1


def _glu(call: OpCall) -> Shape:
    shape = call.shape()
    axis = call.axis_of("axis", len(shape))
    size = shape[axis]
    if size is None:
        return shape
    if size % 2:
        raise call.error(f"an even size at axis {axis}", f"shape {shape}")
    return replaced(shape, axis, size // 2)


def _rearrange(call: OpCall) -> Shape:
    """Follows `Rearrange`, which must know every size that it reads."""
    shape, pattern = call.shape(), call.config.get("pattern")
    sides = re.split(r"\s*->\s*", pattern) if isinstance(pattern, str) else []
    if len(sides) != 2:
        raise call.refusal("a pattern like 'b (h w) -> b h w'", "pattern")
    groups, targets = map(_groups, sides)
    sizes: dict[str, Dim] = dict(call.config.get("axes_lengths", {}))
    if len(groups) != len(shape) or not is_integers(list(sizes.values())):
        raise _misfit(call)
    for group, size in zip(groups, shape, strict=True):
        _assign(call, sizes, group, size)
    found = [[sizes.get(axis) for axis in group] for group in targets]
    if any(size is None for group in found for size in group):
        raise _misfit(call)
    return tuple(map(product, map(tuple, found)))


def _groups(side: str) -> list[list[str]]:
    return [re.findall(r"\w+", group) for group in re.findall(r"\w+|\([\w\s]*\)", side)]


def _assign(call: OpCall, sizes: dict[str, Dim], group: list[str], size: Dim) -> None:
    """Gives each axis of a group its size; one of them may be worked out."""
    if len(group) == 1:
        sizes[group[0]] = size
        return
    open_axes = [axis for axis in group if sizes.get(axis) is None]
    others = product(tuple(sizes.get(axis) for axis in group if axis not in open_axes))
    if size is None or not others or len(open_axes) > 1 or size % others:
        raise _misfit(call)
    for axis in open_axes:
        sizes[axis] = size // others
    if not open_axes and others != size:
        raise _misfit(call)


def _misfit(call: OpCall) -> Exception:
    return call.error(
        "a pattern of axes of known sizes that fits its tensor",
        f"shape {call.shape()}, {call.received('pattern')}",
    )


_SAME_SHAPE = _kept(_checked_axes, preserves_shape=True)

RULES: Rules = {
    "broadcast_to": _kept(_broadcast_to),
    "diag": _kept(_diag),
    "diagflat": _kept(_diagflat),
    "diagonal": _kept(_diagonal),
    "expand_dims": _kept(_expand_dims),
    "flip": _SAME_SHAPE,
    "fliplr": _kept(_of_rank(2), preserves_shape=True),
    "flipud": _kept(_of_rank(1), preserves_shape=True),
    "glu": _kept(_glu),
    "moveaxis": _kept(_moveaxis),
    "pad": _kept(_pad),
    "ravel": _kept(_ravel),
    "rearrange": _kept(_rearrange),
    "repeat": _kept(_repeat),
    "reshape": _kept(_reshape),
    "roll": _SAME_SHAPE,
    "rot90": _kept(_rot90),
    "squeeze": _kept(_squeeze),
    "swapaxes": _kept(_swapaxes),
    "tile": _kept(_tile),
    "trace": OpRule(_trace),
    "transpose": _kept(_transpose),
    "tril": _kept(_of_rank(0), preserves_shape=True),
    "triu": _kept(_of_rank(0), preserves_shape=True),
    "vander": _kept(_vander),
    "view": OpRule(_view),
}
