"""The elements of a model: its inputs, layers and ops, those of models within it too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal as OneOf

from keras_kgen.ir.expressions import Literal
from keras_kgen.ir.graph import Layer, LayerGraph, TensorRef
from keras_kgen.ir.order import (
    Operation,
    functional_order,
    input_names,
    inputs_of,
    keras_names,
)
from keras_kgen.ir.tensors import Shape
from keras_kgen.passes.count_parameters import (
    ParameterCounts,
    Weights,
    count,
    weights_of,
)
from keras_kgen.passes.infer_shapes import Specs, infer_nested
from keras_kgen.passes.summarize import operation_class

ElementKind = OneOf["input", "layer", "op", "nested"]


@dataclass(frozen=True, slots=True)
class Element:
    """An input, a layer, an op or a model within the model.

    Attributes:
        key: What it is in every style: its place among the layers of a functional model as
            Keras lists them, `3`, behind that of the model within which it is, `3/0`; or the
            place of an input, `input0`.
        class_name: As `model.summary()` has it.
        name: As `model.summary()` has it.
        calls: The shapes that each call gives; empty for a call of which they are not known.
        weights: In the order of `layer.weights`; None where kgen does not know them.
        inbound: The keys of what it reads, in order, each once.
        path: The names of the models around it.
        is_keras: Whether the class is one of Keras, not one of the user's own.
    """

    key: str
    kind: ElementKind
    class_name: str
    name: str
    calls: tuple[tuple[Shape, ...], ...] = ()
    weights: Weights | None = ()
    inbound: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    is_keras: bool = True

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes of its results in its last call, as `model.summary()` shows them."""
        return self.calls[-1] if self.calls else ()

    @property
    def parameters(self) -> ParameterCounts | None:
        """How many parameters it has, None where that is not known."""
        return None if self.weights is None else count(self.weights)


def element_keys(graph: LayerGraph, prefix: str = "") -> dict[Operation, str]:
    """Returns the key of each input, and of each layer that an output depends on.

    Args:
        graph: The graph.
        prefix: What the keys begin with: the key of the model that it is, and a slash.
    """
    order = enumerate(functional_order(graph))
    keys = {("layer", index): f"{prefix}{place}" for place, index in order}
    inputs = range(len(graph.inputs))
    return keys | {("input", index): f"{prefix}input{index}" for index in inputs}


def list_elements(graph: LayerGraph, specs: Specs) -> tuple[Element, ...]:
    """Returns the elements of a model: inputs, then layers in Keras' order.

    Those of a model within it stand behind that model.

    Args:
        graph: The graph.
        specs: What `infer_shapes` gives for it.
    """
    return tuple(_Lister(graph, specs, "", ()).elements())


class _Lister:
    def __init__(
        self, graph: LayerGraph, specs: Specs, prefix: str, path: tuple[str, ...]
    ) -> None:
        self.graph = graph
        self.specs = specs
        self.path = path
        self.prefix = prefix
        self.keys = element_keys(graph, prefix)
        self.names = keras_names(graph)
        self.weights = weights_of(graph, specs)
        self.nodes: dict[int, list[int]] = {}
        for index, node in enumerate(graph.nodes):
            if node.layer is not None:
                self.nodes.setdefault(node.layer, []).append(index)

    def elements(self) -> Iterator[Element]:
        for index, name in enumerate(input_names(self.graph)):
            calls = (self.shapes(index),)
            key = self.keys["input", index]
            yield Element(key, "input", "InputLayer", name, calls, path=self.path)
        for index in functional_order(self.graph):
            layer = self.graph.layers[index]
            element = self.element(index, layer)
            yield element
            if layer.graph is None:
                continue
            path = (*self.path, element.name)
            inner = infer_nested(self.graph, self.specs, index)
            nested = _Lister(layer.graph, inner, f"{element.key}/", path).elements()
            yield from map(_frozen, nested) if _is_frozen(layer) else nested

    def element(self, index: int, layer: Layer) -> Element:
        nodes = self.nodes[index]
        given = (self.source(ref) for node in nodes for ref in self.inputs(node))
        return Element(
            self.keys["layer", index],
            _kind(layer),
            operation_class(layer),
            self.names[index],
            tuple(map(self.shapes, nodes)),
            self.weights[index],
            tuple(dict.fromkeys(key for key in given if key is not None)),
            self.path,
            layer.kind != "imported",
        )

    def inputs(self, node: int) -> Iterator[TensorRef]:
        return inputs_of(self.graph.nodes[node])

    def source(self, ref: TensorRef) -> str | None:
        layer = self.graph.nodes[ref.node].layer
        operation = ("input", ref.node) if layer is None else ("layer", layer)
        return self.keys.get(operation)

    def shapes(self, node: int) -> tuple[Shape, ...]:
        refs = (TensorRef(node, i) for i in range(self.graph.nodes[node].outputs))
        shapes = [self.specs[ref].shape for ref in refs if ref in self.specs]
        known = tuple(shape for shape in shapes if shape is not None)
        return known if len(known) == self.graph.nodes[node].outputs else ()


def _kind(layer: Layer) -> ElementKind:
    if layer.graph is not None:
        return "nested"
    return "op" if layer.kind == "op" else "layer"


def _is_frozen(layer: Layer) -> bool:
    return layer.config.get("trainable") == Literal(False)


def _frozen(element: Element) -> Element:
    """Returns an element of a model that does not train."""
    if not element.weights:
        return element
    weights = tuple(replace(weight, trainable=False) for weight in element.weights)
    return replace(element, weights=weights)
