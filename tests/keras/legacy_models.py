"""Run as a child process: models of tf_keras, saved in all its formats, and what they give.

python legacy_models.py FOLDER
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tf_keras
from tf_keras import layers


def chain() -> Any:
    return tf_keras.Sequential(
        [
            tf_keras.Input((9, 4)),
            layers.Conv1D(6, 3),
            layers.LSTM(5, return_sequences=True),
            layers.GRU(4, return_sequences=True),
            layers.GRU(3, reset_after=False, return_sequences=True),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.TimeDistributed(layers.Dense(3)),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )


def attention() -> Any:
    inputs = tf_keras.Input((6, 4))
    x = layers.MultiHeadAttention(2, 3)(inputs, inputs)
    x = layers.LayerNormalization()(x)
    x = layers.RNN([layers.LSTMCell(3), layers.GRUCell(4), layers.LSTMCell(2)])(x)
    return tf_keras.Model(inputs, x)


def images() -> Any:
    inputs = tf_keras.Input((10, 10, 3))
    x = layers.SeparableConv2D(5, 3)(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.DepthwiseConv2D(3)(x)
    x = layers.Conv2DTranspose(3, 2, strides=2)(x)
    x = layers.PReLU(shared_axes=[1, 2])(x)
    return tf_keras.Model(inputs, layers.Dense(2)(layers.Flatten()(x)))


def models_in_models() -> Any:
    a = tf_keras.Input((4,))
    x = layers.BatchNormalization()(layers.Dense(4)(a))
    deep = tf_keras.Model(a, layers.Dense(3)(x), name="deep")
    b = tf_keras.Input((4,))
    y = layers.BatchNormalization()(deep(layers.Dense(4)(b)))
    outer = tf_keras.Model(b, y, name="outer")
    c = tf_keras.Input((4,))
    z = layers.BatchNormalization()(layers.Dense(4)(c))
    return tf_keras.Model(c, layers.Dense(2)(outer(z)))


def frozen_models_in_models() -> Any:
    base = tf_keras.Sequential(
        [
            tf_keras.Input((4,)),
            layers.BatchNormalization(),
            layers.Dense(3),
            layers.BatchNormalization(),
        ],
        name="base",
    )
    base.layers[0].trainable = False
    c = tf_keras.Input((4,))
    x = layers.BatchNormalization(trainable=False)(base(c))
    return tf_keras.Model(c, layers.Dense(2)(x))


def normalization() -> Any:
    layer = layers.Normalization()
    layer.adapt(np.random.default_rng(3).normal(3, 2, (50, 4)))
    inputs = tf_keras.Input((4,))
    return tf_keras.Model(inputs, layers.Dense(2)(layer(inputs)))


MODELS = (
    chain,
    attention,
    images,
    models_in_models,
    frozen_models_in_models,
    normalization,
)


def save_all(folder: Path) -> None:
    """Saves each model in each format, one batch, and what the model makes of it."""
    for build in MODELS:
        tf_keras.backend.clear_session()
        model = build()
        rng = np.random.default_rng(5)
        if build is not normalization:
            model.set_weights([rng.uniform(0.3, 0.9, w.shape) for w in model.weights])
        name = build.__name__
        model.save(folder / f"{name}.h5")
        model.save(folder / f"{name}.keras")
        model.save_weights(folder / f"{name}.weights.h5")
        (folder / f"{name}.json").write_text(model.to_json())
        given = rng.normal(size=(3, *model.inputs[0].shape[1:])).astype("float32")
        wanted = np.asarray(model(given, training=False))
        np.savez(folder / f"{name}.npz", given=given, wanted=wanted)
