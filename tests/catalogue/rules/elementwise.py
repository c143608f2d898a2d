"""Configurations of the activation, regularization and scaling layers."""

from __future__ import annotations

from catalogue.rules.comparison import FLAT, IMAGE, SEQUENCE, VOLUME, Row

ACCEPTED: list[Row] = [
    ("Normalization(axis=[-1, 1])", SEQUENCE),
    ("Activation('relu')", IMAGE),
    ("Activation('softmax')", (None, 3, "int32")),
    ("ReLU(max_value=6)", IMAGE),
    ("LeakyReLU(0.1)", FLAT),
    ("ELU(0.5)", SEQUENCE),
    ("Softmax()", FLAT),
    ("Softmax(axis=1)", SEQUENCE),
    ("PReLU()", SEQUENCE),
    ("PReLU(shared_axes=[1, 2])", IMAGE),
    ("PReLU(shared_axes=1)", (None, None, 6)),
    ("PReLU(shared_axes=[-1, 0])", IMAGE),
    ("Dropout(0.5)", FLAT),
    ("SpatialDropout1D(0.5)", SEQUENCE),
    ("SpatialDropout2D(0.5)", IMAGE),
    ("SpatialDropout2D(0.5, data_format='channels_first')", IMAGE),
    ("SpatialDropout3D(0.5)", VOLUME),
    ("AlphaDropout(0.5)", FLAT),
    ("GaussianNoise(0.5)", IMAGE),
    ("GaussianDropout(0.5)", FLAT),
    ("ActivityRegularization(l1=0.1)", FLAT),
    ("Rescaling(1 / 255)", (None, 8, 9, 3, "uint8")),
    ("Rescaling(2, offset=-1)", FLAT),
    ("Normalization()", FLAT),
    ("Normalization(axis=None)", IMAGE),
    ("Normalization(axis=(1, -1))", IMAGE),
    ("Normalization(mean=3.0, variance=2.0)", FLAT),
    ("Normalization(dtype='float16')", FLAT),
    ("Normalization(axis=(1, 2), mean=0.0, variance=1.0)", SEQUENCE),
    ("Normalization(invert=True, trainable=False)", SEQUENCE),
    ("PReLU(dtype='mixed_float16', trainable=False)", FLAT),
    ("Activation('relu', dtype='float16')", FLAT),
    ("Softmax(axis=(1, 2))", IMAGE),
]

# Keras refuses each of these.
REFUSED: list[Row] = [
    ("Normalization(axis=[-1, 1])", FLAT),
    ("Normalization(mean=1.0)", FLAT),
    ("PReLU()", (None, None, 3)),
    ("SpatialDropout1D(0.1)", IMAGE),
    ("SpatialDropout2D(0.1)", SEQUENCE),
    ("SpatialDropout3D(0.1)", IMAGE),
    ("Normalization()", (None, None)),
    ("Normalization(axis=3)", FLAT),
]
