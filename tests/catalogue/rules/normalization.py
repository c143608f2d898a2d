"""Configurations of the normalization layers."""

from __future__ import annotations

from catalogue.rules.comparison import FLAT, IMAGE, SEQUENCE, Row

ACCEPTED: list[Row] = [
    ("LayerNormalization(center=False, scale=False)", (None, None)),
    ("BatchNormalization()", FLAT),
    ("BatchNormalization(axis=1)", IMAGE),
    ("BatchNormalization(center=False)", IMAGE),
    ("BatchNormalization(scale=False)", SEQUENCE),
    ("BatchNormalization(center=False, scale=False)", FLAT),
    ("BatchNormalization(renorm=True)", FLAT),
    ("BatchNormalization(trainable=False)", FLAT),
    ("BatchNormalization(dtype='mixed_float16')", FLAT),
    ("LayerNormalization()", SEQUENCE),
    ("LayerNormalization(axis=[2, 1])", SEQUENCE),
    ("LayerNormalization(axis=(1, 2, 3), center=False)", IMAGE),
    ("LayerNormalization(scale=False)", (None, None, 6)),
    ("GroupNormalization(groups=2)", IMAGE),
    ("GroupNormalization(groups=-1)", IMAGE),
    ("GroupNormalization(3, axis=1, scale=False)", (None, 9, 4)),
    ("UnitNormalization()", FLAT),
    ("UnitNormalization(axis=(1, 2))", SEQUENCE),
    ("RMSNormalization()", SEQUENCE),
    ("RMSNormalization(axis=[1, 2])", SEQUENCE),
    ("BatchNormalization(dtype='float16', trainable=False, renorm=True)", IMAGE),
    ("BatchNormalization(axis=-2)", SEQUENCE),
    ("LayerNormalization(axis=-2, dtype='bfloat16')", SEQUENCE),
    ("GroupNormalization(2, center=False, scale=False)", IMAGE),
]

# Keras refuses each of these.
REFUSED: list[Row] = [
    ("BatchNormalization()", (None, None)),
    ("BatchNormalization(axis=3)", FLAT),
    ("LayerNormalization(axis=2)", FLAT),
    ("LayerNormalization()", (None, 3, None)),
    ("GroupNormalization(3)", IMAGE),
    ("GroupNormalization()", IMAGE),
    ("GroupNormalization(0)", IMAGE),
    ("UnitNormalization(axis=4)", IMAGE),
    ("RMSNormalization()", (None, None)),
]
