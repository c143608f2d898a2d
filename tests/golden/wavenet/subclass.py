"""A model of Conv1D, Multiply, Add and Activation layers.

Written by kgen 0.0.0 from wavenet.json, in the subclass style.

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
class ConvMultiply(layers.Layer):
    """Conv multiply: three Conv1D layers, joined by Multiply.

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
    """Residual block: conv multiply and Conv1D, joined by Add.

    Args:
        dilation_rate: Dilation of the convolution.
    """

    def __init__(self, dilation_rate=1, **kwargs):
        super().__init__(**kwargs)
        self.dilation_rate = dilation_rate
        self.conv_multiply = ConvMultiply(dilation_rate=dilation_rate)
        self.conv = layers.Conv1D(16, 1)
        self.add = layers.Add()

    def build(self, input_shape):
        self.conv_multiply.build(input_shape)
        self.conv.build(self.conv_multiply.compute_output_shape(input_shape)[0])
        super().build(input_shape)

    def call(self, inputs):
        x, conv_multiply = self.conv_multiply(inputs)
        x = self.conv(x)
        x = self.add([inputs, x])
        return x, conv_multiply

    def compute_output_shape(self, input_shape):
        shape = self.conv.compute_output_shape(
            self.conv_multiply.compute_output_shape(input_shape)[0]
        )
        return (
            self.add.compute_output_shape([input_shape, shape]),
            self.conv_multiply.compute_output_shape(input_shape)[1],
        )

    def get_config(self):
        return {**super().get_config(), "dilation_rate": self.dilation_rate}


@keras.saving.register_keras_serializable(package="wavenet")
class Wavenet(keras.Model):
    """A model of Conv1D, Multiply, Add and Activation layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv1D(16, 2, padding="causal")
        self.residual_block1 = ResidualBlock()
        self.residual_block2 = ResidualBlock(dilation_rate=2)
        self.residual_block3 = ResidualBlock(dilation_rate=4)
        self.residual_block4 = ResidualBlock(dilation_rate=8)
        self.residual_block5 = ResidualBlock(dilation_rate=16)
        self.residual_block6 = ResidualBlock()
        self.residual_block7 = ResidualBlock(dilation_rate=2)
        self.residual_block8 = ResidualBlock(dilation_rate=4)
        self.residual_block9 = ResidualBlock(dilation_rate=8)
        self.conv_multiply = ConvMultiply(dilation_rate=16)
        self.add_10 = layers.Add(name="add_10")
        self.activation = layers.Activation("relu")
        self.conv1d_41 = layers.Conv1D(16, 1, activation="relu", name="conv1d_41")
        self.conv1d_42 = layers.Conv1D(32, 1, activation="softmax", name="conv1d_42")

    def build(self, input_shape):
        self.conv.build(input_shape)
        shape = self.conv.compute_output_shape(input_shape)
        self.residual_block1.build(shape)
        residual_block1_shape = self.residual_block1.compute_output_shape(shape)[0]
        self.residual_block2.build(residual_block1_shape)
        residual_block2_shape = self.residual_block2.compute_output_shape(
            residual_block1_shape
        )[0]
        self.residual_block3.build(residual_block2_shape)
        residual_block3_shape = self.residual_block3.compute_output_shape(
            residual_block2_shape
        )[0]
        self.residual_block4.build(residual_block3_shape)
        residual_block4_shape = self.residual_block4.compute_output_shape(
            residual_block3_shape
        )[0]
        self.residual_block5.build(residual_block4_shape)
        residual_block5_shape = self.residual_block5.compute_output_shape(
            residual_block4_shape
        )[0]
        self.residual_block6.build(residual_block5_shape)
        residual_block6_shape = self.residual_block6.compute_output_shape(
            residual_block5_shape
        )[0]
        self.residual_block7.build(residual_block6_shape)
        residual_block7_shape = self.residual_block7.compute_output_shape(
            residual_block6_shape
        )[0]
        self.residual_block8.build(residual_block7_shape)
        residual_block8_shape = self.residual_block8.compute_output_shape(
            residual_block7_shape
        )[0]
        self.residual_block9.build(residual_block8_shape)
        residual_block9_shape = self.residual_block9.compute_output_shape(
            residual_block8_shape
        )[0]
        self.conv_multiply.build(residual_block9_shape)
        residual_block_shape = self.residual_block1.compute_output_shape(shape)[1]
        self.add_10.build(
            [
                residual_block_shape,
                self.residual_block2.compute_output_shape(residual_block1_shape)[1],
                self.residual_block3.compute_output_shape(residual_block2_shape)[1],
                self.residual_block4.compute_output_shape(residual_block3_shape)[1],
                self.residual_block5.compute_output_shape(residual_block4_shape)[1],
                self.residual_block6.compute_output_shape(residual_block5_shape)[1],
                self.residual_block7.compute_output_shape(residual_block6_shape)[1],
                self.residual_block8.compute_output_shape(residual_block7_shape)[1],
                self.residual_block9.compute_output_shape(residual_block8_shape)[1],
                self.conv_multiply.compute_output_shape(residual_block9_shape)[1],
            ]
        )
        self.activation.build(residual_block_shape)
        self.conv1d_41.build(residual_block_shape)
        self.conv1d_42.build(self.conv1d_41.compute_output_shape(residual_block_shape))
        super().build(input_shape)

    def call(self, inputs):
        x = self.conv(inputs)
        x, residual_block = self.residual_block1(x)
        x, residual_block_2 = self.residual_block2(x)
        x, residual_block_3 = self.residual_block3(x)
        x, residual_block_4 = self.residual_block4(x)
        x, residual_block_5 = self.residual_block5(x)
        x, residual_block_6 = self.residual_block6(x)
        x, residual_block_7 = self.residual_block7(x)
        x, residual_block_8 = self.residual_block8(x)
        x, residual_block_9 = self.residual_block9(x)
        _, x = self.conv_multiply(x)
        x = self.add_10(
            [
                residual_block,
                residual_block_2,
                residual_block_3,
                residual_block_4,
                residual_block_5,
                residual_block_6,
                residual_block_7,
                residual_block_8,
                residual_block_9,
                x,
            ]
        )
        x = self.activation(x)
        x = self.conv1d_41(x)
        return self.conv1d_42(x)


def build_model():
    """Returns the built, uncompiled model."""
    model = Wavenet()
    model.build((None, *INPUT_SHAPE))
    return model
