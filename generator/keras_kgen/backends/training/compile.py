"""The arguments of `compile` as source text."""

from __future__ import annotations

from collections.abc import Mapping

from keras_kgen.backends.training.objectives import Goal
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Literal,
    ObjectCall,
    Sequence,
)
from keras_kgen.ir.program import Setting
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import expression

_COMPILE_ORDER = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")


def compile_arguments(
    given: Mapping[str, Setting],
    goals: tuple[Goal, ...],
    imports: Imports,
) -> tuple[str, ...]:
    """Returns the arguments that are given, and those that follow from the goals."""
    values = {key: setting.value for key, setting in given.items()}
    rate = Argument(Literal(1e-3), "learning_rate")
    values.setdefault("optimizer", ObjectCall("optimizers", "Adam", (rate,)))
    if "loss" not in values:
        keys = [goal.output.key for goal in goals]
        values["loss"] = _by_output([goal.loss for goal in goals], keys)
        metrics: list[Expression] = [Sequence(goal.metrics, True) for goal in goals]
        values.setdefault("metrics", _by_output(metrics, keys))
    if isinstance(values.get("metrics"), Literal | ObjectCall):
        values["metrics"] = Sequence((values["metrics"],), True)
    ordered = sorted(values, key=_rank)
    return tuple(f"{key}={expression(values[key], imports)}" for key in ordered)


def _rank(key: str) -> int:
    return _COMPILE_ORDER.index(key) if key in _COMPILE_ORDER else len(_COMPILE_ORDER)


def _by_output(values: list[Expression], keys: list[str]) -> Expression:
    if all(keys):
        names = (Literal(key) for key in keys)
        return Dictionary(tuple(zip(names, values, strict=True)))
    return values[0] if len(values) == 1 else Sequence(tuple(values), True)
