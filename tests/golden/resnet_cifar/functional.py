"""A model of Conv2D, BatchNormalization, Activation, Add and other layers.

Written by kgen 0.0.0 from resnet_cifar.json, in the functional style.

    python resnet_cifar.py --help
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
STAGES = ((16, 1), (32, 2), (64, 2))
EPOCHS = 20
BATCH_SIZE = 128


def conv_bn(x, filters, strides=1):
    """Conv BN: Conv2D and BatchNormalization."""
    x = layers.Conv2D(
        filters,
        3,
        padding="same",
        kernel_initializer="he_normal",
        kernel_regularizer=keras.regularizers.L2(1e-4),
        strides=strides,
    )(x)
    return layers.BatchNormalization()(x)


def residual_block(inputs, filters, strides=1):
    """Residual block: conv bn, Activation and Conv2D, joined by Add."""
    x = conv_bn(inputs, filters, strides=strides)
    x = layers.Activation("relu")(x)
    x = conv_bn(x, filters)
    if strides == 2:
        inputs = layers.Conv2D(
            filters,
            1,
            strides=2,
            padding="same",
            kernel_initializer="he_normal",
            kernel_regularizer=keras.regularizers.L2(1e-4),
        )(inputs)
    x = layers.Add()([inputs, x])
    return layers.Activation("relu")(x)


def build_model():
    """Returns the uncompiled model."""
    inputs = keras.Input(shape=INPUT_SHAPE)
    x = conv_bn(inputs, 16)
    x = layers.Activation("relu")(x)
    for filters, strides in STAGES:
        x = residual_block(x, filters, strides=strides)
        x = residual_block(x, filters)
        x = residual_block(x, filters)
    x = layers.AveragePooling2D(8)(x)
    x = layers.Flatten()(x)
    outputs = layers.Dense(10, activation="softmax", kernel_initializer="he_normal")(x)
    return keras.Model(inputs, outputs, name="model")
