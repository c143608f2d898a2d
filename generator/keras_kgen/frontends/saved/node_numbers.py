"""Numbers the calls of nested models from 0, as those of all other layers.

A nested model has a node from when it was made. Keras 1 and 2 count it, so that its first call
is number 1; every call in a file is read by another or is an output, and so the lowest number
that is read is the first call's. Keras 3 counts it where it lists the outputs, and only there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from keras_kgen.frontends.saved.model import (
    Kind,
    SavedCall,
    SavedNested,
    SavedNetwork,
    SavedTensor,
    tensors_in,
)


def renumber(network: SavedNetwork, generation: int) -> SavedNetwork:
    """Returns the network with the calls of nested models numbered from 0."""
    if generation > 2:
        return replace(network, outputs=_less_one(network, network.outputs))
    models = {layer.name for layer in network.layers if layer.kind is Kind.MODEL}
    first: dict[str, int] = {}
    for tensor in _tensors(network):
        if tensor.layer in models:
            first[tensor.layer] = min(tensor.node, first.get(tensor.layer, tensor.node))
    if not any(first.values()):
        return network
    layers = tuple(
        replace(layer, calls=tuple(_shift_call(call, first) for call in layer.calls))
        for layer in network.layers
    )
    outputs = _shift(network.outputs, first)
    return replace(network, layers=layers, outputs=outputs)


def _less_one(network: SavedNetwork, outputs: SavedNested) -> SavedNested:
    models = {
        layer.name
        for layer in network.layers
        if layer.kind is Kind.MODEL and layer.class_name == "Functional"
    }
    counted = {t.layer for t in tensors_in(outputs) if t.layer in models and t.node}
    return _shift(outputs, dict.fromkeys(counted, 1))


def _tensors(network: SavedNetwork) -> list[SavedTensor]:
    read = [t for x in network.layers for call in x.calls for t in call.tensors()]
    return [*read, *tensors_in(network.outputs)]


def _shift_call(call: SavedCall, first: Mapping[str, int]) -> SavedCall:
    kwargs = tuple((key, _shift(value, first)) for key, value in call.kwargs)
    return SavedCall(tuple(_shift(a, first) for a in call.args), kwargs, call.location)


def _shift(value: SavedNested, first: Mapping[str, int]) -> SavedNested:
    if isinstance(value, SavedTensor):
        return replace(value, node=value.node - first.get(value.layer, 0))
    if isinstance(value, tuple):
        return tuple(_shift(item, first) for item in value)
    if isinstance(value, Mapping):
        return {key: _shift(item, first) for key, item in value.items()}
    return value
