"""The model that kgen proposes for the user's own data, as the lines of a spec."""

from __future__ import annotations

import math
from collections.abc import Callable

from keras_kgen.errors import Diagnostics, Location
from keras_kgen.frontends.documents import Document, Items, Scalar, Table
from keras_kgen.ir.data import (
    ArrayFacts,
    AudioFacts,
    ImageFacts,
    Labels,
    OwnData,
    RecordFacts,
    SeriesFacts,
    TableFacts,
    TextFacts,
)
from keras_kgen.ir.tensors import Shape

_MAX_VOCABULARY = 20_000
_MEL_BINS = 64
# Convolutions go on until an image is at most so wide.
_SMALLEST = 8
_MAX_FILTERS = 128
# From so many samples on, a model may be larger.
_MANY_SAMPLES = 2000
# Numbers from here on are written as 1e5.
_LONG = 10_000


def complete(document: Table, data: OwnData, notes: Diagnostics) -> Table:
    """Returns a spec with the inputs and layers that it leaves out.

    Args:
        document: The spec.
        data: What it is to train on.
        notes: Where it is said what was chosen.
    """
    place = data.location or document.location
    entries = document.entries
    if document.get("inputs") is None:
        if document.get("layers") is not None:
            shapes = ", ".join(str(list(shape)) for _, shape, _ in data.shapes)
            notes.note(f"no inputs given: they are {shapes}, as the data are", place)
        entries = (*entries, (Scalar("inputs", place), _inputs(data, place)))
    if document.get("layers") is None:
        lines = propose(data)
        items = tuple(Scalar(line, place, line) for line in lines)
        entries = (*entries, (Scalar("layers", place), Items(items, place)))
        notes.note(f"no layers given: {_title(data)}", place)
    return Table(entries, document.location)


def _inputs(data: OwnData, place: Location) -> Document:
    inputs = [(name, _input(shape, dtype, place)) for name, shape, dtype in data.shapes]
    if len(inputs) == 1:
        return inputs[0][1]
    return Table(tuple((Scalar(name, place), item) for name, item in inputs), place)


def _input(shape: Shape, dtype: str, place: Location) -> Document:
    items = Items(tuple(Scalar(size, place) for size in shape), place)
    if dtype == "float32":
        return items
    entries = ((Scalar("shape", place), items), _pair("dtype", dtype, place))
    return Table(entries, place)


def _pair(key: str, value: str, place: Location) -> tuple[Scalar, Scalar]:
    return Scalar(key, place), Scalar(value, place)


def propose(data: OwnData) -> list[str]:
    """Returns the lines of a small model that learns from the data."""
    return [*_BODIES[type(data.facts)](data), *_last_layers(data.labels)]


def _last_layers(labels: Labels) -> list[str]:
    count = len(labels.classes)
    if count == 2:
        return ['Dense(1, activation="sigmoid")']
    if count:
        return [f'Dense({count}, activation="softmax")']
    size = math.prod(labels.shape)
    lines = [f"Dense({size})"]
    if len(labels.shape) > 1:
        lines.append(f"Reshape({labels.shape})")
    scale, offset = _unit(labels.deviation), _unit(labels.mean)
    is_usual = 0.1 <= scale <= 10 and abs(offset) <= 10
    # The layers before learn numbers around 0; this brings them to the size of the target.
    return lines if is_usual else [*lines, f"Rescaling({scale!r}, offset={offset!r})"]


