"""Checks that each call reads what other calls give, and none reads its own result."""

from __future__ import annotations

from collections.abc import Mapping

from keras_kgen.errors import Location, SourceError
from keras_kgen.frontends.saved.model import (
    Kind,
    SavedCall,
    SavedNested,
    SavedNetwork,
    SavedTensor,
    tensors_in,
)

_Call = tuple[str, int]
# No layer gives more; a hostile number would fill the memory.
_MAX_RESULTS = 10_000


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
    for nested in (network.inputs, network.outputs):
        _check_tensors(nested, network)
        for tensor in tensors_in(nested):
            _check_known(tensor, calls, network.location)
        if not any(True for _ in tensors_in(nested)):
            what = "inputs" if nested is network.inputs else "outputs"
            raise SourceError.of(f"the model has no {what}", network.location)
    inputs = {tensor.layer for tensor in tensors_in(network.inputs)}
    for call in calls.values():
        for tensor in call.tensors() if call else ():
            place = call.location if call else None
            _check_known(tensor, calls, place)
            if calls[tensor.layer, tensor.node] is None and tensor.layer not in inputs:
                message = f"{tensor.layer!r} is not among the inputs of the model"
                raise SourceError.of(message, place)
    for tensor in tensors_in(network.inputs):
        if calls[tensor.layer, tensor.node] is not None:
            message = f"{tensor.layer!r} is an input of the model and no InputLayer"
            raise SourceError.of(message, network.location)
    _check_order(calls)


def _check_tensors(nested: SavedNested, network: SavedNetwork) -> None:
    """Checks that nothing but tensors is in what a model takes or gives."""
    if isinstance(nested, tuple):
        items = nested
    elif isinstance(nested, Mapping):
        items = tuple(nested.values())
    elif isinstance(nested, SavedTensor):
        return
    else:
        message = "something that is no tensor is among the inputs or outputs"
        raise SourceError.of(message, network.location)
    for item in items:
        _check_tensors(item, network)


def _check_known(
    tensor: SavedTensor,
    calls: dict[_Call, SavedCall | None],
    place: Location | None,
) -> None:
    key = (tensor.layer, tensor.node)
    last = 0 if key in calls and calls[key] is None else _MAX_RESULTS
    if key in calls and 0 <= tensor.index <= last:
        return
    if key in calls:
        message = f"layer {tensor.layer!r} gives no result {tensor.index}"
    elif (tensor.layer, 0) in calls:
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
