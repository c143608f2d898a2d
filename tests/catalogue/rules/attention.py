"""Configurations of the attention layers."""

from __future__ import annotations

from catalogue.rules.comparison import FLAT, SEQUENCE, Args, Row

ACCEPTED: list[Row] = [
    ("MultiHeadAttention(2, 4)", {"query": SEQUENCE, "value": SEQUENCE}),
    ("MultiHeadAttention(2, 4)", {"query": SEQUENCE, "value": (None, 3, 5)}),
    (
        "MultiHeadAttention(2, 4, value_dim=5)",
        {"query": SEQUENCE, "value": (None, 3, 5), "key": (None, 3, 7)},
    ),
    (
        "MultiHeadAttention(2, 4, use_bias=False, output_shape=3)",
        {"query": SEQUENCE, "value": SEQUENCE},
    ),
    (
        "MultiHeadAttention(2, 4, output_shape=(3, 2))",
        {"query": SEQUENCE, "value": SEQUENCE},
    ),
    (
        "MultiHeadAttention(2, 4, use_gate=True)",
        {"query": SEQUENCE, "value": (None, 3, 5)},
    ),
    (
        "MultiHeadAttention(2, 4, attention_axes=(2, 3), dropout=0.1)",
        {"query": (None, 5, 3, 4, 6), "value": (None, 5, 2, 2, 6)},
    ),
    (
        "MultiHeadAttention(2, 4)",
        {"query": SEQUENCE, "value": SEQUENCE, "return_attention_scores": True},
    ),
    ("Attention()", [SEQUENCE, (None, 3, 6)]),
    ("Attention(use_scale=True)", [SEQUENCE, (None, 3, 5), (None, 3, 6)]),
    ("Attention(score_mode='concat')", [SEQUENCE, SEQUENCE]),
    (
        "Attention(use_scale=True, score_mode='concat', dropout=0.1)",
        [SEQUENCE, SEQUENCE],
    ),
    ("Attention()", {"inputs": [SEQUENCE, SEQUENCE], "return_attention_scores": True}),
    ("AdditiveAttention()", [SEQUENCE, (None, 3, 6)]),
    ("AdditiveAttention(use_scale=False)", [SEQUENCE, SEQUENCE]),
    ("GroupQueryAttention(4, 6, 3)", {"query": SEQUENCE, "value": SEQUENCE}),
    ("GroupQueryAttention(4, 6, 3)", Args((SEQUENCE, SEQUENCE))),
    (
        "GroupQueryAttention(4, 6, 3, use_gate=True, use_bias=False)",
        {"query": SEQUENCE, "value": (None, 5, 6), "key": (None, 5, 7)},
    ),
    (
        "GroupQueryAttention(4, 6, 6, use_gate=True)",
        {"query": SEQUENCE, "value": SEQUENCE},
    ),
    (
        "GroupQueryAttention(4, 6, 1, dropout=0.1, sliding_window=3)",
        {"query": (2, None, 6), "value": SEQUENCE, "return_attention_scores": True},
    ),
    (
        "GroupQueryAttention(4, 6, 3)",
        {"query": SEQUENCE, "value": (None, 5, 6), "return_attention_scores": False},
    ),
    (
        "GroupQueryAttention(4, 6, 3, dtype='mixed_float16', trainable=False)",
        {"query": SEQUENCE, "value": SEQUENCE},
    ),
    (
        "GroupQueryAttention(4, 2, 2, dtype='float16')",
        {"query": SEQUENCE, "value": (None, None, 6)},
    ),
    (
        "MultiHeadAttention(2, 4, trainable=False, dtype='bfloat16')",
        {"query": SEQUENCE, "value": SEQUENCE},
    ),
]

# Keras refuses each of these.
REFUSED: list[Row] = [
    ("MultiHeadAttention(0, 4)", {"query": SEQUENCE, "value": SEQUENCE}),
    (
        "MultiHeadAttention(2, 4)",
        {"query": SEQUENCE, "value": (None, 3, 6), "key": (None, 4, 6)},
    ),
    ("MultiHeadAttention(2, 4)", {"query": (None, 3, None), "value": SEQUENCE}),
    ("MultiHeadAttention(2, 4)", SEQUENCE),
    ("Attention()", SEQUENCE),
    ("Attention()", [SEQUENCE]),
    ("Attention()", [SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE]),
    ("AdditiveAttention()", [(None, 3, None), (None, 3, None)]),
    ("GroupQueryAttention(4, 6, 4)", {"query": SEQUENCE, "value": SEQUENCE}),
    ("GroupQueryAttention(0, 6, 3)", {"query": SEQUENCE, "value": SEQUENCE}),
    ("GroupQueryAttention(4, 6, 0)", {"query": SEQUENCE, "value": SEQUENCE}),
    (
        "GroupQueryAttention(4, 6, 3, sliding_window=0)",
        {"query": SEQUENCE, "value": SEQUENCE},
    ),
    ("GroupQueryAttention(4, 6, 3)", {"query": SEQUENCE, "value": (None, 5, 7)}),
    (
        "GroupQueryAttention(4, 6, 3)",
        {"query": SEQUENCE, "value": (None, 5, 6), "key": (None, 4, 6)},
    ),
    ("GroupQueryAttention(4, 6, 3)", {"query": FLAT, "value": FLAT}),
    (
        "GroupQueryAttention(4, 6, 3)",
        {"query": (None, 3, None), "value": (None, 3, None)},
    ),
    ("GroupQueryAttention(4, 6, 3)", SEQUENCE),
]

# Keras builds these, but raises an error where they run.
STRICTER: list[Row] = [
    ("GroupQueryAttention(4, 0, 3)", {"query": SEQUENCE, "value": SEQUENCE}),
]
