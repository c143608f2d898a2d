"""Rules of classes of the author's, of which only the weights are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras_kgen.catalogue.rules.rule import (
    LayerCall,
    NoRuleError,
    Rule,
    Shapes,
    WeightSpec,
    is_integer,
    known,
    specs_in,
)
from keras_kgen.ir.definitions import OwnWeight, Skeleton
from keras_kgen.ir.expressions import Name, to_value


def rule(definition: Skeleton) -> Rule:
    """Returns the rule of a class: it is taken to keep the shape of its first input."""
    defaults = {a.name or "": to_value(a.value) for a in definition.parameters}

    def weights(call: LayerCall) -> tuple[WeightSpec, ...]:
        if definition.weights is None:
            raise NoRuleError("the weights are not known")
        values = {**defaults, **call.config}
        return tuple(_weight(weight, values) for weight in definition.weights)

    return Rule(_first_shape, weights, preserves_shape=True)


def _first_shape(call: LayerCall) -> Shapes:
    first = next(specs_in(tuple(call.arguments.values())), None)
    if first is None:
        raise NoRuleError("nothing goes in")
    return (known(first),)


def _weight(weight: OwnWeight, values: Mapping[str, Any]) -> WeightSpec:
    sizes = [
        values.get(size.name) if isinstance(size, Name) else to_value(size)
        for size in weight.shape
    ]
    if not all(map(is_integer, sizes)):
        raise NoRuleError("the shape of a weight is not known")
    return WeightSpec(weight.name, tuple(sizes))
