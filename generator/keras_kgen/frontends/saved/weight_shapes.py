"""The weights that a file shows for one layer: their names and shapes."""

from __future__ import annotations

from keras_kgen.frontends.saved.model import SavedLayer, SavedModel
from keras_kgen.frontends.saved.weight_sources import (
    Arrays,
    arrays_by_path,
    place_of,
)
from keras_kgen.frontends.saved.weights import WeightFormat
from keras_kgen.pysource.names import is_identifier

# The names and shapes of a layer's weights.
Shapes = tuple[tuple[str, tuple[int, ...]], ...]


def weight_shapes(model: SavedModel, layer: SavedLayer) -> Shapes | None:
    """Returns the weights of a layer in the order of the file, None where it does not say."""
    if model.weights is None:
        return None
    if model.weights.format is WeightFormat.PATHS and model.network is not None:
        by_path = arrays_by_path(model.network, model.weights).get(place_of(layer))
        return None if by_path is None else _shapes(by_path)
    found = model.weights.layer(layer.name)
    return () if found is None else _shapes(found.weights)


def _shapes(arrays: Arrays) -> Shapes:
    names = [_own_name(weight.name) for weight in arrays]
    is_clear = len(set(names)) == len(names) and all(map(is_identifier, names))
    return tuple(
        (name if is_clear else f"weight_{index}", weight.shape)
        for index, (name, weight) in enumerate(zip(names, arrays, strict=True))
    )


def _own_name(written: str) -> str:
    """Returns `kernel` for `dense_1/kernel:0`."""
    return written.rpartition("/")[2].partition(":")[0]
