"""Configurations of the recurrent cells and RNN."""

from __future__ import annotations

from catalogue.rules.comparison import FLAT, SEQUENCE, Args, Row

ACCEPTED: list[Row] = [
    ("LSTMCell(3)", {"inputs": FLAT, "states": [(None, 3), (None, 3)]}),
    ("LSTMCell(3, use_bias=False)", Args((FLAT, [(None, 3), (None, 3)]))),
    (
        "LSTMCell(3, dtype='mixed_float16')",
        {"inputs": (2, 6), "states": [(None, 3), (None, 3)]},
    ),
    ("LSTMCell(3, trainable=False)", {"inputs": FLAT, "states": [(2, 3), (None, 1)]}),
    ("GRUCell(3)", {"inputs": FLAT, "states": (None, 3)}),
    ("GRUCell(3, reset_after=False)", {"inputs": FLAT, "states": [(None, 3)]}),
    (
        "GRUCell(3, use_bias=False, dtype='float16')",
        {"inputs": (5, 6), "states": (None, 3)},
    ),
    ("SimpleRNNCell(3)", {"sequence": FLAT, "states": [(None, 3)]}),
    ("SimpleRNNCell(3, use_bias=False)", {"sequence": FLAT, "states": (4, 3)}),
    (
        "StackedRNNCells([LSTMCell(3), GRUCell(4)])",
        {"inputs": FLAT, "states": [[(None, 3), (None, 3)], [(None, 4)]]},
    ),
    (
        "StackedRNNCells([SimpleRNNCell(3), GRUCell(4)])",
        {"inputs": FLAT, "states": [(None, 3), (None, 4)]},
    ),
    (
        "StackedRNNCells((LSTMCell(3),), trainable=False)",
        {"inputs": FLAT, "states": [[(None, 3), (None, 3)]]},
    ),
    (
        "StackedRNNCells([StackedRNNCells([GRUCell(2), GRUCell(3)]), SimpleRNNCell(4)])",
        {"inputs": FLAT, "states": [[(None, 2), (None, 3)], (None, 4)]},
    ),
    ("RNN(LSTMCell(3))", SEQUENCE),
    ("RNN(GRUCell(3), return_sequences=True)", (None, None, 6)),
    ("RNN(SimpleRNNCell(3), return_state=True)", SEQUENCE),
    ("RNN(LSTMCell(3), return_sequences=True, return_state=True)", SEQUENCE),
    ("RNN([LSTMCell(3), GRUCell(4)], return_state=True)", SEQUENCE),
    (
        "RNN((SimpleRNNCell(3), GRUCell(4, reset_after=False)), return_sequences=True)",
        SEQUENCE,
    ),
    (
        "RNN(StackedRNNCells([GRUCell(2), StackedRNNCells([SimpleRNNCell(3), GRUCell(4)])]), return_state=True)",
        SEQUENCE,
    ),
    ("RNN(LSTMCell(3), trainable=False)", SEQUENCE),
    ("RNN(LSTMCell(3, trainable=False))", SEQUENCE),
    ("RNN(LSTMCell(3), dtype='float16')", SEQUENCE),
    ("RNN(LSTMCell(3, dtype='float16'))", SEQUENCE),
    ("RNN(LSTMCell(3), stateful=True)", (2, 10, 6)),
    (
        "RNN(LSTMCell(3))",
        {"sequences": SEQUENCE, "initial_state": [(None, 3), (None, 3)]},
    ),
    ("RNN(LSTMCell(3), go_backwards=True, unroll=True)", SEQUENCE),
]

# Keras refuses each of these.
REFUSED: list[Row] = [
    ("RNN(StackedRNNCells([LSTMCell(3), 3]))", SEQUENCE),
    ("RNN(StackedRNNCells([LSTMCell(3), Dense(3)]))", SEQUENCE),
    ("LSTMCell(3)", FLAT),
    ("LSTMCell(0)", {"inputs": FLAT, "states": [(None, 3), (None, 3)]}),
    ("LSTMCell(3)", {"inputs": FLAT, "states": [(None, 3)]}),
    ("LSTMCell(3)", {"inputs": FLAT, "states": [(None, 4), (None, 3)]}),
    ("LSTMCell(3)", {"inputs": (2, 6), "states": [(3, 3), (3, 3)]}),
    ("GRUCell(3)", {"inputs": (None, None), "states": (None, 3)}),
    ("StackedRNNCells([Dense(3)])", {"inputs": FLAT, "states": [(None, 3)]}),
    ("RNN(Dense(3))", SEQUENCE),
    ("RNN([])", SEQUENCE),
    ("RNN(StackedRNNCells([]))", SEQUENCE),
    ("RNN(3)", SEQUENCE),
    ("RNN(LSTMCell(3))", FLAT),
    ("RNN(LSTMCell(3), stateful=True)", SEQUENCE),
    ("RNN(LSTMCell(3))", (None, 10, None)),
    ("RNN(LSTMCell(0))", SEQUENCE),
    (
        "SimpleRNNCell(3)",
        {"sequence": (None, 5, 6), "states": [(None, 4, 3)]},
    ),
]

# Keras builds these, but raises an error where they run.
STRICTER: list[Row] = [
    ("RNN(LSTMCell(3), return_sequences=True)", (None, 10, 4, 6)),
]
