"""What a reader is told about a call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from keras_kgen.backends.attributes import Path, functional_layers
from keras_kgen.backends.module import Model
from keras_kgen.drawing.families import Family, family_of
from keras_kgen.drawing.outline import Spot
from keras_kgen.ir.graph import Layer, LayerGraph, TensorRef
from keras_kgen.ir.order import input_names, keras_names
from keras_kgen.ir.tensors import Shape
from keras_kgen.passes.count_parameters import weights_of
from keras_kgen.passes.infer_shapes import Specs, infer_nested


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known about one call.

    Attributes:
        shapes: Those of its results; None where one is not known.
        parameters: How many its layer has, None where that is not known.
        identities: What it is in an interactive page: `layer-3` is the layer at that place
            of `functional_layers`, all of them for a model.
    """

    title: str
    name: str
    shapes: tuple[Shape | None, ...]
    parameters: int | None
    family: Family
    identities: tuple[str, ...]


def gather_facts(model: Model) -> dict[Spot, Fact]:
    """Returns what is known about every call, those within nested models too."""
    graph = model.graph
    gatherer = _Gatherer({p: i for i, p in enumerate(functional_layers(graph))}, {})
    gatherer.gather(graph, model.specs, (), ())
    facts = gatherer.facts
    for index, name in enumerate(input_names(graph)):
        shape = model.specs[TensorRef(index)].shape
        facts[(index,)] = _end("Input", name, shape, index)
    for index, (key, ref) in enumerate(graph.outputs):
        spot = (len(graph.nodes) + index,)
        facts[spot] = _end("Output", key, model.specs[ref].shape, index)
    return facts


def _end(title: str, name: str, shape: Shape | None, index: int) -> Fact:
    identity = f"{title.lower()}-{index}"
    return Fact(title, name, (shape,), 0, Family.END, (identity,))


@dataclass(slots=True)
class _Gatherer:
    """Walks a graph and the models within."""

    numbers: Mapping[Path, int]
    facts: dict[Spot, Fact]

    def gather(self, graph: LayerGraph, specs: Specs, spot: Spot, path: Path) -> None:
        names = keras_names(graph)
        weights = weights_of(graph, specs)
        for index, node in enumerate(graph.nodes):
            if node.layer is None:
                continue
            layer = graph.layers[node.layer]
            own = weights[node.layer]
            here = (*path, node.layer)
            refs = (TensorRef(index, position) for position in range(node.outputs))
            self.facts[(*spot, index)] = Fact(
                layer.class_name,
                names[node.layer],
                tuple(specs[ref].shape for ref in refs),
                None if own is None else sum(weight.size for weight in own),
                family_of(layer, node),
                tuple(self.identities(layer, here)),
            )
            if layer.graph is not None:
                inner = infer_nested(graph, specs, node.layer)
                self.gather(layer.graph, inner, (*spot, index), here)

    def identities(self, layer: Layer, path: Path) -> Iterator[str]:
        if layer.graph is None:
            if path in self.numbers:
                yield f"layer-{self.numbers[path]}"
            return
        for index, inner in enumerate(layer.graph.layers):
            yield from self.identities(inner, (*path, index))
