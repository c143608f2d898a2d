"""A model of Conv2D, BatchNormalization, Activation, MaxPooling2D and other layers.

Written by kgen 0.0.0 from unet.json, in the sequential style.

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
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="unet")
class DoubleConv(layers.Layer):
    """Double conv: Conv2D, BatchNormalization and Activation.

    Args:
        filters: Number of filters.
    """

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.conv1 = layers.Conv2D(filters, 3, padding="same", use_bias=False)
        self.norm1 = layers.BatchNormalization()
        self.activation1 = layers.Activation("relu")
        self.conv2 = layers.Conv2D(filters, 3, padding="same", use_bias=False)
        self.norm2 = layers.BatchNormalization()
        self.activation2 = layers.Activation("relu")

    def build(self, input_shape):
        shape = input_shape
        for layer in (self.conv1, self.norm1, self.conv2, self.norm2):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.conv1(inputs)
        x = self.norm1(x, training=training)
        x = self.activation1(x)
        x = self.conv2(x)
        x = self.norm2(x, training=training)
        return self.activation2(x)

    def compute_output_shape(self, input_shape):
        for layer in (self.conv1, self.conv2):
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


@keras.saving.register_keras_serializable(package="unet")
class SkipConnections(layers.Layer):
    """Skip connections: MaxPooling2D, double conv and Conv2DTranspose, joined by
    Concatenate.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.down1_pool = layers.MaxPooling2D(name="down1_pool")
        self.down2 = DoubleConv(16, name="down2")
        self.down2_pool = layers.MaxPooling2D(name="down2_pool")
        self.down3 = DoubleConv(32, name="down3")
        self.down3_pool = layers.MaxPooling2D(name="down3_pool")
        self.down4 = DoubleConv(64, name="down4")
        self.down4_pool = layers.MaxPooling2D(name="down4_pool")
        self.bridge = DoubleConv(128, name="bridge")
        self.up4_transpose = layers.Conv2DTranspose(
            64, 2, strides=2, padding="same", name="up4_transpose"
        )
        self.up4_concat = layers.Concatenate(name="up4_concat")
        self.up4 = DoubleConv(64, name="up4")
        self.up3_transpose = layers.Conv2DTranspose(
            32, 2, strides=2, padding="same", name="up3_transpose"
        )
        self.up3_concat = layers.Concatenate(name="up3_concat")
        self.up3 = DoubleConv(32, name="up3")
        self.up2_transpose = layers.Conv2DTranspose(
            16, 2, strides=2, padding="same", name="up2_transpose"
        )
        self.up2_concat = layers.Concatenate(name="up2_concat")
        self.up2 = DoubleConv(16, name="up2")
        self.up1_transpose = layers.Conv2DTranspose(
            8, 2, strides=2, padding="same", name="up1_transpose"
        )
        self.up1_concat = layers.Concatenate(name="up1_concat")

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(keras.KerasTensor(input_shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.down1_pool(inputs)
        x = self.down2(x, training=training)
        branch = self.down2_pool(x)
        branch = self.down3(branch, training=training)
        branch_2 = self.down3_pool(branch)
        branch_2 = self.down4(branch_2, training=training)
        branch_3 = self.down4_pool(branch_2)
        branch_3 = self.bridge(branch_3, training=training)
        branch_3 = self.up4_transpose(branch_3)
        branch_2 = self.up4_concat([branch_3, branch_2])
        branch_2 = self.up4(branch_2, training=training)
        branch_2 = self.up3_transpose(branch_2)
        branch = self.up3_concat([branch_2, branch])
        branch = self.up3(branch, training=training)
        branch = self.up2_transpose(branch)
        x = self.up2_concat([branch, x])
        x = self.up2(x, training=training)
        x = self.up1_transpose(x)
        return self.up1_concat([x, inputs])

    def compute_output_shape(self, input_shape):
        return self.call(keras.KerasTensor(input_shape)).shape


def build_model():
    """Returns the uncompiled model."""
    return keras.Sequential(
        [
            keras.Input(shape=INPUT_SHAPE),
            DoubleConv(8, name="down1"),
            SkipConnections(),
            DoubleConv(8, name="up1"),
            layers.Conv2D(1, 1, activation="sigmoid", name="mask"),
        ],
        name="unet",
    )
