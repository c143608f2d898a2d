"""A model of Conv2D, MaxPooling2D, Concatenate, GlobalAveragePooling2D and other
layers.

Written by kgen 0.0.0 from inception_towers.json, in the functional style.

    python inception_towers.py --help
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

INPUT_SHAPE = (32, 32, 3)
EPOCHS = 20
BATCH_SIZE = 128


def inception_block(
    inputs,
    filters1,
    reduce_filters1,
    filters2,
    reduce_filters2,
    filters3,
    proj_filters,
    name,
):
    """Inception block: Conv2D and MaxPooling2D, joined by Concatenate."""
    x = layers.Conv2D(
        filters1, 1, padding="same", activation="relu", name=f"{name}_1x1"
    )(inputs)
    branch = layers.Conv2D(
        reduce_filters1, 1, padding="same", activation="relu", name=f"{name}_3x3_reduce"
    )(inputs)
    branch = layers.Conv2D(
        filters2, 3, padding="same", activation="relu", name=f"{name}_3x3"
    )(branch)
    branch_2 = layers.Conv2D(
        reduce_filters2, 1, padding="same", activation="relu", name=f"{name}_5x5_reduce"
    )(inputs)
    branch_2 = layers.Conv2D(
        filters3, 5, padding="same", activation="relu", name=f"{name}_5x5"
    )(branch_2)
    branch_3 = layers.MaxPooling2D(3, strides=1, padding="same", name=f"{name}_pool")(
        inputs
    )
    branch_3 = layers.Conv2D(
        proj_filters, 1, padding="same", activation="relu", name=f"{name}_pool_proj"
    )(branch_3)
    return layers.Concatenate(name=f"{name}_out")([x, branch, branch_2, branch_3])


def build_model():
    """Returns the uncompiled model."""
    inputs = keras.Input(shape=INPUT_SHAPE)
    x = layers.Conv2D(16, 3, padding="same", activation="relu", name="stem")(inputs)
    x = inception_block(
        x,
        filters1=8,
        reduce_filters1=12,
        filters2=16,
        reduce_filters2=2,
        filters3=4,
        proj_filters=4,
        name="inception_0",
    )
    x = inception_block(
        x,
        filters1=16,
        reduce_filters1=16,
        filters2=24,
        reduce_filters2=4,
        filters3=12,
        proj_filters=8,
        name="inception_1",
    )
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool_1")(x)
    x = inception_block(
        x,
        filters1=24,
        reduce_filters1=12,
        filters2=26,
        reduce_filters2=2,
        filters3=6,
        proj_filters=8,
        name="inception_2",
    )
    x = inception_block(
        x,
        filters1=20,
        reduce_filters1=14,
        filters2=28,
        reduce_filters2=3,
        filters3=8,
        proj_filters=8,
        name="inception_3",
    )
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool_3")(x)
    x = layers.GlobalAveragePooling2D(name="average")(x)
    x = layers.Dropout(0.4)(x)
    outputs = layers.Dense(10, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, outputs, name="inception")
