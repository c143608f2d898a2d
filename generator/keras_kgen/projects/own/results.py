"""What `predict.py` writes where a model has learned from data of the user's own."""

from __future__ import annotations

from keras_kgen.backends.training.facts import ModelFacts, units_of
from keras_kgen.backends.training.objectives import Goal, class_numbers
from keras_kgen.backends.training.text import part_of
from keras_kgen.ir.data import ArrayFacts, OwnData, RecordFacts, SeriesFacts
from keras_kgen.projects.own.view import OwnResultsView
from keras_kgen.pysource.literals import literal

_CSV, _NPZ = literal("predictions.csv"), literal("predictions.npz")
# What has no names for classes and columns: arrays come out as they went in.
_ARRAYS = (ArrayFacts, RecordFacts)


def lower_own_results(own: OwnData, goal: Goal, facts: ModelFacts) -> OwnResultsView:
    """Decides in which form predictions are written.

    Args:
        own: What was found in the data.
        goal: What the model predicts.
        facts: What the model is.
    """
    scores = part_of("model.predict(inputs)", facts.gives, 0)
    if isinstance(own.facts, _ARRAYS):
        return OwnResultsView(_NPZ, scores, arrays=True)
    if isinstance(own.facts, SeriesFacts):
        return OwnResultsView(_CSV, scores, series=True)
    if not goal.classes:
        return OwnResultsView(_CSV, scores, values=True)
    is_single = units_of(goal.output) == 1
    numbers = class_numbers("scores", goal)
    return OwnResultsView(
        _CSV,
        scores,
        numbers=f"({numbers}).astype(int)" if is_single else numbers,
        # The one score of two classes is that of the second.
        names="CLASSES[1]" if is_single else "*CLASSES",
    )
