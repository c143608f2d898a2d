"""What does not fit: the user's own data and the model."""

from __future__ import annotations

from keras_kgen.backends.training.checks import unit_mismatch
from keras_kgen.backends.training.facts import ModelFacts, sample_of, shape_of
from keras_kgen.backends.training.objectives import Goal, loss_text
from keras_kgen.catalogue.datasets import Target
from keras_kgen.errors import Diagnostics
from keras_kgen.ir.data import AudioFacts, ImageFacts, OwnData, TableFacts, TextFacts
from keras_kgen.ir.tensors import Shape

_IMAGE_CHANNELS = (1, 3, 4)
_LARGE = 1000
_MANY_COLUMNS = 50


def check_own_data(
    own: OwnData, goals: tuple[Goal, ...], facts: ModelFacts, diagnostics: Diagnostics
) -> None:
    """Reports inputs and outputs that do not go with the data, and notes those that do."""
    before = len(diagnostics)
    _check_inputs(own, facts, diagnostics)
    if len(goals) != 1:
        message = f"{own.path} has one target, but the model has {len(goals)} outputs"
        diagnostics.error(message, own.location)
        return
    message = _output_problem(own, goals[0])
    if message:
        diagnostics.error(message, own.location)
    if facts.learns_scale and len(facts.inputs) > 1:
        diagnostics.warning(_NOT_ADAPTED, own.location)
    if len(diagnostics) == before:
        diagnostics.note(_described(own, goals[0]), own.location)
        _note_slow_features(own, facts, diagnostics)


def _note_slow_features(
    own: OwnData, facts: ModelFacts, diagnostics: Diagnostics
) -> None:
    """Says so where it takes long to learn how columns are scaled."""
    if not isinstance(own.facts, TableFacts) or len(own.facts.columns) < _MANY_COLUMNS:
        return
    count = len(own.facts.columns)
    message = (
        f"FeatureSpace looks at each of {count} columns by itself: that takes long"
    )
    if own.facts.has_categories:
        diagnostics.note(message, own.location)
    elif not facts.scales_input:
        advice = "a model that begins with Normalization() is faster"
        diagnostics.note(f"{message}; {advice}", own.location)


def _check_inputs(own: OwnData, facts: ModelFacts, diagnostics: Diagnostics) -> None:
    names = [tensor.name for tensor in facts.inputs]
    wanted = {name: shape for name, shape, _ in own.shapes}
    if len(names) != len(wanted) or (len(names) > 1 and set(names) != set(wanted)):
        known = ", ".join(filter(None, wanted)) or "one without a name"
        message = f"the model has {len(names)} inputs, but {own.path} has {known}"
        diagnostics.error(message, own.location)
        return
    for tensor in facts.inputs:
        shape = wanted.get(tensor.name) if len(wanted) > 1 else own.shapes[0][1]
        sample = sample_of(tensor)
        if sample is None or shape is None or _fits(own, sample, shape):
            continue
        label = f"input {tensor.name!r}" if tensor.name else "the input"
        message = f"{label} is {sample}, but the samples are {shape}"
        place = tensor.location or own.location
        diagnostics.error(f"{message}: {_READS.get(type(own.facts), _ANY)}", place)


def _fits(own: OwnData, sample: Shape, shape: Shape) -> bool:
    if isinstance(own.facts, ImageFacts):
        return len(sample) == 3 and sample[-1] in _IMAGE_CHANNELS
    if isinstance(own.facts, TextFacts | AudioFacts):
        return len(sample) == 1
    return len(sample) == len(shape) and all(
        size in (None, known) for size, known in zip(sample, shape, strict=True)
    )


_NOT_ADAPTED = (
    "Normalization layers of a model with several inputs learn no mean and variance: "
    "give them both, or use BatchNormalization"
)
_ANY = "leave out inputs, and kgen fills them in"
_READS: dict[type, str] = {
    ImageFacts: "images are (height, width, channels) with 1, 3 or 4 channels",
    TextFacts: "a text is one axis of words",
    AudioFacts: "a recording is one axis of samples",
}


def _output_problem(own: OwnData, goal: Goal) -> str:
    shape = shape_of(goal.output)
    if shape is None or goal.target is None:
        return ""
    if len(own.labels.shape) > 0 and goal.target is Target.VALUE:
        is_right = shape == own.labels.shape
        return (
            ""
            if is_right
            else f"the model gives {shape}, but a target is {own.labels.shape}"
        )
    name = repr(own.labels.name) if own.labels.name else own.path
    return unit_mismatch(shape, goal.target, goal.classes, name)


def _described(own: OwnData, goal: Goal) -> str:
    """Returns what is predicted, and the loss for it."""
    name = repr(own.labels.name) if own.labels.name else "the target"
    loss = loss_text(goal.loss)
    if not goal.classes:
        mean = own.labels.mean
        form = ",.0f" if abs(mean) >= _LARGE else ".3g"
        numbers = f"numbers around {mean:{form}}" if own.labels.deviation else "numbers"
        return f"{name} holds {numbers}: the loss is {loss}"
    return f"{name} is one of {goal.classes} classes: the loss is {loss}"
