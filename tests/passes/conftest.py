"""Graphs written by hand, and the same graphs as models of Keras."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from keras_kgen.errors import Location
from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    ObjectCall,
    from_value,
    to_value,
)
from keras_kgen.ir.graph import Input, Layer, LayerGraph, Node, TensorRef
from keras_kgen.ir.tensors import UNKNOWN, TensorSpec


class GraphBuilder:
    """Builds a graph call by call; `line` makes a location."""

    def __init__(
        self, *shapes: tuple[int | None, ...] | None, names: tuple[str, ...] = ()
    ):
        names = names or ("",) * len(shapes)
        specs = [
            UNKNOWN if shape is None else TensorSpec((None, *shape)) for shape in shapes
        ]
        self.inputs = tuple(map(Input, names, specs))
        self.layers: list[Layer] = []
        self.nodes = [Node(None) for _ in shapes]

    def layer(
        self,
        class_name: str,
        *,
        name: str | None = None,
        graph: LayerGraph | None = None,
        line: int = 0,
        **config: Any,
    ) -> int:
        if name is not None and graph is None:
            config["name"] = name
        arguments = tuple(Argument(as_expression(v), k) for k, v in config.items())
        self.layers.append(Layer(class_name, arguments, name, graph, (), place(line)))
        return len(self.layers) - 1

    def call(
        self, layer: int, *args: Any, line: int = 0, outputs: int = 1, **kwargs: Any
    ) -> TensorRef:
        keywords = tuple((k, as_argument(v)) for k, v in kwargs.items())
        values = tuple(map(as_argument, args))
        self.nodes.append(Node(layer, values, keywords, outputs, (), place(line)))
        return TensorRef(len(self.nodes) - 1)

    def add(
        self,
        class_name: str,
        *args: Any,
        line: int = 0,
        outputs: int = 1,
        **config: Any,
    ) -> TensorRef:
        layer = self.layer(class_name, line=line, **config)
        return self.call(layer, *args, line=line, outputs=outputs)

    def graph(self, *outputs: TensorRef, **named: TensorRef) -> LayerGraph:
        pairs = [("", ref) for ref in outputs] + list(named.items())
        graph = LayerGraph(
            "model", self.inputs, tuple(self.layers), tuple(self.nodes), tuple(pairs)
        )
        graph.verify()
        return graph


def place(line: int) -> Location | None:
    return Location("model.yaml", line, 1) if line else None


def as_expression(value: Any) -> Expression:
    return value if isinstance(value, ObjectCall) else from_value(value)


def as_argument(value: Any) -> Any:
    if isinstance(value, TensorRef):
        return value
    return (
        tuple(map(as_argument, value)) if isinstance(value, list) else from_value(value)
    )


class KerasBuilder:
    """Builds the functional model that a graph stands for."""

    def __init__(self, keras: Any) -> None:
        self.keras = keras

    def build(
        self, graph: LayerGraph, specs: tuple[TensorSpec, ...] | None = None
    ) -> Any:
        specs = specs or tuple(item.spec for item in graph.inputs)
        inputs = [
            self.keras.Input(
                batch_shape=spec.shape, dtype=spec.dtype, name=item.name or None
            )
            for item, spec in zip(graph.inputs, specs, strict=True)
        ]
        tensors: dict[TensorRef, Any] = {}
        layers: dict[int, Any] = {}
        for index, node in enumerate(graph.nodes):
            if node.layer is None:
                tensors[TensorRef(index)] = inputs[index]
                continue
            args = [self.value(item, tensors) for item in node.args]
            kwargs = {k: self.value(item, tensors) for k, item in node.kwargs}
            if node.layer not in layers:
                layers[node.layer] = self.make(graph.layers[node.layer], args)
            result = layers[node.layer](*args, **kwargs)
            for position, tensor in enumerate(self.keras.tree.flatten(result)):
                tensors[TensorRef(index, position)] = tensor
        return self.keras.Model(inputs, self.outputs(graph, tensors), name=graph.name)

    def outputs(self, graph: LayerGraph, tensors: dict[TensorRef, Any]) -> Any:
        if any(key for key, _ in graph.outputs):
            return {key: tensors[ref] for key, ref in graph.outputs}
        found = [tensors[ref] for _, ref in graph.outputs]
        return found[0] if len(found) == 1 else found

    def make(self, layer: Layer, args: list[Any]) -> Any:
        if layer.graph is not None:
            flat = self.keras.tree.flatten(args)
            inner = self.build(
                layer.graph, tuple(TensorSpec(tuple(t.shape)) for t in flat)
            )
            inner.name = layer.name
            return inner
        config = {k: self.configured(v) for k, v in layer.config.items()}
        return getattr(self.keras.layers, layer.class_name)(**config)

    def configured(self, value: Expression) -> Any:
        if not isinstance(value, ObjectCall):
            return to_value(value)
        config = {a.name: self.configured(a.value) for a in value.arguments}
        return getattr(self.keras.layers, value.class_name)(**config)

    def value(self, item: Any, tensors: Mapping[TensorRef, Any]) -> Any:
        if isinstance(item, TensorRef):
            return tensors[item]
        if isinstance(item, tuple):
            return [self.value(inner, tensors) for inner in item]
        return to_value(item)


@pytest.fixture
def builder() -> type[GraphBuilder]:
    return GraphBuilder


@pytest.fixture
def keras_model() -> Callable[[LayerGraph], Any]:
    """Builds the model of a graph in a session of Keras that has made nothing before."""
    keras = pytest.importorskip("keras")

    def build(graph: LayerGraph) -> Any:
        keras.utils.clear_session()
        return KerasBuilder(keras).build(graph)

    return build
