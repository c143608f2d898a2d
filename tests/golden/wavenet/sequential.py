"""A model of Conv1D, Multiply, Add and Activation layers.

Written by kgen 0.0.0 from wavenet.json, in the sequential style.

    python wavenet.py --help
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

INPUT_SHAPE = (128, 1)
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="wavenet")
class GatedConv(layers.Layer):
    """Gated conv: three Conv1D layers, joined by Multiply.

    Args:
        dilation_rate: Dilation of the convolution.
    """

    def __init__(self, dilation_rate=1, **kwargs):
        super().__init__(**kwargs)
        self.dilation_rate = dilation_rate
        self.conv1 = layers.Conv1D(
            16, 2, padding="causal", dilation_rate=dilation_rate, activation="tanh"
        )
        self.conv2 = layers.Conv1D(
            16, 2, padding="causal", dilation_rate=dilation_rate, activation="sigmoid"
        )
        self.multiply = layers.Multiply()
        self.conv3 = layers.Conv1D(16, 1)

    def build(self, input_shape):
        self.conv1.build(input_shape)
        self.conv2.build(input_shape)
        shape = self.multiply.compute_output_shape(
            [
                self.conv1.compute_output_shape(input_shape),
                self.conv2.compute_output_shape(input_shape),
            ]
        )
        self.conv3.build(shape)
        super().build(input_shape)

    def call(self, inputs):
        x = self.conv1(inputs)
        conv = self.conv2(inputs)
        x = self.multiply([x, conv])
        branch = self.conv3(x)
        return x, branch

    def compute_output_shape(self, input_shape):
        shape = self.multiply.compute_output_shape(
            [
                self.conv1.compute_output_shape(input_shape),
                self.conv2.compute_output_shape(input_shape),
            ]
        )
        return shape, self.conv3.compute_output_shape(shape)

    def get_config(self):
        return {**super().get_config(), "dilation_rate": self.dilation_rate}


@keras.saving.register_keras_serializable(package="wavenet")
class ResidualBlock(layers.Layer):
    """Residual block: gated conv and Conv1D, joined by Add.

    Args:
        dilation_rate: Dilation of the convolution.
    """

    def __init__(self, dilation_rate=1, **kwargs):
        super().__init__(**kwargs)
        self.dilation_rate = dilation_rate
        self.gated_conv = GatedConv(dilation_rate=dilation_rate)
        self.conv = layers.Conv1D(16, 1)
        self.add = layers.Add()

    def build(self, input_shape):
        self.gated_conv.build(input_shape)
        self.conv.build(self.gated_conv.compute_output_shape(input_shape)[0])
        super().build(input_shape)

    def call(self, inputs):
        x, skip = self.gated_conv(inputs)
        x = self.conv(x)
        x = self.add([inputs, x])
        return x, skip

    def compute_output_shape(self, input_shape):
        shape = self.conv.compute_output_shape(
            self.gated_conv.compute_output_shape(input_shape)[0]
        )
        return (
            self.add.compute_output_shape([input_shape, shape]),
            self.gated_conv.compute_output_shape(input_shape)[1],
        )

    def get_config(self):
        return {**super().get_config(), "dilation_rate": self.dilation_rate}


@keras.saving.register_keras_serializable(package="wavenet")
class ResidualBlock2(layers.Layer):
    """Residual block 2: residual block and gated conv, joined by Add."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.residual_blocks = [
            ResidualBlock(dilation_rate=dilation_rate)
            for dilation_rate in (1, 2, 4, 8, 16, 1, 2, 4, 8)
        ]
        self.gated_conv = GatedConv(dilation_rate=16)
        self.add_10 = layers.Add(name="add_10")

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(keras.KerasTensor(input_shape))
        super().build(input_shape)

    def call(self, inputs):
        skips = []
        for layer in self.residual_blocks:
            inputs, x = layer(inputs)
            skips.append(x)
        _, x = self.gated_conv(inputs)
        return self.add_10([*skips, x])

    def compute_output_shape(self, input_shape):
        return self.call(keras.KerasTensor(input_shape)).shape


def build_model():
    """Returns the uncompiled model."""
    return keras.Sequential(
        [
            keras.Input(shape=INPUT_SHAPE),
            layers.Conv1D(16, 2, padding="causal"),
            ResidualBlock2(),
            layers.Activation("relu"),
            layers.Conv1D(16, 1, activation="relu", name="conv1d_41"),
            layers.Conv1D(32, 1, activation="softmax", name="conv1d_42"),
        ],
        name="wavenet",
    )
