"""Models in memory: `file.py:object`, `package.module:object` and `keras_kgen.generate`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from support import run_source

import keras_kgen
from keras_kgen.errors import KgenError, SourceError, UsageError
from keras_kgen.frontends.detect import load_program
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

pytest.importorskip("keras")
import keras

SOURCE = """
import keras
from keras import layers


def build_model():
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, padding="same", name="stem")(inputs)
    y = layers.Conv2D(4, 3, padding="same")(x)
    x = layers.GlobalAveragePooling2D()(x + y)
    return keras.Model(inputs, layers.Dense(2)(x))


class Subclassed(keras.Model):
    def call(self, inputs):
        return inputs


class holder:
    model = build_model()


subclassed = Subclassed()
number = 3


def fails():
    raise RuntimeError("no model today")
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of the user's own, which is forgotten after the test."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "users_models", raising=False)
    path = tmp_path / "users_models.py"
    path.write_text(SOURCE)
    return path


@pytest.mark.parametrize(
    "source", ["users_models.py:build_model", "users_models:holder.model"]
)
def test_model_in_memory_is_written(module: Path, source: str) -> None:
    """The module that is written is the same model, with the names that were chosen."""
    program = load_program(source, lambda: "")
    assert program.name == "users_models"
    original = sys.modules["users_models"].build_model()
    batch = np.random.default_rng(0).normal(size=(2, 8, 8, 3))
    for style in Style:
        text = generate(program, Options(style)).source
        model = run_source(text).build_model()
        model.set_weights(original.get_weights())
        np.testing.assert_allclose(model(batch), original(batch), atol=1e-6)
    assert 'name="stem"' in text


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("users_models.py:subclassed", SourceError, "subclassed model"),
        ("users_models.py:number", KgenError, "Received: int"),
        ("users_models.py:fails", KgenError, "RuntimeError: no model today"),
        ("users_models.py:missing", UsageError, "has no 'missing'"),
        ("nowhere.py:model", UsageError, "there is no such file"),
        ("no_such_package:model", UsageError, "No module named"),
    ],
)
def test_what_cannot_be_written_is_told(
    module: Path, source: str, error: type[KgenError], message: str
) -> None:
    with pytest.raises(error, match=message):
        load_program(source, lambda: "")


def test_generate_takes_models_and_sources() -> None:
    """`keras_kgen.generate` is for what other programs have in memory."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="tiny")
    text = keras_kgen.generate(model, style="subclass")
    assert "class Tiny(keras.Model):" in text
    rebuilt = run_source(text).build_model()
    assert [w.shape for w in rebuilt.weights] == [w.shape for w in model.weights]
    assert "keras.Sequential(" in keras_kgen.generate("mnist_mlp", name="digits")
    with pytest.raises(UsageError, match="no style 'object'"):
        keras_kgen.generate(model, style="object")
