"""A model of Conv3D, BatchNormalization, ReLU, Concatenate and other layers.

Written by kgen 0.0.0 from densenet_3d.json, in the functional style.

    python densenet_3d.py --help
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

INPUT_SHAPE = (16, 16, 16, 1)
STAGES = ((3, 20), (4, 26), (3, None))
EPOCHS = 10
BATCH_SIZE = 32


def conv_block(x, filters, kernel_size, name, pool=False):
    """Conv block: BatchNormalization, ReLU, Conv3D and AveragePooling3D."""
    x = layers.BatchNormalization(name=f"{name}_bn")(x)
    x = layers.ReLU(name=f"{name}_relu")(x)
    x = layers.Conv3D(
        filters, kernel_size, padding="same", use_bias=False, name=f"{name}_conv"
    )(x)
    if pool:
        x = layers.AveragePooling3D(2, name=f"{name}_pool")(x)
    return x


def dense_block(inputs, name):
    """Dense block: two conv blocks, joined by Concatenate."""
    x = conv_block(inputs, 32, 1, name=f"{name}_a")
    x = conv_block(x, 8, 3, name=f"{name}_b")
    return layers.Concatenate(name=f"{name}_concat")([inputs, x])


def build_model():
    """Returns the uncompiled model."""
    inputs = keras.Input(shape=INPUT_SHAPE)
    x = layers.Conv3D(16, 3, padding="same", use_bias=False, name="stem")(inputs)
    for stage, (blocks, filters) in enumerate(STAGES, start=1):
        for index in range(1, blocks + 1):
            x = dense_block(x, name=f"dense{stage}_{index}")
        if filters:
            x = conv_block(x, filters, 1, name=f"transition{stage}", pool=True)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.ReLU(name="relu")(x)
    x = layers.GlobalAveragePooling3D(name="pool")(x)
    outputs = layers.Dense(2, activation="softmax", name="diagnosis")(x)
    return keras.Model(inputs, outputs, name="densenet_3d")
