"""A model of Conv2D, Reshape, LayerNormalization, Permute and other layers.

Written by kgen 0.0.0 from mlp_mixer.json, in the functional style.

    python mlp_mixer.py --help
"""

import argparse
import csv
import importlib.util
from pathlib import Path
from zipfile import BadZipFile

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

INPUT_SHAPE = (32, 32, 3)
EPOCHS = 20
BATCH_SIZE = 128


def mixer_block(inputs, name):
    """Mixer block: LayerNormalization, Permute, Dense and Dropout, joined by Add."""
    x = layers.LayerNormalization(name=f"{name}_token_norm")(inputs)
    x = layers.Permute((2, 1), name=f"{name}_transpose")(x)
    x = layers.Dense(32, activation="gelu", name=f"{name}_token_dense1")(x)
    x = layers.Dropout(0.1, name=f"{name}_token_dropout")(x)
    x = layers.Dense(16, name=f"{name}_token_dense2")(x)
    x = layers.Permute((2, 1), name=f"{name}_back")(x)
    x = layers.Add(name=f"{name}_token_add")([inputs, x])
    branch = layers.LayerNormalization(name=f"{name}_channel_norm")(x)
    branch = layers.Dense(48, activation="gelu", name=f"{name}_channel_dense1")(branch)
    branch = layers.Dropout(0.1, name=f"{name}_channel_dropout")(branch)
    branch = layers.Dense(24, name=f"{name}_channel_dense2")(branch)
    return layers.Add(name=f"{name}_channel_add")([x, branch])


def build_model():
    """Returns the uncompiled model."""
    inputs = keras.Input(shape=INPUT_SHAPE)
    x = layers.Conv2D(24, 8, strides=8, name="patch_embedding")(inputs)
    x = layers.Reshape((-1, 24), name="patches")(x)
    for index in range(4):
        x = mixer_block(x, name=f"mixer_{index}")
    x = layers.LayerNormalization(name="norm")(x)
    x = layers.GlobalAveragePooling1D(name="pool")(x)
    outputs = layers.Dense(10, name="head")(x)
    return keras.Model(inputs, outputs, name="mixer")
