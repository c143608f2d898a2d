"""Rules of the layers that resize, crop and augment images.

They take a batch, one image, or a dictionary of images and what belongs to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from keras_kgen.catalogue.rules.core import nested_shapes
from keras_kgen.catalogue.rules.rule import (
    DATA_FORMATS,
    LayerCall,
    Rule,
    Shapes,
    kept_dtypes,
)
from keras_kgen.ir.tensors import Shape, TensorSpec

_AUGMENTATION = (
    "AugMix",
    "AutoContrast",
    "ContrastLimitedAdaptiveHistogramEqualization",
    "CutMix",
    "MixUp",
    "RandAugment",
    "RandomBrightness",
    "RandomColorJitter",
    "RandomContrast",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "Solarization",
)


def _augmented(call: LayerCall) -> Shapes:
    if call.config.get("data_format") is not None:
        call.text("data_format", DATA_FORMATS)
    return nested_shapes(call)


def _grayscale(call: LayerCall) -> Shapes:
    call.tensor()
    return _augmented(call)


def _colored(call: LayerCall) -> Shapes:
    """Follows `RandomColorDegeneration.compute_output_shape`."""
    shape = _image(call)
    channels = shape[-3 if call.channels_first else -1]
    if channels not in (3, None):
        raise call.error("an input of 3 channels", f"shape {shape}")
    return (shape,)


def _resized(call: LayerCall) -> Shapes:
    """Follows `compute_output_shape` of `Resizing`, `CenterCrop` and `RandomCrop`."""
    *lead, first, _, third = _image(call)
    height, width = call.integer("height"), call.integer("width")
    if call.channels_first:
        return ((*lead, first, height, width),)
    return ((*lead, height, width, third),)


def _image(call: LayerCall) -> Shape:
    shape = call.shape()
    if len(shape) not in (3, 4):
        raise call.error("an image or a batch of images", f"shape {shape}")
    return shape


def _numbered_boxes(call: LayerCall) -> Shapes:
    """Follows `MaxNumBoundingBoxes.compute_output_shape`."""
    number = call.integer("max_number")
    given = next(iter(call.arguments.values()), None)
    boxes = given.get("bounding_boxes") if isinstance(given, Mapping) else None
    if not isinstance(given, Mapping) or boxes is None:
        return nested_shapes(call)
    if not isinstance(boxes, Mapping) or set(boxes) != {"boxes", "labels"}:
        keys = ", ".join(boxes) if isinstance(boxes, Mapping) else "no dictionary"
        raise call.error("'boxes' and 'labels' as 'bounding_boxes'", keys)
    limited = {key: _limited(call, item, number) for key, item in boxes.items()}
    arguments = {"data": {**given, "bounding_boxes": limited}}
    return nested_shapes(replace(call, arguments=arguments))


def _limited(call: LayerCall, given: object, number: int) -> TensorSpec:
    shape = given.shape if isinstance(given, TensorSpec) else None
    if shape is None or len(shape) < 2:
        raise call.error("boxes and labels of rank 2 or more", f"shape {shape}")
    return TensorSpec((shape[0], number, *shape[2:]))


RULES = {
    **dict.fromkeys(_AUGMENTATION, Rule(_augmented, preserves_shape=True)),
    "CenterCrop": Rule(_resized),
    "Equalization": Rule(_augmented, preserves_shape=True, dtypes=kept_dtypes),
    "MaxNumBoundingBoxes": Rule(_numbered_boxes),
    "RandomColorDegeneration": Rule(_colored, preserves_shape=True),
    "RandomCrop": Rule(_resized),
    "RandomGrayscale": Rule(_grayscale, preserves_shape=True, dtypes=kept_dtypes),
    "Resizing": Rule(_resized),
}
