"""A model of Normalization, Dense and Rescaling layers.

Written by kgen 0.0.0 from houses.csv, in the sequential style.

    python houses.py --help
"""

import argparse
import csv
import importlib.util
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers

INPUT_SHAPE = (2,)
DATA = "houses.csv"
TARGET = "price"
NUMBERS = ["area", "rooms"]
MISSING = ("", "?", "-", "na", "n/a", "nan", "none", "null")
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
            layers.Dense(1),
            layers.Rescaling(1e5, offset=4e5),
        ],
        name="houses",
    )


def load_data(path, batch_size):
    """Returns batches of rows for training, validation and testing."""
    columns, targets = read_table(path)
    x = np.stack(list(columns.values()), axis=1)
    numbers = split(len(targets))
    parts = [(x[rows], targets[rows]) for rows in numbers]
    train, validation, test = map(tf.data.Dataset.from_tensor_slices, parts)
    return [
        part.batch(batch_size).prefetch(tf.data.AUTOTUNE)
        for part in (train.shuffle(10_000, seed=0), validation, test)
    ]


def read_table(path):
    """Returns the columns of a CSV file, and the targets of its rows."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, delimiter=";")
            header = next(reader)
            rows = [row for row in reader if row]
        texts = dict(zip(header, zip(*rows, strict=True), strict=True))
        rows = [i for i, text in enumerate(texts[TARGET]) if not is_missing(text)]
        texts = {name: [column[i] for i in rows] for name, column in texts.items()}
        columns = {}
        for name in NUMBERS:
            columns[name] = to_numbers(texts[name])
        targets = to_numbers(texts[TARGET])
    except (OSError, KeyError, ValueError, StopIteration, csv.Error) as error:
        raise SystemExit(f"{path}: expected a table like {DATA}: {error!r}") from error
    return columns, targets


def is_missing(text):
    """Tells whether a text stands for no value."""
    return text.strip().lower() in MISSING


def to_numbers(texts):
    """Returns texts as numbers; NaN is one that is missing."""
    return np.array(
        [
            np.nan if is_missing(text) else float(text.replace(",", "."))
            for text in texts
        ],
        dtype="float32",
    )


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
