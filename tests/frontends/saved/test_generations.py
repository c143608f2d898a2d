"""Configs of each generation come out with the names and values of Keras 3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from frontends.saved import texts
from frontends.saved.texts import called, functional, given, layer, sequential

from keras_kgen.errors import SourceError
from keras_kgen.frontends.saved.containers import read_model_text
from keras_kgen.frontends.saved.model import (
    Kind,
    ObjectKind,
    SavedCall,
    SavedLayer,
    SavedModel,
    SavedNetwork,
    SavedTensor,
)
from keras_kgen.ir.expressions import Argument, Literal, ObjectCall, Slice, to_value


def read(text: str) -> SavedModel:
    return read_model_text(text, "model.json")


def network_of(text: str) -> SavedNetwork:
    network = read(text).network
    assert network is not None
    return network


def values(item: SavedLayer | ObjectCall) -> dict[str, Any]:
    """Returns arguments as plain values; objects stay as they are."""
    return {a.name or "": to_value(a.value) for a in item.arguments}


def only(item: dict[str, Any], *, version: str = "2.2.4") -> SavedLayer:
    """Returns a layer that stands after an input."""
    entry = layer("InputLayer", name="in", batch_input_shape=[None, 8, 8, 3])
    return network_of(sequential(entry, item, version=version)).layers[1]


def test_keras_1_convolution() -> None:
    network = network_of(texts.KERAS_1)
    first, conv, pad, norm, dropout, _, maxout, dense = network.layers
    assert (first.kind, first.name) == (Kind.INPUT, "convolution2d_1_input")
    assert values(first) == {"batch_shape": (None, 1, 28, 28)}
    assert conv.class_name == "Conv2D"
    assert conv.saved_class_name == "Convolution2D"
    found = values(conv)
    assert found.pop("kernel_regularizer").arguments == (Argument(Literal(0.01), "l2"),)
    assert values(found.pop("kernel_constraint")) == {"max_value": 2, "axis": 0}
    assert found == {
        "trainable": True,
        "filters": 32,
        "kernel_size": (3, 5),
        "kernel_initializer": "glorot_uniform",
        "activation": "relu",
        "padding": "valid",
        "strides": (1, 2),
        "data_format": "channels_first",
        "bias_regularizer": None,
        "activity_regularizer": None,
        "bias_constraint": None,
        "use_bias": True,
    }
    assert values(pad)["padding"] == ((1, 1), (2, 2))
    assert values(norm) == {"axis": 1, "epsilon": 0.001}
    assert values(dropout) == {"rate": 0.25}
    assert maxout.kind is Kind.FORMER
    assert values(maxout) == {"units": 10, "nb_feature": 4}
    assert values(dense) == {"units": 10, "kernel_initializer": "uniform"}


@pytest.mark.parametrize(
    "name", ["UpSampling2D", "ZeroPadding2D", "Cropping2D", "ZeroPadding3D"]
)
@pytest.mark.parametrize(
    ("ordering", "expected"),
    [("th", "channels_first"), ("tf", "channels_last"), ("default", None)],
)
def test_keras_1_layers_without_a_data_format_have_that_of_the_others(
    name: str, ordering: str, expected: str | None
) -> None:
    """Keras 1 saved the padding of VGG16 without the side on which its channels are."""
    text = sequential(
        layer(name, name="first", batch_input_shape=[None, 3, 8, 8]),
        layer("MaxPooling2D", name="pool", dim_ordering=ordering),
        version="1.2.2",
    )
    assert values(network_of(text).layers[1]).get("data_format") == expected


def test_keras_1_text() -> None:
    model = read(texts.KERAS_1_TEXT)
    assert model.generation == 1
    assert model.network is not None
    first, words, conv, pool, both, each, gru = model.network.layers
    assert values(first) == {"batch_shape": (None, 100), "dtype": "int32"}
    assert values(words) == {
        "input_dim": 5000,
        "output_dim": 32,
        "embeddings_initializer": "uniform",
    }
    assert [str(note) for note in model.notes] == [
        "model.json: config[0].config.dropout: warning: Keras 3's Embedding has no "
        "argument 'dropout': dropout=0.2 is left out"
    ]
    assert values(conv) == {"filters": 64, "kernel_size": 5, "strides": 2}
    assert values(pool) == {"strides": 2, "pool_size": 3, "padding": "same"}
    (place, lstm), *rest = both.inner
    assert (place, rest) == ("layer", [])
    assert values(lstm) == {
        "units": 7,
        "recurrent_initializer": "orthogonal",
        "dropout": 0.1,
        "recurrent_dropout": 0.2,
        "unit_forget_bias": True,
    }
    argument, activation = lstm.objects[0]
    assert (argument, activation.kind) == ("recurrent_activation", ObjectKind.FORMER)
    assert both.argument("layer") is None
    assert both.objects[0][1].kind is ObjectKind.LAYER
    assert each.class_name == "TimeDistributed"
    assert values(each)["layer"].class_name == "Dense"
    assert values(gru) == {
        "units": 7,
        "recurrent_activation": "sigmoid",
        "reset_after": False,
    }


def test_keras_1_branches_become_a_graph() -> None:
    network = network_of(texts.merge_of_branches())
    assert not network.is_sequential
    assert [item.name for item in network.layers] == [
        "left_input",
        "sequential",
        "right_input",
        "sequential_1",
        "merge_1",
        "out",
    ]
    merge = network.layer("merge_1")
    assert merge.class_name == "Concatenate"
    assert merge.calls[0].args == (
        (SavedTensor("sequential"), SavedTensor("sequential_1")),
    )
    assert network.inputs == (SavedTensor("left_input"), SavedTensor("right_input"))


@pytest.mark.parametrize(
    ("config", "class_name", "expected"),
    [
        ({"mode": "sum"}, "Add", {}),
        ({"mode": "mul"}, "Multiply", {}),
        ({"mode": "ave"}, "Average", {}),
        ({"mode": "max"}, "Maximum", {}),
        ({"mode": "concat", "concat_axis": 1}, "Concatenate", {"axis": 1}),
        ({"mode": "dot", "dot_axes": [[2], [1]]}, "Dot", {"axes": (2, 1)}),
        ({"mode": "cos", "dot_axes": 1}, "Dot", {"axes": 1, "normalize": True}),
    ],
)
def test_merge_modes(
    config: dict[str, Any], class_name: str, expected: dict[str, Any]
) -> None:
    config = {"mode_type": "raw", "arguments": {}, "output_shape": None, **config}
    found = only(layer("Merge", name="m", **config), version="1.2.2")
    assert (found.class_name, values(found)) == (class_name, expected)


def test_merge_with_a_function_keeps_no_code() -> None:
    config = {"mode": ["\u00e3\u0001", None, None], "mode_type": "lambda"}
    found = only(layer("Merge", name="m", **config), version="1.2.2")
    assert found.kind is Kind.FORMER
    assert found.objects[0][1].kind is ObjectKind.BYTECODE
    assert values(found) == {}


@pytest.mark.parametrize(
    ("item", "class_name", "expected"),
    [
        (layer("LeakyReLU", alpha=0.3), "LeakyReLU", {"negative_slope": 0.3}),
        (
            layer("LeakyReLU", alpha={"type": "ndarray", "value": 0.30000001192092896}),
            "LeakyReLU",
            {"negative_slope": 0.3},
        ),
        (layer("ThresholdedReLU", theta=0.5), "ReLU", {"threshold": 0.5}),
        (layer("CuDNNLSTM", units=3), "LSTM", {"units": 3}),
        (layer("CuDNNGRU", units=3), "GRU", {"units": 3, "reset_after": True}),
        (
            layer("GRU", units=3, implementation=2, time_major=False),
            "GRU",
            {"units": 3, "reset_after": False},
        ),
        (
            layer("SeparableConv2D", filters=2, kernel_size=[3, 3], groups=1),
            "SeparableConv2D",
            {"filters": 2, "kernel_size": (3, 3)},
        ),
        (
            layer("BatchNormalizationV1", axis=[3]),
            "BatchNormalization",
            {"axis": 3},
        ),
        (
            layer("Deconvolution2D", nb_filter=3, nb_row=2, nb_col=2, output_shape=[1]),
            "Conv2DTranspose",
            {"filters": 3, "kernel_size": (2, 2)},
        ),
        (
            layer("AtrousConvolution2D", nb_filter=1, atrous_rate=[2, 2]),
            "Conv2D",
            {"filters": 1, "dilation_rate": (2, 2)},
        ),
        (
            layer("Dense", units=1, dtype=layer("Policy", name="mixed_float16")),
            "Dense",
            {"units": 1, "dtype": "mixed_float16"},
        ),
        (layer("Activation", activation="swish"), "Activation", {"activation": "silu"}),
        (
            layer("RandomFlip", mode="horizontal", rng_type="stateful"),
            "RandomFlip",
            {"mode": "horizontal"},
        ),
    ],
)
def test_renamed_and_removed(
    item: dict[str, Any], class_name: str, expected: dict[str, Any]
) -> None:
    found = only(item)
    assert found.kind is Kind.LAYER
    assert (found.class_name, values(found)) == (class_name, expected)


@pytest.mark.parametrize(
    ("initializer", "expected"),
    [
        ("he_normal", "he_normal"),
        (
            layer("VarianceScaling", scale=1.0, mode="fan_avg", distribution="uniform"),
            "GlorotUniform",
        ),
        (
            layer("VarianceScaling", scale=2.0, mode="fan_in", distribution="normal"),
            "HeNormal",
        ),
        (layer("RandomUniformV2", minval=-0.05, maxval=0.05), "RandomUniform"),
    ],
)
def test_initializers(initializer: object, expected: str) -> None:
    found = values(only(layer("Dense", units=1, kernel_initializer=initializer)))
    value = found["kernel_initializer"]
    assert value == expected or value.class_name == expected


def test_penalties_of_nothing_are_none() -> None:
    nothing = layer("L1L2", l1=0.0, l2=0.0)
    found = values(only(layer("Dense", units=1, kernel_regularizer=nothing)))
    assert found["kernel_regularizer"] is None


def test_custom_classes_and_functions() -> None:
    found = only(layer("Dense", units=1, activation="my_activation"))
    assert found.objects[0][1].kind is ObjectKind.FUNCTION
    assert found.objects[0][1].name == "my_activation"
    assert "activation" not in values(found)
    custom = only(layer("LRN", n=5, alpha=0.5))
    assert custom.kind is Kind.CUSTOM
    assert values(custom) == {"n": 5, "alpha": 0.5}
    registered = only({"class_name": "addons>Dense", "config": {"units": 3}})
    assert (registered.kind, registered.registered_name) == (
        Kind.CUSTOM,
        "addons>Dense",
    )


def test_a_note_says_what_is_left_out() -> None:
    model = read(sequential(layer("Dense", units=2, sparse_input=True, name="a")))
    assert [str(note) for note in model.notes] == [
        "model.json: config[0].config.sparse_input: warning: Keras 3's Dense has no "
        "argument 'sparse_input': sparse_input=True is left out"
    ]


def test_sequential_forms_are_equal() -> None:
    layers = [
        layer("Dense", name="a", batch_input_shape=[None, 4], units=3),
        layer("Dense", name="b", units=2),
    ]
    listed = network_of(sequential(*layers))
    mapped = network_of(sequential(*layers, as_list=False))
    assert mapped.layers == listed.layers
    assert (listed.name, mapped.name) == ("sequential", "sequential_1")
    assert listed.inputs == SavedTensor("a_input")
    assert listed.outputs == SavedTensor("b")
    assert listed.layers[2].calls == (SavedCall((SavedTensor("a"),)),)


def test_sequential_without_a_shape() -> None:
    network = network_of(sequential(layer("Dense", name="a", units=3)))
    assert values(network.layers[0]) == {}
    built = json.loads(sequential(layer("Dense", name="a", units=3), as_list=False))
    built["config"]["build_input_shape"] = [None, 7]
    shape = values(network_of(json.dumps(built)).layers[0])["batch_shape"]
    assert shape == (None, 7)


def test_shared_layers_and_several_outputs() -> None:
    dense = layer("Dense", name="dense", units=3)
    text = functional(
        [
            given("a", 4),
            given("b", 4),
            called(dense, [["a", 0, 0, {}]], [["b", 0, 0, {}]]),
            called(
                layer("Add", name="add"), [["dense", 0, 0, {}], ["dense", 1, 0, {}]]
            ),
        ],
        [["a", 0, 0], ["b", 0, 0]],
        [["add", 0, 0], ["dense", 1, 0]],
    )
    network = network_of(text)
    assert len(network.layer("dense").calls) == 2
    both = (SavedTensor("dense"), SavedTensor("dense", 1))
    assert network.layer("add").calls[0].args == (both,)
    assert network.outputs == (SavedTensor("add"), SavedTensor("dense", 1))


def test_states_are_keywords() -> None:
    lstm = layer("LSTM", name="lstm", units=3)
    text = functional(
        [
            given("x", 5, 4),
            given("h", 3),
            given("c", 3),
            called(lstm, [["x", 0, 0, {}], ["h", 0, 0, {}], ["c", 0, 0, {}]]),
        ],
        [["x", 0, 0], ["h", 0, 0], ["c", 0, 0]],
        [["lstm", 0, 0]],
    )
    call = network_of(text).layer("lstm").calls[0]
    assert call.args == (SavedTensor("x"),)
    states = (SavedTensor("h"), SavedTensor("c"))
    assert call.kwargs == (("initial_state", states),)


def test_tensorflow_functions() -> None:
    item = {"start": None, "stop": None, "step": None}
    text = functional(
        [
            given("x", 4),
            called(
                layer("TFOpLambda", name="tf.math.add", function="math.add"),
                ["x", 0, 0, {"y": ["x", 0, 0], "name": None}],
            ),
            called(
                layer(
                    "SlicingOpLambda", name="slice", function="__operators__.getitem"
                ),
                ["tf.math.add", 0, 0, {"slice_spec": [item, 0]}],
            ),
            called(
                layer("TFOpLambda", name="tf.concat", function="concat"),
                [["slice", 0, 0, {"axis": -1}], ["x", 0, 0, {"axis": -1}]],
            ),
        ],
        [["x", 0, 0]],
        [["tf.concat", 0, 0]],
        "2.8.0",
    )
    network = network_of(text)
    add, cut, concat = network.layers[1:]
    assert (add.kind, add.class_name) == (Kind.FUNCTION, "math.add")
    assert add.calls[0].args == (SavedTensor("x"),)
    assert dict(add.calls[0].kwargs)["y"] == SavedTensor("x")
    spec = dict(cut.calls[0].kwargs)["slice_spec"]
    assert spec == (Slice(Literal(None), Literal(None), Literal(None)), Literal(0))
    assert concat.calls[0].args == ((SavedTensor("slice"), SavedTensor("x")),)
    assert concat.calls[0].kwargs == (("axis", Literal(-1)),)


@pytest.mark.parametrize("first", [0, 1])
def test_calls_of_nested_models_count_from_zero(first: int) -> None:
    inner = json.loads(
        functional(
            [
                given("y", 4),
                called(layer("Dense", name="d", units=2), [["y", 0, 0, {}]]),
            ],
            [["y", 0, 0]],
            [["d", 0, 0]],
        )
    )
    inner["config"]["name"] = "inner"
    text = functional(
        [given("x", 4), called(inner, [["x", 0, 0, {}]])],
        [["x", 0, 0]],
        [["inner", first, 0]],
    )
    network = network_of(text)
    assert network.outputs == SavedTensor("inner")
    nested = network.layer("inner")
    assert nested.kind is Kind.MODEL
    assert nested.network is not None
    assert len(nested.network.layers) == 2


def test_training_configs() -> None:
    text = json.loads(sequential(layer("Dense", name="a", units=1)))
    text["training_config"] = {
        "optimizer_config": layer("Adam", lr=0.0010000000474974513, decay=0.0),
        "loss": "mse",
        "metrics": [
            [
                layer("MeanMetricWrapper", name="accuracy", fn="binary_accuracy"),
                layer("MeanMetricWrapper", name="f", fn="mean_absolute_error"),
            ]
        ],
        "loss_weights": None,
        "sample_weight_mode": None,
    }
    training = read(json.dumps(text)).training
    assert training is not None
    optimizer, loss, metrics = training.arguments
    assert isinstance(optimizer.value, ObjectCall)
    assert values(optimizer.value) == {"learning_rate": 0.001}
    assert (loss.name, loss.value) == ("loss", Literal("mse"))
    assert to_value(metrics.value) == ["accuracy", "mean_absolute_error"]


def test_a_training_config_that_names_the_one_output() -> None:
    text = json.loads(sequential(layer("Dense", name="a", units=1)))
    text["training_config"] = {
        "loss": {"a": "dice_loss"},
        "metrics": {"a": ["mae"]},
        "loss_weights": {"a": 2.0},
    }
    training = read(json.dumps(text)).training
    assert training is not None
    assert [place for place, _ in training.objects] == ["loss"]
    found = {a.name: to_value(a.value) for a in training.arguments}
    assert found == {"metrics": ["mae"], "loss_weights": 2.0}


@pytest.mark.parametrize("config", [[1, 2], {"optimizer": {"class_name": 3}}])
def test_a_training_config_that_cannot_be_read_stops_nothing(config: object) -> None:
    text = json.loads(sequential(layer("Dense", name="a", units=1)))
    text["training_config"] = config
    model = read(json.dumps(text))
    assert model.training is None
    assert [note.severity.value for note in model.notes] == ["warning", "warning"]


def test_an_own_loss_is_kept_apart() -> None:
    text = json.loads(sequential(layer("Dense", name="a", units=1)))
    text["training_config"] = {"loss": "dice_loss", "metrics": ["acc", "dice"]}
    training = read(json.dumps(text)).training
    assert training is not None
    assert [(place, item.name) for place, item in training.objects] == [
        ("loss", "dice_loss"),
        ("metrics[1]", "dice"),
    ]
    assert [a.name for a in training.arguments] == ["metrics"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            functional([given("x", 4)], [["x", 0, 0]], [["y", 0, 0]]),
            "model.json: config.output_layers[0]: error: there is no layer 'y'",
        ),
        (
            functional([given("x", 4), given("x", 4)], [["x", 0, 0]], [["x", 0, 0]]),
            "model.json: config.layers[1]: error: two layers are called 'x'",
        ),
        (
            sequential(layer("Dense", name=3)),
            "model.json: config[0].config.name: error: expected a text. Received: 3",
        ),
        (
            json.dumps({"class_name": "MyModel", "config": {"units": 3}}),
            "model.json: config: error: the file holds no layers: this is a subclassed "
            "model, whose code made them. Its weights are there; write its class, or "
            "rebuild it as a functional model and save that",
        ),
    ],
)
def test_messages(text: str, message: str) -> None:
    with pytest.raises(SourceError) as error:
        read(text)
    assert str(error.value) == message


def test_circles_are_found() -> None:
    dense = layer("Dense", units=3)
    first = {**dense, "config": {**dense["config"], "name": "a"}}
    second = {**dense, "config": {**dense["config"], "name": "b"}}
    text = functional(
        [
            given("x", 4),
            called(first, [["b", 0, 0, {}]]),
            called(second, [["a", 0, 0, {}]]),
        ],
        [["x", 0, 0]],
        [["b", 0, 0]],
    )
    with pytest.raises(SourceError, match="the calls of 'a' go round in a circle"):
        read(text)
