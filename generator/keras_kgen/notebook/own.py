"""Decides how a notebook shows the user's own data, and what it says of them."""

from __future__ import annotations

from dataclasses import replace

from keras_kgen.backends.training.facts import sample_of
from keras_kgen.backends.training.own.fit import is_uneven
from keras_kgen.backends.training.text import part_of
from keras_kgen.backends.training.views import TrainingView
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
from keras_kgen.notebook.shown import labels_of, view_shown
from keras_kgen.notebook.views import OwnShownView, ShownView
from keras_kgen.pysource.literals import literal

# What a module has to load such data, in the order in which a reader comes upon it.
OWN_DEFINITIONS = (
    "load_data",
    "take",
    "full_precision",
    "learn_features",
    "make_vectorization",
    "make_windows",
    "read_table",
    "read_series",
    "is_missing",
    "to_numbers",
    "to_number",
    "to_categories",
    "to_dates",
    "fill",
    "prepare",
    "parse",
    "split",
    "adapt",
)
_LOOKS: dict[type, str] = {
    TableFacts: "own_table",
    SeriesFacts: "own_series",
    ImageFacts: "own_images",
    TextFacts: "own_texts",
    AudioFacts: "own_recordings",
    ArrayFacts: "own_arrays",
    RecordFacts: "own_arrays",
}
# The function that a cell calls, which is the macro of that name.
OWN_HELPERS = {"own_images": "show_images"}


class OwnMaterial:
    """What the cells on the user's own data are made of."""

    def __init__(self, own: OwnData, training: TrainingView) -> None:
        self.own = own
        self.training = training
        self.facts = training.task.facts
        self.goal = training.task.goals[0]

    def look(self) -> str:
        """Returns the macro of the cell that shows some samples."""
        is_image = isinstance(self.own.facts, ArrayFacts | RecordFacts) and (
            self._has_pixels() and len(sample_of(self.facts.inputs[0]) or ()) in (2, 3)
        )
        return "own_images" if is_image else _LOOKS[type(self.own.facts)]

    def _has_pixels(self) -> bool:
        facts = self.own.facts
        if isinstance(facts, ArrayFacts):
            return facts.is_image
        return isinstance(facts, RecordFacts) and facts.features[0].dtype == "uint8"

    def is_uneven(self) -> bool:
        """Whether some classes are much more frequent than others."""
        return is_uneven(self.own)

    def result(self, macro: str) -> str:
        """Returns the macro that shows predictions, from that for any data."""
        is_series = isinstance(self.own.facts, SeriesFacts)
        return "own_forecast" if is_series and macro == "values" else macro

    def shown(self) -> ShownView:
        """Returns how cells reach targets and predictions, which are arrays."""
        view = view_shown(self.training.task, 0)
        return replace(
            view,
            test_y="y_test",
            test_labels=labels_of("y_test", self.goal),
            names=self._names(),
        )

    def view(self) -> OwnShownView:
        """Returns how cells load data and show them."""
        loading, facts = self.training.data.own, self.own.facts
        assert loading is not None
        folder = facts.folder.train if isinstance(facts, TextFacts) else ""
        is_scaled = bool(loading.folder and loading.folder.mapping) or bool(
            loading.arrays and "/ 255" in loading.arrays.x
        )
        return OwnShownView(
            keeps=loading.keeps,
            adapts=loading.adapts,
            folder=f"Path(DATA, {literal(folder)})" if folder else "Path(DATA)",
            scale="" if is_scaled else " / 255",
            labels=labels_of("targets", self.goal) if self.goal.classes else "",
            names=self._names(),
            x=part_of("x", self.facts.takes, 0),
            scores=part_of("predictions", self.facts.gives, 0),
        )

    def _names(self) -> str:
        """Returns what the classes are called: a constant of the module, or numbers."""
        constants = {constant.name for constant in self.training.constants}
        return "CLASSES" if "CLASSES" in constants else f"range({self.goal.classes})"
