"""A model of Dense layers.

Written by kgen 0.0.0 from people.csv, in the sequential style.

    python people.py --help
"""

import argparse
import csv
import importlib.util
from datetime import datetime
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers

INPUT_SHAPE = (9,)
DATA = "people.csv"
TARGET = "income"
CLASSES = ["<=50K", ">50K"]
NUMBERS = ["age", "hours"]
CATEGORIES = {"city": 4}
DATES = {"joined": ("%Y-%m-%d", ("year", "month", "weekday"))}
MISSING = ("", "?", "-", "na", "n/a", "nan", "none", "null")
EPOCHS = 20
BATCH_SIZE = 8
VALIDATION_SPLIT = 0.1
TEST_SPLIT = 0.2
CLASS_WEIGHT = {0: 0.685, 1: 1.852}


def build_model():
    """Returns the uncompiled model."""
    return keras.Sequential(
        [
            keras.Input(shape=INPUT_SHAPE),
            layers.Dense(32, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ],
        name="people",
    )


def load_data(path, batch_size, run_dir, is_new):
    """Returns batches of rows for training, validation and testing.

    How columns are scaled and encoded is learnt from the training rows alone, and kept in
    the run directory: with the model, it makes predictions for new rows.
    """
    columns, targets = read_table(path)
    numbers = split(len(targets))
    file = run_dir / "features.keras"
    if is_new:
        run_dir.mkdir(parents=True, exist_ok=True)
        learn_features(take(columns, numbers[0])).save(file)
    features = keras.models.load_model(file)
    # Builds the layers that encode here, for a pipeline cannot.
    features.get_encoded_features()

    def encode(rows, targets):
        x = features(rows)
        # A number that is missing counts as the mean of the training rows.
        return tf.where(tf.math.is_nan(x), 0.0, x), targets

    parts = [(take(columns, rows), targets[rows]) for rows in numbers]
    train, validation, test = map(tf.data.Dataset.from_tensor_slices, parts)
    return [
        part.batch(batch_size).map(encode, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
        for part in (train.shuffle(10_000, seed=0), validation, test)
    ]


def take(columns, rows):
    """Returns some rows of all columns."""
    return {name: column[rows] for name, column in columns.items()}


def learn_features(columns):
    """Learns to scale numbers and to encode categories."""
    FeatureSpace = keras.utils.FeatureSpace
    features = {}
    for name in NUMBERS:
        features[name] = FeatureSpace.float_normalized()
    for name, size in CATEGORIES.items():
        features[name] = FeatureSpace.string_categorical(max_tokens=size)
    for name, (_, parts) in DATES.items():
        for part in parts:
            features[f"{name} {part}"] = FeatureSpace.float_normalized()
    space = FeatureSpace(features, output_mode="concat")
    columns = {
        name: fill(column) if column.dtype.kind == "f" else column
        for name, column in columns.items()
    }
    space.adapt(tf.data.Dataset.from_tensor_slices(columns).batch(1024))
    return space


def read_table(path):
    """Returns the columns of a CSV file, and the targets of its rows."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            header = next(reader)
            rows = [row for row in reader if row]
        texts = dict(zip(header, zip(*rows, strict=True), strict=True))
        rows = [i for i, text in enumerate(texts[TARGET]) if not is_missing(text)]
        texts = {name: [column[i] for i in rows] for name, column in texts.items()}
        columns = {}
        for name in NUMBERS:
            columns[name] = to_numbers(texts[name])
        for name in CATEGORIES:
            columns[name] = to_categories(texts[name])
        for name, (form, parts) in DATES.items():
            for part, values in to_dates(texts[name], form, parts).items():
                columns[f"{name} {part}"] = values
        numbers = {name: number for number, name in enumerate(CLASSES)}
        targets = np.array([numbers[" ".join(text.split())] for text in texts[TARGET]])
    except (OSError, KeyError, ValueError, StopIteration, csv.Error) as error:
        raise SystemExit(f"{path}: expected a table like {DATA}: {error!r}") from error
    return columns, targets


def is_missing(text):
    """Tells whether a text stands for no value."""
    return text.strip().lower() in MISSING


def to_numbers(texts):
    """Returns texts as numbers; NaN is one that is missing."""
    return np.array(
        [np.nan if is_missing(text) else float(text) for text in texts],
        dtype="float32",
    )


def to_categories(texts):
    """Returns texts with single spaces in them, so that all white space is alike."""
    return np.array(
        ["missing" if is_missing(text) else " ".join(text.split()) for text in texts]
    )


def to_dates(texts, form, parts):
    """Returns parts of dates as numbers: the year, the month, the weekday, the hour."""
    values = {part: np.full(len(texts), np.nan, dtype="float32") for part in parts}
    for index, text in enumerate(texts):
        if is_missing(text):
            continue
        date = datetime.strptime(text.strip(), form)
        for part in parts:
            value = date.weekday() if part == "weekday" else getattr(date, part)
            values[part][index] = value
    return values


def fill(column):
    """Returns numbers with the mean of all others for those that are missing."""
    return np.where(np.isnan(column), np.nanmean(column), column)


def split(count):
    """Returns the numbers of the samples for training, validation and testing."""
    order = np.random.default_rng(0).permutation(count)
    test = round(TEST_SPLIT * count)
    validation = test + round(VALIDATION_SPLIT * count)
    return order[validation:], order[test:validation], order[:test]
