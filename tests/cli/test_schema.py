"""`kgen schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import keras_kgen.catalogue.schema
from keras_kgen.catalogue.schema import build_schema
from keras_kgen.cli.schema import command
from keras_kgen.frontends.interface import KEYS
from keras_kgen.passes.validate import setting_names

SPEC: dict[str, Any] = {
    "name": "residual_digits",
    "description": "A small residual network.",
    "inputs": {"image": [28, 28, 1], "kind": {"shape": [], "dtype": "int32"}},
    "outputs": ["logits"],
    "blocks": {
        "residual(filters, strides=1)": [
            "shortcut = Conv2D(filters, 1, strides=strides)(input)",
            "Add()([_, shortcut])",
        ],
        "fuse(units)(left, right)": ["Concatenate()([left, right])"],
    },
    "shared": {"head": "Dense(10)"},
    "layers": [
        "residual(32)",
        {"Dense": {"units": 128, "activation": "relu", "name": "hidden"}},
        {"residual": {"filters": 64}},
        {"Flatten": None},
        {"layer": "Dense(10)", "name": "logits", "inputs": "hidden"},
    ],
    "compile": {
        "optimizer": "Adam(learning_rate=1e-3)",
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy", "F1Score()"],
    },
    "data": "mnist",
    "fit": {"epochs": 5, "batch_size": 128, "validation_split": 0.1},
    "callbacks": ["EarlyStopping(patience=3)", {"TensorBoard": {"log_dir": "logs"}}],
}


@pytest.fixture(scope="module")
def validator() -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    schema = build_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_command_prints_the_schema() -> None:
    result = CliRunner().invoke(command)
    assert result.exit_code == 0
    assert json.loads(result.stdout) == build_schema()


def test_every_reference_leads_somewhere() -> None:
    schema = build_schema()

    def check(value: Any) -> None:
        if isinstance(value, dict):
            target: Any = schema
            for part in str(value.get("$ref", "#")).split("/")[1:]:
                target = target[part]
            for item in value.values():
                check(item)
        elif isinstance(value, list):
            for item in value:
                check(item)

    check(schema)


def test_hover_texts() -> None:
    schema = build_schema()
    line = schema["$defs"]["line"]["anyOf"][2]["properties"]["Conv2D"]
    assert line["description"].startswith(
        "Slides small learned windows (filters) over an image and records where each "
        "one fits.\n\nkeras.layers.Conv2D("
    )
    arguments = schema["$defs"]["arguments"]["Conv2D"]
    assert arguments["required"] == ["filters", "kernel_size"]
    strides = arguments["properties"]["strides"]["description"]
    assert strides == "How far the window moves in each step. Default: (1, 1)."
    assert arguments["properties"]["strides"]["default"] == [1, 1]


def test_everything_is_described() -> None:
    """Every key, layer and argument has a text that an editor shows."""
    schema = build_schema()
    definitions = schema["$defs"]
    assert all(part.get("description") or "$ref" in part for part in described(schema))
    texts = [
        value["description"]
        for arguments in definitions["arguments"].values()
        for value in arguments["properties"].values()
        if "description" in value
    ]
    bare = [text for text in texts if text.startswith(("Required.", "Default: "))]
    assert not bare


def described(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the parts at which an editor shows a text."""
    objects = [
        value
        for family in ("optimizer", "loss", "metric", "callback")
        for value in schema["$defs"][family]["anyOf"][2]["properties"].values()
    ]
    layers = schema["$defs"]["line"]["anyOf"][2]["properties"]
    properties = schema["properties"]
    settings = [properties["compile"]["properties"], properties["fit"]["properties"]]
    inner = [value for table in (*settings, layers) for value in table.values()]
    return [*properties.values(), *objects, *inner]


def test_settings_are_those_that_kgen_takes() -> None:
    properties = build_schema()["properties"]
    assert set(properties) == set(KEYS)
    for method in ("compile", "fit"):
        known = set(properties[method]["properties"])
        assert known == set(setting_names(method))


def test_lines_are_completed_as_calls() -> None:
    snippets = build_schema()["$defs"]["line"]["anyOf"][0]["defaultSnippets"]
    (dense,) = (s for s in snippets if s["label"] == "Dense(units)")
    assert dense["body"] == "Dense(${1:units})"
    assert dense["description"].startswith("Every output is a weighted sum")


def test_names_are_offered() -> None:
    definitions = build_schema()["$defs"]
    offered = {
        key: definitions[key]["anyOf"][0].get("enum") for key in ("optimizer", "loss")
    }
    assert {"Adam", "adam"} <= set(offered["optimizer"])
    assert {"mse", "Huber", "crossentropy"} <= set(offered["loss"])


