"""Weights in HDF5 files: by layer, as all generations wrote them, or by Keras 3's paths."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keras_kgen.frontends.saved.hdf5.data import DataSet
from keras_kgen.frontends.saved.hdf5.file import Group
from keras_kgen.frontends.saved.sources import BrokenFile
from keras_kgen.frontends.saved.weights import (
    LayerWeights,
    SavedWeight,
    SavedWeights,
    WeightFormat,
)

_VARIABLES = "vars"
_TOP_LEVEL = "top_level_model_weights"
_NOT_OF_THE_MODEL = ("optimizer/", "optimizer_weights/")


def read_weights(root: Group, source: str) -> SavedWeights | None:
    """Returns the weights in a file, or in a group of one; None where there are none.

    Raises:
        BrokenFile: the file is damaged.
    """
    names = _names(root, "layer_names")
    if names is not None:
        layers = [_layer(root, name, source) for name in (*names, _TOP_LEVEL)]
        return SavedWeights(
            WeightFormat.LAYERS, tuple(layer for layer in layers if layer.weights)
        )
    paths = tuple(_paths(root, source))
    return SavedWeights(WeightFormat.PATHS, paths) if paths else None


def _layer(root: Group, name: str, source: str) -> LayerWeights:
    group = root.group(name)
    if group is None:
        if name == _TOP_LEVEL:
            return LayerWeights("", name, ())
        raise BrokenFile(f"it has no weights of layer {name!r}, which it lists")
    weights = []
    for weight in _names(group, "weight_names") or ():
        found = group.get(weight)
        if not isinstance(found, DataSet):
            raise BrokenFile(f"it has no weight {weight!r}, which it lists")
        weights.append(_weight(weight, found, source))
    return LayerWeights("" if name == _TOP_LEVEL else name, name, tuple(weights))


def _names(group: Group, attribute: str) -> tuple[str, ...] | None:
    """Returns a list of names, which Keras cuts into several attributes where it is long."""
    attributes = group.attributes
    if attribute in attributes:
        return tuple(_texts(attributes[attribute]))
    numbered = (f"{attribute}{number}" for number in range(len(attributes)))
    parts = [attributes[key] for key in numbered if key in attributes]
    return tuple(name for part in parts for name in _texts(part)) if parts else None


def _texts(value: object) -> Iterator[str]:
    for item in value if isinstance(value, tuple) else (value,):
        if not isinstance(item, bytes):
            raise BrokenFile("it is damaged: a name in it is no text")
        try:
            yield item.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BrokenFile("it is damaged: a name in it is not UTF-8") from error


def _paths(root: Group, source: str) -> Iterator[LayerWeights]:
    found: dict[str, list[tuple[str, DataSet]]] = {}
    for path, data in root.datasets():
        owner, _, name = path.rpartition("/")
        if owner.rpartition("/")[2] != _VARIABLES or path.startswith(_NOT_OF_THE_MODEL):
            continue
        found.setdefault(owner, []).append((name, data))
    for owner, items in found.items():
        items.sort(key=lambda item: _natural(item[0]))
        weights = tuple(_weight(name, data, source) for name, data in items)
        yield LayerWeights(_layer_name(root, owner), owner.rpartition("/")[0], weights)


def _layer_name(root: Group, owner: str) -> str:
    group = root.group(owner)
    name = group.attributes.get("name") if group else None
    return next(_texts(name)) if isinstance(name, bytes) else ""


def _natural(name: str) -> list[tuple[int, str]]:
    """Returns a key that puts 10 after 9."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


def _weight(name: str, data: DataSet, source: str) -> SavedWeight:
    data.check()
    dtype = "bfloat16" if data.datatype.code == "|V2" else data.datatype.code
    return SavedWeight(name, data.shape, dtype, source, data.read)
