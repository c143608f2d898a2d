"""A model of Rescaling, Reshape, Conv2D, MaxPooling2D and other layers.

Written by kgen 0.0.0 from pixels.npz, in the sequential style.

    python pixels.py --help
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

INPUT_SHAPE = (12, 12)
DATA = "pixels.npz"
CLASSES = [1, 2, 3]
EPOCHS = 20
BATCH_SIZE = 8
VALIDATION_SPLIT = 0.1
TEST_SPLIT = 0.2


def build_model():
    """Returns the uncompiled model."""
    return keras.Sequential(
        [
            keras.Input(shape=INPUT_SHAPE),
            layers.Rescaling(1 / 255),
            layers.Reshape((12, 12, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(64, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ],
        name="pixels",
    )


def load_data(path, batch_size):
    """Returns batches of samples for training, validation and testing."""
    try:
        with np.load(path) as file:
            x, y = prepare(file["x_train"], file["y_train"])
            test = prepare(file["x_test"], file["y_test"])
    except (BadZipFile, EOFError, KeyError, OSError, TypeError, ValueError) as error:
        raise SystemExit(
            f"{path}: expected the arrays x_train, y_train, x_test and y_test: "
            f"{error}"
        ) from error
    validation, train = np.split(
        np.random.default_rng(0).permutation(len(x)), [round(VALIDATION_SPLIT * len(x))]
    )
    parts = (x[train], y[train]), (x[validation], y[validation]), test
    train, validation, test = map(tf.data.Dataset.from_tensor_slices, parts)
    return [
        part.batch(batch_size).prefetch(tf.data.AUTOTUNE)
        for part in (train.shuffle(10_000, seed=0), validation, test)
    ]


def prepare(x, y):
    """Returns samples and targets as the model takes them."""
    if len(x) != len(y):
        raise ValueError(f"{len(x)} samples, but {len(y)} targets")
    return x, np.searchsorted(CLASSES, y)
