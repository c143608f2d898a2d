"""The arguments of `compile` as source text."""

from __future__ import annotations

from collections.abc import Mapping

from keras_kgen.backends.training.objectives import Goal
from keras_kgen.backends.training.outputs import (
    PER_OUTPUT,
    align_weights,
    arranged,
    for_each_output,
    for_one_output,
)
from keras_kgen.errors import Diagnostics
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Literal,
    ObjectCall,
    Sequence,
)
from keras_kgen.ir.program import Setting, Structure
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import expression

_COMPILE_ORDER = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")


def compile_values(
    given: Mapping[str, Setting],
    goals: tuple[Goal, ...],
    gives: Structure,
    diagnostics: Diagnostics,
) -> dict[str, Expression]:
    """Returns the arguments that are given, and those that follow from the goals."""
    values = {key: s.value for key, s in given.items() if key not in PER_OUTPUT}
    rate = Argument(Literal(1e-3), "learning_rate")
    values.setdefault("optimizer", ObjectCall("optimizers", "Adam", (rate,)))
    if len(goals) > 1:
        return {**values, **_parts(given, goals, gives, diagnostics)}
    for key in PER_OUTPUT:
        if key in given:
            values[key] = for_one_output(key, given[key], diagnostics)
    if "loss" not in values:
        outputs = [goal.output.key for goal in goals]
        values["loss"] = arranged({outputs[0]: goals[0].loss}, gives, outputs)
        metrics = {outputs[0]: Sequence(goals[0].metrics, True)}
        values.setdefault("metrics", arranged({**metrics}, gives, outputs))
    return values


def _parts(
    given: Mapping[str, Setting],
    goals: tuple[Goal, ...],
    gives: Structure,
    diagnostics: Diagnostics,
) -> dict[str, Expression]:
    outputs = [goal.output.key for goal in goals]
    parts = for_each_output(given, outputs, diagnostics)
    if "loss" not in given:
        parts["loss"] = {goal.output.key: goal.loss for goal in goals}
        metrics = {goal.output.key: Sequence(goal.metrics, True) for goal in goals}
        parts.setdefault("metrics", {**metrics})
    if "loss_weights" in given:
        setting = given["loss_weights"]
        parts["loss_weights"] = align_weights(
            parts["loss"], parts["loss_weights"], setting, diagnostics
        )
    found = {key: arranged(part, gives, outputs) for key, part in parts.items()}
    is_same = "loss" in given and not isinstance(
        given["loss"].value, Dictionary | Sequence
    )
    if is_same and "loss_weights" not in given:
        found["loss"] = given["loss"].value
    return found


def compile_arguments(
    values: Mapping[str, Expression], imports: Imports
) -> tuple[str, ...]:
    """Returns the arguments as source text, the optimizer first."""
    ordered = sorted(values, key=_rank)
    return tuple(f"{key}={expression(values[key], imports)}" for key in ordered)


def _rank(key: str) -> int:
    return _COMPILE_ORDER.index(key) if key in _COMPILE_ORDER else len(_COMPILE_ORDER)
