"""What each argument of a layer may be: by class and name, by name, and by the end of the name.

A value that Keras refuses is refused here, before any shape is known. An argument that is
in no table may be anything.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import Family
from keras_kgen.catalogue.rules.configuration import defaults
from keras_kgen.catalogue.rules.rule import (
    DATA_FORMATS,
    is_integer,
    is_integers,
    listed,
    shown,
    sizes_text,
)
from keras_kgen.ir.expressions import ObjectCall, Reference
from keras_kgen.records import record


@record
class Kind:
    """A kind of value.

    Attributes:
        expected: What it is, for messages: `a positive integer`.
        accepts: Whether a value is one.
        words: The words that it may be, to suggest from.
        family: The family of objects that it is one of; texts stand for some of them.
    """

    expected: str
    accepts: Callable[[Any], bool]
    words: tuple[str, ...] = ()
    family: Family | None = None

    def or_none(self) -> Kind:
        """Returns the kind that takes None as well, which no message proposes."""
        accepts = self.accepts
        either = lambda v: v is None or accepts(v)  # noqa: E731
        return replace(self, accepts=either)


def check_argument(class_name: str, name: str, value: Any) -> str | None:
    """Returns what is wrong with an argument of a layer, None where nothing is.

    Args:
        value: A plain value, or the call of an object.
    """
    kind = _kind_of(class_name, name)
    if kind is None or _is_own(value) or kind.accepts(value):
        return None
    words = registry.identifiers(kind.family) if kind.family else kind.words
    hint = registry.hint(value, words) if isinstance(value, str) else ""
    if isinstance(value, str) and kind.family:
        return f"Keras knows no {name} {value!r}{hint}"
    if isinstance(value, float) and value.is_integer() and kind.accepts(int(value)):
        hint = f"; write {int(value)}, or divide with //"
    return (
        f"{class_name} needs {kind.expected} as {name!r}. "
        f"Received: {name}={shown(value)}{hint}"
    )


def _is_own(value: Any) -> bool:
    """Whether a value is an object or function of the user's own, which nobody checks."""
    if isinstance(value, ObjectCall):
        return value.family == "imported"
    return isinstance(value, Reference)


def check_arguments(class_name: str, config: Mapping[str, Any]) -> str | None:
    """Returns the first thing that is wrong with the arguments of a layer."""
    # Most arguments are the very defaults, which are right.
    usual = defaults(class_name)
    found = (
        check_argument(class_name, name, value)
        for name, value in config.items()
        if name not in usual or value is not usual[name]
    )
    return next((message for message in found if message), None)


def words_of(class_name: str, name: str) -> tuple[str, ...]:
    """Returns the words that an argument of a layer may be, none where others are taken."""
    kind = _kind_of(class_name, name)
    return kind.words if kind else ()


@functools.cache
def _kind_of(class_name: str, name: str) -> Kind | None:
    if (class_name, name) in _BY_CLASS:
        return _BY_CLASS[class_name, name]
    if name in _PER_AXIS and (rank := re.search(r"([123])D", class_name)):
        return _sizes(int(rank[1]))
    if name in _BY_NAME:
        return _BY_NAME[name]
    return next((kind for end, kind in _BY_ENDING.items() if name.endswith(end)), None)


def _is_number(value: Any) -> bool:
    # Keras counts booleans as numbers.
    return isinstance(value, int | float)


def _is_odd(value: Any) -> bool:
    return _is_number(value) and value % 2 == 1


def _is_object(value: Any) -> bool:
    return isinstance(value, ObjectCall | dict)


def _is_layer(value: Any) -> bool:
    return isinstance(value, ObjectCall) and value.family == "layers"


def _is_dtype(value: Any) -> bool:
    known = registry.identifiers("dtype_policies")
    is_name = isinstance(value, str) and (value in known or "_from_" in value)
    return is_name or _is_object(value)


