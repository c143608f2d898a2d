"""Rules of the ops that join several tensors, and of those that split one."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from keras_kgen.catalogue.rules.ops import dtypes
from keras_kgen.catalogue.rules.ops.call import (
    OpCall,
    OpRule,
    Rules,
    Specs,
    Values,
)
from keras_kgen.catalogue.rules.ops.shapes import match, replaced, total, without
from keras_kgen.catalogue.rules.reshaping import product
from keras_kgen.catalogue.rules.rule import Shapes, is_integer, is_integers, known
from keras_kgen.ir.tensors import Dim, Shape, TensorSpec


def _joined(call: OpCall, shapes: Shapes, axis: int, dtype: str) -> Specs:
    """Returns the tensors in a row; what they share has the sizes of the first."""
    first = shapes[0]
    for shape in shapes:
        if axis >= len(shape) or not match(without(shape, axis), without(first, axis)):
            listed = ", ".join(map(str, shapes))
            raise call.error(
                f"tensors that differ in size at axis {axis} only", f"shapes {listed}"
            )
    size = total(*(shape[axis] for shape in shapes))
    return (TensorSpec(replaced(first, axis, size), dtype),)


def _list_of(call: OpCall) -> tuple[Shapes, str]:
    """Returns the shapes of the one list of tensors, and their promoted type."""
    specs = call.several(next(iter(call.config)))
    dtype = dtypes.result_type(*(spec.dtype for spec in specs))
    return tuple(map(known, specs)), dtype


def _concatenate(call: OpCall) -> Specs:
    shapes, dtype = _list_of(call)
    return _joined(call, shapes, call.axis_of("axis", len(shapes[0])), dtype)


def _stack(call: OpCall) -> Specs:
    shapes, dtype = _list_of(call)
    axis = call.axis_of("axis", len(shapes[0]) + 1)
    if not all(match(shape, shapes[0]) for shape in shapes):
        listed = ", ".join(map(str, shapes))
        raise call.error("tensors of one shape", f"shapes {listed}")
    first = shapes[0]
    return (TensorSpec((*first[:axis], len(shapes), *first[axis:]), dtype),)


def _stack_along(axis: int) -> Callable[[OpCall], Specs]:
    """Follows `Hstack` and `Vstack`, which join an axis that must be there."""

    def outputs(call: OpCall) -> Specs:
        shapes, dtype = _list_of(call)
        return _joined(call, shapes, axis, dtype)

    return outputs


def _dstack(call: OpCall) -> Specs:
    shapes, dtype = _list_of(call)
    return _joined(call, tuple(map(_deep, shapes)), 2, dtype)


def _deep(shape: Shape) -> Shape:
    match shape:
        case ():
            return (1, 1, 1)
        case (size,):
            return (1, size, 1)
        case (_, _):
            return (*shape, 1)
    return shape


def _append(call: OpCall) -> Specs:
    """Follows `Append`, which must know both sizes at its axis."""
    one, other = map(call.tensor, ("x1", "x2"))
    dtype = dtypes.result_type(one.dtype, other.dtype)
    shapes = (known(one), known(other))
    if not call.has("axis"):
        return (TensorSpec((total(*map(product, shapes)),), dtype),)
    axis = call.axis_of("axis", len(shapes[0]))
    (joined,) = _joined(call, shapes, axis, dtype)
    if known(joined)[axis] is None:
        raise call.refusal(f"known sizes at axis {axis}", "x1", "x2")
    return (joined,)


def _meshgrid(call: OpCall) -> Specs:
    """Follows `Meshgrid`, whose types are standard or those of the last tensor."""
    order, specs = call.choice("indexing", ("xy", "ij")), call.several("x")
    sizes = [product(known(spec)) for spec in specs]
    if order == "ij":
        return (TensorSpec(tuple(sizes)),) * len(specs)
    if len(specs) < 2:
        raise call.refusal("two tensors or more", "x")
    sizes[:2] = sizes[1::-1]
    return (TensorSpec(tuple(sizes), specs[-1].dtype),) * len(specs)


def _parts(call: OpCall, axis: int) -> Specs:
    """Follows `_compute_split_output_spec` of `keras/src/ops/numpy.py`."""
    tensor, shape = call.tensor(), call.shape()
    size, given = shape[axis], call.config.get("indices_or_sections")
    sizes: list[Dim]
    if is_integer(given):
        if given < 1 or (size is not None and size % given):
            raise call.error(
                f"a number of parts that divides axis {axis}",
                f"shape {shape}, {call.received('indices_or_sections')}",
            )
        sizes = [None if size is None else size // given] * given
    elif is_integers(given):
        bounds = (0, *given, size)
        pairs = itertools.pairwise(bounds)
        sizes = [None if end is None else end - start for start, end in pairs]
        if any(part is not None and part < 0 for part in sizes):
            raise call.error(
                f"ascending indices of axis {axis}",
                f"shape {shape}, {call.received('indices_or_sections')}",
            )
    else:
        raise call.refusal(
            "a number or indices as 'indices_or_sections'", "indices_or_sections"
        )
    return tuple(
        TensorSpec(replaced(shape, axis, part), tensor.dtype) for part in sizes
    )


def _split(call: OpCall) -> Specs:
    return _parts(call, call.axis_of("axis", len(call.shape())))


def _split_along(axis: int, least: int) -> Callable[[OpCall], Specs]:
    """Follows `Vsplit`, `Hsplit` and `Dsplit`; the second splits vectors too."""

    def outputs(call: OpCall) -> Specs:
        rank = len(call.shape())
        if rank < least:
            raise call.error(
                f"a tensor of rank {least} or more", f"shape {call.shape()}"
            )
        return _parts(call, min(axis, rank - 1))

    return outputs


def _array_split(call: OpCall) -> Specs:
    tensor, shape = call.tensor(), call.shape()
    count = call.scalar("indices_or_sections", 1)
    axis = call.axis_of("axis", len(shape))
    size = shape[axis]
    sizes: list[Dim] = [None] * count
    if size is not None:
        sizes = [size // count + (part < size % count) for part in range(count)]
    return tuple(
        TensorSpec(replaced(shape, axis, part), tensor.dtype) for part in sizes
    )


def _unstack(call: OpCall) -> Specs:
    tensor, shape = call.tensor(), call.shape()
    axis = call.axis_of("axis", len(shape))
    size = shape[axis]
    count = call.scalar("num", 1) if call.has("num") else size
    if count is None or size not in (None, count):
        raise call.error(
            f"as many parts as axis {axis} is long",
            f"shape {shape}, {call.received('num')}",
        )
    return (TensorSpec(without(shape, axis), tensor.dtype),) * count


def _part_count(values: Values) -> int:
    given = values.get("indices_or_sections")
    if isinstance(given, list | tuple):
        return len(given) + 1
    return given if is_integer(given) and given > 0 else 1


def _unstack_count(values: Values) -> int:
    """Returns how many tensors `unstack` gives; 1 where the shape has to say it and does not."""
    count: Any = values.get("num")
    tensor, axis = values.get("x"), values.get("axis")
    if count is None and isinstance(tensor, TensorSpec) and tensor.shape is not None:
        rank = len(tensor.shape)
        if is_integer(axis) and -rank <= axis < rank:
            count = tensor.shape[axis]
    return count if is_integer(count) and count > 0 else 1


def _mesh_count(values: Values) -> int:
    given = values.get("x")
    return len(given) if isinstance(given, tuple) and given else 1


RULES: Rules = {
    "append": OpRule(_append),
    "array_split": OpRule(_array_split, count=_part_count),
    "concatenate": OpRule(_concatenate),
    "dsplit": OpRule(_split_along(2, 3), count=_part_count),
    "dstack": OpRule(_dstack),
    "hsplit": OpRule(_split_along(1, 1), count=_part_count),
    "hstack": OpRule(_stack_along(1)),
    "meshgrid": OpRule(_meshgrid, count=_mesh_count),
    "split": OpRule(_split, count=_part_count),
    "stack": OpRule(_stack),
    "unstack": OpRule(_unstack, count=_unstack_count),
    "vsplit": OpRule(_split_along(0, 2), count=_part_count),
    "vstack": OpRule(_stack_along(0)),
}
