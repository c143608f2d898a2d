"""Which layers keep their names: those that a person named, not those that Keras did."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from keras_kgen.frontends.saved.model import Kind, SavedLayer, SavedNetwork
from keras_kgen.ir.order import to_snake_case
from keras_kgen.pysource.names import is_scope_name

_NUMBER = re.compile(r"_\d+$")
# What Keras calls inputs and nested models.
_INPUTS = frozenset({"input", "input_layer", "keras_tensor"})
_MODELS = frozenset({"functional", "model", "sequential"})


def find_labels(network: SavedNetwork, inputs: Collection[str]) -> dict[str, str]:
    """Returns the `name=` of each layer that has one, by its name in the file.

    A name that Keras made up is left out: Keras makes up another. It stays where a person
    gave a name of that kind to another layer, for Keras wants each name only once.

    Args:
        network: The model.
        inputs: The names of the inputs in the program.
    """
    layers = [x for x in network.layers if x.kind not in (Kind.INPUT, Kind.OPERATION)]
    chosen = {layer.name for layer in layers if not is_made_up(layer)}
    bases = {stem for name in chosen | set(inputs) for stem in _stems(name)}
    taken = {name for name in inputs if name}
    labels: dict[str, str] = {}
    for layer in layers:
        # Keras could make up a name that is given to another layer.
        may_clash = to_snake_case(layer.class_name) in bases
        if layer.name in chosen or may_clash:
            labels[layer.name] = _free(layer.name, taken)
            taken.add(labels[layer.name])
    return labels


def is_made_up(layer: SavedLayer) -> bool:
    """Whether a layer has a name that Keras gives by itself: `dense`, `conv2d_12`."""
    return counts_from(layer.name, _bases(layer))


def counts_from(name: str, bases: Iterable[str]) -> bool:
    """Whether a name is one of the bases, or one of them with a number: `conv2d_12`."""
    return not _stems(name).isdisjoint(bases)


def is_made_up_input(layer: SavedLayer, network: SavedNetwork) -> bool:
    """Whether Keras named an input: `input_1`, or `dense_1_input` after the first layer."""
    first = layer.name.removesuffix("_input")
    is_after = first != layer.name and any(x.name == first for x in network.layers)
    return is_after or is_made_up(layer)


def _bases(layer: SavedLayer) -> Iterator[str]:
    """Yields what stands before the number in the names that Keras gives."""
    if layer.kind is Kind.INPUT:
        yield from _INPUTS
    if layer.kind is Kind.MODEL:
        yield from _MODELS
    if layer.kind is Kind.FUNCTION:
        yield f"tf.{layer.class_name}"
        yield f"tf_op_layer_{layer.class_name}"
        yield layer.class_name
    for name in {layer.class_name, layer.saved_class_name}:
        if name:
            yield to_snake_case(name)
            yield name.lower()  # Keras 1


def _stems(name: str) -> set[str]:
    """Returns what a name counts from, were it made up: `conv2d` of `conv2d_12`."""
    return {name, _NUMBER.sub("", name)}


def _free(name: str, taken: set[str]) -> str:
    """Returns a name that every backend of Keras takes and that no other layer has."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    plain = plain if is_scope_name(plain) else f"layer{plain}"
    free, number = plain, 1
    while free in taken:
        free, number = f"{plain}_{number}", number + 1
    return free
