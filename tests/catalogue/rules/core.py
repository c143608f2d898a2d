"""Configurations of the core layers."""

from __future__ import annotations

from catalogue.rules.comparison import FLAT, IMAGE, SEQUENCE, Args, Row

ACCEPTED: list[Row] = [
    ("Dense(3)", FLAT),
    ("Dense(3, use_bias=False)", SEQUENCE),
    ("Dense(3, 'relu', True)", IMAGE),
    ("Dense(3)", (None, None, 6)),
    ("Dense(3)", (None, 6, "int32")),
    ("Dense(3, trainable=False)", FLAT),
    ("Dense(3, lora_rank=2)", FLAT),
    ("Dense(3, dtype='float16')", FLAT),
    ("Dense(3, dtype='mixed_float16')", FLAT),
    ("Dense(3, dtype='mixed_bfloat16')", (None, 6, "int32")),
    ("EinsumDense('ab,bc->ac', output_shape=4)", FLAT),
    ("EinsumDense('ab,bc->ac', 4, bias_axes='c')", FLAT),
    ("EinsumDense('abc,cd->abd', output_shape=(None, 4), bias_axes='d')", SEQUENCE),
    (
        "EinsumDense('abc,cde->abde', output_shape=(None, 2, 3), bias_axes='de')",
        SEQUENCE,
    ),
    (
        "EinsumDense('abc,cde->abde', output_shape=(None, 2, 3), bias_axes='d')",
        SEQUENCE,
    ),
    ("EinsumDense('abc,bd->adc', output_shape=(5, None), bias_axes='d')", SEQUENCE),
    ("EinsumDense('...x,xy->...y', output_shape=4, bias_axes='y')", IMAGE),
    ("EinsumDense('...x,xy->...y', output_shape=4)", FLAT),
    ("EinsumDense('ab...,bc->ac...', output_shape=4, bias_axes='c')", IMAGE),
    ("EinsumDense('abc,cd->abd', (10, 4), lora_rank=2, bias_axes='d')", SEQUENCE),
    ("Embedding(100, 8)", (None, 12, "int32")),
    ("Embedding(100, 8, mask_zero=True)", (None, "int32")),
    ("Embedding(100, 8, lora_rank=3)", (None, None, "int64")),
    ("Embedding(100, 8)", (None, 3)),
    ("Masking()", SEQUENCE),
    ("Masking(mask_value=-1.0)", (None, 3, "int32")),
    ("Identity()", (None, 3, "int32")),
    ("Identity()", IMAGE),
    ("Identity()", [FLAT, (None, 3, "int32")]),
    ("Dense(3, trainable=False, lora_rank=1)", FLAT),
    (
        "EinsumDense('ab,bc->ac', 4, bias_axes='c', dtype='bfloat16', trainable=False)",
        FLAT,
    ),
    ("Embedding(10, 3, trainable=False, dtype='float16')", (None, 4, "int32")),
    ("ReversibleEmbedding(10, 3)", (None, 8, "int32")),
    ("ReversibleEmbedding(10, 3, tie_weights=False)", (None, "int64")),
    ("ReversibleEmbedding(10, 3, lora_rank=2)", (None, 8, "int32")),
    ("ReversibleEmbedding(10, 3, mask_zero=True, dtype='mixed_float16')", (None, None)),
    ("ReversibleEmbedding(10, 3)", {"inputs": (None, 8, 3), "reverse": True}),
    (
        "ReversibleEmbedding(10, 3, tie_weights=False, trainable=False)",
        {"inputs": (None, 3), "reverse": True},
    ),
    (
        "ReversibleEmbedding(10, 3, reverse_dtype='float16')",
        {"inputs": (None, None, None), "reverse": True},
    ),
    ("ReversibleEmbedding(10, 3)", {"inputs": (None, 8, "int32"), "reverse": False}),
    ("Identity()", Args([{"a": FLAT, "b": [SEQUENCE, (None, 2, "int64")]}])),
]

# Keras refuses each of these.
REFUSED: list[Row] = [
    ("Dense(3)", (None,)),
    ("Dense(3)", (None, 4, None)),
    ("Dense(0)", FLAT),
    ("Dense(-1)", FLAT),
    ("Dense('3')", FLAT),
    ("Dense(3)", [FLAT, FLAT]),
    ("EinsumDense('ab,bc', 4)", FLAT),
    ("EinsumDense('abc,cd->abd', (None, 4))", FLAT),
    ("EinsumDense('abc,cd->abd', (11, 4))", SEQUENCE),
    ("EinsumDense('ab,bc->ad', 4)", FLAT),
    ("EinsumDense('ab,bc->ac', 4, bias_axes='x')", FLAT),
    ("Embedding(0, 4)", (None, 3)),
    ("ReversibleEmbedding(0, 3)", (None, 4)),
    ("ReversibleEmbedding(10, 0)", (None, 4)),
    ("ReversibleEmbedding(10, 3, tie_weights=False, lora_rank=2)", (None, 4)),
    ("ReversibleEmbedding(10, 3)", {"inputs": (), "reverse": True}),
]

# Keras builds these, but raises an error where they run.
STRICTER: list[Row] = [
    ("ReversibleEmbedding(10, 3)", {"inputs": (None, 8, 4), "reverse": True}),
]
