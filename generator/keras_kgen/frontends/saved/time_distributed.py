"""TimeDistributed around a model as a model of TimeDistributed layers, which does the same."""

from __future__ import annotations

from dataclasses import replace

from keras_kgen.frontends.saved.model import (
    Kind,
    ObjectKind,
    SavedLayer,
    SavedNetwork,
    SavedObject,
    SavedTensor,
)
from keras_kgen.frontends.saved.objects import layer_call
from keras_kgen.ir.expressions import Argument, Expression, Literal, Sequence

# They take several tensors, which no wrapper does, and care for no axis but the last.
_ELEMENTWISE = frozenset(
    {"Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"}
)
_FROZEN = Argument(Literal(False), "trainable")
_SHAPES = ("batch_shape", "shape")


def spread(layer: SavedLayer) -> SavedLayer:
    """Returns a model for a TimeDistributed layer around one; other layers come back unchanged.

    The layers of the model keep their names and places, by which their weights are found. A
    model that cannot be taken apart so stays in its wrapper.
    """
    inner = dict(layer.inner).get("layer")
    if layer.class_name != "TimeDistributed" or inner is None or inner.network is None:
        return layer
    network = _spread_network(inner.network)
    if network is None:
        return layer
    return SavedLayer(
        Kind.MODEL,
        inner.class_name,
        layer.name,
        tuple(a for a in layer.arguments if a == _FROZEN),
        layer.calls,
        inner=layer.inner,
        network=network,
        saved_class_name=layer.saved_class_name,
        config=layer.config,
        location=layer.location,
    )


def _spread_network(network: SavedNetwork) -> SavedNetwork | None:
    ends = (network.inputs, network.outputs)
    if not all(isinstance(end, SavedTensor) for end in ends):
        return None
    layers = [_spread_layer(layer) for layer in network.layers]
    known = tuple(layer for layer in layers if layer is not None)
    return replace(network, layers=known) if len(known) == len(layers) else None


def _spread_layer(layer: SavedLayer) -> SavedLayer | None:
    """Returns what does to each step what a layer does; None where nothing does."""
    if layer.kind is Kind.INPUT:
        return replace(layer, arguments=tuple(map(_with_steps, layer.arguments)))
    if layer.network is not None:
        inner = _spread_network(layer.network)
        return None if inner is None else replace(layer, network=inner)
    if layer.class_name in _ELEMENTWISE and layer.kind is Kind.LAYER:
        return layer
    if layer.class_name == "Concatenate" and layer.kind is Kind.LAYER:
        return replace(layer, arguments=tuple(map(_with_later_axis, layer.arguments)))
    if layer.kind not in (Kind.LAYER, Kind.FORMER, Kind.CUSTOM):
        return None
    if any(len(tuple(call.tensors())) != 1 for call in layer.calls):
        return None
    own = replace(layer, name="", calls=())
    call = layer_call(own)
    return SavedLayer(
        Kind.LAYER,
        "TimeDistributed",
        layer.name,
        () if call is None else (Argument(call, "layer", layer.location),),
        layer.calls,
        objects=() if call is not None else (("layer", _unsayable(layer)),),
        inner=(("layer", own),),
        saved_class_name="TimeDistributed",
        location=layer.location,
    )


def _unsayable(layer: SavedLayer) -> SavedObject:
    return SavedObject(
        ObjectKind.LAYER,
        layer.class_name,
        layer.module,
        layer.registered_name,
        location=layer.location,
    )


def _with_steps(argument: Argument) -> Argument:
    """Returns a shape with an axis for the steps, whose number the model does not say."""
    value = argument.value
    if argument.name not in _SHAPES or not isinstance(value, Sequence):
        return argument
    batch = 1 if argument.name == "batch_shape" else 0
    items: tuple[Expression, ...] = (
        *value.items[:batch],
        Literal(None),
        *value.items[batch:],
    )
    return replace(argument, value=replace(value, items=items))


def _with_later_axis(argument: Argument) -> Argument:
    value = argument.value
    if argument.name != "axis" or not isinstance(value, Literal):
        return argument
    axis = value.value
    if not isinstance(axis, int) or axis <= 0:
        return argument
    return replace(argument, value=Literal(axis + 1))
