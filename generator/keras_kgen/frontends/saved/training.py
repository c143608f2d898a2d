"""How a model was compiled: `training_config` and `compile_config` of every generation."""

from __future__ import annotations

from typing import NoReturn

from keras_kgen.frontends.saved.context import Config, Context, members
from keras_kgen.frontends.saved.model import SavedTraining
from keras_kgen.frontends.saved.objects import ObjectReader
from keras_kgen.frontends.saved.tree import Json
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Literal,
    Sequence,
)

_ARGUMENTS = ("optimizer", "loss", "metrics", "loss_weights", "weighted_metrics")
# What is left out where it is Keras' default.
_OPTIONS = {"run_eagerly": False, "steps_per_execution": 1, "jit_compile": None}
_PER_OUTPUT = ("loss", "metrics", "loss_weights", "weighted_metrics")
_EMPTY = (Literal(None), Sequence((), True), Sequence(()), Dictionary(()))


def read_training(json: Json, context: Context, outputs: int = 1) -> SavedTraining:
    """Returns the arguments of `compile` that a config stands for.

    Args:
        json: The config.
        context: The file.
        outputs: How many outputs the model has.
    """
    reader = ObjectReader(context, _no_layer, keeps_rest=True)
    read = []
    for name, value in _arguments(json).items():
        if outputs == 1 and name in _PER_OUTPUT:
            value = _of_the_output(value)
        found = reader.value(value, name)
        if name.endswith("metrics") and found is not None:
            found = _flat(found)
            if context.generation < 3 and outputs > 1:
                found = _for_each(found, outputs)
        if found is not None and found not in _EMPTY:
            read.append(Argument(found, name, value.location))
    return SavedTraining(tuple(read), tuple(reader.found.objects))


def _arguments(json: Json) -> Config:
    config = members(json)
    if "optimizer" not in config and "optimizer_config" in config:
        config["optimizer"] = config["optimizer_config"]
    found = {name: config[name] for name in _ARGUMENTS if name in config}
    for name, default in _OPTIONS.items():
        if name in config and config[name].value not in (default, None, False):
            found[name] = config[name]
    return found


def _of_the_output(json: Json) -> Json:
    """Returns what a mapping has for a model's one output, which has no name in code."""
    value = json.value
    if not isinstance(value, dict) or len(value) != 1:
        return json
    (given,) = json.entries()
    return given[1]


def _flat(metrics: Expression) -> Expression:
    """Returns the metrics of a model's one output without the list of outputs around them."""
    if isinstance(metrics, Sequence) and len(metrics.items) == 1:
        inner = metrics.items[0]
        if isinstance(inner, Sequence):
            return inner
    return metrics


def _for_each(metrics: Expression, outputs: int) -> Expression:
    """Returns metrics that Keras 1 and 2 took for all outputs with a list for each."""
    if not isinstance(metrics, Sequence) or not metrics.items:
        return metrics
    if any(isinstance(item, Sequence) for item in metrics.items):
        return metrics
    return Sequence((Sequence(metrics.items, True),) * outputs, True)


def _no_layer(json: Json) -> NoReturn:
    json.fail("a layer stands where an optimizer, a loss or a metric must be")
