"""A model of Conv2D, MaxPooling2D, Flatten and Dense layers.

Written by kgen 0.0.0 from siamese_model.json, in the functional style.

    python siamese_model.py --help
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

INPUT_SHAPE = (28, 28, 1)
EPOCHS = 10
BATCH_SIZE = 32


def encoder_block(x):
    """Encoder block: Conv2D, MaxPooling2D, Flatten and Dense."""
    for stage, filters in enumerate((16, 32, 64)):
        x = layers.Conv2D(filters, 3, activation="relu", name=f"conv{stage}")(x)
        x = layers.MaxPooling2D(name=f"pool{stage}")(x)
    x = layers.Flatten()(x)
    return layers.Dense(32, name="embedding")(x)


def build_model():
    """Returns the uncompiled model."""
    left = keras.Input(shape=INPUT_SHAPE, name="left")
    right = keras.Input(shape=INPUT_SHAPE, name="right")
    encoder_input = keras.Input(shape=(28, 28, 1))
    encoder = keras.Model(encoder_input, encoder_block(encoder_input), name="encoder")
    x = encoder(left)
    encoder_2 = encoder(right)
    x = ops.absolute(x - encoder_2)
    outputs = layers.Dense(1, activation="sigmoid", name="same")(x)
    return keras.Model([left, right], outputs, name="siamese")
