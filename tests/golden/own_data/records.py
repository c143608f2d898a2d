"""A model of Rescaling, Reshape, Conv2D, MaxPooling2D and other layers.

Written by kgen 0.0.0 from records.yaml, in the sequential style.

    python records.py --help
"""

import argparse
import csv
import importlib.util
from glob import glob
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers

INPUT_SHAPE = (12, 12)
DATA = "digits-*.tfrecord"
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
        name="records",
    )


def load_data(path, batch_size):
    """Returns batches of examples for training, validation and testing."""
    files = sorted(glob(path))
    if not files:
        raise SystemExit(f"{path}: there are no such files")
    records = tf.data.TFRecordDataset(files)
    count = int(records.reduce(0, lambda count, _: count + 1))
    parts = []
    for numbers in split(count):
        chosen = np.isin(np.arange(count), numbers)
        part = tf.data.Dataset.zip(records, tf.data.Dataset.from_tensor_slices(chosen))
        part = part.filter(lambda _, is_chosen: is_chosen).map(lambda record, _: record)
        # A filter hides how many are left, and Keras would take the end for a lack.
        parts.append(part.apply(tf.data.experimental.assert_cardinality(len(numbers))))
    train, validation, test = parts
    return [
        part.batch(batch_size).map(parse, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
        for part in (train.shuffle(10_000, seed=0), validation, test)
    ]


def parse(records):
    """Returns what the model takes and what it predicts, of a batch of records."""
    examples = tf.io.parse_example(
        records,
        {
            "image": tf.io.FixedLenFeature((), tf.string),
            "label": tf.io.FixedLenFeature((), tf.int64),
        },
    )
    examples["image"] = tf.reshape(
        tf.io.decode_raw(examples["image"], tf.uint8), (-1, 12, 12)
    )
    return examples["image"], examples["label"]


def split(count):
    """Returns the numbers of the samples for training, validation and testing."""
    order = np.random.default_rng(0).permutation(count)
    test = round(TEST_SPLIT * count)
    validation = test + round(VALIDATION_SPLIT * count)
    return order[validation:], order[test:validation], order[:test]
