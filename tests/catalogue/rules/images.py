"""Configurations of the layers that resize, crop and augment images."""

from __future__ import annotations

from catalogue.rules.comparison import FLAT, IMAGE, VOLUME, Args, Row

ACCEPTED: list[Row] = [
    ("RandomFlip('horizontal')", (None, 8, 9, 3, "uint8")),
    ("RandomRotation(0.1)", IMAGE),
    ("RandomZoom(0.1)", IMAGE),
    ("RandomTranslation(0.1, 0.2)", IMAGE),
    ("RandomContrast(0.1)", IMAGE),
    ("AugMix()", IMAGE),
    ("AugMix(all_ops=False, data_format='channels_first')", (None, 3, 8, 9)),
    ("AutoContrast()", (8, 9, 3, "uint8")),
    ("ContrastLimitedAdaptiveHistogramEqualization()", (None, 8, 9, 3, "uint8")),
    ("CutMix()", Args(({"images": IMAGE, "labels": (None, 10)},))),
    ("Equalization()", (None, 8, 9, 3, "uint8")),
    ("Equalization(dtype='float16')", IMAGE),
    ("Equalization()", Args(({"images": IMAGE, "labels": (None, "int32")},))),
    (
        "MixUp(data_format='channels_first')",
        Args(({"images": IMAGE, "labels": (None, 10, "int32")},)),
    ),
    ("MaxNumBoundingBoxes(5)", IMAGE),
    (
        "MaxNumBoundingBoxes(5)",
        Args(
            (
                {
                    "images": IMAGE,
                    "bounding_boxes": {"boxes": (None, None, 4), "labels": (None, 7)},
                },
            )
        ),
    ),
    ("MaxNumBoundingBoxes(5)", Args(({"images": IMAGE},))),
    ("RandAugment()", IMAGE),
    ("RandAugment(dtype='float16')", (None, None, None, 3, "uint8")),
    ("RandomBrightness(0.1)", IMAGE),
    ("RandomColorDegeneration(0.1)", (None, 8, 9, 3)),
    ("RandomColorDegeneration(0.1, data_format='channels_first')", (3, 8, 9, "uint8")),
    ("RandomColorDegeneration(0.1)", (None, 8, 9, None)),
    ("RandomColorJitter(brightness_factor=0.1, hue_factor=0.1)", IMAGE),
    ("RandomElasticTransform()", IMAGE),
    ("RandomErasing()", IMAGE),
    ("RandomFlip()", (8, 9, 3, "uint8")),
    ("RandomFlip(dtype='mixed_bfloat16')", IMAGE),
    ("RandomGaussianBlur()", IMAGE),
    ("RandomGrayscale()", IMAGE),
    ("RandomGrayscale(0.2, dtype='float16')", (None, 8, 9, 3, "uint8")),
    ("RandomGrayscale(0.2, dtype='float16')", IMAGE),
    ("RandomHue(0.1, data_format='Channels_First')", IMAGE),
    ("RandomInvert()", IMAGE),
    ("RandomPerspective()", IMAGE),
    ("RandomPosterization(4)", IMAGE),
    ("RandomSaturation(0.1)", IMAGE),
    ("RandomSharpness(0.1)", IMAGE),
    ("RandomShear(0.1, 0.2)", IMAGE),
    ("Solarization()", IMAGE),
    ("CenterCrop(4, 5)", IMAGE),
    ("CenterCrop(4, 5)", (8, 9, 3, "uint8")),
    ("CenterCrop(4, 5, 'channels_first')", (None, 3, None, None)),
    ("CenterCrop(40, 50, 'channels_first')", (3, 8, 9)),
    ("RandomCrop(4, 5)", IMAGE),
    ("RandomCrop(4, 5, data_format='channels_first')", (3, 8, 9, "uint8")),
    ("RandomCrop(4, 5, dtype='float16')", (8, 9, 3)),
    ("Resizing(4, 5)", (None, None, None, 3, "uint8")),
    ("Resizing(4, 5, pad_to_aspect_ratio=True)", (8, 9, 3)),
    (
        "Resizing(4, 5, data_format='channels_first', dtype='mixed_float16')",
        (None, 3, 8, 9),
    ),
    (
        "Resizing(4, 5, crop_to_aspect_ratio=True, data_format='channels_first')",
        (3, 8, 9),
    ),
]

# Keras refuses each of these.
REFUSED: list[Row] = [
    ("RandomFlip(data_format='x')", IMAGE),
    ("RandomGrayscale()", Args(({"images": IMAGE},))),
    ("RandomColorDegeneration(0.1)", IMAGE),
    ("RandomColorDegeneration(0.1)", (None, 3)),
    (
        "MaxNumBoundingBoxes(5)",
        Args(
            (
                {
                    "images": IMAGE,
                    "bounding_boxes": {"boxes": (None, 7, 4), "classes": (None, 7)},
                },
            )
        ),
    ),
    (
        "MaxNumBoundingBoxes(5)",
        Args(
            (
                {
                    "images": IMAGE,
                    "bounding_boxes": {"boxes": (None, 7, 4), "labels": (None,)},
                },
            )
        ),
    ),
    ("CenterCrop(4, 5)", FLAT),
    ("CenterCrop(4, 5)", VOLUME),
    ("CenterCrop(-4, 5)", IMAGE),
    ("CenterCrop(4, 5)", Args(({"images": IMAGE, "labels": (None,)},))),
    ("RandomCrop(4, 5)", FLAT),
    ("RandomCrop(4, 5, data_format='x')", IMAGE),
    ("Resizing(4, 5, data_format='channels_first')", FLAT),
    ("Resizing(4.5, 5)", IMAGE),
]

# Keras builds these, but raises an error where they run.
STRICTER: list[Row] = [
    ("Resizing(4, 5)", VOLUME),
    ("RandomCrop(4, 5)", VOLUME),
    ("Resizing(0, 5)", IMAGE),
]
