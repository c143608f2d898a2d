"""The names that Keras makes up: a base and a number, `conv2d_12`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from keras_kgen.frontends.saved.model import Kind, SavedLayer, SavedNetwork
from keras_kgen.ir.order import base_name, to_snake_case

_NUMBER = re.compile(r"(.*)_(\d+)", re.DOTALL)
# What Keras calls inputs and nested models.
_INPUTS = frozenset({"input", "input_layer", "keras_tensor"})
_MODELS = frozenset({"functional", "model", "sequential"})


class MadeUp(NamedTuple):
    """A name that Keras made up; the number is 0 where the name has none."""

    base: str
    number: int


def split_name(name: str, bases: Collection[str]) -> MadeUp | None:
    """Returns what a name counts from, None where it counts from none of the bases."""
    if name in bases:
        return MadeUp(name, 0)
    found = _NUMBER.fullmatch(name)
    # Keras never gives the number 0.
    if found is None or found[1] not in bases or not int(found[2]):
        return None
    return MadeUp(found[1], int(found[2]))


def find_made_up(network: SavedNetwork, generation: int) -> dict[str, MadeUp]:
    """Returns the layers that Keras named by itself, by their names.

    Inputs and nested models are left out.

    Args:
        network: The network.
        generation: The generation of Keras that wrote it.
    """
    layers = [x for x in network.layers if x.kind not in (Kind.INPUT, Kind.MODEL)]
    found = {layer.name: made_up(layer, generation) for layer in layers}
    # Who counts from 0 gave the other numbers, too.
    own = {layer.name[:-2] for layer in layers if layer.name.endswith("_0")}
    return {
        name: item
        for name, item in found.items()
        if item is not None and item.base not in own
    }


def made_up(layer: SavedLayer, generation: int) -> MadeUp | None:
    """Returns the name of a layer where it is one that Keras gives by itself."""
    return split_name(layer.name, frozenset(_bases(layer, generation)))


def in_order(names: Mapping[str, MadeUp]) -> Iterable[tuple[str, ...]]:
    """Returns the names of each base by number."""
    groups: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for name, (base, number) in names.items():
        groups[base].append((number, name))
    return [tuple(name for _, name in sorted(group)) for group in groups.values()]


def _bases(layer: SavedLayer, generation: int) -> Iterator[str]:
    """Yields what stands before the number in the names that Keras gives."""
    if layer.kind is Kind.INPUT:
        yield from _INPUTS
    if layer.kind is Kind.MODEL:
        yield from _MODELS
    if layer.kind is Kind.FUNCTION:
        yield f"tf.{layer.class_name}"
        yield f"tf_op_layer_{layer.class_name}"
        yield layer.class_name
    yield base_name(layer.class_name)
    for name in {layer.class_name, layer.saved_class_name}:
        if name:
            yield to_snake_case(name)
        if name and generation == 1:
            yield name.lower()
