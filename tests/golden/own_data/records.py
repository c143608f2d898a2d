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
    records = tf.data.TFRecordDataset(files).enumerate()
    tests = round(100 * TEST_SPLIT)
    held_out = tests + round(100 * VALIDATION_SPLIT)

    def take(first, last):
        """Returns a part of each hundred records; steps of 37 spread it over them."""

        def is_in(index, _):
            return (37 * index % 100 >= first) & (37 * index % 100 < last)

        return records.filter(is_in).map(lambda _, record: record)

    train = take(held_out, 100).shuffle(10_000, seed=0)
    return [
        part.batch(batch_size).map(parse, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
        for part in (train, take(tests, held_out), take(0, tests))
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
