"""Rules of the ops that slide a window: convolutions, pooling and patches."""

from __future__ import annotations

from keras_kgen.catalogue.rules import convolutional
from keras_kgen.catalogue.rules.convolutional import join, slide, split
from keras_kgen.catalogue.rules.ops.call import OpCall, OpRule, Rules, Specs
from keras_kgen.catalogue.rules.ops.shapes import fits
from keras_kgen.catalogue.rules.reshaping import product
from keras_kgen.catalogue.rules.rule import LayerCall, Shapes
from keras_kgen.ir.tensors import Dim, Shape, TensorSpec

_PADDINGS = ("valid", "same", "causal")


def _rank(call: OpCall) -> int:
    """Returns the number of spatial axes of the input."""
    rank = len(call.shape()) - 2
    if rank not in (1, 2, 3):
        raise call.error("an input of rank 3, 4 or 5", f"shape {call.shape()}")
    return rank


def _typed(call: OpCall, shapes: Shapes) -> Specs:
    return tuple(TensorSpec(shape, call.tensor().dtype) for shape in shapes)


def _pool(call: OpCall) -> Specs:
    """Follows `MaxPool`; the strides are the pool's size where none are given."""
    rank = _rank(call)
    spatial, channels = split(call, rank)
    size = call.integers("pool_size", rank)
    strides = call.integers("strides", rank) if call.has("strides") else size
    padding = call.text("padding", ("valid", "same"))
    return _typed(
        call, join(call, slide(call, spatial, size, strides, padding), channels)
    )


def _adaptive_pool(call: OpCall) -> Specs:
    """Follows `AdaptiveMaxPool`, whose `output_size` has to be a tuple.

    With the channels last Keras replaces the wrong axes, so that the rank grows by one.
    """
    rank, shape = _rank(call), call.shape()
    if not isinstance(call.config.get("output_size"), tuple):
        raise call.refusal(f"a tuple of {rank} sizes as 'output_size'", "output_size")
    size = call.integers("output_size", rank)
    call.check_data_format()
    lead = shape[:2] if call.channels_first else shape[:-rank]
    return _typed(call, ((*lead, *size, *(() if call.channels_first else shape[-1:])),))


def _kernel(call: OpCall, name: str, channels: Dim, axis: int) -> tuple[Shape, Shape]:
    """Returns the spatial axes of a kernel and the other two, which must fit the input."""
    kernel = call.shape(name)
    if len(kernel) != len(call.shape()) or None in kernel[:-2]:
        raise call.refusal(f"a kernel of rank {len(call.shape())}", name)
    if not fits(kernel[axis], channels):
        raise call.refusal(
            f"a kernel of {channels} input channels at axis {axis}", name
        )
    return kernel[:-2], kernel[-2:]


def _convolved(call: OpCall, kernel: str) -> tuple[Shape, Shape]:
    """Returns the spatial axes of a convolution, and the channels of its kernel."""
    rank = _rank(call)
    spatial, channels = split(call, rank)
    size, ends = _kernel(call, kernel, channels, -2)
    return _slid(call, spatial, size), ends


def _slid(call: OpCall, spatial: Shape, size: Shape) -> Shape:
    """Follows `compute_conv_output_shape`, which lets strides and a dilation meet."""
    rank = len(spatial)
    strides = call.integers("strides", rank) if call.has("strides") else (1,) * rank
    padding = call.text("padding", _PADDINGS)
    return slide(call, spatial, _reach(call, size), strides, padding)


def _reach(call: OpCall, size: Shape) -> tuple[int, ...]:
    """Returns how far a kernel reaches on each axis, dilation included."""
    dilation = call.integers("dilation_rate", len(size))
    known = [width for width in size if width is not None]
    return tuple((k - 1) * d + 1 for k, d in zip(known, dilation, strict=True))


def _conv(call: OpCall) -> Specs:
    spatial, ends = _convolved(call, "kernel")
    return _typed(call, join(call, spatial, ends[1]))


def _depthwise_conv(call: OpCall) -> Specs:
    spatial, ends = _convolved(call, "kernel")
    return _typed(call, join(call, spatial, product(ends)))


def _separable_conv(call: OpCall) -> Specs:
    """Follows `SeparableConv`: the kernel of points gives the channels."""
    spatial, ends = _convolved(call, "depthwise_kernel")
    points = call.shape("pointwise_kernel")
    if len(points) != len(call.shape()) or not fits(points[-2], product(ends)):
        raise call.refusal(
            f"a pointwise kernel of {product(ends)} input channels", "pointwise_kernel"
        )
    return _typed(call, join(call, spatial, points[-1]))


def _conv_transpose(call: OpCall) -> Specs:
    """Follows `ConvTranspose` as the layer does, for a kernel of the size that it reaches."""
    rank = _rank(call)
    _, channels = split(call, rank)
    size, ends = _kernel(call, "kernel", channels, -1)
    kernel = {"kernel_size": _reach(call, size), "dilation_rate": 1, "filters": ends[0]}
    config = {**call.config, **kernel}
    layer = LayerCall(call.class_name, config, call.arguments, call.apply)
    rule = convolutional.RULES[f"Conv{rank}DTranspose"]
    return _typed(call, rule.shapes(layer))


