"""Keras 1's Sequential models that begin with others, of several inputs, as a graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from keras_kgen.frontends.saved.model import (
    Kind,
    SavedCall,
    SavedLayer,
    SavedNested,
    SavedNetwork,
    SavedTensor,
)
from keras_kgen.frontends.saved.tree import Json


def of_first(item: Json) -> list[Json]:
    """Returns the models that a first layer merges; none where it is another layer."""
    if not isinstance(item.value, dict) or item.value.get("class_name") != "Merge":
        return []
    layers = item.need("config").get("layers")
    return [] if layers is None else layers.items()


def join(
    name: str,
    class_name: str,
    items: list[Json],
    branches: list[SavedLayer],
    rest: list[SavedLayer],
    json: Json,
) -> SavedNetwork:
    """Returns a model that calls each branch on an input and hands the results on.

    Args:
        name: The model's name.
        class_name: The class in the file.
        items: The branches as in the file; one, if it is a model of several inputs.
        branches: The branches, models all of them.
        rest: The layer that merges, if there is one, and those after it.
        json: The model in the file.
    """
    taken: set[str] = set()
    layers: list[SavedLayer] = []
    inputs: list[SavedTensor] = []
    outputs: list[SavedTensor] = []
    for item, branch in zip(items, branches, strict=True):
        if branch.network is None:
            item.fail("a Merge that begins a model joins models")
        own = list(_inputs(branch.network, branch.name, taken))
        layers += own
        tensors = tuple(SavedTensor(layer.name) for layer in own)
        inputs += tensors
        call = SavedCall((_single(tensors),), (), branch.location)
        label = _free(branch.name, taken)
        layers.append(replace(branch, name=label, calls=(call,)))
        outputs.append(SavedTensor(label))
    current = _single(tuple(outputs))
    for layer in rest:
        label = _free(layer.name, taken)
        call = SavedCall((current,), (), layer.location)
        layers.append(replace(layer, name=label, calls=(call,)))
        current = SavedTensor(label)
    return SavedNetwork(
        name, False, tuple(layers), tuple(inputs), current, class_name, json.location
    )


def _inputs(
    network: SavedNetwork, prefix: str, taken: set[str]
) -> Iterator[SavedLayer]:
    for layer in network.layers:
        if layer.kind is Kind.INPUT:
            name = _free(layer.name if layer.name not in taken else prefix, taken)
            yield replace(layer, name=name)


def _single(tensors: tuple[SavedTensor, ...]) -> SavedNested:
    return tensors[0] if len(tensors) == 1 else tensors


def _free(name: str, taken: set[str]) -> str:
    label, number = name, 0
    while label in taken:
        number += 1
        label = f"{name}_{number}"
    taken.add(label)
    return label
