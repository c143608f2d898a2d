"""Models: Sequential ones as a list or a mapping, functional ones, and models in models."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from keras_kgen.errors import SourceError
from keras_kgen.frontends.saved import branches, cycles
from keras_kgen.frontends.saved.calls import read_calls, structure, with_states
from keras_kgen.frontends.saved.context import Context
from keras_kgen.frontends.saved.input_shapes import input_layer
from keras_kgen.frontends.saved.layers import LayerReader
from keras_kgen.frontends.saved.model import (
    Kind,
    SavedCall,
    SavedLayer,
    SavedNested,
    SavedNetwork,
    SavedTensor,
)
from keras_kgen.frontends.saved.names import class_name_of
from keras_kgen.frontends.saved.node_numbers import renumber
from keras_kgen.frontends.saved.time_distributed import spread
from keras_kgen.frontends.saved.tree import Json
from keras_kgen.ir.expressions import Literal

_ATTENTION = ("AdditiveAttention", "Attention")
SUBCLASSED = (
    "the file holds no layers: this is a subclassed model, whose code made them. Its weights "
    "are there; write its class, or rebuild it as a functional model and save that"
)


def read_network(json: Json, context: Context) -> SavedNetwork:
    """Reads a model.

    Args:
        json: A mapping of `class_name` and `config`.
        context: The file.

    Raises:
        SourceError: it is no model, or it does not hold together.
    """
    name = class_name_of(json)
    config = json.need("config")
    if isinstance(config.value, list):
        return _sequential(json, config, config, name.name, context)
    layers = config.get("layers")
    if layers is None:
        config.fail(SUBCLASSED)
    if "input_layers" in config.value:
        return _functional(json, config, layers, name.name, context)
    return _sequential(json, config, layers, name.name, context)


def _functional(
    json: Json, config: Json, items: Json, class_name: str, context: Context
) -> SavedNetwork:
    reader = LayerReader(context, read_network)
    read = [(item, reader.read(item)) for item in items.items()]
    names = _check_names([layer for _, layer in read])
    layers = tuple(_with_calls(item, layer, names) for item, layer in read)
    network = SavedNetwork(
        _name(json, class_name),
        False,
        layers,
        structure(config.need("input_layers"), names, context.generation),
        structure(config.need("output_layers"), names, context.generation),
        class_name,
        json.location,
    )
    network = renumber(network, context.generation)
    cycles.check(network)
    return replace(network, layers=tuple(map(spread, network.layers)))


def _with_calls(item: Json, layer: SavedLayer, names: Collection[str]) -> SavedLayer:
    nodes = item.get("inbound_nodes")
    if nodes is None or layer.kind is Kind.INPUT:
        return layer
    constants = layer.config.get("num_constants")
    count = constants if isinstance(constants, int) else 0
    calls = read_calls(nodes, names)
    if layer.class_name in _ATTENTION and layer.config.get("causal") is True:
        calls = tuple(map(_causal, calls))
    return replace(
        layer,
        calls=tuple(with_states(layer.class_name, call, count) for call in calls),
    )


def _causal(call: SavedCall) -> SavedCall:
    """Returns a call of an attention layer that once was told so when it was made."""
    given = tuple(pair for pair in call.kwargs if pair[0] != "use_causal_mask")
    return replace(call, kwargs=(*given, ("use_causal_mask", Literal(True))))


def _check_names(layers: list[SavedLayer]) -> frozenset[str]:
    names: set[str] = set()
    for layer in layers:
        if layer.name in names:
            raise SourceError.of(
                f"two layers are called {layer.name!r}", layer.location
            )
        names.add(layer.name)
    return frozenset(names)


def _sequential(
    json: Json, config: Json, items: Json, class_name: str, context: Context
) -> SavedNetwork:
    name = _name(json, class_name)
    members = items.items()
    if not members:
        items.fail("the model has no layers")
    reader = LayerReader(context, read_network)
    merged = branches.of_first(members[0])
    if merged:
        read = [reader.read(branch) for branch in merged]
        rest = [reader.read(item) for item in members]
        return branches.join(name, class_name, merged, read, rest, json)
    layers = _unique([reader.read(item) for item in members])
    first = layers[0].network
    if first is not None and isinstance(first.inputs, tuple):
        return branches.join(
            name, class_name, members[:1], layers[:1], layers[1:], json
        )
    if layers[0].kind is not Kind.INPUT:
        layers.insert(0, input_layer(config, members[0], layers[0]))
        layers = _unique(layers)
    return chain(name, class_name, layers, json)


def chain(
    name: str, class_name: str, layers: list[SavedLayer], json: Json
) -> SavedNetwork:
    """Returns layers as a model in which each takes what the one before gives."""
    first = layers[0]
    tensor = SavedTensor(first.name)
    called = [first]
    for layer in layers[1:]:
        call = SavedCall((tensor,), (), layer.location)
        called.append(spread(replace(layer, calls=(call,))))
        tensor = SavedTensor(layer.name)
    inputs: SavedNested = SavedTensor(first.name)
    return SavedNetwork(
        name, True, tuple(called), inputs, tensor, class_name, json.location
    )


def _unique(layers: list[SavedLayer]) -> list[SavedLayer]:
    """Returns layers with names of their own: Keras 1 let a Sequential repeat them."""
    names: set[str] = set()
    found = []
    for layer in layers:
        name, number = layer.name, 0
        while name in names:
            number += 1
            name = f"{layer.name}_{number}"
        names.add(name)
        found.append(replace(layer, name=name))
    return found


def _name(json: Json, class_name: str) -> str:
    config = json.need("config")
    for place in (config, json):
        if isinstance(place.value, dict) and place.get("name") is not None:
            return place.need("name").text()
    return "sequential" if isinstance(config.value, list) else class_name.lower()
