"""A model of Conv1D, SpatialDropout1D, Add, Activation and other layers.

Written by kgen 0.0.0 from tcn.json, in the sequential style.

    python tcn.py --help
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

INPUT_SHAPE = (100, 8)
RESIDUAL_DILATION_RATES = (2, 4, 8, 16)
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="tcn")
class ResidualBlockWithHasShortcut(layers.Layer):
    """Residual block with has shortcut: Conv1D, SpatialDropout1D and Activation, joined
    by Add.

    Args:
        dilation_rate: Dilation of the convolution.
    """

    def __init__(self, dilation_rate, **kwargs):
        super().__init__(**kwargs)
        self.dilation_rate = dilation_rate
        self.conv1 = layers.Conv1D(
            24, 3, padding="causal", dilation_rate=dilation_rate, activation="relu"
        )
        self.dropout1 = layers.SpatialDropout1D(0.1)
        self.conv2 = layers.Conv1D(
            24, 3, padding="causal", dilation_rate=dilation_rate, activation="relu"
        )
        self.dropout2 = layers.SpatialDropout1D(0.1)
        self.conv3 = layers.Conv1D(24, 1)
        self.add = layers.Add()
        self.activation = layers.Activation("relu")

    def build(self, input_shape):
        self.conv1.build(input_shape)
        self.conv2.build(self.conv1.compute_output_shape(input_shape))
        self.conv3.build(input_shape)
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.conv1(inputs)
        x = self.dropout1(x, training=training)
        x = self.conv2(x)
        x = self.dropout2(x, training=training)
        conv = self.conv3(inputs)
        x = self.add([x, conv])
        return self.activation(x)

    def compute_output_shape(self, input_shape):
        shape = self.conv2.compute_output_shape(
            self.conv1.compute_output_shape(input_shape)
        )
        return self.add.compute_output_shape(
            [shape, self.conv3.compute_output_shape(input_shape)]
        )

    def get_config(self):
        return {**super().get_config(), "dilation_rate": self.dilation_rate}


@keras.saving.register_keras_serializable(package="tcn")
class ResidualBlock(layers.Layer):
    """Residual block: Conv1D, SpatialDropout1D and Activation, joined by Add.

    Args:
        dilation_rate: Dilation of the convolution.
    """

    def __init__(self, dilation_rate, **kwargs):
        super().__init__(**kwargs)
        self.dilation_rate = dilation_rate
        self.conv1 = layers.Conv1D(
            24, 3, padding="causal", dilation_rate=dilation_rate, activation="relu"
        )
        self.dropout1 = layers.SpatialDropout1D(0.1)
        self.conv2 = layers.Conv1D(
            24, 3, padding="causal", dilation_rate=dilation_rate, activation="relu"
        )
        self.dropout2 = layers.SpatialDropout1D(0.1)
        self.add = layers.Add()
        self.activation = layers.Activation("relu")

    def build(self, input_shape):
        self.conv1.build(input_shape)
        self.conv2.build(self.conv1.compute_output_shape(input_shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.conv1(inputs)
        x = self.dropout1(x, training=training)
        x = self.conv2(x)
        x = self.dropout2(x, training=training)
        x = self.add([x, inputs])
        return self.activation(x)

    def compute_output_shape(self, input_shape):
        shape = self.conv2.compute_output_shape(
            self.conv1.compute_output_shape(input_shape)
        )
        return self.add.compute_output_shape([shape, input_shape])

    def get_config(self):
        return {**super().get_config(), "dilation_rate": self.dilation_rate}


@keras.saving.register_keras_serializable(package="tcn")
class SelectionBlock(layers.Layer):
    """Selection block: ops.get_item."""

    def call(self, inputs):
        return inputs[:, -1]

    def compute_output_shape(self, input_shape):
        return self.call(keras.KerasTensor(input_shape)).shape


def build_model():
    """Returns the uncompiled model."""
    return keras.Sequential(
        [
            keras.Input(shape=INPUT_SHAPE),
            ResidualBlockWithHasShortcut(1, name="block0"),
            *[
                ResidualBlock(dilation_rate, name=f"block{i}")
                for i, dilation_rate in enumerate(RESIDUAL_DILATION_RATES, start=1)
            ],
            SelectionBlock(),
            layers.Dense(1, name="forecast"),
        ],
        name="tcn",
    )
