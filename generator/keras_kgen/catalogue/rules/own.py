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
    """Returns the rule for the shape of what a class gives."""

    def shapes(call: LayerCall) -> Shapes:
        (shape,) = _first_shape(call)
        return (definition.tail.applied(shape) if definition.tail else shape,)

    return Rule(shapes, preserves_shape=definition.tail is None)


def weights(
    definition: Skeleton, given: Mapping[str, Any]
) -> tuple[WeightSpec, ...] | None:
    """Returns the weights of a class, None where they are not known.

    Args:
        definition: The class.
        given: What its constructor is given.
    """
    if definition.weights is None:
        return None
    defaults = {a.name or "": to_value(a.value) for a in definition.parameters}
    try:
        values = {**defaults, **given}
        return tuple(_weight(weight, values) for weight in definition.weights)
    except NoRuleError:
        return None


def _first_shape(call: LayerCall) -> Shapes:
    first = next(specs_in(tuple(call.arguments.values())), None)
    if first is None:
        raise NoRuleError("nothing goes in")
    return (known(first),)


def _weight(weight: OwnWeight, values: Mapping[str, Any]) -> WeightSpec:
    given = (
        values.get(size.name) if isinstance(size, Name) else to_value(size)
        for size in weight.shape
    )
    sizes = tuple(size for size in given if is_integer(size))
    if len(sizes) < len(weight.shape):
        raise NoRuleError("the shape of a weight is not known")
    return WeightSpec(weight.name, sizes)
