"""Rules of the layers that reshape, pad, crop and repeat."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from keras_kgen.catalogue.rules.convolutional import join, split
from keras_kgen.catalogue.rules.rule import (
    LayerCall,
    Rule,
    Shapes,
    is_integer,
    is_integers,
    kept_dtypes,
    scaled,
    shown,
)
from keras_kgen.ir.tensors import Dim, Shape


def product(sizes: Shape) -> Dim:
    """Returns how many elements there are, None where a size is not known."""
    known = [size for size in sizes if size is not None]
    return math.prod(known) if len(known) == len(sizes) else None


def _flatten(call: LayerCall) -> Shapes:
    batch, *rest = call.shape()
    return ((batch, product(tuple(rest))),)


def _reshape(call: LayerCall) -> Shapes:
    """Follows `compute_reshape_output_shape` of `keras/src/ops/operation_utils.py`."""
    batch, *rest = call.shape()
    target = _target_shape(call)
    size = product(tuple(rest))
    if size is None or None in target:
        return ((batch, *(None if dim == -1 else dim for dim in target)),)
    others = math.prod(dim for dim in target if dim is not None and dim != -1)
    fits = others and not size % others if -1 in target else size == others
    if not fits:
        count = f"a multiple of {others}" if -1 in target else str(others)
        raise call.error(
            f"a target_shape of {size} elements for an input of shape {call.shape()}",
            f"target_shape={shown(call.config['target_shape'])}, which has {count}",
        )
    return ((batch, *(size // others if dim == -1 else dim for dim in target)),)


def _target_shape(call: LayerCall) -> Shape:
    value = call.config.get("target_shape")
    if isinstance(value, list | tuple):
        sizes = [dim for dim in value if dim is not None]
        if is_integers(sizes) and min(sizes, default=0) >= -1 and sizes.count(-1) <= 1:
            return tuple(value)
    raise call.error(
        "sizes, at most one of them -1, as 'target_shape'",
        f"target_shape={shown(value)}",
        f"write ({value},)" if is_integer(value) else "",
    )


def _dims(call: LayerCall) -> list[int] | tuple[int, ...]:
    dims = call.config.get("dims")
    if is_integers(dims) and sorted(dims) == list(range(1, len(dims) + 1)):
        return dims
    raise call.error("each axis from 1 on once as 'dims'", f"dims={shown(dims)}")


def _permute(call: LayerCall) -> Shapes:
    dims, shape = _dims(call), call.shape()
    if len(shape) != len(dims) + 1:
        raise call.error(f"an input of rank {len(dims) + 1}", f"shape {shape}")
    return ((shape[0], *(shape[axis] for axis in dims)),)


def _repeat_vector(call: LayerCall) -> Shapes:
    batch, features = call.shape_of_rank(("features",))
    return ((batch, call.integer("n"), features),)


def _up_sampling(rank: int) -> Rule:
    """Follows `UpSampling1D`, `2D` and `3D`; the first takes one integer only."""

    def shapes(call: LayerCall) -> Shapes:
        spatial, channels = split(call, rank)
        sizes = (call.integer("size"),) if rank == 1 else call.integers("size", rank)
        return join(call, tuple(map(scaled, spatial, sizes)), channels)

    return Rule(shapes)


def _borders(name: str, rank: int) -> Callable[[LayerCall], list[int]]:
    """Returns a function for what an argument adds up to at both ends of each axis."""

    def read(call: LayerCall) -> list[int]:
        value: Any = call.config.get(name)
        if rank == 1:
            return [sum(call.integers(name, 2, least=0))]
        pairs = [value] * rank if is_integer(value) else value
        if isinstance(pairs, list | tuple) and len(pairs) == rank:
            ends = [(item, item) if is_integer(item) else item for item in pairs]
            if all(
                is_integers(end) and len(end) == 2 and min(end) >= 0 for end in ends
            ):
                return [sum(end) for end in ends]
        raise call.error(
            f"one integer, {rank} or {rank} pairs as {name!r}, none negative",
            f"{name}={shown(value)}",
        )

    return read


def _zero_padding(rank: int) -> Rule:
    """Follows `ZeroPadding1D`, `2D` and `3D`."""
    borders = _borders("padding", rank)

    def shapes(call: LayerCall) -> Shapes:
        spatial, channels = split(call, rank)
        added = zip(spatial, borders(call), strict=True)
        return join(
            call, tuple(None if s is None else s + n for s, n in added), channels
        )

    return Rule(shapes, check=borders)


def _cropping(rank: int) -> Rule:
    """Follows `Cropping1D`, `2D` and `3D`."""
    borders = _borders("cropping", rank)

    def shapes(call: LayerCall) -> Shapes:
        spatial, channels = split(call, rank)
        removed = borders(call)
        for size, cut in zip(spatial, removed, strict=True):
            if size is not None and cut >= size:
                cropping = call.config["cropping"]
                raise call.error(
                    f"an input larger than cropping={cropping!r}",
                    f"shape {call.shape()}",
                )
        cropped = zip(spatial, removed, strict=True)
        return join(
            call, tuple(None if s is None else s - n for s, n in cropped), channels
        )

    return Rule(shapes, check=borders)


RULES = {
    "Flatten": Rule(_flatten, dtypes=kept_dtypes),
    "Permute": Rule(_permute, dtypes=kept_dtypes, check=_dims),
    "Reshape": Rule(_reshape, dtypes=kept_dtypes, check=_target_shape),
    "RepeatVector": Rule(_repeat_vector),
    **{f"Cropping{rank}D": _cropping(rank) for rank in (1, 2, 3)},
    **{f"UpSampling{rank}D": _up_sampling(rank) for rank in (1, 2, 3)},
    **{f"ZeroPadding{rank}D": _zero_padding(rank) for rank in (1, 2, 3)},
}
