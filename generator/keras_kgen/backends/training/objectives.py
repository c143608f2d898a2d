"""What each output learns: its loss, its metrics and the form of its targets."""

from __future__ import annotations

from keras_kgen.backends.training.facts import (
    ModelFacts,
    Output,
    activation_of,
    units_of,
)
from keras_kgen.backends.training.request import choose_targets
from keras_kgen.catalogue import registry
from keras_kgen.catalogue.datasets import Request, Target
from keras_kgen.errors import Diagnostics
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Literal,
    ObjectCall,
    Sequence,
)
from keras_kgen.ir.program import Training
from keras_kgen.pysource.names import snake_case
from keras_kgen.records import record

_CLASSES = {Target.PARITY: 2, Target.SAME: 2}
_SPARSE_LOSSES = (
    "sparse_categorical_crossentropy",
    "categorical_generalized_cross_entropy",
    "crossentropy",
    "ce",
    "circle",
)


@record
class Goal:
    """What an output predicts and how it is scored.

    Attributes:
        target: What it predicts; None where only the user's file knows.
        classes: The number of classes, 0 where it predicts numbers.
    """

    output: Output
    target: Target | None
    classes: int
    loss: Expression
    metrics: tuple[Expression, ...]

    @property
    def is_sparse(self) -> bool:
        """Whether the targets are class numbers, not vectors."""
        return self.classes > 0 and (
            units_of(self.output) == 1 or loss_name(self.loss) in _SPARSE_LOSSES
        )


def choose_goals(
    training: Training,
    request: Request | None,
    facts: ModelFacts,
    diagnostics: Diagnostics,
) -> tuple[Goal, ...]:
    """Returns what each output of a model predicts, and how it is scored."""
    targets: tuple[Target | None, ...] = (None,) * len(facts.outputs)
    if request:
        targets = choose_targets(request, facts, diagnostics)
    loss = training.compile.get("loss")
    goals = []
    for index, (output, target) in enumerate(zip(facts.outputs, targets, strict=True)):
        classes = _classes(output, target, request)
        given = _part(loss.value, output.key, index) if loss else None
        goals.append(make_goal(output, target, classes, given))
    return tuple(goals)


def choose_own_goals(training: Training, facts: ModelFacts) -> tuple[Goal, ...]:
    """Returns what each output predicts of the user's own data, and how it is scored."""
    assert training.own is not None
    classes = len(training.own.labels.classes)
    target = Target.CLASS if classes else Target.VALUE
    loss = training.compile.get("loss")
    return tuple(
        make_goal(
            output,
            target,
            classes,
            _part(loss.value, output.key, index) if loss else None,
        )
        for index, output in enumerate(facts.outputs)
    )


def make_goal(
    output: Output, target: Target | None, classes: int, loss: Expression | None
) -> Goal:
    """Returns a goal with the loss that is given, or one that fits."""
    loss = loss or _default_loss(output, classes, target)
    return Goal(output, target, classes, loss, _default_metrics(output, classes))


def class_numbers(scores: str, goal: Goal) -> str:
    """Returns the classes with the best scores, as source text."""
    if units_of(goal.output) != 1:
        return f"{scores}.argmax(axis=-1)"
    threshold = 0.5 if activation_of(goal.output) == "sigmoid" else 0
    if goal.target is Target.MASK:
        return f"{scores} > {threshold}"
    return f"{scores}.reshape(-1) > {threshold}"


def _classes(output: Output, target: Target | None, request: Request | None) -> int:
    if request is None:
        return _classes_of_output(output)
    if target is Target.CLASS:
        return request.dataset.classes
    if target is Target.MASK:
        return max(units_of(output) or 2, 2)
    return _CLASSES.get(target, 0) if target else 0


def _classes_of_output(output: Output) -> int:
    """Returns the classes that an output tells apart, judged by its activation alone."""
    units, activation = units_of(output) or 0, activation_of(output)
    if activation == "softmax":
        return units
    return 2 if activation == "sigmoid" and units == 1 else 0


def _default_loss(output: Output, classes: int, target: Target | None) -> Expression:
    activation = activation_of(output)
    if not classes:
        is_probability = activation == "sigmoid" and target is not Target.VALUE
        return Literal("binary_crossentropy" if is_probability else "mse")
    is_binary = units_of(output) == 1
    if activation in ("sigmoid", "softmax"):
        name = "binary" if is_binary else "sparse_categorical"
        return Literal(f"{name}_crossentropy")
    name = "BinaryCrossentropy" if is_binary else "SparseCategoricalCrossentropy"
    return ObjectCall("losses", name, (Argument(Literal(True), "from_logits"),))


def _default_metrics(output: Output, classes: int) -> tuple[Expression, ...]:
    if not classes:
        return (Literal("mae"),)
    if units_of(output) != 1 or activation_of(output) == "sigmoid":
        return (Literal("accuracy"),)
    # The string would count a logit as positive from 0.5 on.
    arguments = (
        Argument(Literal("accuracy"), "name"),
        Argument(Literal(0.0), "threshold"),
    )
    return (ObjectCall("metrics", "BinaryAccuracy", arguments),)


def _part(value: Expression, key: str, index: int) -> Expression | None:
    """Returns the part of a setting of `compile` that belongs to one output."""
    if isinstance(value, Dictionary):
        return next((item for name, item in value.items if name == Literal(key)), None)
    if isinstance(value, Sequence):
        return value.items[index] if index < len(value.items) else None
    return value


def loss_name(loss: Expression) -> str:
    """Returns the name of a loss in small letters: `binary_crossentropy`."""
    if isinstance(loss, ObjectCall):
        return snake_case(loss.class_name)
    name = str(loss.value) if isinstance(loss, Literal) else ""
    return snake_case(registry.identifiers("losses").get(name, name) or "loss")


def loss_text(loss: Expression) -> str:
    """Returns a loss as people say it: `mse`, `SparseCategoricalCrossentropy`."""
    if isinstance(loss, ObjectCall):
        return loss.class_name
    return str(loss.value) if isinstance(loss, Literal) else "your own"


def takes_logits(loss: Expression) -> bool:
    """Returns whether a loss was told to take scores and not probabilities."""
    return isinstance(loss, ObjectCall) and any(
        argument.name == "from_logits" and argument.value == Literal(True)
        for argument in loss.arguments
    )
