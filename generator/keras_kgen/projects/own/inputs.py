"""How `predict.py` reads data of the user's own that have no targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from keras_kgen.backends.training.facts import ModelFacts
from keras_kgen.backends.training.own.folders import audio_length, image_options
from keras_kgen.backends.training.views import DataView
from keras_kgen.ir.data import (
    ArrayFacts,
    AudioFacts,
    ImageFacts,
    OwnData,
    RecordFacts,
    SeriesFacts,
    TableFacts,
    TextFacts,
)
from keras_kgen.projects.data import lower_inputs
from keras_kgen.projects.own.view import OwnInputsView
from keras_kgen.pysource.literals import literal

# What `load_inputs()` is called with, in `predict.py` and in a test.
_RUN, _TESTED_RUN = ", args.run_dir", ", tmp_path"
_MODEL = ", model"
_CSV, _FOLDER = literal("FILE.csv"), literal("FOLDER")


def lower_own_inputs(own: OwnData, data: DataView, facts: ModelFacts) -> OwnInputsView:
    """Decides how samples without targets are read.

    Args:
        own: What was found in the data.
        data: The data half of a module.
        facts: What the model is.
    """
    return _LOWER[type(own.facts)](own, data, facts)


def _table(own: OwnData, data: DataView, facts: ModelFacts) -> OwnInputsView:
    assert data.own is not None and data.own.table is not None
    words = literal("a table with the same columns; the target may be missing")
    if data.own.table.learns:
        return OwnInputsView(_CSV, words, _RUN, _TESTED_RUN, encodes=True)
    if not data.own.adapts:
        return OwnInputsView(_CSV, words, columns=True)
    return OwnInputsView(_CSV, words, _MODEL, _MODEL, columns=True, fills=True)


def _series(own: OwnData, data: DataView, facts: ModelFacts) -> OwnInputsView:
    words = literal("a table with the same columns, WINDOW rows or more")
    return OwnInputsView(_CSV, words, series=True)


def _images(own: OwnData, data: DataView, facts: ModelFacts) -> OwnInputsView:
    assert isinstance(own.facts, ImageFacts)
    return OwnInputsView(
        _FOLDER,
        literal("a folder of images"),
        has_files=True,
        images=image_options(own.facts, facts),
        is_scaled=not facts.scales_input,
    )


def _texts(own: OwnData, data: DataView, facts: ModelFacts) -> OwnInputsView:
    words = literal("a folder of .txt files")
    return OwnInputsView(_FOLDER, words, _RUN, _TESTED_RUN, has_files=True, texts=True)


def _audio(own: OwnData, data: DataView, facts: ModelFacts) -> OwnInputsView:
    assert isinstance(own.facts, AudioFacts)
    length = literal(audio_length(own.facts, facts))
    words = literal("a folder of .wav files")
    return OwnInputsView(_FOLDER, words, has_files=True, recording=length)


def _arrays(own: OwnData, data: DataView, facts: ModelFacts) -> OwnInputsView:
    assert data.own is not None and data.own.arrays is not None
    inputs = lower_inputs(None, data, facts)
    inputs = replace(inputs, result=data.own.arrays.x)
    return OwnInputsView(literal("FILE.npz"), inputs.help, arrays=inputs)


def _records(own: OwnData, data: DataView, facts: ModelFacts) -> OwnInputsView:
    words = literal("TFRecord files; their target may be missing")
    return OwnInputsView(literal("PATTERN"), words, records=True)


_LOWER: dict[type, Callable[[OwnData, DataView, ModelFacts], OwnInputsView]] = {
    TableFacts: _table,
    SeriesFacts: _series,
    ImageFacts: _images,
    TextFacts: _texts,
    AudioFacts: _audio,
    ArrayFacts: _arrays,
    RecordFacts: _records,
}