def _unit(value: float) -> float:
    """Returns the first digit of a number: a unit to count in, no statistic of the data."""
    rounded = float(f"{value:.0e}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < _LONG else rounded


def _dense(data: OwnData) -> list[str]:
    units = 64 if data.samples >= _MANY_SAMPLES else 32
    return [f'Dense({units}, activation="relu")'] * 2


def _table_body(data: OwnData) -> list[str]:
    assert isinstance(data.facts, TableFacts)
    if data.facts.has_categories:
        return _dense(data)
    gaps = ["ops.nan_to_num(_)"] if data.facts.has_gaps else []
    return ["Normalization()", *gaps, *_dense(data)]


def _convolutions(height: int, width: int) -> list[str]:
    lines: list[str] = []
    filters = 16
    while min(height, width) > (_SMALLEST if lines else 1):
        filters = min(2 * filters, _MAX_FILTERS)
        lines.append(f'Conv2D({filters}, 3, padding="same", activation="relu")')
        lines.append("MaxPooling2D()")
        height, width = height // 2, width // 2
    return [*lines, "Flatten()", "Dropout(0.3)", 'Dense(64, activation="relu")']


def _image_body(data: OwnData) -> list[str]:
    shape = data.shapes[0][1]
    height, width = shape[0] or _SMALLEST, shape[1] or _SMALLEST
    return ["Rescaling(1 / 255)", *_convolutions(height, width)]


def _text_body(data: OwnData) -> list[str]:
    assert isinstance(data.facts, TextFacts)
    size = min(data.facts.words + 2, _MAX_VOCABULARY)
    return [
        # Without a mask: the mean of no words at all would be no number.
        f"Embedding({size}, 32)",
        "GlobalAveragePooling1D()",
        "Dropout(0.3)",
        'Dense(32, activation="relu")',
    ]


def _series_body(_: OwnData) -> list[str]:
    return ["Normalization()", "LSTM(32)"]


def _audio_body(data: OwnData) -> list[str]:
    assert isinstance(data.facts, AudioFacts)
    rate, length = data.facts.rate, data.facts.length
    # Windows of about 32 milliseconds, every 16 of them.
    window = 2 ** max(round(math.log2(rate * 0.032)), 5)
    stride = window // 2
    frames = length // stride + 1
    return [
        f"MelSpectrogram(num_mel_bins={_MEL_BINS}, sampling_rate={rate}, "
        f"fft_length={window}, sequence_stride={stride}, max_freq={rate / 2!r})",
        f"Reshape(({_MEL_BINS}, -1, 1))",
        # Decibels from -80 to 0 and more.
        "Rescaling(1 / 40, offset=1)",
        *_convolutions(_MEL_BINS, frames),
    ]


def _array_body(data: OwnData) -> list[str]:
    assert isinstance(data.facts, ArrayFacts)
    return _body_of(data.shapes[0][1], data.facts.is_image, data)


def _body_of(shape: Shape, is_image: bool, data: OwnData) -> list[str]:
    """Returns layers for samples of a shape, of which no more is known."""
    sizes = [size or 1 for size in shape]
    first = "Rescaling(1 / 255)" if is_image else "Normalization()"
    if len(sizes) == 0:
        return ["Reshape((1,))", first, *_dense(data)]
    if is_image and len(sizes) == 2:
        add_channel = f"Reshape(({sizes[0]}, {sizes[1]}, 1))"
        return [first, add_channel, *_convolutions(sizes[0], sizes[1])]
    if len(sizes) == 3:
        return [first, *_convolutions(sizes[0], sizes[1])]
    if len(sizes) == 2:
        return [first, "LSTM(32)"]
    flat = ["Flatten()"] if len(sizes) > 3 else []
    return [first, *flat, *_dense(data)]


def _record_body(data: OwnData) -> list[str]:
    assert isinstance(data.facts, RecordFacts)
    features = data.facts.features
    if len(features) == 1:
        return _body_of(features[0].shape, features[0].dtype == "uint8", data)
    lines: list[str] = []
    for feature in features:
        name = feature.name
        is_bytes = feature.dtype == "uint8"
        scaling = "Rescaling(1 / 255)" if is_bytes else "BatchNormalization()"
        if len(feature.shape) == 1:
            lines.append(f"{name}_scaled = {scaling}({name})")
            continue
        shaping = "Flatten()" if feature.shape else "Reshape((1,))"
        lines.append(f"{name}_flat = {shaping}({name})")
        lines.append(f"{name}_scaled = {scaling}({name}_flat)")
    scaled = ", ".join(f"{feature.name}_scaled" for feature in features)
    return [*lines, f"Concatenate()([{scaled}])", *_dense(data)]


_BODIES: dict[type, Callable[[OwnData], list[str]]] = {
    TableFacts: _table_body,
    ImageFacts: _image_body,
    TextFacts: _text_body,
    SeriesFacts: _series_body,
    AudioFacts: _audio_body,
    ArrayFacts: _array_body,
    RecordFacts: _record_body,
}
_TITLES: dict[type, str] = {
    TableFacts: "two dense layers read the columns",
    ImageFacts: "a small convolutional network reads the images",
    TextFacts: "the mean of word embeddings stands for a text",
    SeriesFacts: "an LSTM reads the window",
    AudioFacts: "a small convolutional network reads the spectrograms",
}


def _title(data: OwnData) -> str:
    return _TITLES.get(type(data.facts), "a small network that goes with the shapes")
