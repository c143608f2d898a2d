"""Rules of the ops on images, one or a batch of them."""

from __future__ import annotations

from keras_kgen.catalogue.rules.ops.call import OpCall, OpRule, Rules, Specs
from keras_kgen.catalogue.rules.ops.shapes import replaced, total
from keras_kgen.catalogue.rules.rule import FLOATS, known
from keras_kgen.ir.tensors import Dim, Shape, TensorSpec


def _image(call: OpCall) -> Shape:
    shape = call.shape()
    if len(shape) not in (3, 4):
        raise call.error("an image or a batch of images", f"shape {shape}")
    return shape


def _channels(call: OpCall, *allowed: int) -> int:
    """Returns the axis of the channels, of which there must be so many."""
    shape = _image(call)
    axis = len(shape) - (3 if call.channels_first else 1)
    if shape[axis] not in (None, *allowed):
        listed = " or ".join(map(str, allowed))
        raise call.error(f"an image of {listed} channels", f"shape {shape}")
    return axis


def _sized(call: OpCall, height: Dim, width: Dim) -> Specs:
    """Returns the images with another height and width."""
    *lead, first, _, third = _image(call)
    ends = (first, height, width) if call.channels_first else (height, width, third)
    return (TensorSpec((*lead, *ends), call.tensor().dtype),)


def _same(call: OpCall) -> Specs:
    _image(call)
    call.check_data_format()
    return (call.tensor(),)


def _grayscale(call: OpCall) -> Specs:
    axis = _channels(call, 1, 3)
    return (TensorSpec(replaced(call.shape(), axis, 1), call.tensor().dtype),)


def _colors(call: OpCall) -> Specs:
    """Follows `RGBToHSV`."""
    _channels(call, 3)
    if call.tensor().dtype not in FLOATS:
        raise call.error("an image of floats", f"type {call.tensor().dtype}")
    return (call.tensor(),)


def _resize(call: OpCall) -> Specs:
    if not isinstance(call.config.get("size"), list | tuple):
        raise call.refusal("a height and a width as 'size'", "size")
    if call.flag("crop_to_aspect_ratio") and call.flag("pad_to_aspect_ratio"):
        raise call.refusal(
            "one of both aspect ratios at most",
            "crop_to_aspect_ratio",
            "pad_to_aspect_ratio",
        )
    return _sized(call, *call.integers("size", 2))


_SIDES = (("top", "bottom", "height"), ("left", "right", "width"))


def _padded(call: OpCall) -> Specs:
    """Follows `PadImages`: two of both paddings and the target on each axis."""
    return _sized(call, *(_side(call, "padding", 1, *side) for side in _SIDES))


def _cropped(call: OpCall) -> Specs:
    """Follows `CropImages`: two of both croppings and the target on each axis."""
    return _sized(call, *(_side(call, "cropping", -1, *side) for side in _SIDES))


def _side(
    call: OpCall, what: str, sign: int, before: str, after: str, size: str
) -> Dim:
    """Returns the size of an axis of which a part is cut off, or to which one is added."""
    names = (f"{before}_{what}", f"{after}_{what}", f"target_{size}")
    given = [call.scalar(name, 0) if call.has(name) else None for name in names]
    if given.count(None) != 1:
        raise call.refusal(f"two of {', '.join(names)}", *names)
    first, second, third = _image(call)[-3:]
    height, width = (second, third) if call.channels_first else (first, second)
    length = height if size == "height" else width
    target = given[2]
    if target is None:
        changed = total(length, *(sign * (part or 0) for part in given[:2]))
        if (changed is None and sign < 0) or (changed or 0) < 0:
            raise _misfit(call, names)
        return changed
    rest = next(part for part in given[:2] if part is not None)
    if length is not None and sign * (target - length) < rest:
        raise _misfit(call, names)
    return target


def _misfit(call: OpCall, names: tuple[str, ...]) -> Exception:
    return call.error(
        "sizes that fit its images", f"shape {call.shape()}, {call.received(*names)}"
    )


def _affine(call: OpCall) -> Specs:
    if len(call.shape("transform")) not in (1, 2):
        raise call.refusal("a transform, or one for each image", "transform")
    return _same(call)


def _perspective(call: OpCall) -> Specs:
    points = call.shape("start_points")
    is_fit = points == call.shape("end_points") and points[-2:] == (4, 2)
    if not is_fit or len(points) not in (2, 3):
        raise call.refusal(
            "points of shape (4, 2) or (batch, 4, 2)", "start_points", "end_points"
        )
    return _same(call)


def _coordinates(call: OpCall) -> Specs:
    inputs, places = call.shape("inputs"), call.shape("coordinates")
    if len(places) < 2 or places[0] != len(inputs):
        raise call.refusal(f"coordinates of shape ({len(inputs)}, ...)", "coordinates")
    return (TensorSpec(places[1:], call.tensor("inputs").dtype),)


def _scaled(call: OpCall) -> Specs:
    return (TensorSpec(call.sizes("output_shape"), call.tensor("images").dtype),)


def _edges(call: OpCall) -> Specs:
    """Follows `SobelEdges`: both directions on an axis of their own."""
    shape = call.shape()
    if len(shape) != 4:
        raise call.error("a batch of images", f"shape {shape}")
    call.check_data_format()
    return (TensorSpec((*shape, 2), call.tensor().dtype),)


def _similarity(call: OpCall) -> Specs:
    """Follows `SSIM`: a number for each image."""
    (image,) = _same(call)
    if len(call.shape("image2")) not in (3, 4):
        raise call.refusal("an image or a batch of images as 'image2'", "image2")
    return (TensorSpec(known(image)[:-3], image.dtype),)


_COLORS, _SAME = OpRule(_colors, True), OpRule(_same, True)

RULES: Rules = {
    "image.affine_transform": OpRule(_affine),
    "image.crop_images": OpRule(_cropped),
    "image.elastic_transform": _SAME,
    "image.gaussian_blur": _SAME,
    "image.hsv_to_rgb": _COLORS,
    "image.map_coordinates": OpRule(_coordinates),
    "image.pad_images": OpRule(_padded),
    "image.perspective_transform": OpRule(_perspective),
    "image.resize": OpRule(_resize),
    "image.rgb_to_grayscale": OpRule(_grayscale),
    "image.rgb_to_hsv": _COLORS,
    "image.scale_and_translate": OpRule(_scaled),
    "image.sobel_edges": OpRule(_edges),
    "image.ssim": OpRule(_similarity),
}
