"""Rules of the convolutions."""

from __future__ import annotations

from collections.abc import Callable

from keras_kgen.catalogue.rules.rule import (
    LayerCall,
    Rule,
    Shapes,
    WeightSpec,
    kernel_and_bias,
    with_lora,
)
from keras_kgen.ir.tensors import Dim, Shape


def split(call: LayerCall, rank: int) -> tuple[Shape, Dim]:
    """Returns the sizes of the spatial axes of the input, and the number of channels."""
    shape = call.image_shape(rank)
    return (shape[2:], shape[1]) if call.channels_first else (shape[1:-1], shape[-1])


def join(call: LayerCall, spatial: Shape, channels: Dim) -> Shapes:
    """Returns the output shape with these spatial sizes and channels."""
    batch = call.shape()[0]
    if call.channels_first:
        return ((batch, channels, *spatial),)
    return ((batch, *spatial, channels),)


def slide(
    call: LayerCall,
    spatial: Shape,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
) -> Shape:
    """Returns the number of places of a window on each axis, which must not be none.

    Follows `compute_conv_output_shape` and `compute_pooling_output_shape` of
    `keras/src/ops/operation_utils.py`; `window` includes the dilation.
    """
    if padding != "valid":
        window = (1,) * len(window)
    places: list[Dim] = []
    for size, width, stride in zip(spatial, window, strides, strict=True):
        if size is not None and size < width and padding == "valid":
            least = " x ".join(map(str, window))
            raise call.error(
                f"an input of {least} or more, or padding='same'",
                f"shape {call.shape()}",
            )
        places.append(None if size is None else (size - width) // stride + 1)
    return tuple(places)


def window(
    call: LayerCall, rank: int, is_depthwise: bool = False
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Returns how far the kernel reaches on each axis, dilation included, and the strides.

    Only convolutions of a depthwise kernel may have strides and a dilation at once.
    """
    kernel = call.integers("kernel_size", rank)
    strides = call.integers("strides", rank)
    dilation = call.integers("dilation_rate", rank)
    if not is_depthwise and max(strides) > 1 and max(dilation) > 1:
        raise call.error(
            "strides=1 or dilation_rate=1",
            f"strides={call.config['strides']!r}, "
            f"dilation_rate={call.config['dilation_rate']!r}",
        )
    reach = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
    return reach, strides


def _convolve(
    rank: int,
    count: Callable[[LayerCall, Dim], Dim],
    paddings: tuple[str, ...],
    is_depthwise: bool = False,
) -> Callable[[LayerCall], Shapes]:
    """Returns the shape function of a convolution that gives `count` channels."""

    def shapes(call: LayerCall) -> Shapes:
        spatial, channels = split(call, rank)
        padding = call.text("padding", paddings)
        reach, strides = window(call, rank, is_depthwise)
        return join(
            call, slide(call, spatial, reach, strides, padding), count(call, channels)
        )

    return shapes


def _filters(call: LayerCall, channels: Dim) -> Dim:
    filters = call.integer("filters")
    if "groups" in call.config and filters % call.integer("groups"):
        groups = call.config["groups"]
        raise call.error(
            f"a number of filters that groups={groups} divides", f"filters={filters}"
        )
    return filters


def _multiplied(call: LayerCall, channels: Dim) -> Dim:
    return _channels(call, channels) * call.integer("depth_multiplier")


def _channels(call: LayerCall, channels: Dim) -> int:
    if channels is None:
        raise call.error("a defined number of channels", f"shape {call.shape()}")
    return channels


def _convolution(rank: int) -> Rule:
    """Follows `BaseConv`."""

    def weights(call: LayerCall) -> tuple[WeightSpec, ...]:
        channels = _channels(call, split(call, rank)[1])
        groups, filters = call.integer("groups"), call.integer("filters")
        if channels % groups:
            raise call.error(
                f"a number of channels that groups={groups} divides",
                f"shape {call.shape()}",
            )
        kernel = (*call.integers("kernel_size", rank), channels // groups, filters)
        bias = (filters,) if call.flag("use_bias") else None
        return with_lora(call, kernel_and_bias(kernel, bias))

    paddings = ("valid", "same", "causal") if rank == 1 else ("valid", "same")

    def check(call: LayerCall) -> None:
        window(call, rank)
        _filters(call, None)

    return Rule(_convolve(rank, _filters, paddings), weights, check=check)


def _separable(rank: int) -> Rule:
    """Follows `BaseSeparableConv`."""

    def weights(call: LayerCall) -> tuple[WeightSpec, ...]:
        channels = _channels(call, split(call, rank)[1])
        multiplier, filters = call.integer("depth_multiplier"), call.integer("filters")
        size = call.integers("kernel_size", rank)
        depthwise = WeightSpec("depthwise_kernel", (*size, channels, multiplier))
        pointwise_shape = (*(1,) * rank, channels * multiplier, filters)
        pointwise = WeightSpec("pointwise_kernel", pointwise_shape)
        bias = (WeightSpec("bias", (filters,)),) if call.flag("use_bias") else ()
        return (depthwise, pointwise, *bias)

    return Rule(_convolve(rank, _filters, ("valid", "same"), True), weights)


def _depthwise(rank: int) -> Rule:
    """Follows `BaseDepthwiseConv`."""

    def weights(call: LayerCall) -> tuple[WeightSpec, ...]:
        channels = _channels(call, split(call, rank)[1])
        multiplier = call.integer("depth_multiplier")
        kernel = (*call.integers("kernel_size", rank), channels, multiplier)
        bias = (channels * multiplier,) if call.flag("use_bias") else None
        return kernel_and_bias(kernel, bias)

    return Rule(_convolve(rank, _multiplied, ("valid", "same"), True), weights)


def _transposed(rank: int) -> Rule:
    """Follows `BaseConvTranspose`."""

    def shapes(call: LayerCall) -> Shapes:
        spatial, _ = split(call, rank)
        padding = call.text("padding", ("valid", "same"))
        reach, strides = window(call, rank)
        extra = _output_padding(call, rank, strides)
        sizes = zip(spatial, reach, strides, extra, strict=True)
        grown = tuple(spread(*items, padding=padding) for items in sizes)
        return join(call, grown, call.integer("filters"))

    def weights(call: LayerCall) -> tuple[WeightSpec, ...]:
        channels = _channels(call, split(call, rank)[1])
        filters = call.integer("filters")
        kernel = (*call.integers("kernel_size", rank), filters, channels)
        return kernel_and_bias(kernel, (filters,) if call.flag("use_bias") else None)

    def check(call: LayerCall) -> None:
        _, strides = window(call, rank)
        _output_padding(call, rank, strides)

    return Rule(shapes, weights, check=check)


def _output_padding(
    call: LayerCall, rank: int, strides: tuple[int, ...]
) -> tuple[int | None, ...]:
    if call.config.get("output_padding") is None:
        return (None,) * rank
    extra = call.integers("output_padding", rank, least=0)
    if any(one >= stride for one, stride in zip(extra, strides, strict=True)):
        raise call.error(
            "an output_padding smaller than its strides",
            f"output_padding={call.config['output_padding']!r}, "
            f"strides={call.config['strides']!r}",
        )
    return extra


def spread(size: Dim, reach: int, stride: int, extra: int | None, padding: str) -> Dim:
    """Follows `_get_output_shape_given_tf_padding` of `backend/common/backend_utils.py`."""
    if size is None:
        return None
    if padding == "valid":
        return (
            (size - 1) * stride
            + reach
            + (max(stride - reach, 0) if extra is None else extra)
        )
    if extra is None:
        return size * stride
    return (size - 1) * stride + reach % 2 + extra


RULES = {
    "Conv1D": _convolution(1),
    "Conv2D": _convolution(2),
    "Conv3D": _convolution(3),
    "Conv1DTranspose": _transposed(1),
    "Conv2DTranspose": _transposed(2),
    "Conv3DTranspose": _transposed(3),
    "DepthwiseConv1D": _depthwise(1),
    "DepthwiseConv2D": _depthwise(2),
    "SeparableConv1D": _separable(1),
    "SeparableConv2D": _separable(2),
}