def _are(count: int | None, accepts: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Returns whether a value is a sequence of such values, and of how many."""

    def test(value: Any) -> bool:
        is_sequence = isinstance(value, list | tuple) and count in (None, len(value))
        return is_sequence and all(map(accepts, value))

    return test


def _between(low: float, high: float) -> Callable[[Any], bool]:
    return lambda value: _is_number(value) and low <= value <= high


def _sizes(count: int, least: int = 1) -> Kind:
    """Returns the kind of so many integers, or one for all."""

    def accepts(value: Any) -> bool:
        items = (value,) * count if is_integer(value) else value
        return is_integers(items) and len(items) == count and min(items) >= least

    return Kind(sizes_text(count, least), accepts)


def _words(*words: str) -> Kind:
    return Kind(listed(words), lambda value: value in words, words)


def _words_in_any_case(*words: str) -> Kind:
    def accepts(value: Any) -> bool:
        return isinstance(value, str) and value.lower() in words

    return Kind(listed(words), accepts, words)


def _bounds(low: float, high: float, exclude_low: bool = False) -> Kind:
    """Returns the kind of the strength of an augmentation: a number, or a range of numbers."""

    def is_inside(value: Any) -> bool:
        return _between(low, high)(value) and not (exclude_low and value == low)

    are_inside = _are(2, is_inside)
    lowest = f"above {low}" if exclude_low else f"from {low}"
    expected = f"a number {lowest} to {high}, or a list of two,"
    return Kind(expected, lambda value: is_inside(value) or are_inside(value))


def _object(what: str, family: Family) -> Kind:
    """Returns the kind of an object for which a text may stand."""

    def accepts(value: Any) -> bool:
        is_known = isinstance(value, str) and value in registry.identifiers(family)
        return is_known or _is_object(value)

    return Kind(f"{what} or its name", accepts, family=family)


_POSITIVE = Kind("a positive integer", lambda v: is_integer(v) and v > 0)
_COUNT = Kind("an integer from 0 on", lambda v: is_integer(v) and v >= 0)
_INTEGER = Kind("an integer", lambda v: isinstance(v, int))
_NUMBER = Kind("a number", _is_number)
_NOT_NEGATIVE = Kind("a number from 0 on", _between(0, float("inf")))
_FRACTION = Kind("a number from 0 to 1", _between(0, 1))
_FACTOR = _bounds(0, 1)
_SIGNED_FACTOR = _bounds(-1, 1)
_NUMBERS = Kind("a list of two numbers", _are(2, _is_number))
_BOOLEAN = Kind("True or False", lambda v: isinstance(v, bool))
_TEXT = Kind("a text", lambda v: isinstance(v, str))
_DTYPE = Kind("a type such as 'float32'", _is_dtype).or_none()
_SEED = Kind("an integer", lambda v: type(v) is int or _is_object(v)).or_none()
_AXES = Kind("an axis or several", lambda v: isinstance(v, int) or is_integers(v))
_SHAPE = Kind("a list of integers", _are(None, lambda v: v is None or is_integer(v)))
_LAYER = Kind("a layer", _is_layer)
_LAYERS = Kind("a list of layers", lambda v: _are(None, _is_layer)(v) and bool(v))
_CELLS = Kind(
    "a recurrent cell or a list of them", lambda v: _is_layer(v) or _LAYERS.accepts(v)
)
_DATA_FORMAT = _words_in_any_case(*DATA_FORMATS).or_none()
_PADDING = _words_in_any_case("valid", "same")
_ENCODINGS = ("one_hot", "multi_hot", "count")
_LOOKUP_MODES = _words("int", *_ENCODINGS, "tf_idf", "binary", "tf-idf")
_OOV_METHODS = _words("floormod", "farmhash")
_VOCABULARY = Kind(
    "a list of texts or the name of a file",
    lambda v: isinstance(v, str) or _are(None, lambda item: isinstance(item, str))(v),
).or_none()
_CUDNN = Kind("'auto', True or False", lambda v: v == "auto" or v in (0, 1))
_CASES = _words("lower_and_strip_punctuation", "lower", "strip_punctuation").or_none()

# A number for each spatial axis, or one for all.
_PER_AXIS = (
    "dilation_rate",
    "kernel_size",
    "output_size",
    "pool_size",
    "size",
    "strides",
)
_BY_ENDING = {
    "_initializer": _object("an initializer", "initializers").or_none(),
    "_regularizer": _object("a regularizer", "regularizers").or_none(),
    "_constraint": _object("a constraint", "constraints").or_none(),
    "activation": _object("an activation", "activations").or_none(),
    "_factor": _SIGNED_FACTOR,
}
_BY_NAME = {
    "attention_axes": _AXES.or_none(),
    "axis": _AXES,
    "cell": _CELLS,
    "cells": _LAYERS,
    "data_format": _DATA_FORMAT,
    "depth_multiplier": _POSITIVE,
    "dropout": _FRACTION,
    "dtype": _DTYPE,
    "equation": _TEXT,
    "factor": _FACTOR,
    "fill_mode": _words("nearest", "mirror", "wrap", "reflect", "constant"),
    "filters": _POSITIVE,
    "groups": _POSITIVE,
    "head_dim": _POSITIVE,
    "height": _POSITIVE,
    "input_dim": _POSITIVE,
    "interpolation": _words("nearest", "bilinear"),
    "key_dim": _POSITIVE,
    "l1": _NOT_NEGATIVE.or_none(),
    "l2": _NOT_NEGATIVE.or_none(),
    "layer": _LAYER,
    "layers": _LAYERS,
    "lora_rank": _COUNT.or_none(),
    "max_number": _POSITIVE,
    "max_value": _NOT_NEGATIVE.or_none(),
    "merge_mode": _words("concat", "sum", "mul", "ave").or_none(),
    "momentum": _NUMBER,
    "n": _POSITIVE,
    "negative_slope": _NOT_NEGATIVE,
    "noise_shape": _SHAPE.or_none(),
    "num_bins": _POSITIVE,
    "num_heads": _POSITIVE,
    "num_key_value_heads": _POSITIVE,
    "num_mel_bins": _POSITIVE,
    "num_oov_indices": _COUNT,
    "num_query_heads": _POSITIVE,
    "num_tokens": _POSITIVE,
    "oov_method": _OOV_METHODS,
    "output_dim": _POSITIVE,
    "padding": _PADDING,
    "power_iterations": _POSITIVE,
    "rate": _FRACTION,
    "recurrent_dropout": _FRACTION,
    "sampling_rate": _NUMBER,
    "score_mode": _words("dot", "concat"),
    "seed": _SEED,
    "sequence_stride": _POSITIVE,
    "shared_axes": _AXES.or_none(),
    "sigma": _FACTOR,
    "sliding_window": _POSITIVE.or_none(),
    "split": _words("whitespace", "character").or_none(),
    "standardize": _CASES,
    "stddev": _FRACTION,
    "threshold": _NOT_NEGATIVE,
    "trainable": _BOOLEAN,
    "units": _POSITIVE,
    "use_cudnn": _CUDNN,
    "value_dim": _POSITIVE.or_none(),
    "value_range": _NUMBERS,
    "width": _POSITIVE,
}


def _rows(
    classes: tuple[str, ...], names: str, kind: Kind | None
) -> dict[tuple[str, str], Kind | None]:
    return {(c, name): kind for c in classes for name in names.split()}


def _for_ranks(
    classes: tuple[str, ...], name: str, kind: Callable[[int], Kind | None]
) -> dict[tuple[str, str], Kind | None]:
    """Returns the rows of families of classes, `Conv{}D` for instance."""
    return {(c.format(rank), name): kind(rank) for c in classes for rank in (1, 2, 3)}


_ATTENTION = ("AdditiveAttention", "Attention")
_HEADS = ("GroupQueryAttention", "MultiHeadAttention")
_LSTMS = ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "LSTM", "LSTMCell")
_LOOKUPS = ("IntegerLookup", "StringLookup")
_POOLINGS = ("AveragePooling{}D", "MaxPooling{}D")
_ADAPTIVE = ("AdaptiveAveragePooling{}D", "AdaptiveMaxPooling{}D")
# Augmentation whose strength may be negative, with or without a default.
_SIGNED = ("RandomColorDegeneration", "RandomSaturation")
_SIGNED_OR_NONE = (
    "ContrastLimitedAdaptiveHistogramEqualization",
    "Equalization",
    "MaxNumBoundingBoxes",
    "MixUp",
    "RandomBrightness",
    "RandomColorJitter",
    "RandomCrop",
    "RandomRotation",
)
_ANY_RANGE = (
    "ContrastLimitedAdaptiveHistogramEqualization",
    "RandomContrast",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomGaussianBlur",
    "RandomHue",
    "RandomInvert",
)
# What differs from the tables above; None where an argument may be anything.
_BY_CLASS: dict[tuple[str, str], Kind | None] = {
    **_for_ranks(_POOLINGS, "padding", lambda rank: _words("valid", "same")),
    **_for_ranks(_POOLINGS, "strides", lambda rank: _sizes(rank).or_none()),
    **_for_ranks(
        _ADAPTIVE, "data_format", lambda rank: _words(*DATA_FORMATS).or_none()
    ),
    **_for_ranks(
        ("Conv{}DTranspose",), "output_padding", lambda rank: _sizes(rank, 0).or_none()
    ),
    # The rules read these: they are sizes, one or two for each axis.
    **_for_ranks(("ZeroPadding{}D",), "padding", lambda rank: None),
    **_rows(_LOOKUPS, "dtype trainable", None),
    **_rows((*_ATTENTION, *_HEADS), "seed", None),
    **_rows(
        _HEADS,
        "kernel_initializer bias_initializer",
        _object("an initializer", "initializers"),
    ),
    **_rows(_LSTMS, "bias_initializer", _object("an initializer", "initializers")),
    **_rows(_SIGNED, "factor", _SIGNED_FACTOR),
    **_rows(_SIGNED_OR_NONE, "factor", _SIGNED_FACTOR.or_none()),
    **_rows(("RandomColorJitter",), "brightness_factor", _SIGNED_FACTOR.or_none()),
    **_rows(("RandomColorJitter",), "contrast_factor hue_factor", _FACTOR.or_none()),
    **_rows(("RandomColorJitter",), "saturation_factor", _SIGNED_FACTOR.or_none()),
    **_rows(
        ("RandomElasticTransform", "RandomErasing", "RandomPerspective"),
        "scale",
        _FACTOR,
    ),
    **_rows(("RandomShear",), "x_factor y_factor", _FACTOR),
    **_rows(("Solarization",), "addition_factor threshold_factor", _FACTOR),
    **_rows(_ANY_RANGE, "value_range", None),
    **_rows(
        ("Embedding", "ReversibleEmbedding"),
        "weights",
        Kind("None", lambda v: v is None),
    ),
    ("AlphaDropout", "noise_shape"): None,
    ("BatchNormalization", "axis"): _INTEGER,
    ("BatchNormalization", "epsilon"): _NUMBER,
    ("CategoryEncoding", "output_mode"): _words(*_ENCODINGS, "binary"),
    ("Concatenate", "axis"): _INTEGER,
    ("Conv1D", "padding"): _words_in_any_case("valid", "same", "causal"),
    ("Discretization", "num_bins"): _POSITIVE.or_none(),
    ("Discretization", "output_mode"): _words("int", *_ENCODINGS),
    ("GroupNormalization", "axis"): _INTEGER,
    ("GroupNormalization", "groups"): Kind(
        "a positive integer or -1", lambda v: is_integer(v) and (v > 0 or v == -1)
    ),
    ("HashedCrossing", "output_mode"): _words("int", "one_hot"),
    ("Hashing", "output_mode"): _words("int", *_ENCODINGS),
    ("IntegerLookup", "mask_token"): Kind(
        "an integer", lambda v: not isinstance(v, str | float)
    ),
    ("IntegerLookup", "output_mode"): _LOOKUP_MODES,
    ("IntegerLookup", "vocabulary_dtype"): _words("int64"),
    ("LeakyReLU", "alpha"): _NOT_NEGATIVE.or_none(),
    ("MaxNumBoundingBoxes", "fill_value"): _NUMBER,
    ("Normalization", "axis"): _AXES.or_none(),
    ("RandomGaussianBlur", "kernel_size"): Kind(
        "an odd number, or a list of two,", lambda v: _is_odd(v) or _are(2, _is_odd)(v)
    ),
    ("RandomPosterization", "factor"): _bounds(1, 8),
    ("RandomZoom", "height_factor"): _bounds(-1, 1, exclude_low=True),
    ("RandomZoom", "width_factor"): _bounds(-1, 1, exclude_low=True).or_none(),
    ("Resizing", "fill_mode"): None,
    ("Resizing", "interpolation"): None,
    ("STFTSpectrogram", "padding"): _words("valid", "same"),
    ("STFTSpectrogram", "periodic"): _BOOLEAN,
    ("STFTSpectrogram", "scaling"): _words("density", "spectrum").or_none(),
    ("STFTSpectrogram", "window"): Kind(
        "the name of a window or its numbers",
        lambda v: isinstance(v, str) or _are(None, _is_number)(v),
    ).or_none(),
    ("Softmax", "axis"): None,
    ("SimpleRNN", "activity_regularizer"): None,
    ("StringLookup", "mask_token"): _TEXT.or_none(),
    ("StringLookup", "output_mode"): _LOOKUP_MODES,
    ("StringLookup", "vocabulary"): _VOCABULARY,
    ("TextVectorization", "output_mode"): _LOOKUP_MODES,
    ("TextVectorization", "vocabulary"): _VOCABULARY,
    ("UpSampling1D", "size"): _POSITIVE,
    ("UpSampling2D", "interpolation"): _TEXT,
}
