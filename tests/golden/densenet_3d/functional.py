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
EPOCHS = 10
BATCH_SIZE = 32


def bn_block(x, filters, kernel_size, name, has_transition=False):
    """BN block: BatchNormalization, ReLU, Conv3D and AveragePooling3D."""
    x = layers.BatchNormalization(name=f"{name}_bn")(x)
    x = layers.ReLU(name=f"{name}_relu")(x)
    x = layers.Conv3D(
        filters, kernel_size, padding="same", use_bias=False, name=f"{name}_conv"
    )(x)
    if has_transition:
        x = layers.AveragePooling3D(2, name=f"{name}_pool")(x)
    return x


def merge_block(inputs, name):
    """Merge block: two bn blocks, joined by Concatenate."""
    x = bn_block(inputs, filters=32, kernel_size=1, name=f"{name}_a")
    x = bn_block(x, filters=8, kernel_size=3, name=f"{name}_b")
    return layers.Concatenate(name=f"{name}_concat")([inputs, x])


def build_model():
    """Returns the uncompiled model."""
    inputs = keras.Input(shape=INPUT_SHAPE)
    x = layers.Conv3D(16, 3, padding="same", use_bias=False, name="stem")(inputs)
    for index in range(1, 4):
        x = merge_block(x, name=f"dense1_{index}")
    x = bn_block(x, filters=20, kernel_size=1, name="transition1", has_transition=True)
    for index in range(1, 5):
        x = merge_block(x, name=f"dense2_{index}")
    x = bn_block(x, filters=26, kernel_size=1, name="transition2", has_transition=True)
    for index in range(1, 4):
        x = merge_block(x, name=f"dense3_{index}")
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.ReLU(name="relu")(x)
    x = layers.GlobalAveragePooling3D(name="pool")(x)
    outputs = layers.Dense(2, activation="softmax", name="diagnosis")(x)
    return keras.Model(inputs, outputs, name="densenet_3d")
