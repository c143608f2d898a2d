"""The program of a saved model: names, nested models, calls and masks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keras_kgen.errors import Severity
from keras_kgen.frontends.detect import load_program
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

Layer = dict[str, Any]


def layer(class_name: str, name: str, *inbound: Any, **config: Any) -> Layer:
    """Returns a layer in the form of Keras 2."""
    return {
        "class_name": class_name,
        "name": name,
        "config": {"name": name, **config},
        "inbound_nodes": [list(node) for node in inbound],
    }


def dense(name: str, before: str, **config: Any) -> Layer:
    return layer("Dense", name, [[before, 0, 0, {}]], units=2, **config)


def model(*layers: Layer, version: str = "2.4.0", **config: Any) -> dict[str, Any]:
    """Returns a functional model in the form of Keras 2, from the first layer to the last."""
    found: dict[str, Any] = {
        "class_name": "Functional",
        "keras_version": version,
        "config": {
            "name": "model",
            "layers": list(layers),
            "input_layers": [[layers[0]["name"], 0, 0]],
            "output_layers": [[layers[-1]["name"], 0, 0]],
            **config,
        },
    }
    return found


def given(name: str = "input_1", *shape: int) -> Layer:
    shape = shape or (4,)
    return layer("InputLayer", name, batch_input_shape=[None, *shape])


def code_of(
    saved: dict[str, Any], folder: Path, style: Style = Style.FUNCTIONAL
) -> str:
    """Returns the model's part of the module of a saved model."""
    path = folder / "model.json"
    path.write_text(json.dumps(saved))
    source = generate(load_program(str(path), lambda: ""), Options(style)).source
    return source[: source.index("def load_data")]


def old(class_name: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": class_name, "config": {"name": name, **config}}


def sequential(*layers: dict[str, Any], version: str) -> dict[str, Any]:
    return {
        "class_name": "Sequential",
        "keras_version": version,
        "config": list(layers),
    }


@pytest.mark.parametrize(
    ("version", "class_name", "name", "config"),
    [
        ("1.2.0", "Convolution2D", "convolution2d_1", {"nb_filter": 2, "nb_row": 1}),
        ("1.2.0", "BatchNormalization", "batchnormalization_3", {}),
        ("2.1.0", "CuDNNLSTM", "cu_dnnlstm_1", {"units": 2}),
        ("2.4.0", "BatchNormalizationV1", "batch_normalization_v1_2", {}),
        ("2.4.0", "Dense", "dense", {"units": 2}),
    ],
)
def test_names_that_keras_made_up_are_left_out(
    version: str, class_name: str, name: str, config: Any, folder: Path
) -> None:
    shape = {"Convolution2D": [None, 4, 4, 3], "CuDNNLSTM": [None, 4, 3]}
    if class_name == "Convolution2D":
        config = {**config, "nb_col": 1, "dim_ordering": "tf"}
    first = shape.get(class_name, [None, 4])
    saved = sequential(
        old(class_name, name, batch_input_shape=first, **config), version=version
    )
    code = code_of(saved, folder)
    assert f'"{name}"' not in code


def test_names_that_a_person_chose_are_kept(folder: Path) -> None:
    saved = model(given(), dense("dense_1", "input_1"), dense("scores", "dense_1"))
    code = code_of(saved, folder)
    assert "layers.Dense(2)(inputs)" in code
    assert 'layers.Dense(2, name="scores")' in code


def test_a_name_that_keras_could_make_up_for_another_layer(folder: Path) -> None:
    """All Dense layers keep their names where one of another class is called so."""
    activation = layer("ReLU", "dense", [["dense_1", 0, 0, {}]])
    saved = model(given(), dense("dense_1", "input_1"), activation)
    code = code_of(saved, folder)
    assert 'layers.Dense(2, name="dense_1")' in code
    assert 'layers.ReLU(name="dense")' in code


def test_names_that_keras_refuses(folder: Path) -> None:
    """They are mended, and each stays one of its own."""
    saved = model(
        given(), dense("a b", "input_1"), dense("a_b", "a b"), dense("a/b", "a_b")
    )
    code = code_of(saved, folder)
    for name in ("a_b", "a_b_1", "a_b_2"):
        assert f'name="{name}"' in code


@pytest.mark.parametrize("name", ["input_1", "dense_input"])
def test_one_input_with_a_made_up_name(name: str, folder: Path) -> None:
    code = code_of(model(given(name), dense("dense", name)), folder)
    assert "inputs = keras.Input(shape=INPUT_SHAPE)\n" in code


def test_the_flag_of_a_call_is_kept_where_it_counts(folder: Path) -> None:
    """Keras 2 holds to it; Keras 3 writes `training=False` wherever nothing was said."""
    always = layer("Dropout", "drop", [["input_1", 0, 0, {"training": True}]], rate=0.5)
    never = layer("Dropout", "not", [["drop", 0, 0, {"training": False}]], rate=0.5)
    saved = model(given(), always, never)
    for style in Style:
        code = code_of(saved, folder, style)
        assert "training=True)" in code
        assert "training=False)" in code
        assert "training=training" not in code


def nested_twice(first: int) -> dict[str, Any]:
    """Returns a model that calls a model of two outputs twice."""
    inner = model(given("inside"), dense("left", "inside"), dense("right", "inside"))
    inner["config"]["output_layers"] = [["left", 0, 0], ["right", 0, 0]]
    node = {
        "name": "split",
        "inbound_nodes": [
            [["input_1", 0, 0, {}]],
            [["split", first, 1, {}]],
        ],
        **{key: inner[key] for key in ("class_name", "config")},
    }
    node["config"]["name"] = "split"
    outer = model(given("input_1", 2), node)
    outer["config"]["layers"][1]["config"]["layers"][0]["config"][
        "batch_input_shape"
    ] = [None, 2]
    outer["config"]["output_layers"] = [["split", first, 0], ["split", first + 1, 1]]
    return outer


@pytest.mark.parametrize("first", [0, 1])
def test_a_nested_model_counts_its_calls_from_one_or_zero(
    first: int, folder: Path
) -> None:
    code = code_of(nested_twice(first), folder)
    assert "split = keras.Model(split_input, split_block(split_input)" in code
    assert code.count("= split(") == 2


def test_a_nested_model_keeps_the_flag_of_its_call(folder: Path) -> None:
    inner = model(
        given("inside"), layer("BatchNormalization", "bn", [["inside", 0, 0]])
    )
    node = {
        "name": "base",
        "inbound_nodes": [[["input_1", 0, 0, {"training": False}]]],
        **{key: inner[key] for key in ("class_name", "config")},
    }
    node["config"]["name"] = "base"
    saved = model(given(), node, dense("dense", "base"))
    saved["config"]["layers"][2]["inbound_nodes"] = [[["base", 1, 0, {}]]]
    for style in (Style.FUNCTIONAL, Style.SUBCLASS):
        assert ", training=False)" in code_of(saved, folder, style)


def test_calls_that_no_output_needs_are_left_out(folder: Path) -> None:
    spare = dense("spare", "input_1")
    saved = model(given(), spare, dense("dense_1", "input_1"))
    assert "spare" not in code_of(saved, folder)


@pytest.mark.parametrize(
    ("size", "padding", "ordering", "expected"),
    [
        (16, "same", "tf", ""),
        (15, "same", "tf", ", output_padding=0"),
        (17, "valid", "tf", ""),
        (18, "valid", "tf", ", output_padding=1"),
        (18, "valid", "th", ", output_padding=1"),
        (40, "valid", "tf", ""),
        (None, "valid", "tf", ""),
    ],
)
def test_the_size_that_a_deconvolution_was_told(
    size: int | None, padding: str, ordering: str, expected: str, folder: Path
) -> None:
    """Keras 1 was told the size of the result, which several sizes of the input give."""
    shape, wanted = [None, 8, 8, 3], [None, size, size, 4]
    if ordering == "th":
        shape, wanted = [None, 3, 8, 8], [None, 4, size, size]
    saved = sequential(
        old(
            "Deconvolution2D",
            "deconvolution2d_1",
            batch_input_shape=shape,
            nb_filter=4,
            nb_row=3,
            nb_col=3,
            subsample=[2, 2],
            border_mode=padding,
            output_shape=wanted,
            dim_ordering=ordering,
        ),
        version="1.2.2",
    )
    line = code_of(saved, folder, Style.SEQUENTIAL)
    assert ("output_padding" in line) == bool(expected)
    assert expected in "".join(line.split("\n"))


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            {"loss": "mse", "metrics": ["sparse_categorical_accuracy"]},
            "SparseCategoricalAccuracy compares class numbers",
        ),
        ({"loss": "ctc"}, "ctc takes (time, classes)"),
    ],
)
def test_an_odd_training_config_is_a_warning(
    config: dict[str, Any], expected: str, folder: Path
) -> None:
    """Somebody trained the model so: that is no reason to refuse its layers."""
    saved = sequential(
        old("Dense", "d", batch_input_shape=[None, 4], units=3, activation="softmax"),
        version="2.2.4",
    )
    path = folder / "model.json"
    path.write_text(json.dumps({**saved, "training_config": config}))
    module = generate(load_program(str(path), lambda: ""))
    (note,) = (n for n in module.notes if expected in n.message)
    assert note.severity is Severity.WARNING
    assert f'loss="{config["loss"]}"' in module.source


