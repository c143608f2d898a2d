"""What does not fit: data and model, loss and last layer."""

from __future__ import annotations

from collections.abc import Mapping

from keras_kgen.backends.training.facts import (
    ModelFacts,
    activation_of,
    sample_of,
    shape_of,
    units_of,
)
from keras_kgen.backends.training.objectives import Goal, loss_name, takes_logits
from keras_kgen.backends.training.scores import metrics_of
from keras_kgen.catalogue import registry
from keras_kgen.catalogue.datasets import Kind, Request, Target, fits
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.ir.expressions import Expression, Literal, ObjectCall
from keras_kgen.ir.program import Setting
from keras_kgen.ir.tensors import Shape

_ACTIVATION_OF_LOSS = {
    "sparse_categorical_crossentropy": "softmax",
    "categorical_crossentropy": "softmax",
    "categorical_focal_crossentropy": "softmax",
    "categorical_generalized_cross_entropy": "softmax",
    "kl_divergence": "softmax",
    "binary_crossentropy": "sigmoid",
    "binary_focal_crossentropy": "sigmoid",
}
# Metrics whose arguments say which form they take.
_METRICS_OF_BOTH = ("IoU", "MeanIoU")


def check_data(
    goals: tuple[Goal, ...], request: Request, diagnostics: Diagnostics
) -> None:
    """Reports outputs that do not fit the data."""
    for goal in goals:
        _check_output(goal, request, diagnostics)


def check_losses(
    goals: tuple[Goal, ...], loss: Setting | None, diagnostics: Diagnostics
) -> None:
    """Reports losses that do not fit the outputs."""
    for goal in goals:
        _check_loss(goal, loss.location if loss else None, diagnostics)


def _check_loss(goal: Goal, place: Location | None, diagnostics: Diagnostics) -> None:
    name, activation = loss_name(goal.loss), activation_of(goal.output)
    if goal.target is Target.MASK and not goal.is_sparse:
        diagnostics.error(
            f"masks hold class numbers, which {name} does not take", place
        )
    shape = shape_of(goal.output)
    if name == "ctc" and shape is not None and len(shape) != 2:
        message = f"ctc takes (time, classes), but the model gives {shape}"
        diagnostics.error(message, place)
    expected = _ACTIVATION_OF_LOSS.get(name)
    if expected and takes_logits(goal.loss):
        expected = "linear"
    if not expected or not activation or activation == expected:
        return
    advice = (
        f"use {_class_of(name)}(from_logits=True) or a last layer with {expected}"
        if activation == "linear"
        else f"use a last layer with {expected} or another loss"
    )
    logits = "(from_logits=True)" if expected == "linear" else ""
    diagnostics.warning(
        f"the model ends in {activation} but {name}{logits} expects {expected}: {advice}",
        place,
    )


def check_metrics(
    goals: tuple[Goal, ...],
    values: Mapping[str, Expression],
    given: Mapping[str, Setting],
    diagnostics: Diagnostics,
) -> None:
    """Reports metrics that do not take targets of the form that the loss takes.

    Args:
        goals: What the outputs predict.
        values: The arguments of `compile`.
        given: Those that the source gives.
        diagnostics: Where problems go.
    """
    by_key = {goal.output.key: goal for goal in goals}
    for setting in ("metrics", "weighted_metrics"):
        for output, metric in metrics_of(values.get(setting), list(by_key)):
            message = _wrong_form(by_key.get(output), metric)
            if message and setting in given:
                diagnostics.error(message, given[setting].place(output))


def _wrong_form(goal: Goal | None, metric: Expression) -> str:
    """Returns why a metric cannot score an output with a vector of classes, or nothing."""
    if goal is None or not goal.classes or (units_of(goal.output) or 1) == 1:
        return ""
    if isinstance(metric, ObjectCall):
        name = metric.class_name if metric.family == "metrics" else ""
    else:
        text = str(metric.value) if isinstance(metric, Literal) else ""
        is_chosen = text in registry.compile_identifiers("metrics")
        name = "" if is_chosen else registry.identifiers("metrics").get(text, "")
    loss = loss_name(goal.loss)
    if not name or name in _METRICS_OF_BOTH:
        return ""
    if goal.is_sparse and not name.startswith("Sparse"):
        return (
            f"{name} compares vectors, but {loss} takes class numbers: use a loss of "
            "vectors such as categorical_crossentropy, or another metric"
        )
    if name.startswith("Sparse") and not goal.is_sparse:
        return f"{name} compares class numbers, but {loss} takes vectors"
    return ""


