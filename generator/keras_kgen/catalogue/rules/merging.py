"""Rules of the layers that merge several tensors."""

from __future__ import annotations

from keras_kgen.catalogue.rules.rule import (
    LayerCall,
    Rule,
    Shapes,
    is_integer,
    is_integers,
    shown,
)
from keras_kgen.ir.tensors import Dim, Shape


def _merge(call: LayerCall) -> Shapes:
    """Follows `Merge.compute_output_shape`: all but the batch is broadcast from the right."""
    shapes = call.shapes()
    batches = {shape[0] for shape in shapes} - {None}
    if len(batches) > 1:
        raise call.error("inputs of one batch size", _listed(shapes))
    merged = shapes[0][1:]
    for shape in shapes[1:]:
        merged = _broadcast(call, merged, shape[1:])
    return ((batches.pop() if batches else None, *merged),)


def _subtract(call: LayerCall) -> Shapes:
    _require_two(call)
    return _merge(call)


def _broadcast(call: LayerCall, first: Shape, second: Shape) -> Shape:
    """Follows `Merge._compute_elemwise_op_output_shape`."""
    if len(first) < len(second):
        first, second = second, first
    lead = len(first) - len(second)
    pairs = zip(first[lead:], second, strict=True)
    return (*first[:lead], *(_broadcast_size(call, one, other) for one, other in pairs))


def _broadcast_size(call: LayerCall, one: Dim, other: Dim) -> Dim:
    if one is None or other is None:
        return None
    if one != other and 1 not in (one, other):
        raise call.error(
            "inputs of shapes that broadcast",
            _listed(call.shapes()),
            f"make the sizes {one} and {other} equal",
        )
    return other if one == 1 else one


def _concatenate(call: LayerCall) -> Shapes:
    """Follows `Concatenate`: the other axes are those of the first input."""
    shapes = call.shapes()
    axis = call.config.get("axis")
    if not is_integer(axis):
        raise call.error("an integer as 'axis'", f"axis={shown(axis)}")
    if len(shapes) == 1:
        return shapes
    ranks = {len(shape) for shape in shapes}
    rank = len(shapes[0])
    if len(ranks) > 1 or not -rank <= axis < rank:
        raise call.error(
            f"inputs of one rank that have an axis {axis}", _listed(shapes)
        )
    for index, sizes in enumerate(zip(*shapes, strict=True)):
        if index != axis % rank and len(set(sizes) - {None}) > 1:
            expected = f"inputs that differ in size at axis {axis} only"
            advice = f"make their sizes at axis {index} equal"
            raise call.error(expected, _listed(shapes), advice)
    known = [shape[axis] for shape in shapes]
    sizes_known = [size for size in known if size is not None]
    total = sum(sizes_known) if len(sizes_known) == len(known) else None
    joined = list(shapes[0])
    joined[axis] = total
    return (tuple(joined),)


def _dot(call: LayerCall) -> Shapes:
    """Follows `Dot.compute_output_shape`."""
    first, second = _require_two(call)
    one, other = _dot_axes(call, first, second)
    if len(second) < 2:
        raise call.error("a second input of rank 2 or more", f"shape {second}")
    if first[one] != second[other]:
        raise call.error(
            f"inputs of one size at axes {one} and {other}", _listed((first, second))
        )
    rest = (*_without(first, one), *_without(second, other)[1:])
    return ((*rest, 1) if len(rest) == 1 else rest,)


def _dot_axes(call: LayerCall, first: Shape, second: Shape) -> tuple[int, int]:
    pair = _axis_pair(call)
    for axis, shape in zip(pair, (first, second), strict=True):
        if not -len(shape) <= axis < len(shape):
            raise call.error(
                f"inputs that have an axis {axis}", _listed((first, second))
            )
    return pair[0] % len(first), pair[1] % len(second)


def _axis_pair(call: LayerCall) -> list[int] | tuple[int, ...]:
    axes = call.config.get("axes")
    pair = (axes, axes) if is_integer(axes) else axes
    if is_integers(pair) and len(pair) == 2:
        return pair
    raise call.error("one axis or two as 'axes'", f"axes={shown(axes)}")


def _without(shape: Shape, axis: int) -> Shape:
    return shape[:axis] + shape[axis + 1 :]


def _require_two(call: LayerCall) -> tuple[Shape, Shape]:
    shapes = call.shapes()
    if len(shapes) != 2:
        raise call.error("a list of 2 tensors", f"a list of {len(shapes)}")
    return shapes[0], shapes[1]


def _listed(shapes: Shapes) -> str:
    return "shapes " + ", ".join(map(str, shapes))


RULES = {
    **dict.fromkeys(("Add", "Average", "Maximum", "Minimum", "Multiply"), Rule(_merge)),
    "Concatenate": Rule(_concatenate),
    "Dot": Rule(_dot, check=_axis_pair),
    "Subtract": Rule(_subtract),
}
