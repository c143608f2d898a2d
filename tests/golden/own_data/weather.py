"""A model of Normalization, LSTM, Dense and Rescaling layers.

Written by kgen 0.0.0 from weather.csv, in the sequential style.

    python weather.py --help
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

INPUT_SHAPE = (24, 3)
DATA = "weather.csv"
TARGET = "temperature"
COLUMNS = ["temperature", "wind", "step"]
WINDOW = 24
HORIZON = 1
MISSING = ("", "?", "-", "na", "n/a", "nan", "none", "null")
EPOCHS = 20
BATCH_SIZE = 16
VALIDATION_SPLIT = 0.1
TEST_SPLIT = 0.2


def build_model():
    """Returns the uncompiled model."""
    return keras.Sequential(
        [
            keras.Input(shape=INPUT_SHAPE),
            layers.Normalization(),
            layers.LSTM(32),
            layers.Dense(1),
            layers.Rescaling(6, offset=20),
        ],
        name="weather",
    )


def load_data(path, batch_size):
    """Returns batches of windows for training, validation and testing.

    The rows are divided by time, and no window reaches into another part: the model is
    tested on what comes after all that it has learnt from.
    """
    values = read_series(path)
    test = round((1 - TEST_SPLIT) * len(values))
    validation = test - round(VALIDATION_SPLIT * len(values))
    return (
        make_windows(values[:validation], batch_size, shuffle=True),
        make_windows(values[validation:test], batch_size),
        make_windows(values[test:], batch_size),
    )


def make_windows(values, batch_size, shuffle=False):
    """Pairs each window of rows with the target HORIZON rows after its last one."""
    dataset = keras.utils.timeseries_dataset_from_array(
        values[:-HORIZON],
        values[WINDOW + HORIZON - 1 :, COLUMNS.index(TARGET)],
        sequence_length=WINDOW,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=0,
    )
    return dataset.prefetch(tf.data.AUTOTUNE)


def read_series(path):
    """Returns the numbers of a CSV file, row by row in the order of time."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            header = next(reader)
            places = [header.index(name) for name in COLUMNS]
            rows = [[row[place] for place in places] for row in reader if row]
        values = np.array([[to_number(text) for text in row] for row in rows])
    except (OSError, IndexError, ValueError, StopIteration, csv.Error) as error:
        raise SystemExit(f"{path}: expected a table like {DATA}: {error!r}") from error
    # What is missing is as it was in the row before: nothing is taken from the future.
    for before, row in zip(values, values[1:]):
        np.copyto(row, before, where=np.isnan(row))
    values = np.nan_to_num(values)
    return values.astype("float32")


def to_number(text):
    """Returns a text as a number; NaN is one that is missing."""
    return np.nan if text.strip().lower() in MISSING else float(text)


def adapt(model, data):
    """Lets the layer that scales the input learn mean and variance, from training data."""
    scaling = next(
        layer for layer in model.layers if isinstance(layer, keras.layers.Normalization)
    )
    scaling.adapt(data.map(lambda x, y: x))
