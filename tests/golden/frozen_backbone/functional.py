"""A model of Rescaling, Conv2D, BatchNormalization, Activation and other layers.

Written by kgen 0.0.0 from frozen_backbone.json, in the functional style.

    python frozen_backbone.py --help
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
EPOCHS = 10
BATCH_SIZE = 32


def conv_block(x, filters, name):
    """Conv block: Conv2D, BatchNormalization, Activation and MaxPooling2D."""
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv1")(
        x
    )
    x = layers.BatchNormalization(name=f"{name}_bn1")(x)
    x = layers.Activation("relu", name=f"{name}_relu1")(x)
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv2")(
        x
    )
    x = layers.BatchNormalization(name=f"{name}_bn2")(x)
    x = layers.Activation("relu", name=f"{name}_relu2")(x)
    return layers.MaxPooling2D(name=f"{name}_pool")(x)


def backbone_block(x):
    """Backbone block: Rescaling and three conv blocks."""
    x = layers.Rescaling(1 / 255, name="scale")(x)
    x = conv_block(x, 16, name="stage0")
    x = conv_block(x, 32, name="stage1")
    return conv_block(x, 64, name="stage2")


def build_model():
    """Returns the uncompiled model."""
    backbone_input = keras.Input(shape=(32, 32, 3))
    backbone = keras.Model(
        backbone_input, backbone_block(backbone_input), name="backbone"
    )
    backbone.trainable = False
    inputs = keras.Input(shape=INPUT_SHAPE)
    x = backbone(inputs, training=False)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dropout(0.2)(x)
    outputs = layers.Dense(5, name="head")(x)
    return keras.Model(inputs, outputs, name="transfer")
