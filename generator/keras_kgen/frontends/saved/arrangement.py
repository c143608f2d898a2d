"""A saved model with the calls of each network in the order in which they are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from keras_kgen.frontends.saved.call_order import CallKey, written_order
from keras_kgen.frontends.saved.flat_models import flattened
from keras_kgen.frontends.saved.implied_masks import without_implied_masks
from keras_kgen.frontends.saved.model import SavedLayer, SavedNetwork
from keras_kgen.frontends.saved.numbered import MadeUp, find_made_up, in_order

# The names of the nested models that a network stands in, from the outside.
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arranged:
    """A network that is ready to be written.

    Attributes:
        network: The network without masks that Keras hands on by itself; the inputs and
            outputs of a nested one are flattened.
        order: Its calls.
        made_up: Its layers that Keras named.
        inner: The nested models among the layers that are called.
        path: Where it stands.
    """

    network: SavedNetwork
    order: tuple[CallKey, ...]
    made_up: Mapping[str, MadeUp]
    inner: Mapping[str, Arranged]
    path: Path = ()

    def layers_as_made(self) -> Iterator[SavedLayer]:
        """Yields the layers that are called in the order in which code makes them.

        Shared layers come before the lines that call them, and so do models in the model.
        """
        layers = {layer.name: layer for layer in self.network.layers}
        uses = Counter(name for name, _ in self.order)
        models = self.inner if not self.path else ()
        shared = (name for name in uses if uses[name] > 1 and name not in self.inner)
        early = {*models, *shared}
        names = (*(x for x in uses if x in early), *(x for x in uses if x not in early))
        return (layers[name] for name in names)


def arrange(network: SavedNetwork, generation: int, path: Path = ()) -> Arranged:
    """Returns a network, and those inside it, ready to be written.

    Args:
        network: The network.
        generation: The generation of Keras that wrote it.
        path: Where it stands.
    """
    network = without_implied_masks(flattened(network) if path else network)
    made_up = find_made_up(network, generation)
    order = written_order(network, in_order(made_up))
    called = {name for name, _ in order}
    inner = {
        layer.name: arrange(layer.network, generation, (*path, layer.name))
        for layer in network.layers
        if layer.network is not None and layer.name in called
    }
    return Arranged(network, order, made_up, inner, path)
