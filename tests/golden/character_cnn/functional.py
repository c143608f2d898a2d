"""A model of Embedding, Conv1D, GlobalMaxPooling1D, Concatenate and other layers.

Written by kgen 0.0.0 from character_cnn.json, in the functional style.

    python character_cnn.py --help
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

INPUT_SHAPE = (120,)
KERNEL_SIZES = (2, 3, 4, 5)
EPOCHS = 10
BATCH_SIZE = 32


def build_model():
    """Returns the uncompiled model."""
    inputs = keras.Input(shape=INPUT_SHAPE, dtype="int32")
    x = layers.Embedding(70, 16)(inputs)
    branches = []
    for kernel_size in KERNEL_SIZES:
        branch = layers.Conv1D(32, kernel_size, activation="relu")(x)
        branch = layers.GlobalMaxPooling1D()(branch)
        branches.append(branch)
    x = layers.Concatenate()(branches)
    x = layers.Dropout(0.5)(x)
    outputs = layers.Dense(4, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="character_cnn")
