"""A model of Normalization and Dense layers.

Written by kgen 0.0.0 from points.npz, in the sequential style.

    python points.py --help
"""

import argparse
import csv
import importlib.util
from pathlib import Path
from zipfile import BadZipFile

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers

INPUT_SHAPE = (4,)
DATA = "points.npz"
EPOCHS = 20
BATCH_SIZE = 8
VALIDATION_SPLIT = 0.1
TEST_SPLIT = 0.2


def build_model():
    """Returns the uncompiled model."""
    return keras.Sequential(
        [
            keras.Input(shape=INPUT_SHAPE),
            layers.Normalization(),
            layers.Dense(32, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ],
        name="points",
    )


def load_data(path, batch_size):
    """Returns batches of samples for training, validation and testing."""
    try:
        with np.load(path) as file:
            x, y = prepare(file["x"], file["y"])
    except (BadZipFile, EOFError, KeyError, OSError, TypeError, ValueError) as error:
        raise SystemExit(f"{path}: expected the arrays x and y: {error}") from error
    parts = [(x[rows], y[rows]) for rows in split(len(x))]
    train, validation, test = map(tf.data.Dataset.from_tensor_slices, parts)
    return [
        part.batch(batch_size).prefetch(tf.data.AUTOTUNE)
        for part in (train.shuffle(10_000, seed=0), validation, test)
    ]


def prepare(x, y):
    """Returns samples and targets as the model takes them."""
    if len(x) != len(y):
        raise ValueError(f"{len(x)} samples, but {len(y)} targets")
    return x, y


def split(count):
    """Returns the numbers of the samples for training, validation and testing."""
    order = np.random.default_rng(0).permutation(count)
    test = round(TEST_SPLIT * count)
    validation = test + round(VALIDATION_SPLIT * count)
    return order[validation:], order[test:validation], order[:test]


def adapt(model, data):
    """Lets the layer that scales the input learn mean and variance, from training data."""
    scaling = next(
        layer for layer in model.layers if isinstance(layer, keras.layers.Normalization)
    )
    scaling.adapt(data.map(lambda x, y: x))
