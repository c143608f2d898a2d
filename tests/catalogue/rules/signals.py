"""Configurations of the spectrograms."""

from __future__ import annotations

from catalogue.rules.comparison import Row

ACCEPTED: list[Row] = [
    ("MelSpectrogram()", (None, 16000)),
    ("MelSpectrogram()", (16000,)),
    ("MelSpectrogram(dtype='float16')", (None,)),
    (
        "MelSpectrogram(num_mel_bins=20, sequence_stride=100, trainable=False)",
        (None, None),
    ),
    ("MelSpectrogram(fft_length=512, sequence_length=256)", (2, 5000, "int32")),
    ("STFTSpectrogram()", (None, 1000, 2)),
    ("STFTSpectrogram('stft')", (None, 1000, 2)),
    ("STFTSpectrogram('real', expand_dims=True)", (None, 1000, 2)),
    ("STFTSpectrogram('imag', dtype='float16')", (None, 1000, 2)),
    (
        "STFTSpectrogram('angle', expand_dims=True, data_format='channels_first')",
        (None, 2, 1000),
    ),
    (
        "STFTSpectrogram('psd', data_format='Channels_First', trainable=False)",
        (None, 2, 1000),
    ),
    (
        "STFTSpectrogram('magnitude', 100, 30, 128, padding='same', scaling=None, window=None)",
        (None, 1000, 2),
    ),
    (
        "STFTSpectrogram(frame_length=100, fft_length=120, dtype='mixed_float16')",
        (None, None, 1),
    ),
    ("STFTSpectrogram(frame_length=2)", (None, 1000, 1, "int32")),
]

# Keras refuses each of these.
REFUSED: list[Row] = [
    ("MelSpectrogram()", ()),
    ("MelSpectrogram(sequence_stride=0)", (None, 16000)),
    ("MelSpectrogram(fft_length=100, sequence_length=200)", (None, 16000)),
    ("STFTSpectrogram()", (None, 1000)),
    ("STFTSpectrogram()", (None, 1000, None)),
    ("STFTSpectrogram()", (None, 100, 1)),
    ("STFTSpectrogram(frame_length=10, frame_step=20)", (None, 1000, 1)),
    ("STFTSpectrogram(frame_length=10, frame_step=0)", (None, 1000, 1)),
    ("STFTSpectrogram(frame_length=1)", (None, 1000, 1)),
    ("STFTSpectrogram(frame_length=0)", (None, 1000, 1)),
    ("STFTSpectrogram(frame_length=10, fft_length=8)", (None, 1000, 1)),
    ("STFTSpectrogram('x')", (None, 1000, 1)),
    ("STFTSpectrogram(scaling='x')", (None, 1000, 1)),
    ("STFTSpectrogram(padding='SAME')", (None, 1000, 1)),
    ("STFTSpectrogram(data_format='x')", (None, 1000, 1)),
]

# Keras builds these, but raises an error where they run.
STRICTER: list[Row] = [
    ("MelSpectrogram(num_mel_bins=0)", (None, 16000)),
]
