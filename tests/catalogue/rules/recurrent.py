"""Configurations of the recurrent layers."""

from __future__ import annotations

from catalogue.rules.comparison import FLAT, IMAGE, SEQUENCE, VIDEO, Row

ACCEPTED: list[Row] = [
    ("LSTM(3)", SEQUENCE),
    ("LSTM(3, return_sequences=True)", (None, None, 6)),
    ("LSTM(3, return_state=True)", SEQUENCE),
    ("LSTM(3, return_sequences=True, return_state=True, use_bias=False)", SEQUENCE),
    ("LSTM(3, trainable=False)", SEQUENCE),
    ("LSTM(3)", {"sequences": SEQUENCE, "initial_state": [(None, 3), (None, 3)]}),
    ("LSTM(3, stateful=True)", (2, 10, 6)),
    ("GRU(3)", SEQUENCE),
    ("GRU(3, reset_after=False, return_sequences=True)", SEQUENCE),
    ("GRU(3, return_state=True, use_bias=False)", SEQUENCE),
    ("SimpleRNN(3)", SEQUENCE),
    ("SimpleRNN(3, return_sequences=True, return_state=True)", SEQUENCE),
    ("ConvLSTM1D(3, 2)", (None, 5, 8, 4)),
    ("ConvLSTM1D(3, 2, return_state=True)", (None, 5, 8, 4)),
    ("ConvLSTM2D(3, 3)", VIDEO),
    ("ConvLSTM2D(3, 3, padding='same', return_sequences=True, use_bias=False)", VIDEO),
    ("ConvLSTM2D(3, 2, strides=2, return_state=True)", VIDEO),
    ("ConvLSTM2D(3, 2, data_format='channels_first')", VIDEO),
    ("ConvLSTM3D(3, 2)", (None, 2, 4, 5, 6, 3)),
    ("LSTM(3, dtype='float16', return_state=True)", SEQUENCE),
    ("LSTM(3, unroll=True, go_backwards=True, unit_forget_bias=False)", SEQUENCE),
    ("GRU(3, dtype='mixed_float16', trainable=False)", (2, None, 6)),
    ("ConvLSTM2D(3, (2, 3), dilation_rate=2, trainable=False)", VIDEO),
    (
        "ConvLSTM1D(3, 2, stateful=True, return_state=True, return_sequences=True)",
        (2, 5, 8, 4),
    ),
    (
        "ConvLSTM3D(3, 2, data_format='channels_first', return_sequences=True)",
        (None, 2, 3, 4, 5, 6),
    ),
]

# Keras refuses each of these.
REFUSED: list[Row] = [
    ("LSTM(3)", FLAT),
    ("LSTM(3)", IMAGE),
    ("LSTM(3)", (None, 10, None)),
    ("LSTM(0)", SEQUENCE),
    ("LSTM(3, stateful=True)", SEQUENCE),
    ("GRU(3)", FLAT),
    ("SimpleRNN(3)", FLAT),
    ("ConvLSTM2D(3, 3)", IMAGE),
    ("ConvLSTM2D(3, 3)", (None, 5, None, 9, 4)),
    ("ConvLSTM2D(3, 10)", VIDEO),
]
