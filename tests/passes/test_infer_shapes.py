"""Every tensor gets its shape, and every mistake is reported once, where it was made."""

from __future__ import annotations

from typing import Any

from keras_kgen.errors import Diagnostics
from keras_kgen.ir.graph import LayerGraph, TensorRef
from keras_kgen.ir.tensors import UNKNOWN, TensorSpec
from keras_kgen.passes.infer_shapes import infer_nested, infer_shapes


def infer(graph: LayerGraph) -> tuple[dict[TensorRef, TensorSpec], list[str]]:
    diagnostics = Diagnostics()
    specs = infer_shapes(graph, diagnostics)
    return specs, [str(item) for item in diagnostics]


def encoder(builder: Any) -> LayerGraph:
    g = builder(None, names=("x",))
    return g.graph(g.add("Dense", TensorRef(0), units=4, line=2))  # type: ignore[no-any-return]


def test_every_tensor_has_a_spec(builder: Any) -> None:
    g = builder((28, 28))
    x = g.add("Flatten", TensorRef(0))
    y = g.add("Dense", x, units=10)
    specs, messages = infer(g.graph(y))
    assert messages == []
    assert specs == {
        TensorRef(0): TensorSpec((None, 28, 28)),
        x: TensorSpec((None, 784)),
        y: TensorSpec((None, 10)),
    }


def test_results_of_one_call_have_a_spec_each(builder: Any) -> None:
    g = builder((5, 8))
    x = g.add("LSTM", TensorRef(0), units=3, return_state=True, outputs=3)
    specs, messages = infer(g.graph(x))
    assert messages == []
    assert [specs[TensorRef(1, i)].shape for i in range(3)] == [(None, 3)] * 3


def test_mistake_is_reported_at_its_line_and_does_not_cascade(builder: Any) -> None:
    g = builder((784,))
    x = g.add("Conv2D", TensorRef(0), filters=3, kernel_size=3, line=4)
    y = g.add("Dense", x, units=10, line=5)
    specs, messages = infer(g.graph(y))
    assert messages == [
        "model.yaml:4:1: error: Conv2D needs an input of rank 4 "
        "(batch, height, width, channels). Received: shape (None, 784); put it before any "
        "Flatten(), or Reshape((height, width, channels)) before it"
    ]
    assert specs[x] == specs[y] == UNKNOWN


def test_line_of_a_block_that_is_used_twice_is_reported_once(builder: Any) -> None:
    g = builder((784,), (8,))
    x = g.add("Conv2D", TensorRef(0), filters=3, kernel_size=3, line=4)
    y = g.add("Conv2D", TensorRef(1), filters=3, kernel_size=3, line=4)
    _, messages = infer(g.graph(x, y))
    assert len(messages) == 1


def test_wrong_number_of_names_is_reported(builder: Any) -> None:
    g = builder((5, 8))
    x = g.add("LSTM", TensorRef(0), units=3, return_state=True, outputs=2, line=4)
    specs, messages = infer(g.graph(g.add("Dense", x, units=10, line=5)))
    assert messages == [
        "model.yaml:4:1: error: LSTM gives 3 results, and each needs a name: "
        "`x, h, c = ...`. Received: 2 names"
    ]
    assert specs[x] == UNKNOWN


def test_names_for_results_that_are_not_there_are_reported(builder: Any) -> None:
    g = builder((5, 8))
    x = g.add("LSTM", TensorRef(0), units=3, outputs=3, line=4)
    _, messages = infer(g.graph(x))
    assert messages == [
        "model.yaml:4:1: error: LSTM gives 1 result, and each needs a name: "
        "`x = ...`. Received: 3 names"
    ]


def test_class_without_a_rule_is_unknown_and_no_mistake(builder: Any) -> None:
    g = builder((5,))
    x = g.add("TFSMLayer", TensorRef(0), filepath="model")
    y = g.add("Dense", x, units=10)
    specs, messages = infer(g.graph(y))
    assert messages == []
    assert specs[y] == UNKNOWN


def test_shared_layer_needs_the_shape_of_its_first_call(builder: Any) -> None:
    g = builder((5,), (6,))
    shared = g.layer("Dense", units=3)
    x, y = g.call(shared, TensorRef(0), line=4), g.call(shared, TensorRef(1), line=5)
    _, messages = infer(g.graph(x, y))
    assert messages == [
        "model.yaml:5:1: error: Dense is shared, and its weights fit an input of shape "
        "(None, 5). Received: shape (None, 6)"
    ]


def test_nested_model_takes_the_shape_of_its_call(builder: Any) -> None:
    g = builder((8,))
    layer = g.layer("Functional", name="encoder", graph=encoder(builder))
    x = g.call(layer, TensorRef(0))
    graph = g.graph(x)
    specs, messages = infer(graph)
    assert messages == []
    assert specs[x].shape == (None, 4)
    assert infer_nested(graph, specs, 0) == {
        TensorRef(0): TensorSpec((None, 8)),
        TensorRef(1): TensorSpec((None, 4)),
    }


def test_nested_model_takes_inputs_by_name(builder: Any) -> None:
    inner = builder(None, None, names=("left", "right"))
    fuse = inner.graph(inner.add("Concatenate", [TensorRef(0), TensorRef(1)]))
    g = builder((8,), (3,))
    layer = g.layer("Functional", name="fuse", graph=fuse)
    x = g.call(layer, TensorRef(0), right=TensorRef(1))
    specs, messages = infer(g.graph(x))
    assert messages == []
    assert specs[x].shape == (None, 11)


def test_mistake_in_a_nested_model_is_reported_once(builder: Any) -> None:
    g = builder((None,), (None,))
    layer = g.layer("Functional", name="encoder", graph=encoder(builder))
    x, y = g.call(layer, TensorRef(0), line=7), g.call(layer, TensorRef(1), line=8)
    _, messages = infer(g.graph(x, y))
    assert messages == [
        "model.yaml:2:1: error: Dense needs a defined size at axis -1 of its input. "
        "Received: shape (None, None); give the size in place of null under 'inputs'"
    ]


def test_nested_model_needs_the_shape_of_its_first_call(builder: Any) -> None:
    g = builder((8,), (9,))
    layer = g.layer("Functional", name="encoder", graph=encoder(builder))
    x, y = g.call(layer, TensorRef(0), line=7), g.call(layer, TensorRef(1), line=8)
    _, messages = infer(g.graph(x, y))
    assert messages == [
        "model.yaml:8:1: error: encoder is called with shape (None, 8) elsewhere, so it "
        "needs that shape here too. Received: shape (None, 9)"
    ]


def test_ten_thousand_layers_are_inferred(builder: Any) -> None:
    g = builder((4,))
    x = TensorRef(0)
    for _ in range(5_000):
        x = g.add("BatchNormalization", g.add("Dense", x, units=4))
    graph = g.graph(x)
    specs, _ = infer(graph)
    assert specs[x].shape == (None, 4)
