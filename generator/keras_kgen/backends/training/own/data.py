"""How a module loads the user's own data, as source text."""

from __future__ import annotations

from collections.abc import Callable

from keras_kgen.backends.training.facts import ModelFacts
from keras_kgen.backends.training.objectives import Goal
from keras_kgen.backends.training.own.arrays import lower_arrays
from keras_kgen.backends.training.own.folders import (
    lower_audio,
    lower_images,
    lower_texts,
)
from keras_kgen.backends.training.own.records import lower_records
from keras_kgen.backends.training.own.tables import lower_series, lower_table
from keras_kgen.backends.training.own.views import OwnView
from keras_kgen.backends.training.views import DataView
from keras_kgen.backends.view import Constant
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
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import literal

Lowered = tuple[tuple[Constant, ...], OwnView]
_LOWER: dict[type, Callable[[OwnData, Goal, ModelFacts, Imports], Lowered]] = {
    TableFacts: lower_table,
    SeriesFacts: lower_series,
    ImageFacts: lower_images,
    TextFacts: lower_texts,
    AudioFacts: lower_audio,
    ArrayFacts: lower_arrays,
    RecordFacts: lower_records,
}


def lower_own_data(
    own: OwnData, goals: tuple[Goal, ...], facts: ModelFacts, imports: Imports
) -> tuple[tuple[Constant, ...], DataView]:
    """Decides how the user's own data are read, divided and prepared."""
    imports.add("tensorflow", alias="tf")
    constants, view = _LOWER[type(own.facts)](own, goals[0], facts, imports)
    path = Constant("DATA", literal(own.path))
    data = DataView(own.path, missing="", check="", complaint="", own=view)
    return (path, *constants), data
