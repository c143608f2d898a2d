"""A model of Conv2D, BatchNormalization, Activation, MaxPooling2D and other layers.

Written by kgen 0.0.0 from unet.json, in the functional style.

    python unet.py --help
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

INPUT_SHAPE = (64, 64, 3)
FILTERS = (8, 16, 32, 64)
DECODER_FILTERS = (64, 32, 16, 8)
EPOCHS = 10
BATCH_SIZE = 32


def double_conv(x, filters, name):
    """Double conv: Conv2D, BatchNormalization and Activation."""
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv1")(
        x
    )
    x = layers.BatchNormalization(name=f"{name}_bn1")(x)
    x = layers.Activation("relu", name=f"{name}_relu1")(x)
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv2")(
        x
    )
    x = layers.BatchNormalization(name=f"{name}_bn2")(x)
    return layers.Activation("relu", name=f"{name}_relu2")(x)


def build_model():
    """Returns the uncompiled model."""
    inputs = keras.Input(shape=INPUT_SHAPE)
    skips = []
    x = inputs
    for stage, filters in enumerate(FILTERS, start=1):
        x = double_conv(x, filters, name=f"down{stage}")
        skips.append(x)
        x = layers.MaxPooling2D(name=f"down{stage}_pool")(x)
    x = double_conv(x, 128, name="bridge")
    for stage, (filters, skip) in enumerate(zip(DECODER_FILTERS, reversed(skips))):
        x = layers.Conv2DTranspose(
            filters, 2, strides=2, padding="same", name=f"up{4 - stage}_transpose"
        )(x)
        x = layers.Concatenate(name=f"up{4 - stage}_concat")([x, skip])
        x = double_conv(x, filters, name=f"up{4 - stage}")
    outputs = layers.Conv2D(1, 1, activation="sigmoid", name="mask")(x)
    return keras.Model(inputs, outputs, name="unet")
