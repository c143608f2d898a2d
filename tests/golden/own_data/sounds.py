"""A model of MelSpectrogram, Reshape, Rescaling, Conv2D and other layers.

Written by kgen 0.0.0 from sounds, in the sequential style.

    python sounds.py --help
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

INPUT_SHAPE = (2000,)
DATA = "sounds"
CLASSES = ["high", "low"]
EPOCHS = 20
BATCH_SIZE = 8
VALIDATION_SPLIT = 0.1
TEST_SPLIT = 0.2


def build_model():
    """Returns the uncompiled model."""
    return keras.Sequential(
        [
            keras.Input(shape=INPUT_SHAPE),
            layers.MelSpectrogram(
                fft_length=256,
                sequence_stride=128,
                sampling_rate=8000,
                num_mel_bins=64,
                max_freq=4e3,
            ),
            layers.Reshape((64, -1, 1)),
            layers.Rescaling(1 / 40, offset=1),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(64, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ],
        name="sounds",
    )


def load_data(path, batch_size):
    """Returns batches of recordings for training, validation and testing."""
    if not Path(path).is_dir():
        raise SystemExit(f"{path}: there is no such folder")
    train, held_out = keras.utils.audio_dataset_from_directory(
        path,
        class_names=CLASSES,
        batch_size=None,
        output_sequence_length=2000,
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
        part.batch(batch_size)
        .map(
            lambda audio, labels: (tf.reduce_mean(audio, axis=-1), labels),
            tf.data.AUTOTUNE,
        )
        .prefetch(tf.data.AUTOTUNE)
        for part in (train, validation, test)
    ]
