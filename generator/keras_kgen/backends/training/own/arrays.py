"""Arrays of an .npz file."""

from __future__ import annotations

from keras_kgen.backends.training.facts import ModelFacts
from keras_kgen.backends.training.objectives import Goal
from keras_kgen.backends.training.own.views import ArraysView, OwnView
from keras_kgen.backends.training.text import missing_message
from keras_kgen.backends.view import Constant
from keras_kgen.ir.data import ArrayFacts, OwnData
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import literal

_SPLIT = ["x_train", "y_train", "x_test", "y_test"]
_WHOLE = ["x", "y"]


def lower_arrays(
    own: OwnData, goal: Goal, facts: ModelFacts, imports: Imports
) -> tuple[tuple[Constant, ...], OwnView]:
    """Decides what becomes of samples and targets in memory."""
    arrays = own.facts
    assert isinstance(arrays, ArrayFacts)
    imports.add("zipfile", "BadZipFile")
    classes = own.labels.classes
    is_numbered = classes == tuple(range(len(classes)))
    constants: tuple[Constant, ...] = ()
    y = "y.reshape(len(y))" if arrays.has_label_axis and goal.classes else "y"
    if classes and not is_numbered:
        constants = (Constant("CLASSES", literal(list(classes))),)
        y = f"np.searchsorted(CLASSES, {y})"
    if goal.classes and not goal.is_sparse:
        y = f"keras.utils.to_categorical({y}, {goal.classes})"
    needs_scale = arrays.is_image and not facts.scales_input
    view = ArraysView(
        split=arrays.is_split,
        missing=missing_message(_SPLIT if arrays.is_split else _WHOLE),
        x='x.astype("float32") / 255' if needs_scale else "x",
        y=y,
    )
    splits = not arrays.is_split
    metavar, adapts = literal("FILE.npz"), facts.learns_scale
    return constants, OwnView(metavar, adapts=adapts, split=splits, arrays=view)
