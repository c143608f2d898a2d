"""Which layers keep their names: those that a person named, and those that Keras would not.

What Keras made up, it makes up again for the same layers in the same order. Where it does
not, because of a layer that no output needs for instance, the name is written.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from keras_kgen.frontends.saved.arrangement import Arranged, Path
from keras_kgen.frontends.saved.model import (
    Kind,
    SavedLayer,
    SavedNetwork,
    tensors_in,
)
from keras_kgen.frontends.saved.numbered import made_up, split_name
from keras_kgen.ir.order import base_name, hidden_layers
from keras_kgen.pysource.names import is_identifier, is_scope_name, snake_case

# A layer: where its network stands, and its name.
_Place = tuple[Path, str]
Labels = Mapping[Path, Mapping[str, str]]


def find_labels(model: Arranged, generation: int) -> Labels:
    """Returns the `name=` of each layer that has one, by network and by name in the file.

    Args:
        model: The model.
        generation: The generation of Keras that wrote it.
    """
    needed = _needed(model) if generation > 2 else None
    return {
        scope.path: _labels(scope, generation, needed) for scope in _networks(model)
    }


def input_name(layer: SavedLayer, network: SavedNetwork, generation: int) -> str:
    """Returns the name of an input in the program, "" for one that needs none."""
    is_alone = sum(1 for _ in tensors_in(network.inputs)) == 1
    if is_alone and _is_made_up_input(layer, network, generation):
        return ""
    return layer.name if is_identifier(layer.name) else snake_case(layer.name)


def counts_from(name: str, bases: Iterable[str]) -> bool:
    """Whether a name is one of the bases, or one of them with a number: `conv2d_12`."""
    return split_name(name, frozenset(bases)) is not None


def _is_made_up_input(
    layer: SavedLayer, network: SavedNetwork, generation: int
) -> bool:
    """Whether Keras named an input: `input_1`, or `dense_1_input` after the first layer."""
    first = layer.name.removesuffix("_input")
    is_after = first != layer.name and any(x.name == first for x in network.layers)
    return is_after or made_up(layer, generation) is not None


def _networks(model: Arranged) -> Iterator[Arranged]:
    yield model
    for inner in model.inner.values():
        yield from _networks(inner)


def _labels(
    scope: Arranged, generation: int, needed: Collection[_Place] | None
) -> dict[str, str]:
    """Returns the labels of one network.

    Args:
        scope: The network.
        generation: The generation of Keras that wrote it.
        needed: The layers with names that do not come out by themselves; None where all
            that Keras made up may change.
    """
    network = scope.network
    inputs = {
        input_name(layer, network, generation) for layer in _inputs_of(network)
    } - {""}
    layers = [x for x in network.layers if x.kind not in (Kind.INPUT, Kind.OPERATION)]
    chosen = {x.name for x in layers if not _is_made_up(x, scope, generation)}
    bases = {stem for name in chosen | inputs for stem in _stems(name)}
    taken = set(inputs)
    labels: dict[str, str] = {}
    for layer in layers:
        if needed is None:
            # Keras could make up a name that is given to another layer.
            is_needed = base_name(layer.class_name) in bases
        else:
            is_needed = (scope.path, layer.name) in needed
        if layer.name in chosen or is_needed:
            labels[layer.name] = _free(layer.name, taken)
            taken.add(labels[layer.name])
    return labels


def _stems(name: str) -> set[str]:
    """Returns what a name counts from, were it made up: `conv2d` of `conv2d_12`."""
    return {name, re.sub(r"_\d+$", "", name)}


def _is_made_up(layer: SavedLayer, scope: Arranged, generation: int) -> bool:
    if layer.kind is Kind.MODEL:
        return made_up(layer, generation) is not None
    return layer.name in scope.made_up


def _inputs_of(network: SavedNetwork) -> list[SavedLayer]:
    return [layer for layer in network.layers if layer.kind is Kind.INPUT]


# -- what Keras makes up


@dataclass(frozen=True, slots=True)
class _Made:
    """A layer that takes a number from Keras.

    Attributes:
        base: What it is numbered by.
        number: Its number in the file; None where the file does not say.
        place: The layer; None for what can have no name in code.
    """

    base: str
    number: int | None = None
    place: _Place | None = None


def _needed(model: Arranged) -> set[_Place] | None:
    """Returns the layers whose made-up names Keras would not make up again.

    Returns None where the file is of a session that had made other models before: none of
    its numbers come out then, and no person cares.
    """
    groups: defaultdict[str, list[_Made]] = defaultdict(list)
    for item in _made(model):
        groups[item.base].append(item)
    shifted = {base for base, group in groups.items() if _is_shifted(group)}
    first = _first_input(model)
    is_later = bool(shifted) if first is None else first > 0
    if is_later or any(map(_has_twins, groups.values())):
        return None
    kept = (group for base, group in groups.items() if base not in shifted)
    return {place for group in kept for place in _misnumbered(group)}


def _first_input(model: Arranged) -> int | None:
    """Returns the smallest number among the inputs that Keras named."""
    inputs = (x for scope in _networks(model) for x in _inputs_of(scope.network))
    numbers = [x.number for x in (made_up(layer, 3) for layer in inputs) if x]
    return min(numbers, default=None)


def _is_shifted(group: list[_Made]) -> bool:
    """Whether the numbers, of which there are several, are all too large by the same."""
    shifts = [x.number - index for index, x in enumerate(group) if x.number is not None]
    return len(shifts) > 1 and len(set(shifts)) == 1 and shifts[0] > 0


def _has_twins(group: list[_Made]) -> bool:
    """Whether models within each other were made in sessions of their own."""
    numbers = [x.number for x in group if x.number is not None]
    return len(set(numbers)) < len(numbers)


def _misnumbered(group: list[_Made]) -> list[_Place]:
    """Returns the layers of a base with other numbers than Keras will give."""
    count = 0
    found: dict[_Place, int] = {}
    for item in group:
        if item.place is None or item.number is None or item.number == count:
            count += 1
        else:
            found[item.place] = item.number
    # An op, which can have no name, may get the number of a layer.
    is_clear = all(number >= count for number in found.values())
    return list(found) if is_clear else []


def _made(scope: Arranged) -> Iterator[_Made]:
    """Yields what takes a number, in the order in which code makes it."""
    for layer in scope.layers_as_made():
        if layer.name in scope.inner:
            yield from _made(scope.inner[layer.name])
            continue
        yield from _arguments(layer)
        known = scope.made_up.get(layer.name)
        if known is not None:
            is_layer = layer.kind is not Kind.OPERATION
            place = (scope.path, layer.name) if is_layer else None
            yield _Made(known.base, known.number, place)
        yield from map(_Made, hidden_layers(layer.class_name))


def _arguments(layer: SavedLayer) -> Iterator[_Made]:
    """Yields the layers that a layer is given, a cell for instance."""
    for _, inner in layer.inner:
        yield from _arguments(inner)
        base = base_name(inner.class_name)
        if counts_from(inner.name.removeprefix("forward_"), (base,)):
            yield _Made(base)


def _free(name: str, taken: set[str]) -> str:
    """Returns a name that every backend of Keras takes and that no other layer has."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    plain = plain if is_scope_name(plain) else f"layer{plain}"
    free, number = plain, 1
    while free in taken:
        free, number = f"{plain}_{number}", number + 1
    return free
