"""Configurations of the layers that reshape, pad, crop and repeat."""

from __future__ import annotations

from catalogue.rules.comparison import FLAT, IMAGE, SEQUENCE, VOLUME, Row

ACCEPTED: list[Row] = [
    ("Flatten()", IMAGE),
    ("Flatten()", (None, 3, None)),
    ("Flatten()", (None,)),
    ("Flatten('channels_first')", (None, 3, 4, "uint8")),
    ("Reshape((3, 2))", FLAT),
    ("Reshape((-1, 3))", SEQUENCE),
    ("Reshape([2, -1])", (None, None, 6)),
    ("Reshape((60,))", (None, 10, 6, "int32")),
    ("Reshape(())", (None, 1)),
    ("Reshape((-1,))", IMAGE),
    ("Permute((2, 1))", SEQUENCE),
    ("Permute((3, 1, 2))", (None, 2, None, 4, "int8")),
    ("RepeatVector(4)", FLAT),
    ("RepeatVector(4)", (None, None)),
    ("UpSampling1D(3)", SEQUENCE),
    ("UpSampling2D()", IMAGE),
    ("UpSampling2D((2, 3), interpolation='bilinear')", (None, 8, None, 4)),
    ("UpSampling2D(data_format='channels_first')", IMAGE),
    ("UpSampling3D((1, 2, 3))", VOLUME),
    ("ZeroPadding1D()", SEQUENCE),
    ("ZeroPadding1D((0, 2))", SEQUENCE),
    ("ZeroPadding2D()", IMAGE),
    ("ZeroPadding2D(3)", IMAGE),
    ("ZeroPadding2D((1, 2))", IMAGE),
    ("ZeroPadding2D(((1, 2), (3, 4)), data_format='channels_first')", IMAGE),
    ("ZeroPadding3D(((1, 2), (3, 4), (0, 5)))", VOLUME),
    ("Cropping1D()", SEQUENCE),
    ("Cropping1D((0, 3))", (None, None, 6)),
    ("Cropping2D()", IMAGE),
    ("Cropping2D((1, 2))", IMAGE),
    ("Cropping2D(((1, 2), (3, 4)))", (None, None, 9, 4)),
    ("Cropping2D(1, data_format='channels_first')", IMAGE),
    ("Cropping3D(1)", VOLUME),
]

# Keras refuses each of these.
REFUSED: list[Row] = [
    ("Reshape((4, 2))", FLAT),
    ("Reshape((-1, 4))", FLAT),
    ("Reshape((-1, -1))", FLAT),
    ("Reshape((-2, 3))", FLAT),
    ("Permute((1, 2))", FLAT),
    ("Permute((0, 1))", SEQUENCE),
    ("RepeatVector(3)", SEQUENCE),
    ("RepeatVector(0)", FLAT),
    ("UpSampling1D(2)", FLAT),
    ("UpSampling1D((2,))", SEQUENCE),
    ("UpSampling2D(0)", IMAGE),
    ("ZeroPadding2D((1, 2, 3))", IMAGE),
    ("ZeroPadding1D()", IMAGE),
    ("Cropping1D((5, 5))", SEQUENCE),
    ("Cropping2D(4)", IMAGE),
    ("Cropping3D(((1, 1), (1, 1)))", VOLUME),
]
