"""Rules of the layers that a module defines by itself."""

from __future__ import annotations

from keras_kgen.catalogue.rules.core import same_shape
from keras_kgen.catalogue.rules.rule import (
    LayerCall,
    Rule,
    Shapes,
    WeightSpec,
    kernel_and_bias,
)
from keras_kgen.ir.tensors import Dim


def _maxout_shapes(call: LayerCall) -> Shapes:
    shape = call.shape_of_rank(("features",))
    return ((shape[0], call.integer("units")),)


def _maxout_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    size = call.defined(call.shape(), -1)
    units, count = call.integer("units"), call.integer("nb_feature")
    bias = (count, units) if call.flag("use_bias") else None
    return kernel_and_bias((count, size, units), bias)


def _highway_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    size = call.defined(call.shape_of_rank(("features",)), -1)
    kernels = tuple(WeightSpec(n, (size, size)) for n in ("kernel", "carry_kernel"))
    if not call.flag("use_bias"):
        return kernels
    return (*kernels, *(WeightSpec(name, (size,)) for name in ("bias", "carry_bias")))


def _local_sizes(call: LayerCall, rank: int) -> tuple[tuple[Dim, ...], Dim]:
    """Returns the sizes of the output, and the channels of the input."""
    shape = call.image_shape(rank)
    given = shape[2:] if call.channels_first else shape[1:-1]
    windows, strides = call.integers("kernel_size", rank), call.integers(
        "strides", rank
    )
    sizes = []
    for size, window, stride in zip(given, windows, strides, strict=True):
        if size is not None and size < window:
            raise call.error(f"an input of {window} steps or more", f"shape {shape}")
        sizes.append(None if size is None else (size - window) // stride + 1)
    return tuple(sizes), shape[1 if call.channels_first else -1]


def _local_shapes(call: LayerCall, rank: int) -> Shapes:
    sizes, _ = _local_sizes(call, rank)
    batch, filters = call.shape()[0], call.integer("filters")
    if call.channels_first:
        return ((batch, filters, *sizes),)
    return ((batch, *sizes, filters),)


def _local_weights(call: LayerCall, rank: int) -> tuple[WeightSpec, ...]:
    found, channels = _local_sizes(call, rank)
    filters = call.integer("filters")
    sizes = tuple(size for size in (*found, channels) if size is not None)
    if len(sizes) <= rank:
        raise call.error(
            "an input whose sizes are all defined", f"shape {call.shape()}"
        )
    *places, depth = sizes
    count, area = 1, depth
    for size, window in zip(places, call.integers("kernel_size", rank), strict=True):
        count, area = count * size, area * window
    bias = (*places, filters) if call.flag("use_bias") else None
    return kernel_and_bias((count, area, filters), bias)


def _shared_axes_shape(call: LayerCall) -> tuple[int, ...]:
    shape = call.shape()
    shared = call.axes("shared_axes")
    return tuple(
        1 if axis in shared else call.defined(shape, axis)
        for axis in range(1, len(shape))
    )


def _per_unit(*names: str) -> Rule:
    """Returns the rule of a layer that has these weights for each place of its input."""

    def weights(call: LayerCall) -> tuple[WeightSpec, ...]:
        shape = _shared_axes_shape(call)
        return tuple(WeightSpec(name, shape) for name in names)

    return Rule(same_shape, weights, preserves_shape=True)


def _random_axis(call: LayerCall, axis: int) -> Shapes:
    """Returns the shape with one axis that differs from time to time."""
    shape = list(call.image_shape(2))
    shape[axis] = None
    return (tuple(shape),)


def _gamma(call: LayerCall) -> tuple[WeightSpec, ...]:
    return (WeightSpec("gamma", (call.integer("projection_dim"),)),)


RULES = {
    "CustomScaleLayer": Rule(lambda call: (call.shapes()[0],), preserves_shape=True),
    "Highway": Rule(same_shape, _highway_weights, preserves_shape=True),
    "LayerScale": Rule(same_shape, _gamma, preserves_shape=True),
    "LocallyConnected1D": Rule(
        lambda call: _local_shapes(call, 1), lambda call: _local_weights(call, 1)
    ),
    "LocallyConnected2D": Rule(
        lambda call: _local_shapes(call, 2), lambda call: _local_weights(call, 2)
    ),
    "MaxoutDense": Rule(_maxout_shapes, _maxout_weights),
    "ParametricSoftplus": _per_unit("alpha", "beta"),
    "RandomHeight": Rule(lambda call: _random_axis(call, -3)),
    "RandomWidth": Rule(lambda call: _random_axis(call, -2)),
    "SReLU": _per_unit("t_left", "a_left", "t_right", "a_right"),
    "StochasticDepth": Rule(same_shape, preserves_shape=True),
}
