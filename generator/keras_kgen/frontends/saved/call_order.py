"""The order in which the calls of a saved network can run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keras_kgen.frontends.saved.model import (
    SavedLayer,
    SavedNetwork,
    SavedTensor,
    tensors_in,
)

# A call of a layer: its name and which of its calls.
CallKey = tuple[str, int]
_Stack = list[tuple[CallKey, Iterator[SavedTensor]]]


def call_order(network: SavedNetwork) -> tuple[CallKey, ...]:
    """Returns the calls behind the outputs, each behind those that it reads.

    Inputs are left out, and so are calls that no output depends on.
    """
    layers = {layer.name: layer for layer in network.layers}
    ordered: list[CallKey] = []
    entered = {(tensor.layer, 0) for tensor in tensors_in(network.inputs)}
    for output in tensors_in(network.outputs):
        stack: _Stack = []
        _enter((output.layer, output.node), layers, entered, stack)
        while stack:
            key, tensors = stack[-1]
            tensor = next(tensors, None)
            if tensor is None:
                stack.pop()
                ordered.append(key)
            else:
                _enter((tensor.layer, tensor.node), layers, entered, stack)
    return tuple(ordered)


def _enter(
    key: CallKey,
    layers: Mapping[str, SavedLayer],
    entered: set[CallKey],
    stack: _Stack,
) -> None:
    if key not in entered:
        entered.add(key)
        stack.append((key, layers[key[0]].calls[key[1]].tensors()))
