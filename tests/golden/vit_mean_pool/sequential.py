"""A model of Conv2D, Reshape, Embedding, LayerNormalization and other layers.

Written by kgen 0.0.0 from vit_mean_pool.json, in the sequential style.

    python vit_mean_pool.py --help
"""

import argparse
import csv
import importlib.util
from pathlib import Path
from zipfile import BadZipFile

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

INPUT_SHAPE = (32, 32, 3)
EPOCHS = 20
BATCH_SIZE = 128


@keras.saving.register_keras_serializable(package="vit")
class TransformerBlock(layers.Layer):
    """Transformer block: LayerNormalization, MultiHeadAttention, Dense and Dropout,
    joined by Add.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.norm1 = layers.LayerNormalization(epsilon=1e-6)
        self.attention = layers.MultiHeadAttention(num_heads=4, key_dim=8, dropout=0.1)
        self.add1 = layers.Add()
        self.norm2 = layers.LayerNormalization(epsilon=1e-6)
        self.dense1 = layers.Dense(64, activation="gelu")
        self.dropout = layers.Dropout(0.1)
        self.dense2 = layers.Dense(32)
        self.add2 = layers.Add()

    def build(self, input_shape):
        self.norm1.build(input_shape)
        self.attention.build(input_shape, input_shape)
        shape = self.add1.compute_output_shape(
            [self.attention.compute_output_shape(input_shape, input_shape), input_shape]
        )
        self.norm2.build(shape)
        self.dense1.build(shape)
        self.dense2.build(self.dense1.compute_output_shape(shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.norm1(inputs)
        x = self.attention(x, x, training=training)
        x = self.add1([x, inputs])
        branch = self.norm2(x)
        branch = self.dense1(branch)
        branch = self.dropout(branch, training=training)
        branch = self.dense2(branch)
        return self.add2([branch, x])

    def compute_output_shape(self, input_shape):
        shape = self.add1.compute_output_shape(
            [self.attention.compute_output_shape(input_shape, input_shape), input_shape]
        )
        branch_shape = self.dense2.compute_output_shape(
            self.dense1.compute_output_shape(shape)
        )
        return self.add2.compute_output_shape([branch_shape, shape])


@keras.saving.register_keras_serializable(package="vit")
class PositionEmbedding(layers.Layer):
    """Position embedding: ops.ones_like, ops.cumsum and Embedding, joined by Add."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.position_embedding = layers.Embedding(16, 32, name="position_embedding")

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(keras.KerasTensor(input_shape))
        super().build(input_shape)

    def call(self, inputs):
        x = ops.cumsum(ops.ones_like(inputs[:, :, 0]), axis=1)
        x = x - 1
        x = self.position_embedding(x)
        return inputs + x

    def compute_output_shape(self, input_shape):
        return input_shape


def build_model():
    """Returns the uncompiled model."""
    return keras.Sequential(
        [
            keras.Input(shape=INPUT_SHAPE),
            layers.Conv2D(32, 8, strides=8, name="patch_embedding"),
            layers.Reshape((-1, 32), name="patches"),
            PositionEmbedding(),
            *[TransformerBlock(name=f"encoder_{index}") for index in range(4)],
            layers.LayerNormalization(epsilon=1e-6, name="encoder_norm"),
            layers.GlobalAveragePooling1D(name="pool"),
            layers.Dense(10, activation="softmax", name="predictions"),
        ],
        name="vit",
    )
