"""What layers do with a mask; a test compares with `supports_masking` of Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_RECURRENT = frozenset(
    {
        "ConvLSTM1D",
        "ConvLSTM2D",
        "ConvLSTM3D",
        "GRU",
        "LSTM",
        "RNN",
        "SimpleRNN",
    }
)
# Layers that use a mask up: what they give has none.
_CONSUMERS = frozenset({"Dot", "GlobalAveragePooling1D"})
# Layers whose result has the mask of what comes in.
_PASSING = frozenset(
    {
        "Activation",
        "ActivityRegularization",
        "Add",
        "AdditiveAttention",
        "AlphaDropout",
        "Attention",
        "Average",
        "BatchNormalization",
        "Concatenate",
        "Dense",
        "Dropout",
        "ELU",
        "GaussianDropout",
        "GaussianNoise",
        "GroupNormalization",
        "Identity",
        "LayerNormalization",
        "LeakyReLU",
        "Masking",
        "Maximum",
        "Minimum",
        "MultiHeadAttention",
        "Multiply",
        "Normalization",
        "PReLU",
        "ReLU",
        "Rescaling",
        "Softmax",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "SpatialDropout3D",
        "Subtract",
        "TimeDistributed",
        "UnitNormalization",
    }
)
# The same, under a public name that is not the name of the class.
_PASSING_RENAMED = frozenset({"GroupQueryAttention"})
_PASSING_NAMES = _PASSING | _PASSING_RENAMED
# Layers that make a mask where none comes in.
MASK_MAKERS = frozenset({"Embedding", "Masking", "ReversibleEmbedding"})
SUPPORTS_MASKING = _PASSING | _RECURRENT | _CONSUMERS | {"Bidirectional"}


def gives_mask(class_name: str, config: Mapping[str, Any], is_masked: bool) -> bool:
    """Whether the result of a layer has a mask.

    Args:
        class_name: The layer's class.
        config: Its arguments as plain values.
        is_masked: Whether something that comes in has one.
    """
    if class_name in MASK_MAKERS:
        return class_name == "Masking" or bool(config.get("mask_zero", False))
    if class_name in _RECURRENT:
        return is_masked and bool(config.get("return_sequences", False))
    if class_name == "Bidirectional":
        inner = config.get("layer")
        arguments = {a.name: a.value for a in getattr(inner, "arguments", ())}
        flag = arguments.get("return_sequences")
        return is_masked and bool(getattr(flag, "value", False))
    return is_masked and class_name in _PASSING_NAMES