@pytest.mark.parametrize("unused", [{"constants": None}, {"mask": None}])
def test_arguments_of_calls_that_were_not_given(
    unused: dict[str, Any], folder: Path
) -> None:
    """Keras 2 wrote `constants` for each call of Bidirectional."""
    inner = {"class_name": "LSTM", "config": {"units": 2}}
    call = [["input_1", 0, 0, unused]]
    saved = model(
        given("input_1", 5, 3), layer("Bidirectional", "b", call, layer=inner)
    )
    assert "layers.Bidirectional(layers.LSTM(2)" in code_of(saved, folder)


def recurrent(**config: Any) -> dict[str, Any]:
    return {"class_name": "LSTM", "config": {"units": 2, **config}}


@pytest.mark.parametrize(
    ("item", "after"),
    [
        (recurrent(time_major=True), "outputs = layers.LSTM"),
        (recurrent(time_major=True, return_sequences=True), "ops.swapaxes(x, 0, 1)"),
        (
            old(
                "Bidirectional",
                "b",
                layer=recurrent(time_major=True, return_sequences=True),
            ),
            "ops.swapaxes(x, 0, 1)",
        ),
    ],
)
def test_time_steps_first(item: dict[str, Any], after: str, folder: Path) -> None:
    """Keras 3's recurrent layers take samples first, so the axes are swapped around them."""
    call = [["input_1", 0, 0, {}]]
    saved = model(
        layer("InputLayer", "input_1", batch_input_shape=[5, None, 3]),
        {**item, "name": "r", "inbound_nodes": [call]},
    )
    code = code_of(saved, folder)
    assert "ops.swapaxes(inputs, 0, 1)" in code
    assert after in code
    assert "time_major" not in code


def test_samples_first_are_left_as_they_are(folder: Path) -> None:
    call = [["input_1", 0, 0, {}]]
    found = recurrent(time_major=False, return_sequences=True)["config"]
    saved = model(given("input_1", 5, 3), layer("LSTM", "r", call, **found))
    assert "swapaxes" not in code_of(saved, folder)
