"""The objects in a spec: of the right kind, such as a spec can hold, and fit for the outputs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.unwritable import UNWRITABLE
from keras_kgen.errors import SourceError
from keras_kgen.frontends.detect import load_program
from keras_kgen.pipeline import generate


def source_of(spec: dict[str, Any]) -> str:
    text = json.dumps({"inputs": [4], "data": "file", **spec})
    return generate(load_program("-", lambda: text)).source


def error_of(spec: dict[str, Any]) -> str:
    with pytest.raises(SourceError) as caught:
        source_of(spec)
    return str(caught.value)


def one_output(**settings: Any) -> dict[str, Any]:
    return {"layers": ["Dense(3)"], "compile": {"loss": "mse", **settings}}


def two_outputs(**settings: Any) -> dict[str, Any]:
    return {
        "layers": ["word = Dense(3)(input)", "age = Dense(1)(input)"],
        "outputs": ["word", "age"],
        "compile": settings,
    }


@pytest.mark.parametrize("name", UNWRITABLE)
def test_unwritable_classes_are_explained(name: str) -> None:
    is_metric = registry.lookup("metrics", name) is not None
    for text in (name, f"{name}()", f"{name}('f')"):
        if is_metric and text == "MeanMetricWrapper":
            continue  # no string that Keras knows
        spec = one_output(metrics=["mae", text]) if is_metric else one_output()
        if not is_metric:
            spec["callbacks"] = [text]
        message = error_of(spec)
        assert f"error: {name} cannot stand in a spec: " in message
        assert message.startswith("<stdin>:1:")
        assert "\n" not in message


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"optimizer": "Dense(3)"}, "expected an optimizer such as Adam("),
        ({"optimizer": "OptimizerMap(Adam())"}, "expected an optimizer"),
        ({"optimizer": ["adam"]}, "expected an optimizer"),
        ({"loss": "Adam()"}, "expected a loss"),
        ({"loss": None}, "expected a loss"),
        ({"loss": ["mse", "mae"]}, "loss: the model has one output. Received: a list"),
        ({"metrics": [3]}, "expected a metric"),
        ({"metrics": ["Huber()"]}, "expected a metric"),
        ({"loss_weights": "high"}, "loss_weights are numbers. Received: 'high'"),
        ({"loss": "ctc"}, "ctc takes (time, classes)"),
    ],
)
def test_settings_of_the_wrong_kind(settings: dict[str, Any], expected: str) -> None:
    assert expected in error_of(one_output(**settings))


@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        ("Dense(3)", "expected a callback such as EarlyStopping(patience=3)"),
        ("SwapEMAWeights()", "SwapEMAWeights needs an optimizer with use_ema=True"),
        ("ModelCheckpoint('best')", "must end in .keras or .h5. Received: 'best'"),
        ("ModelCheckpoint('a.keras', save_weights_only=True)", "end in .weights.h5"),
        ("CSVLogger(3)", "filename must be a path"),
        ("EarlyStopping('val_mse')", "no score 'val_mse' to watch; did you mean "),
        ("EarlyStopping('vall_loss')", "did you mean 'val_loss'?"),
    ],
)
def test_callbacks_that_keras_would_refuse(callback: str, expected: str) -> None:
    spec = one_output(metrics=["mae"]) | {"callbacks": [callback]}
    message = error_of(spec)
    assert expected in message
    assert message.startswith("<stdin>:1:")


def test_schedule_and_plateau_exclude_each_other() -> None:
    spec = one_output(optimizer="SGD(CosineDecay(0.1, 10))")
    message = error_of(spec | {"callbacks": ["ReduceLROnPlateau()"]})
    assert "and so does the schedule of the optimizer" in message


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"loss": ["mse"]},
            "loss: give one for each output, by name ({word: mse}) or as a list in the "
            "order word, age. Received: 1",
        ),
        (
            {"metrics": "mae"},
            "({word: [accuracy]}) or as a list in the order word, age",
        ),
        ({"metrics": ["mae"]}, "metrics: give one for each output"),
        ({"loss_weights": 0.5}, "loss_weights: give one for each output"),
        ({"loss_weights": [1, 2, 3]}, "in the order word, age. Received: 3"),
        ({"loss_weights": {"word": "x"}}, "loss_weights are numbers. Received: 'x'"),
        (
            {"loss": {"age": "mse"}, "loss_weights": {"word": 1}},
            "loss_weights: 'word' has no loss to weigh",
        ),
    ],
)
def test_parts_that_do_not_go_with_the_outputs(
    settings: dict[str, Any], expected: str
) -> None:
    message = error_of(two_outputs(**settings))
    assert expected in message
    assert message.startswith("<stdin>:1:")


@pytest.mark.parametrize(
    ("loss", "metric", "expected"),
    [
        (
            "sparse_categorical_crossentropy",
            "F1Score()",
            "F1Score compares vectors, but sparse_categorical_crossentropy takes class "
            "numbers: use a loss of vectors such as categorical_crossentropy",
        ),
        (
            "sparse_categorical_crossentropy",
            "mae",
            "MeanAbsoluteError compares vectors",
        ),
        (
            "categorical_crossentropy",
            "sparse_categorical_accuracy",
            "SparseCategoricalAccuracy compares class numbers, but "
            "categorical_crossentropy takes vectors",
        ),
    ],
)
def test_metrics_take_the_targets_of_the_loss(
    loss: str, metric: str, expected: str
) -> None:
    layers = ['Dense(3, activation="softmax")']
    for data in ("file", "mnist"):
        wide = {"inputs": [784]} if data == "mnist" else {}
        layers = [layers[0].replace("3", "10")] if wide else layers
        settings = {"loss": loss, "metrics": ["accuracy", metric]}
        spec = {"layers": layers, "compile": settings, "data": data, **wide}
        assert expected in error_of(spec)
        source_of(spec | {"compile": {"loss": loss, "metrics": ["acc", "accuracy"]}})
