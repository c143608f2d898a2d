"""A model of Embedding, LayerNormalization, MultiHeadAttention, Dense and other layers.

Written by kgen 0.0.0 from gpt.json, in the functional style.

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


def transformer_block(inputs, name):
    """Transformer block: LayerNormalization, MultiHeadAttention, Dense and Dropout,
    joined by Add.
    """
    x = layers.LayerNormalization(name=f"{name}_norm1")(inputs)
    x = layers.MultiHeadAttention(num_heads=4, key_dim=8, name=f"{name}_attention")(
        x, x, use_causal_mask=True
    )
    x = inputs + x
    branch = layers.LayerNormalization(name=f"{name}_norm2")(x)
    branch = layers.Dense(128, activation="gelu", name=f"{name}_mlp_dense1")(branch)
    branch = layers.Dropout(0.1, name=f"{name}_mlp_dropout")(branch)
    branch = layers.Dense(32, name=f"{name}_mlp_dense2")(branch)
    return x + branch


def build_model():
    """Returns the uncompiled model."""
    tokens = keras.Input(shape=INPUT_SHAPE, dtype="int32", name="tokens")
    x = layers.Embedding(100, 32, name="token_embedding")(tokens)
    branch = ops.cumsum(ops.ones_like(tokens), axis=1) - 1
    branch = layers.Embedding(64, 32, name="position_embedding")(branch)
    x = x + branch
    for index in range(4):
        x = transformer_block(x, name=f"decoder_{index}")
    x = layers.LayerNormalization(name="norm")(x)
    outputs = layers.Dense(100, use_bias=False, name="logits")(x)
    return keras.Model(tokens, outputs, name="gpt")
