"""A model of Embedding, Add, LayerNormalization, Dropout and other layers.

Written by kgen 0.0.0 from bert.json, in the functional style.

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
NUM_TRANSFORMER_BLOCKS = 4
EPOCHS = 10
BATCH_SIZE = 32


def transformer_block(inputs):
    """Transformer block: MultiHeadAttention, Dropout, LayerNormalization and Dense,
    joined by Add.
    """
    x = layers.MultiHeadAttention(num_heads=4, key_dim=8)(inputs, inputs)
    x = layers.Dropout(0.1)(x)
    x = layers.Add()([inputs, x])
    x = layers.LayerNormalization()(x)
    branch = layers.Dense(64, activation="gelu")(x)
    branch = layers.Dropout(0.1)(branch)
    branch = layers.Dense(32)(branch)
    x = layers.Add()([x, branch])
    return layers.LayerNormalization()(x)


def build_model():
    """Returns the uncompiled model."""
    token_ids = keras.Input(shape=INPUT_SHAPE, dtype="int32", name="token_ids")
    segment_ids = keras.Input(shape=INPUT_SHAPE, dtype="int32", name="segment_ids")
    x = layers.Embedding(100, 32)(token_ids)
    branch = ops.cumsum(ops.ones_like(token_ids), axis=1) - 1
    branch = layers.Embedding(24, 32)(branch)
    embedding = layers.Embedding(2, 32)(segment_ids)
    x = layers.Add()([x, branch, embedding])
    x = layers.LayerNormalization(epsilon=1e-12)(x)
    x = layers.Dropout(0.1)(x)
    for _ in range(NUM_TRANSFORMER_BLOCKS):
        x = transformer_block(x)
    output_2 = layers.Dense(32, activation="tanh")(x[:, 0])
    return keras.Model([token_ids, segment_ids], [x, output_2], name="bert")
