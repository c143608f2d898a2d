"""Checks that each call reads what other calls give, and none reads its own result."""

from __future__ import annotations

from keras_kgen.errors import Location, SourceError
from keras_kgen.frontends.saved.model import (
    Kind,
    SavedCall,
    SavedNetwork,
    SavedTensor,
    tensors_in,
)

_Call = tuple[str, int]


def check(network: SavedNetwork) -> None:
    """Checks the references of a network.

    Raises:
        SourceError: a tensor is one that no call gives, or calls go round in circles.
    """
    calls: dict[_Call, SavedCall | None] = {}
    for layer in network.layers:
        if layer.kind is Kind.INPUT:
            calls[layer.name, 0] = None
        calls.update({(layer.name, i): call for i, call in enumerate(layer.calls)})
    for call in calls.values():
        for tensor in call.tensors() if call else ():
            _check_known(tensor, calls, call.location if call else None)
    for tensor in (*tensors_in(network.inputs), *tensors_in(network.outputs)):
        _check_known(tensor, calls, network.location)
    if not any(True for _ in tensors_in(network.outputs)):
        raise SourceError.of("the model has no outputs", network.location)
    _check_order(calls)


def _check_known(
    tensor: SavedTensor,
    calls: dict[_Call, SavedCall | None],
    place: Location | None,
) -> None:
    if (tensor.layer, tensor.node) in calls and tensor.index >= 0:
        return
    if (tensor.layer, 0) in calls:
        message = f"layer {tensor.layer!r} has no call {tensor.node}"
    else:
        message = f"there is no layer {tensor.layer!r} that gives a tensor"
    raise SourceError.of(message, place)


def _check_order(calls: dict[_Call, SavedCall | None]) -> None:
    """Removes calls whose inputs are all there until none is left."""
    waiting = {
        key: {(t.layer, t.node) for t in call.tensors()} if call else set()
        for key, call in calls.items()
    }
    readers: dict[_Call, list[_Call]] = {}
    for key, needed in waiting.items():
        for other in needed:
            readers.setdefault(other, []).append(key)
    ready = [key for key, needed in waiting.items() if not needed]
    while ready:
        key = ready.pop()
        waiting.pop(key, None)
        for reader in readers.get(key, ()):
            waiting[reader].discard(key)
            if not waiting[reader]:
                ready.append(reader)
    for key in waiting:
        call = calls[key]
        place = call.location if call else None
        raise SourceError.of(f"the calls of {key[0]!r} go round in a circle", place)
