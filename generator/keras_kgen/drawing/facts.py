"""What a reader is told about a call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keras_kgen.backends.module import Model
from keras_kgen.drawing.families import Family, family_of
from keras_kgen.drawing.outline import Spot
from keras_kgen.ir.graph import Layer, LayerGraph, TensorRef
from keras_kgen.ir.order import functional_order, input_names, keras_names
from keras_kgen.ir.tensors import Shape
from keras_kgen.passes.count_parameters import weights_of
from keras_kgen.passes.infer_shapes import Specs, infer_nested


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known about one call.

    Attributes:
        shapes: Those of its results; None where one is not known.
        parameters: How many its layer has, None where that is not known.
        keys: What it is in an interactive page: its layer's place in Keras' order, `3`, or
            `3/0` within the model at that place; for a model also what is in it.
            `input0` and `output0` are the model's own.
    """

    title: str
    name: str
    shapes: tuple[Shape | None, ...]
    parameters: int | None
    family: Family
    keys: tuple[str, ...]


def gather_facts(model: Model) -> dict[Spot, Fact]:
    """Returns what is known about every call, those within nested models too."""
    graph, facts = model.graph, _layers(model.graph, model.specs, (), "")
    for index, name in enumerate(input_names(graph)):
        shape = model.specs[TensorRef(index)].shape
        facts[(index,)] = _end("Input", name, shape, index)
    for index, (key, ref) in enumerate(graph.outputs):
        spot = (len(graph.nodes) + index,)
        facts[spot] = _end("Output", key, model.specs[ref].shape, index)
    return facts


def _end(title: str, name: str, shape: Shape | None, index: int) -> Fact:
    key = f"{title.lower()}{index}"
    return Fact(title, name, (shape,), 0, Family.END, (key,))


def _layers(
    graph: LayerGraph, specs: Specs, spot: Spot, prefix: str
) -> dict[Spot, Fact]:
    """Returns what is known about the calls of a graph; keys begin with the prefix."""
    facts: dict[Spot, Fact] = {}
    names, weights = keras_names(graph), weights_of(graph, specs)
    places = {layer: place for place, layer in enumerate(functional_order(graph))}
    for index, node in enumerate(graph.nodes):
        if node.layer is None:
            continue
        layer, own = graph.layers[node.layer], weights[node.layer]
        key = f"{prefix}{places[node.layer]}" if node.layer in places else ""
        refs = (TensorRef(index, position) for position in range(node.outputs))
        facts[(*spot, index)] = Fact(
            layer.class_name,
            names[node.layer],
            tuple(specs[ref].shape for ref in refs),
            None if own is None else sum(weight.size for weight in own),
            family_of(layer, node),
            (key, *_inner_keys(layer, key)) if key else (),
        )
        if layer.graph is not None:
            inner = infer_nested(graph, specs, node.layer)
            facts |= _layers(layer.graph, inner, (*spot, index), f"{key}/")
    return facts


def _inner_keys(layer: Layer, key: str) -> Iterator[str]:
    if layer.graph is None:
        return
    for place, index in enumerate(functional_order(layer.graph)):
        inner = f"{key}/{place}"
        yield inner
        yield from _inner_keys(layer.graph.layers[index], inner)
