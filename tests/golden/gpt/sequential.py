"""A model of Embedding, LayerNormalization, MultiHeadAttention, Dense and other layers.

Written by kgen 0.0.0 from gpt.json, in the sequential style.

    python gpt.py --help
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

INPUT_SHAPE = (None,)
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="gpt")
class TransformerBlock(layers.Layer):
    """Transformer block: LayerNormalization, MultiHeadAttention, Dense and Dropout,
    joined by Add.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.norm1 = layers.LayerNormalization()
        self.attention = layers.MultiHeadAttention(num_heads=4, key_dim=8)
        self.norm2 = layers.LayerNormalization()
        self.dense1 = layers.Dense(128, activation="gelu")
        self.dropout = layers.Dropout(0.1)
        self.dense2 = layers.Dense(32)

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(keras.KerasTensor(input_shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.norm1(inputs)
        x = self.attention(x, x, use_causal_mask=True)
        x = ops.add(inputs, x)
        branch = self.norm2(x)
        branch = self.dense1(branch)
        branch = self.dropout(branch, training=training)
        branch = self.dense2(branch)
        return ops.add(x, branch)

    def compute_output_shape(self, input_shape):
        return self.call(keras.KerasTensor(input_shape)).shape


@keras.saving.register_keras_serializable(package="gpt")
class TokenAndPositionEmbedding(layers.Layer):
    """Token and position embedding: Embedding, ops.ones_like and ops.cumsum, joined by
    Add.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.token_embedding = layers.Embedding(100, 32, name="token_embedding")
        self.position_embedding = layers.Embedding(64, 32, name="position_embedding")

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(keras.KerasTensor(input_shape, dtype="int32"))
        super().build(input_shape)

    def call(self, inputs):
        x = self.token_embedding(inputs)
        branch = ops.subtract(ops.cumsum(ops.ones_like(inputs), axis=1), 1)
        branch = self.position_embedding(branch)
        return x + branch

    def compute_output_shape(self, input_shape):
        return self.token_embedding.compute_output_shape(input_shape)


def build_model():
    """Returns the uncompiled model."""
    return keras.Sequential(
        [
            keras.Input(shape=INPUT_SHAPE, dtype="int32", name="tokens"),
            TokenAndPositionEmbedding(),
            *[TransformerBlock(name=f"decoder_{index}") for index in range(4)],
            layers.LayerNormalization(name="norm"),
            layers.Dense(100, use_bias=False, name="logits"),
        ],
        name="gpt",
    )
