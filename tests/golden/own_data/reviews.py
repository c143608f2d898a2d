"""A model of Embedding, GlobalAveragePooling1D, Dropout and Dense layers.

Written by kgen 0.0.0 from reviews, in the sequential style.

    python reviews.py --help
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

DATA = "reviews"
VOCABULARY_SIZE = 132
SEQUENCE_LENGTH = 13
CLASSES = ["bad", "good"]
EPOCHS = 20
BATCH_SIZE = 8
VALIDATION_SPLIT = 0.1
TEST_SPLIT = 0.2


def build_model():
    """Returns the uncompiled model."""
    return keras.Sequential(
        [
            keras.Input(shape=(SEQUENCE_LENGTH,), dtype="int32"),
            layers.Embedding(VOCABULARY_SIZE, 32),
            layers.GlobalAveragePooling1D(),
            layers.Dropout(0.3),
            layers.Dense(32, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ],
        name="reviews",
    )


def load_data(path, batch_size, run_dir, is_new):
    """Returns batches of texts for training, validation and testing.

    The vocabulary is learnt from the training texts alone, and kept in the run directory:
    with the model, it makes predictions for new texts.
    """
    if not Path(path).is_dir():
        raise SystemExit(f"{path}: there is no such folder")
    train, held_out = keras.utils.text_dataset_from_directory(
        path,
        class_names=CLASSES,
        batch_size=None,
        validation_split=VALIDATION_SPLIT + TEST_SPLIT,
        subset="both",
        seed=0,
    )
    # These were shuffled once and keep their order, so that the two parts share no file.
    share = VALIDATION_SPLIT / (VALIDATION_SPLIT + TEST_SPLIT)
    count = round(share * len(held_out))
    validation, test = held_out.take(count), held_out.skip(count)
    file = run_dir / "vocabulary.txt"
    if is_new:
        vectorize = make_vectorization()
        vectorize.adapt(train.map(lambda text, label: text).batch(1024))
        words = vectorize.get_vocabulary(include_special_tokens=False)
        run_dir.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(words), encoding="utf-8", newline="\n")
    vectorize = make_vectorization(str(file))
    train, validation = train.cache().shuffle(1000, seed=0), validation.cache()
    return [
        part.batch(batch_size)
        .map(lambda texts, labels: (vectorize(texts), labels), tf.data.AUTOTUNE)
        .prefetch(tf.data.AUTOTUNE)
        for part in (train, validation, test)
    ]


def make_vectorization(vocabulary=None):
    """Returns the layer that turns texts into rows of word numbers."""
    return keras.layers.TextVectorization(
        max_tokens=VOCABULARY_SIZE,
        output_sequence_length=SEQUENCE_LENGTH,
        vocabulary=vocabulary,
    )
