"""Weights are listed for each layer and counted for the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_kgen.catalogue.rules import WeightSpec
from keras_kgen.errors import Diagnostics
from keras_kgen.ir.graph import LayerGraph, TensorRef
from keras_kgen.passes.count_parameters import (
    ParameterCounts,
    count_parameters,
    model_weights,
    weights_of,
)
from keras_kgen.passes.infer_shapes import infer_shapes

Build = Callable[[LayerGraph], Any]


def counts(graph: LayerGraph) -> ParameterCounts:
    return count_parameters(graph, infer_shapes(graph, Diagnostics()))


def mixed(builder: Any, **config: Any) -> LayerGraph:
    g = builder((6,))
    x = g.add("Dense", TensorRef(0), units=4, **config)
    x = g.add("BatchNormalization", x)
    return g.graph(g.add("Dropout", x, rate=0.5))  # type: ignore[no-any-return]


def test_weights_of_each_layer(builder: Any) -> None:
    graph = mixed(builder)
    dense, norm, dropout = weights_of(graph, infer_shapes(graph, Diagnostics()))
    assert dense == (WeightSpec("kernel", (6, 4)), WeightSpec("bias", (4,)))
    assert norm is not None
    assert [(w.name, w.trainable) for w in norm] == [
        ("gamma", True),
        ("beta", True),
        ("moving_mean", False),
        ("moving_variance", False),
    ]
    assert dropout == ()


def test_counts(builder: Any) -> None:
    assert counts(mixed(builder)) == ParameterCounts(44, 36, 8)


def test_frozen_layer_counts_as_not_trainable(builder: Any) -> None:
    assert counts(mixed(builder, trainable=False)) == ParameterCounts(44, 8, 36)


def test_counts_are_those_of_keras(builder: Any, keras_model: Build) -> None:
    for config in ({}, {"trainable": False}):
        graph = mixed(builder, **config)
        model = keras_model(graph)
        trainable = sum(
            weight.shape.num_elements() for weight in model.trainable_weights
        )
        total = model.count_params()
        assert counts(graph) == ParameterCounts(total, trainable, total - trainable)


def test_shared_layer_counts_once(builder: Any) -> None:
    g = builder((4,))
    shared = g.layer("Dense", units=4)
    graph = g.graph(g.call(shared, g.call(shared, TensorRef(0))))
    assert counts(graph).total == 20


def test_layer_outside_of_the_model_does_not_count(builder: Any) -> None:
    g = builder((4,))
    g.add("Dense", TensorRef(0), units=9)
    assert counts(g.graph(g.add("Dense", TensorRef(0), units=1))).total == 5


def test_nested_model_has_the_weights_of_its_layers(builder: Any) -> None:
    inner = builder(None, names=("x",))
    encoder = inner.graph(inner.add("Dense", TensorRef(0), units=3))
    g = builder((4,))
    x = g.call(g.layer("Functional", name="encoder", graph=encoder), TensorRef(0))
    graph = g.graph(g.add("Dense", x, units=1))
    assert counts(graph) == ParameterCounts(19, 19, 0)


def test_class_without_a_rule_has_unknown_weights(builder: Any) -> None:
    g = builder((4,))
    x = g.add("TFSMLayer", TensorRef(0), filepath="model")
    y = g.add("ReLU", g.add("Dense", x, units=4))
    graph = g.graph(y)
    specs = infer_shapes(graph, Diagnostics())
    assert weights_of(graph, specs) == (None, None, ())
    assert model_weights(graph, specs) is None
    assert count_parameters(graph, specs) == ParameterCounts(0, 0, 0)
