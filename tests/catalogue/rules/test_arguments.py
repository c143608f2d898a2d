"""A wrong argument of a layer is refused where Keras refuses it, and nowhere else."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from catalogue.rules.comparison import REFUSAL, Row, keras_outcome, kgen_outcome, read
from catalogue.test_rules import ACCEPTED

from keras_kgen.catalogue.registry import base_parameters, lookup
from keras_kgen.catalogue.rules import check_argument, check_config, full_config

WRONG = ("0", "-1", "2.5", "'sane'", "None", "[]", "(1, 2, 3, 4)", "True")
_BASE = {parameter.name for parameter in base_parameters()}
# A name that Keras itself does not look at before it runs.
UNSEEN = {
    ("IntegerLookup", "vocabulary", "'sane'"),  # a file, which kgen does not open
    ("Bidirectional", "weights", "-1"),
    ("Bidirectional", "weights", "2.5"),
    ("Bidirectional", "weights", "True"),
    ("LeakyReLU", "alpha", "None"),  # None stands for an argument that is not given
    ("StringLookup", "vocabulary", "'sane'"),
    ("TextVectorization", "vocabulary", "'sane'"),
    ("STFTSpectrogram", "window", "'sane'"),  # SciPy knows the names of windows
}
# What Keras builds and nobody means: True as a size, and these, which fail in training or
# give an empty tensor. The class "" stands for all.
STRICTER = {
    ("", "axis", "[]"),
    ("", "dropout", "-1"),
    ("", "dropout", "2.5"),
    ("", "factor", "[]"),
    ("", "height", "0"),
    ("", "height", "None"),
    ("", "lora_rank", "[]"),
    ("", "num_oov_indices", "2.5"),
    ("", "max_tokens", "2.5"),
    ("", "output_size", "0"),
    ("", "padding", "-1"),
    ("", "recurrent_dropout", "-1"),
    ("", "recurrent_dropout", "2.5"),
    ("", "width", "0"),
    ("", "width", "None"),
    ("Concatenate", "axis", "2.5"),
    ("ConvLSTM1D", "filters", "0"),
    ("ConvLSTM2D", "filters", "0"),
    ("ConvLSTM3D", "filters", "0"),
    ("GroupQueryAttention", "num_query_heads", "0"),
    ("Hashing", "num_bins", "2.5"),
    ("MaxNumBoundingBoxes", "max_number", "-1"),
    ("MaxNumBoundingBoxes", "max_number", "0"),
    ("MaxNumBoundingBoxes", "max_number", "2.5"),
    ("MelSpectrogram", "num_mel_bins", "0"),
    ("MelSpectrogram", "num_mel_bins", "None"),
    ("MelSpectrogram", "sequence_length", "-1"),
    ("MelSpectrogram", "sequence_length", "2.5"),
    ("RandomColorJitter", "brightness_factor", "[]"),
    ("RandomGaussianBlur", "kernel_size", "2.5"),
    ("Reshape", "target_shape", "'sane'"),
    ("STFTSpectrogram", "frame_step", "2.5"),
    ("SpectralNormalization", "power_iterations", "2.5"),
    ("StackedRNNCells", "cells", "[]"),
    ("StringLookup", "mask_token", "[]"),
    ("TextVectorization", "output_sequence_length", "0"),
}
# Arguments of which Keras takes anything, for it looks at them where the layer runs.
STRICTER_ARGUMENTS = {
    ("AdaptiveAveragePooling1D", "data_format"),
    ("AdaptiveAveragePooling2D", "data_format"),
    ("AdaptiveAveragePooling3D", "data_format"),
    ("AdaptiveMaxPooling1D", "data_format"),
    ("AdaptiveMaxPooling2D", "data_format"),
    ("AdaptiveMaxPooling3D", "data_format"),
    ("Discretization", "bin_boundaries"),
    ("HashedCrossing", "num_bins"),
    ("MelSpectrogram", "fft_length"),
}


def smallest_rows() -> list[Row]:
    """Returns the first accepted row of each class."""
    rows: dict[str, Row] = {}
    for source, inputs in ACCEPTED:
        rows.setdefault(read(source).class_name, (source, inputs))
    return sorted(rows.values(), key=lambda row: row[0])


def arguments_of(source: str) -> tuple[str, dict[str, str]]:
    """Returns the class of a layer and its arguments by name, as sources."""
    call = ast.parse(source, mode="eval").body
    assert isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    entry = lookup("layers", call.func.id)
    assert entry is not None
    names = [parameter.name for parameter in entry.positional_parameters]
    given = dict(zip(names, map(ast.unparse, call.args), strict=False))
    return call.func.id, {
        **given,
        **{k.arg: ast.unparse(k.value) for k in call.keywords if k.arg},
    }


def changed(class_name: str, given: dict[str, str], name: str, value: str) -> str:
    arguments = {**given, name: value}
    listed = ", ".join(f"{key}={source}" for key, source in arguments.items())
    return f"{class_name}({listed})"


def is_stricter(class_name: str, name: str, value: str) -> bool:
    return (
        value == "True"
        or (class_name, name) in STRICTER_ARGUMENTS
        or bool({(class_name, name, value), ("", name, value)} & STRICTER)
    )


@pytest.mark.parametrize("row", smallest_rows(), ids=lambda row: str(row[0]))
def test_wrong_values_are_refused_as_keras_refuses_them(row: Row) -> None:
    keras = pytest.importorskip("keras")
    source, inputs = row
    class_name, given = arguments_of(source)
    entry = lookup("layers", class_name)
    assert entry is not None
    names = set(entry.parameter_names)
    found = []
    for name in sorted(names if class_name == "Dense" else names - _BASE):
        for value in WRONG:
            layer = changed(class_name, given, name, value)
            refuses = kgen_outcome(layer, inputs) == REFUSAL
            if refuses == (keras_outcome(keras, layer, inputs) == REFUSAL):
                continue
            if refuses and is_stricter(class_name, name, value):
                continue
            if name != "name" and (class_name, name, value) not in UNSEEN:
                found.append((name, value, refuses))
    assert found == []


@pytest.mark.parametrize(("source", "inputs"), ACCEPTED)
def test_right_values_are_not_refused(source: str, inputs: Any) -> None:
    layer = read(source)
    config = full_config(layer.class_name, layer.arguments)
    assert check_config(layer.class_name, config) is None


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "Dense(0)",
            "Dense needs a positive integer as 'units'. Received: units=0",
        ),
        (
            "Dense(64.0)",
            "Dense needs a positive integer as 'units'. Received: units=64.0; "
            "write 64, or divide with //",
        ),
        (
            "Conv1D(8, 3, padding='sam')",
            "Conv1D needs 'valid', 'same' or 'causal' as 'padding'. "
            "Received: padding='sam'; did you mean 'same'?",
        ),
        (
            "MaxPooling1D((1, 2))",
            "MaxPooling1D needs a positive integer as 'pool_size'. "
            "Received: pool_size=(1, 2)",
        ),
        (
            "Bidirectional(3)",
            "Bidirectional needs a layer as 'layer'. Received: layer=3",
        ),
        (
            "Dense(3, activation='rleu')",
            "Keras knows no activation 'rleu'; did you mean 'relu'?",
        ),
        (
            "Conv2D(8, 3, strides=2, dilation_rate=2)",
            "Conv2D needs strides=1 or dilation_rate=1. "
            "Received: strides=2, dilation_rate=2",
        ),
        (
            "RNN([LSTMCell(3), Dense(4)])",
            "RNN needs recurrent cells as 'cell'. Received: Dense",
        ),
        (
            "TimeDistributed([Dense(3), Dense(4)])",
            "TimeDistributed needs a layer as 'layer'. "
            "Received: layer=[Dense(..), Dense(..)]",
        ),
    ],
)
def test_message_before_a_shape_is_known(source: str, message: str) -> None:
    layer = read(source)
    config = full_config(layer.class_name, layer.arguments)
    assert check_config(layer.class_name, config) == message


def test_an_argument_that_no_table_has_may_be_anything() -> None:
    assert check_argument("Dense", "use_bias", "perhaps") is None
    assert check_argument("Lambda", "function", 3) is None