def _patches(call: OpCall, rank: int, size: tuple[int, ...]) -> Specs:
    """Follows `ExtractPatches`, a convolution that keeps all that its window sees."""
    shape = call.shape()
    is_one = len(shape) == rank + 1
    batch = (1, *shape) if is_one else shape
    if len(batch) != rank + 2:
        raise call.error(f"a tensor of rank {rank + 1} or {rank + 2}", f"shape {shape}")
    spatial = batch[2:] if call.channels_first else batch[1:-1]
    channels = batch[1] if call.channels_first else batch[-1]
    if channels is None:
        raise call.error("a defined number of channels", f"shape {shape}")
    strides = call.integers("strides", rank) if call.has("strides") else size
    padding = call.choice("padding", _PADDINGS)
    places = slide(call, spatial, _reach(call, size), strides, padding)
    kept = product((*size, channels))
    ends = (kept, *places) if call.channels_first else (*places, kept)
    return _typed(call, (ends if is_one else (batch[0], *ends),))


def _image_patches(call: OpCall) -> Specs:
    size = call.config.get("size")
    rank = 3 if isinstance(size, list | tuple) and len(size) == 3 else 2
    return _patches(call, rank, call.integers("size", rank))


def _volume_patches(call: OpCall) -> Specs:
    """Follows `extract_patches_3d`, which takes two sizes for those of images."""
    if isinstance(call.config.get("size"), int):
        return _patches(call, 3, call.integers("size", 3))
    return _image_patches(call)


def _unfold(call: OpCall) -> Specs:
    """Follows `Unfold`, which must know the sizes of its images."""
    shape = call.shape()
    if len(shape) != 4 or None in shape[1:]:
        raise call.error(
            "images of known sizes (batch, channels, height, width)", f"shape {shape}"
        )
    names = ("kernel_size", "dilation", "padding", "stride")
    size, dilation, padding, stride = (
        call.integers(name, 2, int(name != "padding")) for name in names
    )
    places = [
        (length + 2 * p - d * (k - 1) - 1) // s + 1
        for length, k, d, p, s in zip(
            shape[2:], size, dilation, padding, stride, strict=True
        )
        if length is not None
    ]
    if min(places) < 1:
        raise call.refusal(f"a window that fits an input of shape {shape}", *names)
    columns = product((shape[1], *size))
    return _typed(call, ((shape[0], columns, product(tuple(places))),))


def _fold(call: OpCall) -> Specs:
    shape = call.shape()
    if len(shape) != 3:
        raise call.error("an input of rank 3", f"shape {shape}")
    size, output = call.integers("kernel_size", 2), call.integers("output_size", 2)
    columns, window = shape[1], size[0] * size[1]
    if columns is not None and columns % window:
        raise call.error(f"a number of columns that {window} divides", f"shape {shape}")
    channels = None if columns is None else columns // window
    return _typed(call, ((shape[0], channels, *output),))


def _block(call: OpCall) -> tuple[Shape, Dim, int]:
    """Returns the spatial axes, the channels and the block's size of an image."""
    if len(call.shape()) != 4:
        raise call.error("an input of rank 4", f"shape {call.shape()}")
    call.check_data_format()
    return *split(call, 2), call.scalar("block_size", 2)


def _depth_to_space(call: OpCall) -> Specs:
    spatial, channels, block = _block(call)
    if channels is not None and channels % block**2:
        raise call.error(
            f"a number of channels that {block**2} divides", f"shape {call.shape()}"
        )
    deep = None if channels is None else channels // block**2
    wide = tuple(None if size is None else size * block for size in spatial)
    return _typed(call, join(call, wide, deep))


def _space_to_depth(call: OpCall) -> Specs:
    spatial, channels, block = _block(call)
    if any(size is not None and size % block for size in spatial):
        raise call.error(
            f"a height and a width that {block} divides", f"shape {call.shape()}"
        )
    deep = None if channels is None else channels * block**2
    narrow = tuple(None if size is None else size // block for size in spatial)
    return _typed(call, join(call, narrow, deep))


_ADAPTIVE, _POOL = OpRule(_adaptive_pool), OpRule(_pool)

RULES: Rules = {
    "adaptive_average_pool": _ADAPTIVE,
    "adaptive_max_pool": _ADAPTIVE,
    "average_pool": _POOL,
    "conv": OpRule(_conv),
    "conv_transpose": OpRule(_conv_transpose),
    "depth_to_space": OpRule(_depth_to_space),
    "depthwise_conv": OpRule(_depthwise_conv),
    "fold": OpRule(_fold),
    "image.extract_patches": OpRule(_image_patches),
    "image.extract_patches_3d": OpRule(_volume_patches),
    "max_pool": _POOL,
    "separable_conv": OpRule(_separable_conv),
    "space_to_depth": OpRule(_space_to_depth),
    "unfold": OpRule(_unfold),
}
