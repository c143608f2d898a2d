"""Layers stand in the order of Keras' functional models, under the names that Keras gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from keras_kgen.errors import Diagnostics
from keras_kgen.ir.expressions import Argument, Literal, ObjectCall
from keras_kgen.ir.graph import LayerGraph, TensorRef
from keras_kgen.ir.order import (
    functional_order,
    input_names,
    keras_names,
    operation_names,
    to_snake_case,
)
from keras_kgen.passes.count_parameters import model_weights
from keras_kgen.passes.infer_shapes import infer_shapes

Build = Callable[[LayerGraph], Any]


def dense(units: int, **config: Any) -> ObjectCall:
    arguments = [Argument(Literal(units), "units")]
    arguments += [Argument(Literal(value), name) for name, value in config.items()]
    return ObjectCall("layers", "Dense", tuple(arguments))


def chain(b: Any) -> LayerGraph:
    g = b((28, 28))
    x = g.add("Flatten", TensorRef(0))
    x = g.add("Dense", x, units=8)
    return g.graph(g.add("Dense", x, units=2))


def branches_of_unequal_length(b: Any) -> LayerGraph:
    g = b((8,))
    short = g.add("Dense", TensorRef(0), units=4)
    long = g.add("Dense", TensorRef(0), units=5)
    long = g.add("Dense", long, units=4)
    return g.graph(g.add("Add", [short, long]))


def shortcut_listed_first(b: Any) -> LayerGraph:
    g = b((8, 8, 3))
    x = g.add("Conv2D", TensorRef(0), filters=4, kernel_size=3, padding="same")
    y = g.add("BatchNormalization", x)
    shortcut = g.add("Conv2D", TensorRef(0), filters=4, kernel_size=1)
    return g.graph(g.add("ReLU", g.add("Add", [shortcut, y])))


def shared_at_two_depths(b: Any) -> LayerGraph:
    g = b((8,))
    shared = g.layer("Dense", units=8)
    first = g.call(shared, TensorRef(0))
    other = g.add("Dense", first, units=8)
    second = g.call(shared, other)
    side = g.add("Dense", TensorRef(0), units=8, name="side")
    return g.graph(g.add("Concatenate", [side, second]))


def shared_twice_in_a_row(b: Any) -> LayerGraph:
    g = b((8,))
    shared = g.layer("Dense", units=8)
    return g.graph(g.call(shared, g.call(shared, TensorRef(0))))


def two_inputs_two_outputs(b: Any) -> LayerGraph:
    g = b((8,), (6,), names=("left", "right"))
    right = g.add("Dense", TensorRef(1), units=3)
    left = g.add("Dense", TensorRef(0), units=3)
    both = g.add("Concatenate", [right, left])
    return g.graph(g.add("Dense", both, units=1), left)


def dictionary_of_outputs(b: Any) -> LayerGraph:
    g = b((8,))
    x = g.add("Dense", TensorRef(0), units=3)
    zeta, alpha = g.add("Dense", x, units=1), g.add("Dense", x, units=2)
    return g.graph(zeta=zeta, alpha=alpha)


def unused_input(b: Any) -> LayerGraph:
    g = b((8,), (6,), (5,))
    return g.graph(g.add("Dense", TensorRef(1), units=3))


def unused_layer(b: Any) -> LayerGraph:
    g = b((8,))
    g.add("Dense", TensorRef(0), units=9)
    return g.graph(g.add("Dense", TensorRef(0), units=3))


def input_as_output(b: Any) -> LayerGraph:
    g = b((8,))
    return g.graph(g.add("Dense", TensorRef(0), units=3), TensorRef(0))


def keywords(b: Any) -> LayerGraph:
    g = b((5, 8))
    query = g.add("Dense", TensorRef(0), units=8, name="of_query")
    value = g.add("Dense", TensorRef(0), units=8, name="of_value")
    key = g.add("Dense", TensorRef(0), units=8, name="of_key")
    layer = g.layer("MultiHeadAttention", num_heads=2, key_dim=4, dropout=0.1)
    x = g.call(layer, query=query, value=value, key=key)
    return g.graph(g.add("Dropout", g.add("Softmax", x), rate=0.1))


def states(b: Any) -> LayerGraph:
    g = b((5, 8), (4, 8))
    x = g.add("LSTM", TensorRef(0), units=4, return_state=True, outputs=3)
    decoder = g.layer("LSTM", units=4, return_sequences=True)
    state = [TensorRef(x.node, 1), TensorRef(x.node, 2)]
    y = g.call(decoder, TensorRef(1), initial_state=state)
    return g.graph(g.add("Attention", [y, y]))


def wrappers(b: Any) -> LayerGraph:
    g = b((5, 8))
    x = g.add("TimeDistributed", TensorRef(0), layer=dense(4))
    x = g.add("TimeDistributed", x, layer=dense(4, name="own"))
    x = g.add("Dense", x, units=2)
    lstm = ObjectCall("layers", "LSTM", (Argument(Literal(3), "units"),))
    x = g.add("Bidirectional", x, layer=lstm)
    return g.graph(g.add("Dense", x, units=2))


def nested(b: Any) -> LayerGraph:
    inner = b(None, names=("x",))
    y = inner.add("Dense", TensorRef(0), units=4)
    encoder = inner.graph(inner.add("BatchNormalization", y))
    g = b((8,), (8,))
    first = g.add("Dense", TensorRef(0), units=8)
    layer = g.layer("Functional", name="encoder", graph=encoder)
    left, right = g.call(layer, first), g.call(layer, TensorRef(1))
    return g.graph(g.add("Dense", g.add("Subtract", [left, right]), units=1))


MODELS = [
    chain,
    branches_of_unequal_length,
    shortcut_listed_first,
    shared_at_two_depths,
    shared_twice_in_a_row,
    two_inputs_two_outputs,
    dictionary_of_outputs,
    unused_input,
    unused_layer,
    input_as_output,
    keywords,
    states,
    wrappers,
    nested,
]


def random_graph(b: Any, seed: int) -> LayerGraph:
    """Returns a graph with branches, shared layers and several inputs and outputs."""
    chance = random.Random(seed)
    g = b(*[(4,)] * chance.randint(1, 3))
    tensors = [TensorRef(index) for index in range(len(g.inputs))]
    shared: list[int] = []
    for _ in range(chance.randint(3, 25)):
        kind = chance.random()
        if kind < 0.3:
            count = chance.randint(2, 4)
            merge = chance.choice(["Add", "Multiply", "Average"])
            tensors.append(g.add(merge, chance.choices(tensors, k=count)))
        elif kind < 0.5 and shared:
            tensors.append(g.call(chance.choice(shared), chance.choice(tensors[-4:])))
        else:
            layer = g.layer("Dense", units=4)
            shared.append(layer)
            tensors.append(g.call(layer, chance.choice(tensors[-5:])))
    outputs = chance.sample(tensors[-4:], chance.randint(1, min(3, len(tensors[-4:]))))
    if chance.random() < 0.5:
        return g.graph(*outputs)
    return g.graph(
        **{chance.choice("abcxyz") + str(i): o for i, o in enumerate(outputs)}
    )


def assert_like_keras(graph: LayerGraph, model: Any) -> None:
    assert list(operation_names(graph)) == [layer.name for layer in model.layers]
    specs = infer_shapes(graph, Diagnostics())
    weights = model_weights(graph, specs)
    assert weights is not None
    assert [(w.name, w.shape, w.trainable) for w in weights] == [
        (w.name, tuple(w.shape), w.trainable) for w in model.weights
    ]


@pytest.mark.parametrize("make", MODELS, ids=lambda make: str(make.__name__))
def test_names_and_weights_are_in_the_order_of_keras(
    make: Any, builder: Any, keras_model: Build
) -> None:
    graph = make(builder)
    assert_like_keras(graph, keras_model(graph))


@pytest.mark.parametrize("seed", range(60))
def test_random_graphs_are_in_the_order_of_keras(
    seed: int, builder: Any, keras_model: Build
) -> None:
    graph = random_graph(builder, seed)
    assert_like_keras(graph, keras_model(graph))


def test_order_goes_by_depth(builder: Any) -> None:
    assert functional_order(branches_of_unequal_length(builder)) == (1, 0, 2, 3)


def test_order_of_a_dictionary_goes_by_key(builder: Any) -> None:
    assert functional_order(dictionary_of_outputs(builder)) == (0, 2, 1)


def test_layer_that_no_output_depends_on_is_left_out(builder: Any) -> None:
    assert functional_order(unused_layer(builder)) == (1,)


def test_names_keep_those_of_the_source(builder: Any) -> None:
    assert keras_names(shared_at_two_depths(builder)) == (
        "dense",
        "dense_1",
        "side",
        "concatenate",
    )


def test_inputs_without_a_name_are_numbered(builder: Any) -> None:
    assert input_names(unused_input(builder)) == (
        "input_layer",
        "input_layer_1",
        "input_layer_2",
    )
    assert input_names(two_inputs_two_outputs(builder)) == ("left", "right")


@pytest.mark.parametrize(
    ("class_name", "name"),
    [
        ("MaxPooling2D", "max_pooling2d"),
        ("PReLU", "p_re_lu"),
        ("RMSNormalization", "rms_normalization"),
        ("Conv2DTranspose", "conv2d_transpose"),
        ("LSTM", "lstm"),
    ],
)
def test_snake_case_is_that_of_keras(class_name: str, name: str) -> None:
    assert to_snake_case(class_name) == name


def test_ten_thousand_layers_are_ordered(builder: Any) -> None:
    g = builder((4,))
    x = TensorRef(0)
    for _ in range(10_000):
        x = g.add("Dense", x, units=4)
    graph = g.graph(x)
    assert functional_order(graph) == tuple(range(10_000))
