"""Models with classes and functions that no file holds: they build, save, load and say so."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from support import run_source

from keras_kgen.frontends.detect import load_program
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

DATA = os.environ.get("KGEN_TEST_DATA", "")
FOLDER = Path(DATA) / "legacy"
needs_files = pytest.mark.skipif(not DATA, reason="KGEN_TEST_DATA has the files")
BYTECODE = ["4wEAAAAAAAAA\n", None, None]


def write(folder: Path, *configs: tuple[str, dict[str, Any]]) -> str:
    """Writes a Sequential model of Keras 2; returns its path."""
    found = [{"class_name": name, "config": config} for name, config in configs]
    found[0]["config"]["batch_input_shape"] = [None, 6, 4]  # type: ignore[index]
    path = folder / "model.json"
    text = {"class_name": "Sequential", "config": found, "keras_version": "2.2.4"}
    path.write_text(json.dumps(text))
    return str(path)


def build(path: str, style: Style) -> keras.Model:
    source = generate(load_program(path, lambda: ""), Options(style)).source
    keras.saving.get_custom_objects().clear()
    model: keras.Model = run_source(source).build_model()
    return model


CUSTOM = ("Attend", {"name": "attend", "units": 4, "activation": "tanh"})
LAMBDA = (
    "Lambda",
    {
        "name": "lambda_1",
        "function": BYTECODE,
        "function_type": "lambda",
        "output_shape": [3],
        "output_shape_type": "raw",
        "arguments": {"scale": 2},
    },
)
LSTM = (
    "LSTM",
    {
        "name": "lstm_1",
        "units": 3,
        "activation": "swishy",
        "recurrent_activation": "hard_sigmoid",
        "kernel_regularizer": {"class_name": "Sparse", "config": {"weight": 0.1}},
        "return_sequences": True,
    },
)
DENSE = ("Dense", {"name": "dense_1", "units": 2})


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize(
    ("configs", "word"),
    [
        ((CUSTOM, DENSE), "Attend.call"),
        ((LAMBDA, DENSE), "lambda_1"),
        ((LSTM, DENSE), "swishy"),
    ],
)
def test_model_builds_and_asks_for_the_code(
    configs: tuple[tuple[str, dict[str, Any]], ...],
    word: str,
    style: Style,
    tmp_path: Path,
) -> None:
    model = build(write(tmp_path, *configs), style)
    assert model.built
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert [w.shape for w in again.weights] == [w.shape for w in model.weights]
    with pytest.raises(NotImplementedError, match=word):
        model(np.zeros((2, 6, 4), dtype="float32"))


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_weights_of_a_class_are_built(
    style: Style, ending: str, tmp_path: Path
) -> None:
    @keras.saving.register_keras_serializable(package="mine")
    class Gate(layers.Layer):
        def __init__(self, units: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = units

        def build(self, input_shape: Any) -> None:
            self.gate = self.add_weight(shape=(input_shape[-1], self.units), name="g")
            self.scale = self.add_weight(shape=(self.units,), name="s")

        def call(self, inputs: Any) -> Any:
            return keras.ops.mean(inputs, axis=1) @ self.gate * self.scale

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "units": self.units}

    # A class of a script, which no module can import.
    Gate.__module__ = "__main__"
    inputs = keras.Input((6, 4))
    x = layers.Conv1D(4, 3, padding="same")(inputs)
    outputs = layers.Dense(2)(layers.Add()([Gate(5)(x), Gate(5)(x)]))
    model = keras.Model(inputs, outputs)
    model.save(tmp_path / f"model.{ending}")
    shapes = [w.shape for w in model.weights]
    keras.utils.clear_session()
    if style is Style.SEQUENTIAL:
        pytest.skip("the branches hold a class of the author's")
    again = build(str(tmp_path / f"model.{ending}"), style)
    assert [w.shape for w in again.weights] == shapes


@needs_files
@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize(
    ("file", "parameters"),
    [
        ("CarND-BehavioiurCloning-P3__model.h5", 143_421),
        ("fabrik__AlexNet.json", 62_378_344),
        ("fabrik__imdb_cnn_lstm.json", 2_638_895),
    ],
)
def test_files_build(file: str, parameters: int, style: Style) -> None:
    assert build(str(FOLDER / file), style).count_params() == parameters
