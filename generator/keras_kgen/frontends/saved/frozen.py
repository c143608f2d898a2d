"""Models in a model that are not trained: one line says so, not each layer inside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from keras_kgen.frontends.saved.model import SavedLayer, SavedNetwork
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Literal,
    ObjectCall,
    Sequence,
)

FROZEN = Argument(Literal(False), "trainable")


def without_flags(network: SavedNetwork) -> SavedNetwork:
    """Returns a model whose layers do not say whether they are trained."""
    return replace(network, layers=tuple(map(_without_flag, network.layers)))


def _without_flag(layer: SavedLayer) -> SavedLayer:
    network = layer.network
    return replace(
        layer,
        arguments=_kept(layer.arguments),
        inner=tuple((name, _without_flag(inner)) for name, inner in layer.inner),
        network=None if network is None else without_flags(network),
    )


def _kept(arguments: Iterable[Argument]) -> tuple[Argument, ...]:
    return tuple(
        replace(a, value=_without_flags(a.value))
        for a in arguments
        if a.name != "trainable"
    )


def _without_flags(value: Expression) -> Expression:
    match value:
        case ObjectCall(family="layers"):
            return replace(value, arguments=_kept(value.arguments))
        case Sequence(items):
            return replace(value, items=tuple(map(_without_flags, items)))
        case Dictionary(pairs):
            return Dictionary(tuple((key, _without_flags(x)) for key, x in pairs))
    return value
