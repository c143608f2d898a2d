"""The small data that the tests of a project make, of the kind of the user's own."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from keras_kgen.backends.training.facts import ModelFacts, sample_of
from keras_kgen.backends.training.objectives import Goal
from keras_kgen.backends.training.own.views import CsvView
from keras_kgen.backends.training.views import DataView
from keras_kgen.ir.data import (
    ArrayFacts,
    AudioFacts,
    Feature,
    FolderFacts,
    ImageFacts,
    OwnData,
    RecordFacts,
    Role,
    SeriesFacts,
    TableFacts,
    TextFacts,
)
from keras_kgen.projects.own.view import OwnTestsView
from keras_kgen.projects.samples import concrete
from keras_kgen.projects.view import TestsView
from keras_kgen.pysource.literals import literal

# Enough that each part gets some, and few enough to be quick.
_SAMPLES = 60
_FILES = 24


def lower_own_tests(own: OwnData, data: DataView, facts: ModelFacts) -> OwnTestsView:
    """Decides which small data the tests make.

    Args:
        own: What was found in the data.
        data: The data half of a module.
        facts: What the model is.
    """
    return _LOWER[type(own.facts)](own, data, facts)


def with_own_batch(
    view: TestsView, own: OwnData, goal: Goal, facts: ModelFacts
) -> TestsView:
    """Returns what tests know of a model with a batch that is like the user's own data.

    Args:
        view: What they know of it with any data.
        own: What was found in the data.
        goal: What the model predicts.
        facts: What the model is.
    """
    targets, labels = view.targets, own.labels
    # A model that does not scale what it gives would take long to get to the size of these.
    is_scaled = goal.output.layer_class == "Rescaling"
    if is_scaled and not goal.classes and targets and labels.deviation:
        mean, spread = f"{labels.mean:.4g}", f"{labels.deviation:.4g}"
        targets = f"{float(mean)} + {float(spread)} * {targets}"
    view = replace(view, targets=targets)
    shape = concrete(sample_of(facts.inputs[0]))
    if not isinstance(own.facts, AudioFacts) or not view.has_patterns or not shape:
        return view
    # A sound and its negative sound alike: one kind is loud, the other is faint.
    size = literal((2, *shape))
    inputs = f"rng.normal(size={size})[kinds] * 0.1 ** kinds[:, None]"
    return replace(view, inputs=inputs, has_patterns=False, has_random_batch=True)


def _table(own: OwnData, data: DataView, facts: ModelFacts) -> OwnTestsView:
    table = own.facts
    assert isinstance(table, TableFacts)
    assert data.own is not None and data.own.table is not None
    numbers = [column.name for column in table.columns if column.role is Role.NUMBER]
    return replace(
        _csv(data.own.table.csv),
        first=literal(table.columns[0].name),
        number=literal(numbers[0]) if numbers else "",
    )


def _series(own: OwnData, data: DataView, facts: ModelFacts) -> OwnTestsView:
    assert data.own is not None and data.own.series is not None
    return _csv(data.own.series.csv)


def _csv(csv: CsvView) -> OwnTestsView:
    return OwnTestsView(str(_SAMPLES), encoding=csv.encoding, delimiter=csv.delimiter)


def _images(own: OwnData, data: DataView, facts: ModelFacts) -> OwnTestsView:
    assert isinstance(own.facts, ImageFacts)
    channels = literal(own.facts.channels)
    return replace(_folder(own, own.facts.folder), channels=channels)


def _texts(own: OwnData, data: DataView, facts: ModelFacts) -> OwnTestsView:
    assert isinstance(own.facts, TextFacts)
    return _folder(own, own.facts.folder)


def _audio(own: OwnData, data: DataView, facts: ModelFacts) -> OwnTestsView:
    assert isinstance(own.facts, AudioFacts)
    return replace(_folder(own, own.facts.folder), rate=literal(own.facts.rate))


def _folder(own: OwnData, folder: FolderFacts) -> OwnTestsView:
    count = max(2, math.ceil(_FILES / len(own.labels.classes)))
    parts = [literal(part) for part in (folder.train, folder.test) if part]
    return OwnTestsView(str(count), parts=tuple(parts))


def _arrays(own: OwnData, data: DataView, facts: ModelFacts) -> OwnTestsView:
    arrays = own.facts
    assert isinstance(arrays, ArrayFacts)
    shape = concrete(sample_of(facts.inputs[0])) or ()
    size = literal((_SAMPLES, *shape))
    x = (
        f"rng.integers(256, size={size})"
        if arrays.is_image
        else f"rng.normal(size={size})"
    )
    parts = ("_train", "_test") if arrays.is_split else ("",)
    items = [
        f"{literal(name + part)}: {text}"
        for part in parts
        for name, text in (("x", x), ("y", _array_targets(own)))
    ]
    return OwnTestsView(
        str(_SAMPLES),
        arrays=tuple(items),
        missing=literal(f"y{parts[-1]}"),
        shortened=literal(f"x{parts[0]}"),
        reshaped=sample_of(facts.inputs[0]) is not None,
    )


def _array_targets(own: OwnData) -> str:
    classes = own.labels.classes
    if not classes:
        return f"rng.normal(size={literal((_SAMPLES, *own.labels.shape))})"
    numbers = f"np.arange({_SAMPLES}) % {len(classes)}"
    is_numbered = classes == tuple(range(len(classes)))
    return numbers if is_numbered else f"np.array(CLASSES)[{numbers}]"


def _records(own: OwnData, data: DataView, facts: ModelFacts) -> OwnTestsView:
    records = own.facts
    assert isinstance(records, RecordFacts)
    items = [_feature(feature, "") for feature in records.features]
    classes = len(own.labels.classes)
    target = _feature(records.target, f"[number % {classes}]" if classes else "")
    return OwnTestsView(
        str(_SAMPLES),
        first=literal(records.features[0].name),
        features=(*items, target),
        target=literal(records.target.name),
    )


# The kinds of lists in an example, and random values for one.
_LISTS = {
    "uint8": ("bytes_list=tf.train.BytesList", "[rng.bytes({})]"),
    "int64": ("int64_list=tf.train.Int64List", "rng.integers(2, size={})"),
    "float32": ("float_list=tf.train.FloatList", "rng.normal(size={})"),
}


def _feature(feature: Feature, values: str) -> str:
    """Returns a feature of an example as an item of a dictionary."""
    constructor, random = _LISTS[feature.dtype]
    values = values or random.format(math.prod(feature.shape))
    return f"{literal(feature.name)}: tf.train.Feature({constructor}(value={values}))"


_LOWER: dict[type, Callable[[OwnData, DataView, ModelFacts], OwnTestsView]] = {
    TableFacts: _table,
    SeriesFacts: _series,
    ImageFacts: _images,
    TextFacts: _texts,
    AudioFacts: _audio,
    ArrayFacts: _arrays,
    RecordFacts: _records,
}
