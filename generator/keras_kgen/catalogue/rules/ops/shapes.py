"""Arithmetic on shapes that several families of ops share."""

from __future__ import annotations

from keras_kgen.catalogue.rules.ops.call import OpCall
from keras_kgen.ir.tensors import Dim, Shape


def broadcast(call: OpCall, *shapes: Shape) -> Shape:
    """Returns the shape of all of them; follows `broadcast_shapes` of `operation_utils.py`."""
    rank = max(map(len, shapes))
    aligned = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return tuple(
        _broadcast_size(call, sizes, shapes) for sizes in zip(*aligned, strict=True)
    )


def _broadcast_size(
    call: OpCall, sizes: tuple[Dim, ...], shapes: tuple[Shape, ...]
) -> Dim:
    """Returns the size of an axis; one that is not known is hoped to be that of the others."""
    others = {size for size in sizes if size not in (1, None)}
    if len(others) > 1:
        listed = ", ".join(map(str, shapes))
        raise call.error("tensors of shapes that broadcast", f"shapes {listed}")
    if others:
        return others.pop()
    return None if None in sizes else 1


def reduce(shape: Shape, axes: tuple[int, ...] | None, keepdims: bool) -> Shape:
    """Returns the shape without these axes, all of them if None; follows `reduce_shape`."""
    gone = range(len(shape)) if axes is None else axes
    if keepdims:
        return tuple(1 if i in gone else size for i, size in enumerate(shape))
    return tuple(size for i, size in enumerate(shape) if i not in gone)


def fits(one: Dim, other: Dim) -> bool:
    """Whether two sizes may be the same."""
    return one is None or other is None or one == other


def match(one: Shape, other: Shape) -> bool:
    """Whether two shapes may be the same; follows `shape_equal` of `ops/numpy.py`."""
    return len(one) == len(other) and all(map(fits, one, other))


def replaced(shape: Shape, axis: int, size: Dim) -> Shape:
    """Returns the shape with another size at an axis, counted from the left."""
    return (*shape[:axis], size, *shape[axis + 1 :])


def without(shape: Shape, *axes: int) -> Shape:
    """Returns the shape without these axes, counted from the left."""
    return tuple(size for i, size in enumerate(shape) if i not in axes)


def least(*sizes: Dim) -> Dim:
    """Returns the smallest size, None where one is not known."""
    known = [size for size in sizes if size is not None]
    return min(known) if len(known) == len(sizes) else None


def total(*sizes: Dim) -> Dim:
    """Returns the sum of sizes, None where one is not known."""
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def diagonal(rows: Dim, columns: Dim, offset: int) -> Dim:
    """Returns the length of a diagonal of a matrix."""
    if rows is None or columns is None:
        return None
    remaining = columns - offset if offset > 0 else rows + offset
    return max(0, min(remaining, rows, columns))
