"""What `compile` takes for each output, in the form that Keras takes it."""

from __future__ import annotations

from collections.abc import Mapping

from keras_kgen.errors import Diagnostics
from keras_kgen.ir.expressions import (
    Dictionary,
    Expression,
    Literal,
    Name,
    Operation,
    Sequence,
    to_value,
)
from keras_kgen.ir.program import Setting, Structure

PER_OUTPUT = ("loss", "loss_weights", "metrics", "weighted_metrics")
_METRICS = ("metrics", "weighted_metrics")
_EXAMPLES = {"loss": "mse", "loss_weights": "0.5"}
_NONE = Literal(None)
Parts = dict[str, Expression]


def for_one_output(key: str, setting: Setting, diagnostics: Diagnostics) -> Expression:
    """Returns one of `PER_OUTPUT` for a model with one output."""
    value = setting.value
    if key == "loss_weights":
        _check_weights(setting, diagnostics)
    if isinstance(value, Dictionary):
        return value
    if key in _METRICS:
        return value if isinstance(value, Sequence) else Sequence((value,), True)
    if isinstance(value, Sequence):
        if len(value.items) != 1:
            received = f"a list of {len(value.items)}"
            message = f"{key}: the model has one output. Received: {received}"
            diagnostics.error(message, setting.location)
            return value
        value = value.items[0]
    if key == "loss_weights" and isinstance(value, Literal):
        # Keras takes a float here, and no other number.
        return Literal(float(value.value)) if isinstance(value.value, int) else value
    return value


def for_each_output(
    given: Mapping[str, Setting], outputs: list[str], diagnostics: Diagnostics
) -> dict[str, Parts]:
    """Returns those of `PER_OUTPUT` that are given, by the names of the outputs.

    Args:
        given: What the source says. A list is in the order of the outputs.
        outputs: The names of the outputs.
        diagnostics: Where it is reported that parts are missing or of the wrong kind.
    """
    found = {}
    for key in PER_OUTPUT:
        if key in given:
            found[key] = _parts(key, given[key], outputs, diagnostics)
    if "loss_weights" in given:
        _check_weights(given["loss_weights"], diagnostics)
    return found


def _parts(
    key: str, setting: Setting, outputs: list[str], diagnostics: Diagnostics
) -> Parts:
    value = setting.value
    if isinstance(value, Dictionary):
        return {str(to_value(name)): item for name, item in value.items}
    is_list = isinstance(value, Sequence)
    items = value.items if isinstance(value, Sequence) else ()
    if len(items) == len(outputs):
        return dict(zip(outputs, items, strict=True))
    if key == "loss" and not is_list:
        return dict.fromkeys(outputs, value)
    example = _EXAMPLES.get(key, "[accuracy]")
    diagnostics.error(
        f"{key}: give one for each output, by name ({{{outputs[0]}: {example}}}) or as a "
        f"list in the order {', '.join(outputs)}. "
        f"Received: {len(items) if is_list else 'one for all'}",
        setting.location,
    )
    return {}


def align_weights(
    loss: Parts, weights: Parts, setting: Setting, diagnostics: Diagnostics
) -> Parts:
    """Returns a weight for each loss, for Keras wants as many of both.

    Args:
        loss: The losses.
        weights: The weights that are given.
        setting: The weights as the source has them.
        diagnostics: Where weights of outputs without a loss are reported.
    """
    learned = [name for name, item in loss.items() if item != _NONE]
    for name in weights.keys() - set(learned):
        message = f"loss_weights: {name!r} has no loss to weigh"
        diagnostics.error(message, setting.place(f"{name}.key"))
    return {name: weights.get(name, Literal(1.0)) for name in learned}


def arranged(parts: Parts, gives: Structure, outputs: list[str]) -> Expression:
    """Returns parts in the nesting of the outputs.

    Keras would read a list for a dictionary in the alphabetical order of its keys.
    """
    if isinstance(gives, int):
        return parts.get(outputs[gives], _NONE)
    if not isinstance(gives, Mapping):
        items = (arranged(parts, part, outputs) for part in gives)
        return Sequence(tuple(items), is_list=True)
    pairs = [(Literal(k), arranged(parts, part, outputs)) for k, part in gives.items()]
    is_flat = all(isinstance(part, int) for part in gives.values())
    return Dictionary(tuple(p for p in pairs if p[1] != _NONE or not is_flat))


def _check_weights(setting: Setting, diagnostics: Diagnostics) -> None:
    value = setting.value
    parts = {"": value}
    if isinstance(value, Dictionary):
        parts = {str(to_value(name)): item for name, item in value.items}
    elif isinstance(value, Sequence):
        parts = {str(index): item for index, item in enumerate(value.items)}
    for path, part in parts.items():
        if not _is_number(part) and (part != _NONE or not path):
            received = (
                repr(to_value(part)) if isinstance(part, Literal) else "no number"
            )
            message = f"loss_weights are numbers. Received: {received}"
            diagnostics.error(message, setting.place(path))


def _is_number(value: Expression) -> bool:
    if isinstance(value, Literal):
        is_number = isinstance(value.value, int | float)
        return is_number and not isinstance(value.value, bool)
    return isinstance(value, Operation | Name)