def _class_of(loss: str) -> str:
    return "".join(word.capitalize() for word in loss.split("_"))


def _check_output(goal: Goal, request: Request, diagnostics: Diagnostics) -> None:
    target, key = goal.target, goal.output.key
    shape, name = shape_of(goal.output), request.dataset.name
    if shape is None or target is None:
        return
    message = ""
    if target in (Target.CLASS, Target.PARITY, Target.SAME, Target.VALUE):
        message = unit_mismatch(shape, target, goal.classes, name)
    elif target is Target.IMAGE:
        if not any(fits(shape, sample) for sample in request.dataset.sample_shapes):
            message = (
                f"the model gives {shape} but {name} has images of {_shapes(request)}"
            )
    elif target is Target.FRAME and len(shape) not in (3, 4):
        message = (
            f"the model gives {shape}, but frames are (height, width, 1) each, "
            "behind a time axis where there are several"
        )
    elif target is Target.MASK and len(shape) != 3:
        message = f"the model gives {shape}, but a mask is (height, width, classes)"
    if message:
        message = f"output {key!r}: {message}" if key else message
        diagnostics.error(message, request.location)


def unit_mismatch(shape: Shape, target: Target, classes: int, name: str) -> str:
    """Returns what is wrong with the number of units, or nothing."""
    if len(shape) != 1:
        return f"the model gives {shape} but one vector for each sample of {name} is needed"
    units = shape[0]
    allowed = (
        {1} if target is Target.VALUE else {classes} | ({1} if classes == 2 else set())
    )
    if units is None or units in allowed:
        return ""
    ends = f"the model ends in {units} {'unit' if units == 1 else 'units'}"
    if target is Target.VALUE:
        return f"{ends} but {name} has one value for each sample"
    if target is Target.CLASS:
        hint = "; pairs of samples are task: pairs" if units == 1 else ""
        return f"{ends} but {name} has {classes} classes{hint}"
    return f"{ends} but {target.value} takes 1 (sigmoid) or 2 (softmax)"


def check_inputs(
    request: Request,
    goals: tuple[Goal, ...],
    facts: ModelFacts,
    diagnostics: Diagnostics,
) -> None:
    """Reports inputs that cannot take the samples."""
    dataset, place = request.dataset, request.location
    is_pairs = any(goal.target is Target.SAME for goal in goals)
    takes_one = dataset.kind in (Kind.TEXT, Kind.FRAMES, Kind.SHAPES)
    count = len(facts.inputs)
    if is_pairs and count != 2:
        diagnostics.error(f"task: pairs needs 2 inputs, the model has {count}", place)
    if takes_one and count != 1:
        message = f"{dataset.name} is for one input, the model has {count}"
        diagnostics.error(message, place)
    if is_pairs and len(goals) > 1:
        diagnostics.error("task: pairs is for a model with one output", place)
    for tensor in facts.inputs:
        sample = sample_of(tensor)
        expected = _expected_input(sample, request) if sample is not None else ""
        if expected:
            label = f"input {tensor.name!r}" if tensor.name else "the input"
            message = f"{label} is {sample} but {expected}"
            diagnostics.error(message, place)


def _expected_input(sample: Shape, request: Request) -> str:
    """Returns what an input should be, or nothing where it is right."""
    dataset = request.dataset
    if dataset.kind is Kind.TEXT:
        right = len(sample) == 1
        return "" if right else f"{dataset.name} needs one axis of tokens or words"
    if dataset.kind is Kind.FRAMES:
        right = len(sample) == 4 and sample[-1] in (1, None)
        right = right and all(size is None or size > 28 for size in sample[1:3])
        return "" if right else "frames are (time, height, width, 1), 29 pixels or more"
    if dataset.kind is Kind.SHAPES:
        right = len(sample) == 3
        return "" if right else "pictures are (height, width, channels)"
    if any(fits(sample, known) for known in dataset.sample_shapes):
        return ""
    return f"samples of {dataset.name} are {_shapes(request)}"


def _shapes(request: Request) -> str:
    return " or ".join(map(str, request.dataset.sample_shapes))
