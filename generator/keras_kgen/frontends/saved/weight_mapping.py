"""Arranges the weights of a saved model as the model that is written from it has them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from keras_kgen.catalogue.rules import WeightSpec
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.frontends.saved.model import (
    Kind,
    SavedLayer,
    SavedModel,
    layers_in,
)
from keras_kgen.frontends.saved.weight_layouts import (
    CONNECTED,
    SLIDING,
    Array,
    Era,
    convert,
)
from keras_kgen.frontends.saved.weight_sources import (
    Arrays,
    Place,
    find_sources,
    place_of,
)
from keras_kgen.frontends.saved.weights import SavedWeight, WeightFormat

_NUMBERS = "biuf"
_NO_BACKEND = (
    "the file does not say which library Keras ran on. The kernels of convolutions are taken "
    "for TensorFlow's; if it was Theano, flip their rows and columns"
)
# Of the random numbers of tf.keras' layers for augmentation.
_STATE = "StateVar"
# How much more than a layer needs a file may have for it: CuDNN has two biases for one.
_MOST = 4
# More numbers than any layer has; a file may claim what it likes.
_LARGEST = 1 << 30
# The same for a layer whose kernel may have been saved with all its zeros.
_LARGEST_DENSE = 1 << 27


@dataclass(frozen=True, slots=True)
class WantedLayer:
    """A layer of the model that is written.

    Attributes:
        name: Its name, behind those of the models that it is in.
        location: Where it was read.
        weights: What it needs, in the order of Keras; None where that is not known.
    """

    name: str
    location: Location | None
    weights: tuple[WeightSpec, ...] | None


@dataclass(frozen=True, slots=True)
class _Mapped:
    """The arrays of one saved layer and what becomes of them.

    Attributes:
        names: What the results are called.
        order: Which of the converted arrays each result is.
    """

    layer: SavedLayer
    arrays: Arrays
    names: tuple[str, ...]
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MappedWeights:
    """All weights of a model, in the order of its `get_weights()`."""

    layers: tuple[_Mapped, ...]
    era: Era

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """Yields names and arrays, one layer read after the other.

        Raises:
            SourceError: the file is damaged.
        """
        number = 0
        width = max(3, len(str(sum(len(item.names) for item in self.layers) - 1)))
        for item in self.layers:
            read = [_read(weight) for weight in item.arrays]
            converted = convert(item.layer, read, self.era)
            for name, place in zip(item.names, item.order, strict=True):
                yield f"{number:0{width}}_{name}", converted[place]
                number += 1


def map_weights(
    model: SavedModel,
    weights: SavedModel,
    layers: Sequence[WantedLayer],
    diagnostics: Diagnostics,
) -> MappedWeights:
    """Returns the weights of a file in the order of the layers.

    Args:
        model: The file that has the layers.
        weights: The file that has the weights; may be the same.
        layers: The layers of the model that is written, in the order of `get_weights()`.
        diagnostics: Where notes go, and every layer whose weights do not fit.

    Raises:
        SourceError: the weights are those of another model.
    """
    assert model.network is not None and weights.weights is not None
    saved = {
        place_of(layer): layer
        for layer in layers_in(model.network)
        if layer.kind not in (Kind.INPUT, Kind.MODEL)
    }
    wanted = _by_place(layers, saved, diagnostics)
    needs = {place: _specs(items) for place, items in wanted.items()}
    found = find_sources(model.network, weights.weights, needs, weights.source)
    if found.by_order:
        diagnostics.note(
            "the layers have other names where the weights are; they go by their order",
            Location(weights.source),
        )
    era = _era(model, weights)
    if not era.backend and era.generation == 1 and _have_kernels(saved.values()):
        diagnostics.note(_NO_BACKEND, Location(weights.source))
    mapper = _Mapper(weights, era, diagnostics)
    return MappedWeights(
        tuple(
            mapper.map(saved[place], items, found.arrays.get(place, ()))
            for place, items in wanted.items()
        ),
        era,
    )


def _have_kernels(layers: Collection[SavedLayer]) -> bool:
    """Whether Theano would have used a kernel of one of the layers the other way round."""
    within = [inner for layer in layers for _, inner in layer.inner]
    return any(layer.class_name in SLIDING for layer in (*layers, *within))


def _by_place(
    layers: Sequence[WantedLayer],
    saved: Mapping[Place, SavedLayer],
    diagnostics: Diagnostics,
) -> dict[Place, list[WantedLayer]]:
    """Returns the layers that are written by the saved layer that each comes from."""
    found: dict[Place, list[WantedLayer]] = {}
    last = ""
    for layer in layers:
        place = layer.location.path if layer.location else ""
        while place and place not in saved:
            # A call stands within its layer: config.layers[3].inbound_nodes[0]
            place = re.sub(r"(\.[^.\[\]]*|\[\d+\])$|^[^.\[\]]*$", "", place)
        if place in saved and (place == last or place not in found):
            found.setdefault(place, []).append(layer)
            last = place
        elif layer.weights != ():
            diagnostics.error(
                f"{layer.name}: kgen does not know which weights are this layer's",
                layer.location,
            )
    return found


def _specs(layers: Sequence[WantedLayer]) -> tuple[WeightSpec, ...] | None:
    if any(layer.weights is None for layer in layers):
        return None
    return tuple(spec for layer in layers for spec in layer.weights or ())


def _era(model: SavedModel, weights: SavedModel) -> Era:
    assert weights.weights is not None
    if weights.keras_version or weights.network is not None:
        return Era(weights.generation, weights.backend)
    # Keras 1 did not say its version where it saved weights alone.
    is_old = weights.weights.format is WeightFormat.LAYERS
    return Era(1 if is_old else model.generation, weights.backend)


class _Mapper:
    """Checks the arrays of each layer before any of them is read."""

    def __init__(self, weights: SavedModel, era: Era, diagnostics: Diagnostics) -> None:
        assert weights.weights is not None
        self.source = weights.source
        self.is_split = weights.weights.format is not WeightFormat.PATHS
        self.era = era
        self.diagnostics = diagnostics

    def map(
        self, layer: SavedLayer, wanted: Sequence[WantedLayer], arrays: Arrays
    ) -> _Mapped:
        arrays = tuple(weight for weight in arrays if _STATE not in weight.name)
        specs = _specs(wanted)
        if specs is None:
            # A class of the author's has what the file has.
            own = tuple(_safe(f"{wanted[0].name}/{_own_name(w.name)}") for w in arrays)
            return _Mapped(layer, arrays, own, tuple(range(len(arrays))))
        order = self.order(specs)
        self.check(layer, specs, arrays, order)
        names = tuple(f"{w.name}/{s.name}" for w in wanted for s in w.weights or ())
        return _Mapped(layer, arrays, tuple(map(_safe, names)), order)

    def order(self, specs: Sequence[WeightSpec]) -> tuple[int, ...]:
        """Returns which array of the file each weight is.

        By layer, files have what is trained first; by path, they have Keras 3's order.
        """
        indices = range(len(specs))
        if not self.is_split:
            return tuple(indices)
        in_file = sorted(indices, key=lambda index: not specs[index].trainable)
        return tuple(in_file.index(index) for index in indices)

    def check(
        self,
        layer: SavedLayer,
        specs: Sequence[WeightSpec],
        arrays: Arrays,
        order: tuple[int, ...],
    ) -> None:
        """Records an error if the arrays are not what a layer needs."""
        received = self.shapes(layer, specs, arrays)
        expected = [specs[order.index(place)].shape for place in range(len(order))]
        if received == expected:
            return
        needed = ", ".join(f"{spec.name} {spec.shape}" for spec in specs) or "none"
        found = ", ".join(f"{_own_name(w.name)} {w.shape}" for w in arrays) or "none"
        self.diagnostics.error(
            f"{layer.name}: the weights in {self.source} do not fit. "
            f"Expected: {needed}. Received: {found}",
            layer.location,
        )

    def shapes(
        self, layer: SavedLayer, specs: Sequence[WeightSpec], arrays: Arrays
    ) -> list[tuple[int, ...]] | None:
        """Returns the shapes of the converted arrays, without reading one.

        None stands for arrays that cannot be converted.
        """
        limit = min(_MOST * sum(spec.size for spec in specs), _LARGEST)
        if layer.class_name in CONNECTED:
            limit = _LARGEST_DENSE
        is_more = sum(weight.size for weight in arrays) > limit
        if is_more or not all(map(_is_numeric, arrays)):
            return None
        empty = [np.broadcast_to(np.False_, weight.shape) for weight in arrays]
        try:
            return [array.shape for array in convert(layer, empty, self.era)]
        except (ValueError, IndexError):  # what no conversion is for
            return None


def _own_name(name: str) -> str:
    return _safe(name.rpartition("/")[2].removesuffix(":0"))


def _safe(name: str) -> str:
    """Returns a name without what a zip archive or a file system would read as a place."""
    return re.sub(r"[^\w\-./]+", "_", name.replace("..", "_")).strip("/")


def _is_numeric(weight: SavedWeight) -> bool:
    if weight.dtype == "bfloat16":
        return True
    try:
        return np.dtype(weight.dtype).kind in _NUMBERS
    except TypeError:
        return False


def _read(weight: SavedWeight) -> Array:
    data = weight.read()
    if weight.dtype == "bfloat16":
        # The upper half of a float32.
        numbers = np.frombuffer(data, "<u2").astype("<u4") << 16
        return numbers.view("<f4").reshape(weight.shape)
    array = np.frombuffer(data, weight.dtype).reshape(weight.shape)
    return array.astype(array.dtype.newbyteorder("<"), copy=False)
