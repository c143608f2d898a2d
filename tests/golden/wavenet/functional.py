"""A model of Conv1D, Multiply, Add and Activation layers.

Written by kgen 0.0.0 from wavenet.json, in the functional style.

    python wavenet.py --help
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

INPUT_SHAPE = (128, 1)
DILATION_RATES = (1, 2, 4, 8, 16, 1, 2, 4, 8)
EPOCHS = 10
BATCH_SIZE = 32


def gated_conv(inputs, dilation_rate=1):
    """Gated conv: three Conv1D layers, joined by Multiply."""
    x = layers.Conv1D(
        16, 2, padding="causal", activation="tanh", dilation_rate=dilation_rate
    )(inputs)
    conv = layers.Conv1D(
        16, 2, padding="causal", activation="sigmoid", dilation_rate=dilation_rate
    )(inputs)
    x = layers.Multiply()([x, conv])
    branch = layers.Conv1D(16, 1)(x)
    return x, branch


def residual_block(inputs, dilation_rate=1):
    """Residual block: gated conv and Conv1D, joined by Add."""
    x, skip = gated_conv(inputs, dilation_rate=dilation_rate)
    x = layers.Conv1D(16, 1)(x)
    x = layers.Add()([inputs, x])
    return x, skip


def build_model():
    """Returns the uncompiled model."""
    inputs = keras.Input(shape=INPUT_SHAPE)
    x = layers.Conv1D(16, 2, padding="causal")(inputs)
    skips = []
    for dilation_rate in DILATION_RATES:
        x, skip = residual_block(x, dilation_rate=dilation_rate)
        skips.append(skip)
    _, x = gated_conv(x, dilation_rate=16)
    x = layers.Add(name="add_10")([*skips, x])
    x = layers.Activation("relu")(x)
    x = layers.Conv1D(16, 1, activation="relu", name="conv1d_41")(x)
    outputs = layers.Conv1D(32, 1, activation="softmax", name="conv1d_42")(x)
    return keras.Model(inputs, outputs, name="wavenet")
