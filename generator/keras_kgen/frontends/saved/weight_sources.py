"""Finds the arrays of each layer in a file, whichever way the file arranges them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from keras_kgen.catalogue.rules import WeightSpec
from keras_kgen.errors import Location, SourceError
from keras_kgen.frontends.saved.model import Kind, SavedLayer, SavedNetwork
from keras_kgen.frontends.saved.weights import (
    LayerWeights,
    SavedWeight,
    SavedWeights,
    WeightFormat,
)
from keras_kgen.ir.order import to_snake_case

Arrays = tuple[SavedWeight, ...]
# Where a layer stands in the file that has the layers: `config.layers[3]`.
Place = str
# The weights of each layer that is no model; None where kgen does not know them.
Needs = Mapping[Place, tuple[WeightSpec, ...] | None]


@dataclass(frozen=True, slots=True)
class Sources:
    """The arrays of each layer that is no model.

    Attributes:
        arrays: In the order of the file.
        by_order: Whether the layers' names differ, so that only the order told which is which.
    """

    arrays: Mapping[Place, Arrays]
    by_order: bool = False


def place_of(layer: SavedLayer) -> Place:
    """Returns where a layer stands in its file."""
    return layer.location.path if layer.location else ""


def find_sources(
    network: SavedNetwork, weights: SavedWeights, needs: Needs, source: str
) -> Sources:
    """Returns which arrays belong to which layer.

    Args:
        network: The layers.
        weights: The arrays.
        needs: What each layer needs, by its place.
        source: The file of the weights.

    Raises:
        SourceError: the file is that of another model.
    """
    if weights.format is WeightFormat.PATHS:
        return Sources(arrays_by_path(network, weights))
    groups: Sequence[LayerWeights] = weights.layers
    if weights.format is WeightFormat.MANIFEST:
        groups = _by_layer(network, weights)
    reader = _Layers(needs, source)
    found = reader.by_name(network, groups)
    if found is not None:
        return Sources(found)
    return Sources(reader.by_order(network, groups), by_order=True)


def arrays_by_path(network: SavedNetwork, weights: SavedWeights) -> dict[Place, Arrays]:
    """Returns the arrays of a file that has them by path, in the order of Keras 3."""
    return dict(_Paths(weights).network(network))


# -- by layer


class _Layers:
    """Reads groups of arrays, one for each layer of the outermost model."""

    def __init__(self, needs: Needs, source: str) -> None:
        self.needs = needs
        self.source = source

    def by_name(
        self, network: SavedNetwork, groups: Sequence[LayerWeights]
    ) -> dict[Place, Arrays] | None:
        """Returns the arrays if each layer has a group of its name, and each group a layer."""
        left = {group.name: group for group in groups}
        found: dict[Place, Arrays] = {}
        if not self.take_named(network, left, found) or left:
            return None
        return found

    def take_named(
        self,
        network: SavedNetwork,
        left: dict[str, LayerWeights],
        found: dict[Place, Arrays],
    ) -> bool:
        for layer in network.layers:
            group = left.pop(layer.name, None)
            if group is not None:
                found.update(self.assign(layer, group.weights))
            elif layer.network is not None:
                # Keras 1 saved the layers of a Sequential in a model as if they were its own.
                if not self.take_named(layer.network, left, found):
                    return False
            elif self.needed(layer):
                return False
        return True

    def by_order(
        self, network: SavedNetwork, groups: Sequence[LayerWeights]
    ) -> dict[Place, Arrays]:
        """Returns the arrays by the order of the layers, as `load_weights` of Keras does."""
        layers = [layer for layer in network.layers if self.has_weights(layer)]
        if len(layers) != len(groups):
            layers = [layer for layer in layers if self.has_weights(layer, True)]
        if len(layers) != len(groups):
            raise SourceError.of(
                f"the file has weights of other layers than the model. Expected: "
                f"{_listed(layer.name for layer in layers)}. "
                f"Found: {_listed(group.name or group.path for group in groups)}",
                Location(self.source),
            )
        found: dict[Place, Arrays] = {}
        for layer, group in zip(layers, groups, strict=True):
            found.update(self.assign(layer, group.weights))
        return found

    def has_weights(self, layer: SavedLayer, surely: bool = False) -> bool:
        if layer.network is not None:
            return any(self.has_weights(item, surely) for item in layer.network.layers)
        needed = self.needed(layer)
        return not surely if needed is None else bool(needed)

    def needed(self, layer: SavedLayer) -> tuple[WeightSpec, ...] | None:
        # An input that kgen has added stands where the layer behind it does.
        is_input = layer.kind is Kind.INPUT
        return () if is_input else self.needs.get(place_of(layer), ())

    def assign(
        self, layer: SavedLayer, arrays: Arrays
    ) -> Iterator[tuple[Place, Arrays]]:
        if layer.network is None:
            yield place_of(layer), arrays
            return
        leaves = [leaf for leaf in _leaves(layer.network) if self.has_weights(leaf)]
        found = _split_by_name(leaves, arrays)
        if found is None or not self.fits(leaves, found):
            found = self.split_by_order(layer, leaves, arrays)
        for index, leaf in enumerate(leaves):
            yield place_of(leaf), tuple(found[index])

    def fits(
        self, leaves: Sequence[SavedLayer], found: Sequence[Sequence[SavedWeight]]
    ) -> bool:
        """Whether each layer has arrays; Keras 1 had more for each than Keras 3."""
        needed = map(self.needed, leaves)
        return all(
            specs is None or len(arrays) >= len(specs)
            for specs, arrays in zip(needed, found, strict=True)
        )

    def split_by_order(
        self, layer: SavedLayer, leaves: Sequence[SavedLayer], arrays: Arrays
    ) -> list[list[SavedWeight]]:
        """Shares out the arrays of a nested model.

        Keras saves what it trains first, of all layers, then what it does not: see
        `_legacy_weights` of `keras/src/legacy/saving/legacy_h5_format.py`.
        """
        needed = [self.needed(leaf) or () for leaf in leaves]
        order = [
            index
            for trainable in (True, False)
            for index, specs in enumerate(needed)
            for spec in specs
            if spec.trainable == trainable
        ]
        if len(order) != len(arrays):
            raise SourceError.of(
                f"{layer.name}: the model has {len(order)} weights, "
                f"and the file {len(arrays)}",
                Location(self.source),
            )
        found: list[list[SavedWeight]] = [[] for _ in leaves]
        for index, array in zip(order, arrays, strict=True):
            found[index].append(array)
        return found


def _leaves(network: SavedNetwork) -> Iterator[SavedLayer]:
    for layer in network.layers:
        if layer.network is not None:
            yield from _leaves(layer.network)
        elif layer.kind is not Kind.INPUT:
            yield layer


def _split_by_name(
    leaves: Sequence[SavedLayer], arrays: Arrays
) -> list[list[SavedWeight]] | None:
    """Shares out arrays whose names say the layer: `dense_1/kernel:0`, `dense_1_W`."""
    names = [leaf.name for leaf in leaves]
    if len(set(names)) != len(names):
        return None
    found: list[list[SavedWeight]] = [[] for _ in leaves]
    for array in arrays:
        owner = _owner(names, array.name)
        if owner is None:
            return None
        found[names.index(owner)].append(array)
    return found


def _owner(names: Sequence[str], name: str) -> str | None:
    scope = f"/{name.rpartition('/')[0]}/"
    owners = [owner for owner in names if f"/{owner}/" in scope]
    if not owners and "/" not in name:
        owners = [owner for owner in names if name.startswith(f"{owner}_")]
    return max(owners, key=len, default=None)


def _by_layer(network: SavedNetwork, weights: SavedWeights) -> list[LayerWeights]:
    """Returns the weights of a TensorFlow.js model by layer of the outermost model."""
    outer = [layer.name for layer in network.layers]
    inner = [leaf.name for leaf in _leaves(network)]
    found: dict[str, list[SavedWeight]] = {}
    for group in weights.layers:
        for weight in group.weights:
            owner = _owner(outer, weight.name) or _owner(inner, weight.name)
            found.setdefault(owner or group.path, []).append(weight)
    return [LayerWeights(name, name, tuple(items)) for name, items in found.items()]


def _listed(names: Iterator[str]) -> str:
    return ", ".join(names) or "none"


# -- by path

_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")
# The layers that a layer makes by itself, by the attributes that hold them, in the order in
# which it makes them; files have them in the order of the alphabet.
_ATTENTION = ("query_dense", "key_dense", "value_dense", "output_dense")
# What Keras calls a class where that is not the name under which it is public.
_CLASS_NAMES = {"GroupQueryAttention": "GroupedQueryAttention"}
_MADE = {"MultiHeadAttention": _ATTENTION, "GroupQueryAttention": _ATTENTION}


class _Paths:
    """Reads the files of `keras/src/saving/saving_lib.py`.

    A path has the attributes that lead to a layer. In a list of layers it is called by its
    class, with a number where there are several: `layers/dense_1`.
    """

    def __init__(self, weights: SavedWeights) -> None:
        self.groups = {group.path: group.weights for group in weights.layers}
        roots = {path.partition("/")[0] for path in self.groups}
        self.container = next((c for c in _CONTAINERS if c in roots), _CONTAINERS[0])

    def network(
        self, network: SavedNetwork, base: str = ""
    ) -> Iterator[tuple[Place, Arrays]]:
        layers = [x for x in network.layers if x.kind is not Kind.OPERATION]
        for layer, path in zip(layers, self.members(layers, base), strict=True):
            if layer.network is not None:
                # A wrapper around a model, which has been taken apart.
                inner = dict(layer.inner).get("layer")
                if inner is not None and inner.network is not None:
                    yield from self.network(inner.network, f"{path}/layer/")
                else:
                    yield from self.network(layer.network, f"{path}/")
            else:
                yield place_of(layer), tuple(self.collect(layer, path))

    def members(self, layers: Sequence[SavedLayer], base: str) -> Iterator[str]:
        yield from _numbered(layers, f"{base}{self.container}/")

    def collect(self, layer: SavedLayer, path: str) -> list[SavedWeight]:
        """Returns the arrays of a layer and of those in it, in the order of its weights."""
        found = list(self.groups.get(path, ()))
        if layer.kind is Kind.CUSTOM:
            return [*found, *self.all_within(path)]
        for inner, place in self.parts(layer, path):
            if inner is None:
                found += self.groups.get(place, ())
            elif inner.network is not None:
                for _, arrays in self.network(inner.network, f"{place}/"):
                    found += arrays
            else:
                found += self.collect(inner, place)
        if layer.class_name == "SpectralNormalization":
            return _without_second_kernel(found)
        return found

    def parts(
        self, layer: SavedLayer, path: str
    ) -> Iterator[tuple[SavedLayer | None, str]]:
        """Yields the layers within a layer, those of the config as such, and their paths."""
        inner = dict(layer.inner)
        if layer.class_name == "Bidirectional" and "layer" in inner:
            yield inner["layer"], f"{path}/forward_layer"
            yield inner.get("backward_layer", inner["layer"]), f"{path}/backward_layer"
            return
        cells = [item for place, item in inner.items() if place.startswith("cells[")]
        yield from zip(cells, _numbered(cells, f"{path}/cells/"), strict=True)
        for place, item in inner.items():
            if not place.startswith("cells["):
                yield item, f"{path}/{place}"
        if "cell" not in inner:
            yield None, f"{path}/cell"
        for name in _MADE.get(layer.class_name, ()):
            yield None, f"{path}/{name}"
            yield None, f"{path}/_{name}"

    def all_within(self, path: str) -> list[SavedWeight]:
        """Returns all arrays below a path, for layers whose attributes are not known."""
        within = (p for p in self.groups if p.startswith(f"{path}/"))
        return [w for p in within if "seed_generator" not in p for w in self.groups[p]]


def _numbered(layers: Sequence[SavedLayer], base: str) -> Iterator[str]:
    """Yields the paths of layers in a list; follows `_save_container_state`."""
    counter: Counter[str] = Counter()
    for layer in layers:
        saved = layer.saved_class_name or layer.class_name
        name = to_snake_case(_CLASS_NAMES.get(saved, saved))
        count = counter[name]
        counter[name] += 1
        yield f"{base}{name}_{count}" if count else f"{base}{name}"


def _without_second_kernel(arrays: list[SavedWeight]) -> list[SavedWeight]:
    """SpectralNormalization has the kernel of its layer too, so the file has it twice."""
    return arrays if len(arrays) < 3 else [*arrays[:2], *arrays[3:]]
