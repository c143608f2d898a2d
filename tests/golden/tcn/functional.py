"""A model of Conv1D, SpatialDropout1D, Add, Activation and other layers.

Written by kgen 0.0.0 from tcn.json, in the functional style.

    python tcn.py --help
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

INPUT_SHAPE = (100, 8)
DILATION_RATES = (2, 4, 8, 16)
EPOCHS = 10
BATCH_SIZE = 32


def residual_block(inputs, dilation_rate, name, has_shortcut=False):
    """Residual block: Conv1D, SpatialDropout1D and Activation, joined by Add."""
    x = layers.Conv1D(
        24,
        3,
        padding="causal",
        activation="relu",
        dilation_rate=dilation_rate,
        name=f"{name}_conv1",
    )(inputs)
    x = layers.SpatialDropout1D(0.1, name=f"{name}_dropout1")(x)
    x = layers.Conv1D(
        24,
        3,
        padding="causal",
        activation="relu",
        dilation_rate=dilation_rate,
        name=f"{name}_conv2",
    )(x)
    x = layers.SpatialDropout1D(0.1, name=f"{name}_dropout2")(x)
    if has_shortcut:
        inputs = layers.Conv1D(24, 1, name=f"{name}_shortcut")(inputs)
    x = layers.Add(name=f"{name}_add")([x, inputs])
    return layers.Activation("relu", name=f"{name}_relu")(x)


def build_model():
    """Returns the uncompiled model."""
    inputs = keras.Input(shape=INPUT_SHAPE)
    x = residual_block(inputs, 1, name="block0", has_shortcut=True)
    for block, dilation_rate in enumerate(DILATION_RATES, start=1):
        x = residual_block(x, dilation_rate, name=f"block{block}")
    outputs = layers.Dense(1, name="forecast")(x[:, -1])
    return keras.Model(inputs, outputs, name="tcn")
