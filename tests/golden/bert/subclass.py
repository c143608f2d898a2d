"""A model of Embedding, Add, LayerNormalization, Dropout and other layers.

Written by kgen 0.0.0 from bert.json, in the subclass style.

    python bert.py --help
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

INPUT_SHAPE = (24,)
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="bert")
class TransformerBlock(layers.Layer):
    """Transformer block: MultiHeadAttention, Dropout, LayerNormalization and Dense,
    joined by Add.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.attention = layers.MultiHeadAttention(num_heads=4, key_dim=8)
        self.dropout1 = layers.Dropout(0.1)
        self.add1 = layers.Add()
        self.norm1 = layers.LayerNormalization()
        self.dense1 = layers.Dense(64, activation="gelu")
        self.dropout2 = layers.Dropout(0.1)
        self.dense2 = layers.Dense(32)
        self.add2 = layers.Add()
        self.norm2 = layers.LayerNormalization()

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(keras.KerasTensor(input_shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.attention(inputs, inputs)
        x = self.dropout1(x, training=training)
        x = self.add1([inputs, x])
        x = self.norm1(x)
        branch = self.dense1(x)
        branch = self.dropout2(branch, training=training)
        branch = self.dense2(branch)
        x = self.add2([x, branch])
        return self.norm2(x)

    def compute_output_shape(self, input_shape):
        return self.call(keras.KerasTensor(input_shape)).shape


@keras.saving.register_keras_serializable(package="bert")
class Bert(keras.Model):
    """A model of Embedding, Add, LayerNormalization, Dropout and other layers."""

    def __init__(self, num_transformer_blocks=4, **kwargs):
        super().__init__(**kwargs)
        self.num_transformer_blocks = num_transformer_blocks
        self.embedding1 = layers.Embedding(100, 32)
        self.embedding2 = layers.Embedding(24, 32)
        self.embedding3 = layers.Embedding(2, 32)
        self.add = layers.Add()
        self.norm = layers.LayerNormalization(epsilon=1e-12)
        self.dropout = layers.Dropout(0.1)
        self.transformer_blocks = [
            TransformerBlock() for _ in range(num_transformer_blocks)
        ]
        self.dense = layers.Dense(32, activation="tanh")

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(
            [
                keras.KerasTensor(input_shape[0], dtype="int32"),
                keras.KerasTensor(input_shape[1], dtype="int32"),
            ]
        )
        super().build(input_shape)

    def call(self, inputs, training=None):
        token_ids, segment_ids = inputs
        x = self.embedding1(token_ids)
        branch = ops.subtract(ops.cumsum(ops.ones_like(token_ids), axis=1), 1)
        branch = self.embedding2(branch)
        embedding = self.embedding3(segment_ids)
        x = self.add([x, branch, embedding])
        x = self.norm(x)
        x = self.dropout(x, training=training)
        for layer in self.transformer_blocks:
            x = layer(x, training=training)
        output_2 = self.dense(x[:, 0])
        return [x, output_2]

    def get_config(self):
        return {
            **super().get_config(),
            "num_transformer_blocks": self.num_transformer_blocks,
        }


def build_model():
    """Returns the built, uncompiled model."""
    model = Bert()
    model.build([(None, *INPUT_SHAPE), (None, *INPUT_SHAPE)])
    return model
