"""The names of the losses and metrics that Keras reports in each epoch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from keras_kgen.catalogue import registry
from keras_kgen.ir.expressions import (
    Dictionary,
    Expression,
    Literal,
    ObjectCall,
    Sequence,
    to_value,
)
from keras_kgen.ir.program import Structure
from keras_kgen.records import record


@record
class Scores:
    """What Keras reports.

    Attributes:
        names: The names without `val_`, None where the model or a user's class decides.
        are_parts: Whether they belong to one output of several: `digit_accuracy`.
    """

    names: tuple[str, ...] | None
    are_parts: bool

    def has(self, name: str) -> bool:
        """Whether there may be a score of that name; a second `auc` is `auc_1`."""
        if self.names is None:
            return True
        return name in self.names or re.sub(r"_\d+\Z", "", name) in self.names


def find_scores(values: Mapping[str, Expression], gives: Structure) -> Scores:
    """Returns the scores of a model.

    Args:
        values: The arguments of `compile`.
        gives: How the model gives its outputs.
    """
    if isinstance(gives, Mapping) and all(isinstance(i, int) for i in gives.values()):
        return Scores(_names(values, list(gives)), len(gives) > 1)
    is_one = isinstance(gives, int)
    return Scores(_names(values, [""]) if is_one else None, not is_one)


def _names(
    values: Mapping[str, Expression], outputs: list[str]
) -> tuple[str, ...] | None:
    loss = values["loss"]
    learned = outputs
    if isinstance(loss, Dictionary):
        learned = [str(to_value(key)) for key, _ in loss.items]
    names = ["loss"]
    names += [f"{output}_loss" for output in learned] if len(learned) > 1 else []
    for key in ("metrics", "weighted_metrics"):
        for output, metric in metrics_of(values.get(key), outputs):
            name = _name(metric)
            if not name:
                return None
            names.append(f"{output}_{name}" if len(outputs) > 1 else name)
    return tuple(names)


def metrics_of(
    value: Expression | None, outputs: list[str]
) -> Iterator[tuple[str, Expression]]:
    """Yields the metrics of outputs that have names, or of one that has none."""
    if isinstance(value, Dictionary):
        for key, item in value.items:
            items = item.items if isinstance(item, Sequence) else (item,)
            yield from ((str(to_value(key)), metric) for metric in items)
    elif isinstance(value, Sequence):
        yield from ((outputs[0], metric) for metric in value.items)


def _name(metric: Expression) -> str:
    """Returns the name of a metric, "" where it is not known."""
    if isinstance(metric, Literal):
        return str(metric.value)
    entry = registry.lookup("metrics", getattr(metric, "class_name", ""))
    if not isinstance(metric, ObjectCall) or metric.family != "metrics" or not entry:
        return ""
    names = [p.name for p in entry.positional_parameters]
    for index, argument in enumerate(metric.arguments):
        if (argument.name or names[index]) == "name":
            return str(getattr(argument.value, "value", None) or "")
    parameter = entry.parameter("name")
    default = parameter.default if parameter else None
    return str(default or _snake_case(metric.class_name))


def _snake_case(name: str) -> str:
    """Follows `to_snake_case` of Keras: `BinaryIoU` is `binary_io_u`."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