def test_a_whole_spec_is_valid(validator: Any) -> None:
    validator.validate(SPEC)


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": [28, 28, 1]},
        {"inputs": 784},
        {"inputs": {"shape": [None, 3], "dtype": "int32"}},
        {"layers": [{"Conv2D": [32, 3]}, {"x = Dropout": 0.5}]},
        {"layers": [{"layer": "Dense", "arguments": {"units": 3}}]},
        {"blocks": {"residual": ["ReLU()"]}},
        {"callbacks": "EarlyStopping()"},
        {"outputs": "logits"},
        {"outputs": {"class": "logits"}},
        {"compile": {"loss": {"a": "mse", "b": "Huber(delta=2.0)"}}},
        {"compile": {"optimizer": {"Adam": {"learning_rate": 0.001}}}},
        {"compile": {"metrics": {"a": ["accuracy"]}, "jit_compile": False}},
        {"compile": {"loss": ["mse", None], "loss_weights": [1, 0.5]}},
        {"compile": {"loss_weights": {"a": 2}, "metrics": [["mae"], {"AUC": None}]}},
        {"compile": {"metrics": {"a": "mae", "b": ["F1Score()"]}}},
        {"data": {"name": "mnist", "targets": {"digit": "class", "odd": "parity"}}},
        {"data": {"name": "mnist", "task": "pairs"}},
        {"data": "file"},
        {"fit": {"class_weight": {"0": 1.0}, "validation_split": 0}},
        {"imports": {"PatchEncoder": "my_project.layers"}},
        {"layers": ["x = input * 2", "ops.relu(x)", "x[:, 0] + y"]},
        {"layers": [{"Dense": {"units": "units * 2", "dtype": "mixed_float16"}}]},
        {"blocks": {"tower(n)": {"shared": {"d": "Dense(n)"}, "layers": ["d()"]}}},
        {"callbacks": ["ModelCheckpoint()", {"ModelCheckpoint": {"verbose": 1}}]},
    ],
)
def test_other_forms_are_valid(validator: Any, change: dict[str, Any]) -> None:
    validator.validate({**SPEC, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"layer": ["Dense(1)"]},
        {"inputs": "28"},
        {"inputs": [0]},
        {"inputs": {"shape": [1], "dtyp": "int32"}},
        {"outputs": []},
        {"blocks": {"1 residual": ["Dense(1)"]}},
        {"layers": [{"layer": "Dense(1)", "input": "x"}]},
        {"blocks": {"residual()": []}},
        {"shared": {"my head": "Dense(1)"}},
        {"layers": []},
        {"layers": [1]},
        {"layers": [{"Dense": {"unit": 1}}]},
        {"layers": [{"Dense": {"activation": "relu"}}]},
        {"layers": [{"Dense": {"units": 1}, "Flatten": {}}]},
        {"compile": {"optimiser": "adam"}},
        {"compile": {"optimizer": 5}},
        {"compile": {"optimizer": {"Adam": {"lr": 0.1}}}},
        {"compile": {"metrics": [3]}},
        {"compile": {"metrics": ["Mean"]}},
        {"compile": {"loss_weights": "high"}},
        {"fit": {"epochs": 0}},
        {"fit": {"validation_split": 1.5}},
        {"fit": {"initial_epoch": 2}},
        {"data": "minst"},
        {"data": {"name": "mnist", "target": "digit"}},
        {"imports": "my_project.layers"},
        {"imports": {"PatchEncoder": "my project"}},
        {"layers": [{"Dense": {"units": 2.5}}]},
        {"layers": [{"Dense": {"units": [2]}}]},
        {"layers": [{"Conv2D": {"filters": 1, "kernel_size": 3, "padding": 1}}]},
        {"blocks": {"tower(n)": {"shared": {"d": "Dense(n)"}}}},
        {"callbacks": ["LambdaCallback"]},
        {"callbacks": [{"EarlyStopping": {"patients": 3}}]},
        {"fit": {"epoch": 1}},
        {"callbacks": 3},
    ],
)
def test_mistakes_are_found(validator: Any, change: dict[str, Any]) -> None:
    assert not validator.is_valid({**SPEC, **change})


def test_inputs_and_layers_are_required(validator: Any) -> None:
    assert not validator.is_valid({"inputs": [1]})
    assert not validator.is_valid({"layers": ["Dense(1)"]})


def test_presets_and_examples_are_valid(validator: Any) -> None:
    yaml = pytest.importorskip("yaml")
    presets = Path(keras_kgen.catalogue.schema.__file__).parents[1] / "presets"
    examples = Path(__file__).parents[2] / "examples"
    paths = [*presets.glob("*.yaml"), *examples.glob("*/*.yaml")]
    assert len(paths) > len(list(presets.glob("*.yaml")))
    for path in sorted(paths):
        validator.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "change",
    [
        {"hyperparameters": {"width": "choice(64, 128)"}},
        {"layers": [{"repeat": 3, "layers": ["Dense(8)", "Dropout(0.1)"]}]},
        {"layers": [{"repeat": "range(1, 4)", "layers": [{"Dense": {"units": 8}}]}]},
        {"layers": [{"Dense": {"units": "choice(64, 128)", "use_bias": "boolean()"}}]},
        {"fit": {"epochs": "range(1, 4)", "batch_size": "choice(32, 64)"}},
        {"tune": {"tuner": "bayesian", "max_trials": 3, "seed": 0}},
    ],
)
def test_choices_are_valid(validator: Any, change: dict[str, Any]) -> None:
    validator.validate({**SPEC, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"hyperparameters": {"width": 64}},
        {"hyperparameters": {"width": "Dense(64)"}},
        {"layers": [{"repeat": 0, "layers": ["Dense(8)"]}]},
        {"layers": [{"repeat": 3}]},
        {"layers": [{"repeat": 3, "layers": ["Dense(8)"], "name": "x"}]},
        {"tune": {"tuner": "grid"}},
        {"tune": {"trials": 3}},
    ],
)
def test_wrong_choices_are_not(validator: Any, change: dict[str, Any]) -> None:
    assert not validator.is_valid({**SPEC, **change})
