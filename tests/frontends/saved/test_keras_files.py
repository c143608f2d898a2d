"""Files that the installed Keras writes here are read, weights included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keras_kgen.frontends.saved.containers import open_model
from keras_kgen.frontends.saved.model import (
    Container,
    Kind,
    ObjectKind,
    SavedModel,
    SavedTensor,
    layers_in,
)
from keras_kgen.frontends.saved.weights import WeightFormat
from keras_kgen.ir.expressions import Literal, ObjectCall, Slice, to_value

keras = pytest.importorskip("keras")
np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras


@pytest.fixture
def model() -> Any:
    """A functional model with operations, a nested model, a wrapper and a Lambda.

    It is made anew each time: saving as HDF5 takes the optimizer out of its compile config.
    """
    keras.utils.clear_session()
    layers, ops = keras.layers, keras.ops
    a, b = keras.Input((8, 4), name="a"), keras.Input((4,), name="b")
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(a)
    y = layers.MultiHeadAttention(2, 3)(x, x)
    z = y[:, -1] + ops.mean(x, axis=1) * 2.0
    z = ops.concatenate([z, b], axis=-1)
    z = layers.Dense(3, activation="gelu", kernel_regularizer="l2")(z)
    z = layers.Lambda(lambda t: t * 2)(z)
    i = keras.Input((3,))
    inner = keras.Model(i, layers.Dense(2)(i) * 3, name="inner")
    model = keras.Model({"a": a, "b": b}, {"o": inner(z)})
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    model.compile(
        keras.optimizers.Adam(rate),
        loss={"o": keras.losses.Huber()},
        metrics={"o": ["mae"]},
    )
    return model


def save(model: Any, path: Path) -> SavedModel:
    text = model.to_json()
    match path.suffix:
        case ".json":
            path.write_text(json.dumps(text) if "twice" in path.name else text)
        case _ if path.name.endswith(".weights.h5"):
            model.save_weights(path)
        case _:
            model.save(path)
    return open_model(path)


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.json", "twice.json"])
def test_every_container_says_the_same(model: Any, tmp_path: Path, name: str) -> None:
    saved = save(model, tmp_path / name)
    network = saved.network
    assert network is not None
    kinds = [layer.kind for layer in layers_in(network)]
    assert kinds.count(Kind.OPERATION) == 6
    assert kinds.count(Kind.MODEL) == kinds.count(Kind.LAMBDA) == 1
    assert network.inputs == {"a": SavedTensor("a"), "b": SavedTensor("b")}
    assert network.outputs == {"o": SavedTensor("inner")}
    by_class = {layer.class_name: layer for layer in network.layers}
    bidirectional = by_class["Bidirectional"]
    assert [place for place, _ in bidirectional.inner] == ["layer", "backward_layer"]
    assert isinstance(bidirectional.argument("layer"), ObjectCall)
    key = by_class["get_item"].calls[0].args[1]
    assert key == (Slice(*[Literal(None)] * 3), Literal(-1))
    assert to_value(by_class["mean"].argument("axis") or Literal(None)) == 1
    lambdas = [layer for layer in network.layers if layer.kind is Kind.LAMBDA]
    assert lambdas[0].objects[0][1].kind is ObjectKind.BYTECODE
    (note,) = saved.notes
    assert "Keras does not save the delta of Huber" in str(note)


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_training_is_read(model: Any, tmp_path: Path, name: str) -> None:
    training = save(model, tmp_path / name).training
    assert training is not None
    optimizer = training.arguments[0].value
    assert isinstance(optimizer, ObjectCall) and optimizer.class_name == "Adam"
    rate = next(a.value for a in optimizer.arguments if a.name == "learning_rate")
    assert isinstance(rate, ObjectCall) and rate.class_name == "ExponentialDecay"
    assert {a.name for a in training.arguments} == {"optimizer", "loss", "metrics"}


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.weights.h5"])
def test_weights_are_read(model: Any, tmp_path: Path, name: str) -> None:
    saved = save(model, tmp_path / name)
    assert saved.weights is not None
    assert saved.weights.size == model.count_params()
    read = [
        np.frombuffer(weight.read(), weight.dtype).reshape(weight.shape)
        for layer in saved.weights.layers
        for weight in layer.weights
    ]
    expected = [weight.numpy() for weight in model.weights]
    by_layers = saved.weights.format is WeightFormat.LAYERS
    assert by_layers == (name == "m.h5")
    if by_layers:
        assert all(np.array_equal(a, b) for a, b in zip(read, expected, strict=True))
    else:
        assert sorted(a.tobytes() for a in read) == sorted(
            w.tobytes() for w in expected
        )
        assert (saved.network is None) == (name == "m.weights.h5")


def test_bfloat16_is_named(tmp_path: Path) -> None:
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(2, dtype="bfloat16")]
    )
    saved = save(model, tmp_path / "m.keras")
    assert saved.weights is not None and saved.network is not None
    (layer,) = saved.weights.layers
    assert [weight.dtype for weight in layer.weights] == ["bfloat16", "bfloat16"]
    assert len(layer.weights[0].read()) == 2 * 8
    assert saved.network.layers[1].argument("dtype") == Literal("bfloat16")


def test_subclassed_models_get_a_message(tmp_path: Path) -> None:
    class Own(keras.Model):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.dense = keras.layers.Dense(2)

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs)

    model = Own()
    model(np.zeros((1, 3), "float32"))
    with pytest.raises(Exception, match="the file holds no layers"):
        save(model, tmp_path / "m.keras")


def test_every_layer_that_keras_makes_is_known(tmp_path: Path) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            layers.Rescaling(1 / 255),
            layers.RandomFlip("horizontal", seed=1),
            layers.RandomRotation(0.1),
            layers.SeparableConv2D(4, 3, padding="same"),
            layers.DepthwiseConv2D(3),
            layers.BatchNormalization(),
            layers.LayerNormalization(),
            layers.GroupNormalization(2),
            layers.PReLU(shared_axes=[1, 2]),
            layers.SpatialDropout2D(0.1),
            layers.Conv2DTranspose(2, 2),
            layers.MaxPooling2D(),
            layers.ConvLSTM1D(2, 2, return_sequences=True),
            layers.TimeDistributed(layers.Dense(3, kernel_constraint="max_norm")),
            layers.Reshape((-1, 3)),
            layers.RNN([layers.LSTMCell(2), layers.GRUCell(3)]),
            layers.SpectralNormalization(layers.Dense(2)),
        ]
    )
    saved = save(model, tmp_path / "m.keras")
    assert saved.network is not None
    assert not saved.notes
    assert saved.container is Container.KERAS_ZIP
    for found, layer in zip(saved.network.layers[1:], model.layers, strict=True):
        assert found.kind is Kind.LAYER
        assert found.class_name == type(layer).__name__
        assert not found.objects
