"""What a layer whose code is not known gives, as the layers behind it show."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from keras_kgen.catalogue.rules import preserves_shape
from keras_kgen.frontends.saved.model import (
    Kind,
    SavedLayer,
    SavedModel,
    SavedNetwork,
    SavedTensor,
)
from keras_kgen.ir.definitions import Tail
from keras_kgen.ir.tensors import Shape

# Layers whose first weight has the size of the input's last axis as its last axis but one.
_WITH_KERNEL = frozenset(
    {"Conv1D", "Conv2D", "Conv3D", "Dense", "GRU", "LSTM", "SimpleRNN"}
)
_JOINING = ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")
_JOINING_OPS = ("add", "multiply", "subtract")
# So many layers are looked at.
_FURTHEST = 20


class Readers:
    """Tells which layers read what a layer gives, as it is or through layers that keep its shape."""

    def __init__(self, network: SavedNetwork | None) -> None:
        self.found: dict[object, list[SavedLayer]] = {}
        if network is not None:
            self._add(network)

    def _add(self, network: SavedNetwork) -> None:
        layers = {layer.name: layer for layer in network.layers}
        for reader in network.layers:
            if reader.network is not None:
                self._add(reader.network)
            for tensor in _inputs(reader):
                if tensor.layer in layers:
                    place = _place(layers[tensor.layer])
                    self.found.setdefault(place, []).append(reader)

    def of(self, layer: SavedLayer) -> Iterator[SavedLayer]:
        """Yields the readers of a layer, nearer ones first."""
        waiting = deque([layer])
        for _ in range(_FURTHEST):
            if not waiting:
                return
            for reader in self.found.get(_place(waiting.popleft()), ()):
                if _keeps_shape(reader):
                    waiting.append(reader)
                else:
                    yield reader


def _inputs(layer: SavedLayer) -> Iterator[SavedTensor]:
    """Yields what a layer reads alone, or what it joins without changing the shape."""
    for call in layer.calls:
        given = call.args[0] if len(call.args) == 1 else call.args
        if isinstance(given, SavedTensor):
            yield given
        elif isinstance(given, tuple) and _keeps_shape(layer):
            yield from (item for item in given if isinstance(item, SavedTensor))


def _keeps_shape(layer: SavedLayer) -> bool:
    if layer.kind is Kind.OPERATION:
        return layer.class_name in _JOINING_OPS
    is_joining = layer.class_name in _JOINING
    return layer.kind is Kind.LAYER and (
        is_joining or (preserves_shape(layer.class_name) and not layer.build_config)
    )


def output_tail(model: SavedModel, layer: SavedLayer, readers: Readers) -> Tail | None:
    """Returns the end of the shape that a layer gives, None where the file does not say.

    Args:
        model: The file.
        layer: One of its layers.
        readers: The readers of its layers.
    """
    found = tuple(readers.of(layer))
    for reader in found:
        given = _built_for(reader)
        if given is not None:
            is_same = given == _built_for(layer)
            return None if is_same else Tail(given[1:], keeps_front=False)
    for reader in found:
        size = _kernel_size(model, reader)
        if size is not None:
            return Tail((size,), keeps_front=True)
    return None


def _place(layer: SavedLayer) -> object:
    """Returns what tells a layer from all others of the file."""
    return layer.location or id(layer)


def _built_for(layer: SavedLayer) -> Shape | None:
    """Returns the shape that Keras 3 saved with a layer."""
    shape: Any = layer.build_config.get("input_shape")
    is_shape = isinstance(shape, list) and all(
        size is None or (isinstance(size, int) and size >= 0) for size in shape
    )
    return tuple(shape) if is_shape and shape else None


def _kernel_size(model: SavedModel, layer: SavedLayer) -> int | None:
    if layer.kind is not Kind.LAYER or layer.class_name not in _WITH_KERNEL:
        return None
    from keras_kgen.frontends.saved.weight_shapes import weight_shapes

    is_last = layer.config.get("data_format") in (None, "channels_last")
    found = weight_shapes(model, layer)
    if not found or not is_last or layer.config.get("groups", 1) != 1:
        return None
    _, shape = found[0]
    return shape[-2] if len(shape) > 1 else None
