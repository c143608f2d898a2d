"""Configurations of the pooling layers."""

from __future__ import annotations

from catalogue.rules.comparison import FLAT, IMAGE, SEQUENCE, VOLUME, Row

ACCEPTED: list[Row] = [
    ("MaxPooling1D()", SEQUENCE),
    ("MaxPooling1D(3, strides=1, padding='same')", SEQUENCE),
    ("MaxPooling1D(data_format='channels_first')", SEQUENCE),
    ("MaxPooling2D()", IMAGE),
    ("MaxPooling2D(3, 2, 'same')", IMAGE),
    ("MaxPooling2D((2, 3))", (None, None, 9, 4)),
    ("MaxPooling2D(data_format='channels_first')", IMAGE),
    ("MaxPooling3D(2)", VOLUME),
    ("AveragePooling1D(3)", SEQUENCE),
    ("AveragePooling2D((3, 2), strides=(1, 2))", IMAGE),
    ("AveragePooling2D(2)", (None, 8, 9, 4, "uint8")),
    ("AveragePooling3D((1, 2, 3), padding='same')", VOLUME),
    ("GlobalMaxPooling1D()", SEQUENCE),
    ("GlobalMaxPooling2D(keepdims=True)", IMAGE),
    ("GlobalMaxPooling3D()", VOLUME),
    ("GlobalAveragePooling1D(keepdims=True)", (None, None, 6)),
    ("GlobalAveragePooling1D(data_format='channels_first')", SEQUENCE),
    ("GlobalAveragePooling2D()", (None, None, None, 4)),
    ("GlobalAveragePooling2D('channels_first', True)", IMAGE),
    ("GlobalAveragePooling3D(keepdims=True)", VOLUME),
    ("AdaptiveAveragePooling1D(3)", SEQUENCE),
    ("AdaptiveAveragePooling1D((3,))", (2, None, 6)),
    ("AdaptiveMaxPooling1D([4], data_format='channels_first')", SEQUENCE),
    ("AdaptiveAveragePooling2D(3)", IMAGE),
    ("AdaptiveAveragePooling2D((3, 4), 'channels_first')", IMAGE),
    ("AdaptiveMaxPooling2D((20, 2))", (None, None, None, 3)),
    ("AdaptiveAveragePooling2D(2, dtype='mixed_float16')", (None, 8, 9, 3, "uint8")),
    ("AdaptiveAveragePooling3D((1, 2, 3))", VOLUME),
    ("AdaptiveMaxPooling3D(2, data_format='channels_first')", VOLUME),
]

# Keras refuses each of these.
REFUSED: list[Row] = [
    ("MaxPooling2D()", SEQUENCE),
    ("MaxPooling2D(9)", IMAGE),
    ("MaxPooling1D()", FLAT),
    ("AveragePooling3D(2)", IMAGE),
    ("AveragePooling2D((2, 2, 2))", IMAGE),
    ("GlobalMaxPooling1D()", IMAGE),
    ("GlobalAveragePooling2D()", FLAT),
    ("AdaptiveMaxPooling1D((2, 3))", SEQUENCE),
    ("AdaptiveMaxPooling2D(-1)", IMAGE),
    ("AdaptiveMaxPooling2D((1, 2, 3))", IMAGE),
    ("AdaptiveMaxPooling2D(2, data_format='Channels_first')", IMAGE),
    ("AdaptiveAveragePooling3D('2')", VOLUME),
    ("AdaptiveAveragePooling2D(2)", ()),
]

# Keras builds these, but raises an error where they run.
STRICTER: list[Row] = [
    ("AdaptiveAveragePooling2D(3)", FLAT),
    ("AdaptiveMaxPooling1D(3)", IMAGE),
]
