"""What people call layers in their own code."""

from __future__ import annotations

import functools
import re

from keras_kgen.pysource.names import snake_case

# What tensors are called of which there is nothing to say.
TRUNK_NAMES = frozenset({"branch", "output", "outputs", "x", "y"})
_SHORT_NAMES = {
    "BatchNormalization": "norm",
    "LayerNormalization": "norm",
    "GroupNormalization": "norm",
    "RMSNormalization": "norm",
    "UnitNormalization": "norm",
    "MultiHeadAttention": "attention",
    "GroupQueryAttention": "attention",
    "Concatenate": "concat",
    "SpatialDropout1D": "dropout",
    "SpatialDropout2D": "dropout",
    "SpatialDropout3D": "dropout",
    "Masking": "masking",
    "Bidirectional": "bidirectional",
    "LSTM": "lstm",
    "GRU": "gru",
    "SimpleRNN": "rnn",
    "ReLU": "relu",
    "PReLU": "prelu",
    "LeakyReLU": "leaky_relu",
    "ELU": "elu",
    "EinsumDense": "einsum_dense",
}
_PATTERNS = (
    (re.compile(r"^Global(Max|Average)Pooling[123]D$"), "global_pool"),
    (re.compile(r"^(Max|Average)Pooling[123]D$"), "pool"),
    (re.compile(r"^Conv[123]DTranspose$"), "conv_transpose"),
    (re.compile(r"^ConvLSTM[123]D$"), "conv_lstm"),
    (re.compile(r"^UpSampling[123]D$"), "upsample"),
    (re.compile(r"^ZeroPadding[123]D$"), "pad"),
    (re.compile(r"^Cropping[123]D$"), "crop"),
)


@functools.cache
def short_name(class_name: str) -> str:
    """Returns what people call a layer of that class: `conv` for Conv2D."""
    if class_name in _SHORT_NAMES:
        return _SHORT_NAMES[class_name]
    for pattern, name in _PATTERNS:
        if pattern.match(class_name):
            return name
    return re.sub(r"_?[123]d$", "", snake_case(class_name))
