"""A model of Conv2D, BatchNormalization, LeakyReLU, Add and other layers.

Written by kgen 0.0.0 from yolo.json, in the subclass style.

    python yolo.py --help
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


@keras.saving.register_keras_serializable(package="yolo")
class ConvBnAct(layers.Layer):
    """Conv BN act: Conv2D, BatchNormalization and LeakyReLU.

    Args:
        filters: Number of filters.
        kernel_size: Size of the convolution window.
        strides: Strides of the convolution.
    """

    def __init__(self, filters, kernel_size, strides=1, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.conv = layers.Conv2D(
            filters, kernel_size, padding="same", use_bias=False, strides=strides
        )
        self.norm = layers.BatchNormalization()
        self.leaky_relu = layers.LeakyReLU(negative_slope=0.1)

    def build(self, input_shape):
        self.conv.build(input_shape)
        self.norm.build(self.conv.compute_output_shape(input_shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.conv(inputs)
        x = self.norm(x, training=training)
        return self.leaky_relu(x)

    def compute_output_shape(self, input_shape):
        return self.conv.compute_output_shape(input_shape)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
        }


@keras.saving.register_keras_serializable(package="yolo")
class ResidualBlock(layers.Layer):
    """Residual block: two conv bn acts, joined by Add.

    Args:
        filters: Number of filters.
    """

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.conv_bn_act1 = ConvBnAct(filters, 1)
        self.conv_bn_act2 = ConvBnAct(filters * 2, 3)
        self.add = layers.Add()

    def build(self, input_shape):
        self.conv_bn_act1.build(input_shape)
        self.conv_bn_act2.build(self.conv_bn_act1.compute_output_shape(input_shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.conv_bn_act1(inputs, training=training)
        x = self.conv_bn_act2(x, training=training)
        return self.add([inputs, x])

    def compute_output_shape(self, input_shape):
        shape = self.conv_bn_act2.compute_output_shape(
            self.conv_bn_act1.compute_output_shape(input_shape)
        )
        return self.add.compute_output_shape([input_shape, shape])

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


@keras.saving.register_keras_serializable(package="yolo")
class Yolo(keras.Model):
    """A model of Conv2D, BatchNormalization, LeakyReLU, Add and other layers."""

    def __init__(
        self,
        stages=((32, 1), (96, 3), (32, 1)),
        stages_2=((16, 1), (48, 3), (16, 1)),
        stages_3=((8, 1), (24, 3), (8, 1)),
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.stages = stages
        self.stages_2 = stages_2
        self.stages_3 = stages_3
        self.stem = ConvBnAct(8, 3, name="stem")
        self.stage1_down = ConvBnAct(16, 3, strides=2, name="stage1_down")
        self.stage1_block0 = ResidualBlock(8, name="stage1_block0")
        self.stage2_down = ConvBnAct(32, 3, strides=2, name="stage2_down")
        self.residual_blocks1 = [
            ResidualBlock(16, name=f"stage2_block{i}") for i in range(2)
        ]
        self.stage3_down = ConvBnAct(64, 3, strides=2, name="stage3_down")
        self.residual_blocks2 = [
            ResidualBlock(32, name=f"stage3_block{i}") for i in range(2)
        ]
        self.conv_bn_acts1 = [
            ConvBnAct(filters, kernel_size, name=f"head0_{i}")
            for i, (filters, kernel_size) in enumerate(stages)
        ]
        self.head0_out = ConvBnAct(64, 3, name="head0_out")
        self.boxes_0 = layers.Conv2D(21, 1, name="boxes_0")
        self.head1_reduce = ConvBnAct(16, 1, name="head1_reduce")
        self.head1_up = layers.UpSampling2D(name="head1_up")
        self.head1_concat = layers.Concatenate(name="head1_concat")
        self.conv_bn_acts2 = [
            ConvBnAct(filters, kernel_size, name=f"head1_{i}")
            for i, (filters, kernel_size) in enumerate(stages_2)
        ]
        self.head1_out = ConvBnAct(32, 3, name="head1_out")
        self.boxes_1 = layers.Conv2D(21, 1, name="boxes_1")
        self.head2_reduce = ConvBnAct(8, 1, name="head2_reduce")
        self.head2_up = layers.UpSampling2D(name="head2_up")
        self.head2_concat = layers.Concatenate(name="head2_concat")
        self.conv_bn_acts3 = [
            ConvBnAct(filters, kernel_size, name=f"head2_{i}")
            for i, (filters, kernel_size) in enumerate(stages_3)
        ]
        self.head2_out = ConvBnAct(16, 3, name="head2_out")
        self.boxes_2 = layers.Conv2D(21, 1, name="boxes_2")

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(keras.KerasTensor(input_shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.stem(inputs, training=training)
        x = self.stage1_down(x, training=training)
        x = self.stage1_block0(x, training=training)
        branch = self.stage2_down(x, training=training)
        for layer in self.residual_blocks1:
            branch = layer(branch, training=training)
        branch_2 = self.stage3_down(branch, training=training)
        for layer in self.residual_blocks2:
            branch_2 = layer(branch_2, training=training)
        for layer in self.conv_bn_acts1:
            branch_2 = layer(branch_2, training=training)
        branch_3 = self.head0_out(branch_2, training=training)
        boxes_0 = self.boxes_0(branch_3)
        branch_2 = self.head1_reduce(branch_2, training=training)
        branch_2 = self.head1_up(branch_2)
        branch = self.head1_concat([branch_2, branch])
        for layer in self.conv_bn_acts2:
            branch = layer(branch, training=training)
        branch_2 = self.head1_out(branch, training=training)
        boxes_1 = self.boxes_1(branch_2)
        branch = self.head2_reduce(branch, training=training)
        branch = self.head2_up(branch)
        x = self.head2_concat([branch, x])
        for layer in self.conv_bn_acts3:
            x = layer(x, training=training)
        x = self.head2_out(x, training=training)
        boxes_2 = self.boxes_2(x)
        return [boxes_0, boxes_1, boxes_2]

    def get_config(self):
        return {
            **super().get_config(),
            "stages": self.stages,
            "stages_2": self.stages_2,
            "stages_3": self.stages_3,
        }


def build_model():
    """Returns the built, uncompiled model."""
    model = Yolo()
    model.build((None, *INPUT_SHAPE))
    return model
