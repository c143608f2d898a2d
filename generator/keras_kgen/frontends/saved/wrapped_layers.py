"""Layers within layers as a person writes them: without what the layer around them sets."""

from __future__ import annotations

from dataclasses import replace

from keras_kgen.frontends.saved.labels import counts_from
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Literal,
    ObjectCall,
    Sequence,
)
from keras_kgen.ir.order import to_snake_case

_DIRECTIONS = ("forward_", "backward_")


def tidy_wrapped(
    class_name: str, arguments: tuple[Argument, ...]
) -> tuple[Argument, ...]:
    """Returns a layer's arguments with the layers among them tidied.

    Names that Keras made up are left out, and so is what Bidirectional makes by itself: the
    backward layer, where it is the forward one turned around.
    """
    tidied = arguments
    if any(_has_layer(argument.value) for argument in arguments):
        tidied = tuple(replace(a, value=_unnamed(a.value)) for a in arguments)
    if class_name != "Bidirectional":
        return tidied
    given = {a.name: _without(a.value, "zero_output_for_mask") for a in tidied}
    forward, backward = given.get("layer"), given.get("backward_layer")
    kept = tuple(replace(a, value=given[a.name]) for a in tidied)
    if forward is None or backward is None or _turned(forward) != backward:
        return kept
    return tuple(a for a in kept if a.name != "backward_layer")


def _has_layer(value: Expression) -> bool:
    match value:
        case Literal():
            return False
        case ObjectCall(family):
            return family == "layers"
        case Sequence(items):
            return any(map(_has_layer, items))
        case Dictionary(pairs):
            return any(_has_layer(item) for _, item in pairs)
    return False


def _unnamed(value: Expression) -> Expression:
    match value:
        case ObjectCall(family="layers"):
            given = (replace(a, value=_unnamed(a.value)) for a in value.arguments)
            kept = tuple(a for a in given if not _is_made_up(value.class_name, a))
            return replace(value, arguments=kept)
        case Sequence(items):
            return replace(value, items=tuple(map(_unnamed, items)))
        case Dictionary(pairs):
            return Dictionary(tuple((key, _unnamed(item)) for key, item in pairs))
    return value


def _is_made_up(class_name: str, argument: Argument) -> bool:
    if argument.name != "name" or not isinstance(argument.value, Literal):
        return False
    name = str(argument.value.value)
    for direction in _DIRECTIONS:
        name = name.removeprefix(direction)
    return counts_from(name, (to_snake_case(class_name), class_name.lower()))


def _without(value: Expression, name: str) -> Expression:
    if not isinstance(value, ObjectCall):
        return value
    return replace(value, arguments=tuple(a for a in value.arguments if a.name != name))


def _turned(layer: Expression) -> Expression:
    """Returns a recurrent layer that reads its input from the other end."""
    if not isinstance(layer, ObjectCall):
        return layer
    turned = tuple(
        (
            replace(a, value=Literal(a.value != Literal(True)))
            if a.name == "go_backwards"
            else a
        )
        for a in layer.arguments
    )
    return replace(layer, arguments=turned)
