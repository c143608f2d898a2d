"""A model of BatchNormalization, Embedding, Flatten, Concatenate and other layers.

Written by kgen 0.0.0 from wide_and_deep.json, in the functional style.

    python wide_and_deep.py --help
"""

import argparse
import csv
import importlib.util
from pathlib import Path
from zipfile import BadZipFile

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

NUMBERS_SHAPE = (6,)
CATEGORY_A_SHAPE = (1,)
EPOCHS = 10
BATCH_SIZE = 32


def build_model():
    """Returns the uncompiled model."""
    numbers = keras.Input(shape=NUMBERS_SHAPE, name="numbers")
    category_a = keras.Input(shape=CATEGORY_A_SHAPE, dtype="int32", name="category_a")
    category_b = keras.Input(shape=CATEGORY_A_SHAPE, dtype="int32", name="category_b")
    category_c = keras.Input(shape=CATEGORY_A_SHAPE, dtype="int32", name="category_c")
    x = layers.BatchNormalization(name="wide")(numbers)
    branch = layers.Embedding(20, 4, name="embedding_0")(category_a)
    branch = layers.Flatten(name="flatten_0")(branch)
    branch_2 = layers.Embedding(20, 4, name="embedding_1")(category_b)
    branch_2 = layers.Flatten(name="flatten_1")(branch_2)
    branch_3 = layers.Embedding(20, 4, name="embedding_2")(category_c)
    branch_3 = layers.Flatten(name="flatten_2")(branch_3)
    branch = layers.Concatenate(name="deep_inputs")(
        [numbers, branch, branch_2, branch_3]
    )
    branch = layers.Dense(64, activation="relu", name="deep_0")(branch)
    branch = layers.Dense(32, activation="relu", name="deep_1")(branch)
    branch = layers.Dense(16, activation="relu", name="deep_2")(branch)
    x = layers.Concatenate(name="wide_and_deep")([x, branch])
    outputs = layers.Dense(1, activation="sigmoid", name="income")(x)
    return keras.Model(
        [numbers, category_a, category_b, category_c], outputs, name="wide_and_deep"
    )
