"""Decides how a notebook shows data and results, from what the model learns."""

from __future__ import annotations

from keras_kgen.backends.training.facts import (
    sample_of,
    shape_of,
    units_of,
)
from keras_kgen.backends.training.objectives import Goal, class_numbers
from keras_kgen.backends.training.text import batch_shape, part_of
from keras_kgen.backends.training.views import Task
from keras_kgen.catalogue.datasets import Kind, Target
from keras_kgen.notebook.views import ShownView
from keras_kgen.pysource.literals import literal

_RESULTS = {
    Target.IMAGE: "rebuilt",
    Target.MASK: "masks",
    Target.FRAME: "frames",
    Target.VALUE: "values",
}
_LOOKS = {
    Kind.TEXT: "look_texts",
    Kind.FEATURES: "look_features",
    Kind.FRAMES: "look_frames",
    Kind.SHAPES: "look_masks",
    Kind.IMAGES: "look_images",
}
# The function that a cell calls, which is the macro of that name.
HELPERS = {
    "look_images": "show_images",
    "look_pairs": "show_images",
    "look_masks": "show_images",
    "look_frames": "show_images",
    "classes": "plot_confusion",
    "unsure": "show_images",
    "rebuilt": "show_images",
    "masks": "show_images",
    "frames": "show_images",
}
_NAMES = {Target.PARITY: ("even", "odd"), Target.SAME: ("different", "same")}


def choose_look(task: Task) -> str:
    """Returns the macro of the cell that shows some samples."""
    if task.request is None:
        return "look_arrays"
    if any(goal.target is Target.SAME for goal in task.goals):
        return "look_pairs"
    return _LOOKS[task.request.dataset.kind]


def choose_result(goal: Goal) -> str:
    """Returns the macro of the cell that shows what the model makes of test data."""
    if goal.target in _RESULTS:
        return _RESULTS[goal.target]
    is_flat = len(shape_of(goal.output) or ()) == 1
    if goal.classes and is_flat:
        return "classes"
    return "values" if is_flat and units_of(goal.output) == 1 else "plain"


def shows_images(task: Task) -> bool:
    """Whether samples are images of a known shape."""
    return task.request is not None and task.request.dataset.kind is Kind.IMAGES


def has_scores(goal: Goal) -> bool:
    """Whether the output has one score for each class."""
    return choose_result(goal) == "classes" and (units_of(goal.output) or 0) > 1


def view_shown(task: Task, index: int) -> ShownView:
    """Returns how cells reach the data and what the model predicts for one output.

    Args:
        task: What the model learns.
        index: The place of the output among the outputs.
    """
    goal = task.goals[index]
    takes, gives = task.facts.takes, task.facts.gives
    dataset = task.request.dataset if task.request else None
    train_y, test_y = part_of("y_train", gives, index), part_of("y_test", gives, index)
    scores = part_of("predictions", gives, index)
    partner = min(1, len(task.facts.inputs) - 1)
    return ShownView(
        train_x=part_of("x_train", takes, 0),
        train_y=train_y,
        train_images=_images(part_of("x_train", takes, 0), task),
        train_partners=_images(part_of("x_train", takes, partner), task),
        labels=labels_of(train_y, goal) if goal.classes else "",
        names=_names(goal, task),
        test_x=part_of("x_test", takes, 0),
        test_y=test_y,
        test_images=_images(part_of("x_test", takes, 0), task),
        test_labels=labels_of(test_y, goal),
        scores=scores,
        scores_images=_images(scores, task),
        predicted=class_numbers(scores, goal),
        module=dataset.module if dataset else "",
        tokens=task.facts.vocabulary_size is not None,
        is_last=len(shape_of(goal.output) or ()) == 3,
    )


def _images(name: str, task: Task) -> str:
    """Returns samples in the shape in which they can be drawn."""
    if not shows_images(task) or task.request is None:
        return name
    shape = task.request.dataset.shape
    if sample_of(task.facts.inputs[0]) == shape:
        return name
    return f"{name}.reshape{batch_shape(shape, '-1')}"


def labels_of(targets: str, goal: Goal) -> str:
    """Returns the numbers of the classes that targets stand for."""
    is_rows = goal.classes and not goal.is_sparse
    return f"{targets}.argmax(axis=-1)" if is_rows else f"{targets}.reshape(-1)"


def _names(goal: Goal, task: Task) -> str:
    """Returns what the classes are called: a list, or numbers."""
    names: tuple[str, ...] = _NAMES.get(goal.target, ()) if goal.target else ()
    if goal.target is Target.CLASS and task.request:
        names = task.request.dataset.class_names
    return literal(list(names)) if names else f"range({goal.classes})"
