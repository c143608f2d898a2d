"""Forms that old versions wrote, in all styles: each is a module or a message at its place."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from frontends.saved import texts
from frontends.saved.texts import Config, called, functional, given, layer, sequential
from kgen_runner import Kgen


def dense(name: str, size: int = 4, **config: Any) -> Config:
    """Returns a layer of Keras 1."""
    return layer("Dense", name=name, output_dim=size, **config)


def branch(name: str, size: int = 4) -> Config:
    first = dense(name, size, batch_input_shape=[None, 5])
    return {"class_name": "Sequential", "config": [first]}


def merge(mode: object, *branches: Config, **config: Any) -> Config:
    config = {"mode_type": "raw", "arguments": {}, "output_shape": None, **config}
    return layer("Merge", name="merge", mode=mode, layers=list(branches), **config)


def model(name: str = "inner") -> Config:
    """Returns a model that stands in another one."""
    items = [
        given("y", 6, 6, 2),
        called(
            layer("Conv2D", name="c", filters=2, kernel_size=[3, 3], padding="same"),
            [["y", 0, 0, {}]],
        ),
        called(layer("Add", name="a"), [["c", 0, 0, {}], ["y", 0, 0, {}]]),
        called(layer("Concatenate", name="j", axis=3), [["a", 0, 0, {}], ["y", 0, 0]]),
        called(layer("Flatten", name="f"), [["j", 0, 0, {}]]),
    ]
    config = {
        "name": name,
        "layers": items,
        "input_layers": [["y", 0, 0]],
        "output_layers": [["f", 0, 0]],
    }
    return {"class_name": "Model", "config": config}


def compiled(**training: Any) -> str:
    """Returns a model of two outputs with a training config."""
    units = layer("Dense", name="a", units=3)
    again = layer("Dense", name="b", units=2)
    return functional(
        [given("x", 4), called(units, [["x", 0, 0]]), called(again, [["a", 0, 0]])],
        [["x", 0, 0]],
        [["b", 0, 0], ["a", 0, 0]],
        training_config=training,
    )


FIRST = {"batch_input_shape": [None, 6]}
IMAGE = {"batch_input_shape": [None, 8, 8, 3]}
STEPS = {"batch_input_shape": [None, 8, 3]}
OVER_TIME = {"batch_input_shape": [None, 4, 6, 6, 2]}
# Each with what must be in the functional module.
FORMS: dict[str, tuple[str, str]] = {
    "strings for objects": (
        sequential(
            dense(
                "d",
                W_constraint="nonneg",
                b_constraint="maxnorm",
                W_regularizer="l2",
                activity_regularizer="activity_l2",
                init="one",
                **FIRST,
            ),
            version="1.2.2",
        ),
        'activity_regularizer="L2"',
    ),
    "no version": (
        json.dumps({**json.loads(texts.KERAS_1), "keras_version": None}),
        "",
    ),
    "text in a text": (json.dumps(json.dumps(texts.KERAS_1)), "x = layers.Conv2D("),
    "padding by sides": (
        sequential(
            layer(
                "ZeroPadding1D",
                name="z",
                padding={"left_pad": 1, "right_pad": 2},
                **STEPS,
            ),
            version="1.2.2",
        ),
        "ZeroPadding1D((1, 2)",
    ),
    "merge of a model that merges": (
        sequential(
            {
                "class_name": "Sequential",
                "config": [merge("concat", branch("l"), branch("r")), dense("k")],
            },
            dense("o", 2),
            version="1.2.2",
        ),
        "layers.Concatenate()",
    ),
    "merge by cosine": (
        sequential(merge("cos", branch("l"), branch("r")), version="1.2.2"),
        "normalize=True",
    ),
    "merge with code": (
        sequential(
            merge(["\u00e3\u0001", None, None], branch("l"), mode_type="lambda"),
            version="1.2.2",
        ),
        "NotImplementedError",
    ),
    "a learning rate that decays": (
        sequential(
            dense("d", **FIRST),
            version="1.2.2",
        ).replace(
            '"keras_version"',
            '"training_config": {"loss": "mse", "optimizer_config": {"class_name": "SGD", '
            '"config": {"lr": 0.1, "decay": 0.01}}}, "keras_version"',
        ),
        "schedules.InverseTimeDecay",
    ),
    "metrics for all outputs": (
        compiled(loss={"a": "mse", "b": "mse"}, metrics=["mae", "mse"]),
        'metrics=[["mae", "mse"], ["mae", "mse"]]',
    ),
    "a model at each step": (
        functional(
            [
                given("x", 4, 6, 6, 2),
                called(
                    layer("TimeDistributed", name="t", layer=model()), [["x", 0, 0, {}]]
                ),
                called(layer("LSTM", name="l", units=3), [["t", 0, 0, {}]]),
            ],
            [["x", 0, 0]],
            [["l", 0, 0]],
        ),
        "layers.TimeDistributed(layers.Conv2D(",
    ),
    "a Sequential model at each step": (
        sequential(
            layer(
                "TimeDistributed",
                name="t",
                layer={"class_name": "Sequential", "config": [layer("Flatten")]},
                **OVER_TIME,
            ),
            layer("GRU", name="g", units=2),
        ),
        "layers.TimeDistributed(layers.Flatten(),",
    ),
    "causal attention": (
        functional(
            [
                given("x", 5, 4),
                called(
                    layer("Attention", name="a", causal=True, use_scale=False),
                    [["x", 0, 0, {}], ["x", 0, 0, {}]],
                ),
            ],
            [["x", 0, 0]],
            [["a", 0, 0]],
        ),
        "use_causal_mask=True",
    ),
    "old names of preprocessing": (
        sequential(
            layer("InputLayer", name="x", batch_input_shape=[None, 1], dtype="int64"),
            layer("CategoryEncoding", name="c", max_tokens=5, output_mode="binary"),
        ),
        "CategoryEncoding(num_tokens=5",
    ),
    "places of bins": (
        sequential(
            layer("InputLayer", name="x", batch_input_shape=[None, 1]),
            layer("Discretization", name="c", bins=[1.0, 2.0]),
        ),
        "Discretization(bin_boundaries=[1.0, 2.0]",
    ),
    "kernels of one dense layer": (
        sequential(
            layer(
                "LocallyConnected2D",
                name="l",
                filters=3,
                kernel_size=[3, 3],
                implementation=2,
                padding="valid",
                **IMAGE,
            )
        ),
        "LocallyConnected2D(3, (3, 3)",
    ),
}


@pytest.mark.parametrize("style", ["functional", "subclass", "sequential"])
@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_read(name: str, style: str, folder: Path, kgen: Kgen) -> None:
    text, wanted = FORMS[name]
    Path("model.json").write_text(text)
    result = kgen("new", "model.json", "--style", style, "-o", "-")
    if style == "sequential" and result.exit_code == 2:
        assert "sequential" in result.stderr.lower()
        return
    assert result.exit_code == 0, result.stderr
    assert "is left out" not in result.stderr
    ast.parse(result.stdout)
    if style == "functional":
        assert wanted in " ".join(result.stdout.replace("(\n", "(").split())


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_shown(name: str, folder: Path, kgen: Kgen) -> None:
    Path("model.json").write_text(FORMS[name][0])
    for command in ("spec", "summary"):
        result = kgen(command, "model.json")
        assert result.exit_code == 0, result.stderr


OLDEST = (
    "model.json: error: this model is older than Keras 1.0, whose configurations kgen does "
    "not read; Keras 1 opens and saves it\n"
)
GRAPH = {"name": "Graph", "input_config": [], "node_config": [], "nodes": {}}
REFUSED: dict[str, tuple[Any, str]] = {
    "a Graph of Keras 0": (GRAPH, OLDEST),
    "a Graph with a class": ({"class_name": "Graph", "nodes": {}}, OLDEST),
    "a Sequential of Keras 0": (
        {"name": "Sequential", "class_mode": "binary", "layers": [{"name": "Dense"}]},
        OLDEST,
    ),
    "an input that is none": (
        json.loads(functional([given("x", 4)], [3], [["x", 0, 0]])),
        "model.json: error: something that is no tensor is among the inputs or outputs\n",
    ),
    "no inputs": (
        json.loads(functional([given("x", 4)], [], [["x", 0, 0]])),
        "model.json: error: the model has no inputs\n",
    ),
    "an input that is missing": (
        json.loads(
            functional(
                [
                    given("x", 4),
                    given("y", 4),
                    called(layer("Add", name="a"), [["x", 0, 0], ["y", 0, 0]]),
                ],
                [["x", 0, 0]],
                [["a", 0, 0]],
            )
        ),
        "model.json: config.layers[2].inbound_nodes[0]: error: 'y' is not among the inputs "
        "of the model\n",
    ),
    "a result that is missing": (
        json.loads(
            functional(
                [given("x", 4), called(layer("ReLU", name="r"), [["x", 0, 2**40]])],
                [["x", 0, 0]],
                [["r", 0, 0]],
            )
        ),
        "model.json: config.layers[1].inbound_nodes[0]: error: layer 'x' gives no result "
        f"{2**40}\n",
    ),
    "no layers": (
        json.loads(functional([given("x", 4)], [["x", 0, 0]], [["x", 0, 0]])),
        "model.json: error: the model 'model_1' calls no layer\n",
    ),
    "a function that does nothing": (
        json.loads(
            functional(
                [
                    given("x", 4),
                    called(
                        layer("TFOpLambda", name="i", function="identity"),
                        ["x", 0, 0, {}],
                    ),
                ],
                [["x", 0, 0]],
                [["i", 0, 0]],
                "2.8.0",
            )
        ),
        "model.json: error: the model 'model_1' calls no layer\n",
    ),
    "more inputs than a model takes": (
        json.loads(
            functional(
                [
                    given("x", 6, 6, 2),
                    called(model(), [["x", 0, 0, {}], ["x", 0, 0, {}]]),
                ],
                [["x", 0, 0]],
                [["inner", 0, 0]],
            )
        ),
        "model.json: config.layers[1].inbound_nodes[0]: error: the model 'inner' takes 1 "
        "tensors. Received: 2\n",
    ),
    "a shape of words": (
        json.loads(
            sequential(
                layer("InputLayer", name="x", batch_input_shape=["x", 4]),
                layer("ReLU", name="r"),
            )
        ),
        "model.json: config[0]: error: expected sizes or null in the shape. Received: "
        "('x', 4)\n",
    ),
    "a slice as an argument": (
        json.loads(sequential(layer("Dense", name="d", units=layer("__slice__")))),
        "model.json: config[0].config.units: error: a slice stands where a value must be\n",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_form_is_refused(name: str, folder: Path, kgen: Kgen) -> None:
    config, message = REFUSED[name]
    Path("model.json").write_text(json.dumps(config))
    result = kgen("new", "model.json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == message
    assert [path.name for path in folder.iterdir()] == ["model.json"]
