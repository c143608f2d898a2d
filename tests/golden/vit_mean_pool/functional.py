"""A model of Conv2D, Reshape, Embedding, LayerNormalization and other layers.

Written by kgen 0.0.0 from vit_mean_pool.json, in the functional style.

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


def transformer_block(inputs, name):
    """Transformer block: LayerNormalization, MultiHeadAttention, Dense and Dropout,
    joined by Add.
    """
    x = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm1")(inputs)
    x = layers.MultiHeadAttention(
        num_heads=4, key_dim=8, dropout=0.1, name=f"{name}_attention"
    )(x, x)
    x = layers.Add(name=f"{name}_add1")([x, inputs])
    branch = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm2")(x)
    branch = layers.Dense(64, activation="gelu", name=f"{name}_mlp_dense1")(branch)
    branch = layers.Dropout(0.1, name=f"{name}_mlp_dropout")(branch)
    branch = layers.Dense(32, name=f"{name}_mlp_dense2")(branch)
    return layers.Add(name=f"{name}_add2")([branch, x])


def build_model():
    """Returns the uncompiled model."""
    inputs = keras.Input(shape=INPUT_SHAPE)
    x = layers.Conv2D(32, 8, strides=8, name="patch_embedding")(inputs)
    x = layers.Reshape((-1, 32), name="patches")(x)
    branch = ops.cumsum(ops.ones_like(x[:, :, 0]), axis=1) - 1
    branch = layers.Embedding(16, 32, name="position_embedding")(branch)
    x = x + branch
    for index in range(4):
        x = transformer_block(x, name=f"encoder_{index}")
    x = layers.LayerNormalization(epsilon=1e-6, name="encoder_norm")(x)
    x = layers.GlobalAveragePooling1D(name="pool")(x)
    outputs = layers.Dense(10, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, outputs, name="vit")
