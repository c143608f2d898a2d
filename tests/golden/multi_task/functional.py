"""A model of Conv2D, BatchNormalization, MaxPooling2D, GlobalAveragePooling2D and other
layers.

Written by kgen 0.0.0 from multi_task.json, in the functional style.

    python multi_task.py --help
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

INPUT_SHAPE = (48, 48, 1)
FILTERS = (16, 32, 64)
EPOCHS = 10
BATCH_SIZE = 32


def build_model():
    """Returns the uncompiled model."""
    face = keras.Input(shape=INPUT_SHAPE, name="face")
    x = face
    for filters in FILTERS:
        x = layers.Conv2D(filters, 3, activation="relu")(x)
        x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D()(x)
    x = layers.GlobalAveragePooling2D()(x)
    branch = layers.Dense(32, activation="relu")(x)
    branch = layers.Dropout(0.3)(branch)
    age = layers.Dense(1, activation="relu", name="age")(branch)
    branch = layers.Dense(32, activation="relu")(x)
    branch = layers.Dropout(0.3)(branch)
    gender = layers.Dense(1, activation="sigmoid", name="gender")(branch)
    x = layers.Dense(32, activation="relu")(x)
    x = layers.Dropout(0.3)(x)
    emotion = layers.Dense(7, activation="softmax", name="emotion")(x)
    return keras.Model(
        face, {"age": age, "gender": gender, "emotion": emotion}, name="multi_task"
    )
