"""A model of Conv1D, SpatialDropout1D, Add, Activation and other layers.

Written by kgen 0.0.0 from tcn.json, in the subclass style.

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
DILATION_RATES = (2, 4, 8, 16)
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="tcn")
class ResidualBlock(layers.Layer):
    """Residual block: Conv1D, SpatialDropout1D and Activation, joined by Add.

    Args:
        dilation_rate: Dilation of the convolution.
        has_shortcut: Whether to add Conv1D.
    """

    def __init__(self, dilation_rate, has_shortcut=False, **kwargs):
        super().__init__(**kwargs)
        self.dilation_rate = dilation_rate
        self.has_shortcut = has_shortcut
        self.conv1 = layers.Conv1D(
            24, 3, padding="causal", dilation_rate=dilation_rate, activation="relu"
        )
        self.dropout1 = layers.SpatialDropout1D(0.1)
        self.conv2 = layers.Conv1D(
            24, 3, padding="causal", dilation_rate=dilation_rate, activation="relu"
        )
        self.dropout2 = layers.SpatialDropout1D(0.1)
        if has_shortcut:
            self.conv3 = layers.Conv1D(24, 1)
        self.add = layers.Add()
        self.activation = layers.Activation("relu")

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(keras.KerasTensor(input_shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.conv1(inputs)
        x = self.dropout1(x, training=training)
        x = self.conv2(x)
        x = self.dropout2(x, training=training)
        if self.has_shortcut:
            inputs = self.conv3(inputs)
        x = self.add([x, inputs])
        return self.activation(x)

    def compute_output_shape(self, input_shape):
        return self.call(keras.KerasTensor(input_shape)).shape

    def get_config(self):
        return {
            **super().get_config(),
            "dilation_rate": self.dilation_rate,
            "has_shortcut": self.has_shortcut,
        }


@keras.saving.register_keras_serializable(package="tcn")
class Tcn(keras.Model):
    """A model of Conv1D, SpatialDropout1D, Add, Activation and other layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.block0 = ResidualBlock(1, has_shortcut=True, name="block0")
        self.residual_blocks = [
            ResidualBlock(dilation_rate, name=f"block{block}")
            for block, dilation_rate in enumerate(DILATION_RATES, start=1)
        ]
        self.forecast = layers.Dense(1, name="forecast")

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(keras.KerasTensor(input_shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.block0(inputs, training=training)
        for layer in self.residual_blocks:
            x = layer(x, training=training)
        return self.forecast(x[:, -1])


def build_model():
    """Returns the built, uncompiled model."""
    model = Tcn()
    model.build((None, *INPUT_SHAPE))
    return model
