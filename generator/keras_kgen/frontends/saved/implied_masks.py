"""Takes the masks out of a network that Keras 3 hands on by itself.

Keras 3 saves a mask as ops of the network, `NotEqual` behind an Embedding, and every call
that takes it with `mask=`. A person writes nothing of this.
"""

from __future__ import annotations

from dataclasses import replace

from keras_kgen.catalogue.masking import MASK_MAKERS, gives_mask
from keras_kgen.frontends.saved.call_order import CallKey, call_order
from keras_kgen.frontends.saved.model import (
    Kind,
    SavedCall,
    SavedLayer,
    SavedNested,
    SavedNetwork,
    SavedTensor,
    tensors_in,
)
from keras_kgen.ir.expressions import Literal, to_value

# The ops with which layers put masks together.
_COMBINING = frozenset({"all", "any", "concatenate", "expand_dims", "logical_or"})
_CONSTANT = frozenset({"ones_like", "zeros_like"})
_FIRST_MASKS = ("Embedding", "Masking")


def without_implied_masks(network: SavedNetwork) -> SavedNetwork:
    """Returns a network in which no call names the mask that its input brings along.

    Ops that nothing reads any more stay among the layers; `call_order` passes them by.
    """
    if not any(layer.class_name in MASK_MAKERS for layer in network.layers):
        return network
    reader = _Masks(network)
    for key in call_order(network):
        reader.read(key)
    if not reader.implied:
        return network
    layers = tuple(map(reader.without_masks, network.layers))
    return replace(network, layers=layers)


class _Masks:
    """Follows the masks through the calls of a network."""

    def __init__(self, network: SavedNetwork) -> None:
        self.layers = {layer.name: layer for layer in network.layers}
        # Tensors that carry a mask, what masks are made from, and masks.
        self.masked: set[SavedTensor] = set()
        self.sources: set[tuple[SavedNested, ...]] = set()
        self.masks: set[SavedTensor] = set()
        self.implied: set[CallKey] = set()
        for layer in network.layers:
            if layer.kind is Kind.LAYER and layer.class_name in _FIRST_MASKS:
                left_out = layer.argument("mask_value") or Literal(0)
                for call in layer.calls:
                    self.sources.add((*call.tensors(), left_out))

    def read(self, key: CallKey) -> None:
        layer = self.layers[key[0]]
        call = layer.calls[key[1]]
        result = SavedTensor(*key)
        if layer.kind is Kind.OPERATION:
            if self.is_mask(layer, call):
                self.masks.add(result)
            return
        read = (tensor for value in call.args for tensor in tensors_in(value))
        comes_in = bool(self.masked) and any(tensor in self.masked for tensor in read)
        if not comes_in and layer.class_name not in MASK_MAKERS:
            return
        if comes_in and self.is_implied(dict(call.kwargs).get("mask", ())):
            self.implied.add(key)
        config = {a.name: to_value(a.value) for a in layer.arguments if a.name}
        if gives_mask(layer.class_name, config, comes_in):
            self.masked.add(result)

    def is_mask(self, layer: SavedLayer, call: SavedCall) -> bool:
        tensors = set(call.tensors())
        if layer.class_name == "not_equal":
            return call.args in self.sources
        if layer.class_name in _CONSTANT:
            return True
        return layer.class_name in _COMBINING and tensors <= self.masks

    def is_implied(self, mask: SavedNested) -> bool:
        tensors = set(tensors_in(mask))
        return bool(tensors) and tensors <= self.masks

    def without_masks(self, layer: SavedLayer) -> SavedLayer:
        calls = tuple(
            _without_mask(call) if (layer.name, index) in self.implied else call
            for index, call in enumerate(layer.calls)
        )
        return replace(layer, calls=calls)


def _without_mask(call: SavedCall) -> SavedCall:
    kept = tuple(item for item in call.kwargs if item[0] != "mask")
    return replace(call, kwargs=kept)
