"""Configurations of the merging layers."""

from __future__ import annotations

from catalogue.rules.comparison import FLAT, IMAGE, SEQUENCE, Row

ACCEPTED: list[Row] = [
    ("Concatenate(axis=2)", [FLAT]),
    ("Add()", [FLAT, FLAT]),
    ("Add()", [(None, 4, 6), (None, 6)]),
    ("Add()", [(None, 1, 6), (None, 4, 1), (None, 4, 6)]),
    ("Add()", [(None, None, 6), (None, 4, 6)]),
    ("Add()", [(None, 6, "int32"), FLAT]),
    ("Add()", [FLAT]),
    ("Subtract()", [SEQUENCE, SEQUENCE]),
    ("Multiply()", [IMAGE, (None, 1, 1, 4)]),
    ("Average()", [FLAT, FLAT, FLAT]),
    ("Maximum()", [FLAT, FLAT]),
    ("Minimum()", [FLAT, (None, 1)]),
    ("Concatenate()", [FLAT, (None, 3), (None, 1)]),
    ("Concatenate(axis=1)", [SEQUENCE, (None, 3, 6)]),
    ("Concatenate(axis=1)", [SEQUENCE, (None, None, 6)]),
    ("Concatenate(axis=-2)", [IMAGE, (None, 8, 2, 4)]),
    ("Concatenate()", [(None, None, 3), (None, 5, 4)]),
    ("Dot(axes=1)", [FLAT, FLAT]),
    ("Dot(axes=-1)", [SEQUENCE, (None, 4, 6)]),
    ("Dot(axes=(1, 2))", [(None, 3, 5), (None, 10, 3)]),
    ("Dot(axes=(2, 1), normalize=True)", [SEQUENCE, FLAT]),
    ("Dot(axes=(1, 1))", [SEQUENCE, (None, 10, 4)]),
    ("Maximum(dtype='float16')", [FLAT, (None, 6, "int32")]),
    ("Multiply()", [(2, 1), (2, 6)]),
]

# Keras refuses each of these.
REFUSED: list[Row] = [
    ("Dot(axes=0)", [(None, 1), (None,)]),
    ("Add()", FLAT),
    ("Add()", [FLAT, (None, 5)]),
    ("Add()", [SEQUENCE, (None, 5)]),
    ("Add()", [(2, 6), (3, 6)]),
    ("Subtract()", [FLAT, FLAT, FLAT]),
    ("Multiply()", [SEQUENCE, (None, 9, 6)]),
    ("Concatenate()", [SEQUENCE, FLAT]),
    ("Concatenate()", [SEQUENCE, (None, 9, 6)]),
    ("Concatenate(axis=1)", [SEQUENCE, (None, 10, 5)]),
    ("Concatenate()", FLAT),
    ("Dot(axes=1)", [FLAT, (None, 5)]),
    ("Dot(axes=1)", [FLAT, FLAT, FLAT]),
    ("Dot(axes=(1, 2, 3))", [FLAT, FLAT]),
]
