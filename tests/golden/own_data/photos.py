"""A model of Rescaling, Conv2D, MaxPooling2D, Flatten and other layers.

Written by kgen 0.0.0 from photos, in the sequential style.

    python photos.py --help
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

INPUT_SHAPE = (16, 16, 3)
DATA = "photos"
CLASSES = ["disc's", "wide bars"]
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
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(64, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ],
        name="photos",
    )


def load_data(path, batch_size):
    """Returns batches of images for training, validation and testing."""
    if not Path(path).is_dir():
        raise SystemExit(f"{path}: there is no such folder")
    train, held_out = keras.utils.image_dataset_from_directory(
        path,
        class_names=CLASSES,
        batch_size=None,
        image_size=(16, 16),
        validation_split=VALIDATION_SPLIT + TEST_SPLIT,
        subset="both",
        seed=0,
    )
    # These were shuffled once and keep their order, so that the two parts share no file.
    share = VALIDATION_SPLIT / (VALIDATION_SPLIT + TEST_SPLIT)
    count = round(share * len(held_out))
    validation, test = held_out.take(count), held_out.skip(count)
    train, validation = train.cache().shuffle(1000, seed=0), validation.cache()
    return [
        part.batch(batch_size).prefetch(tf.data.AUTOTUNE)
        for part in (train, validation, test)
    ]
