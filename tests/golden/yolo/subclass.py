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
class Yolo(keras.Model):
    """A model of Conv2D, BatchNormalization, LeakyReLU, Add and other layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.stem = ConvBnAct(8, 3, name="stem")
        self.stage1_down = ConvBnAct(16, 3, strides=2, name="stage1_down")
        self.stage1_block0_1 = ConvBnAct(8, 1, name="stage1_block0_1")
        self.stage1_block0_2 = ConvBnAct(16, 3, name="stage1_block0_2")
        self.stage1_block0_add = layers.Add(name="stage1_block0_add")
        self.stage2_down = ConvBnAct(32, 3, strides=2, name="stage2_down")
        self.stage2_block0_1 = ConvBnAct(16, 1, name="stage2_block0_1")
        self.stage2_block0_2 = ConvBnAct(32, 3, name="stage2_block0_2")
        self.stage2_block0_add = layers.Add(name="stage2_block0_add")
        self.stage2_block1_1 = ConvBnAct(16, 1, name="stage2_block1_1")
        self.stage2_block1_2 = ConvBnAct(32, 3, name="stage2_block1_2")
        self.stage2_block1_add = layers.Add(name="stage2_block1_add")
        self.stage3_down = ConvBnAct(64, 3, strides=2, name="stage3_down")
        self.stage3_block0_1 = ConvBnAct(32, 1, name="stage3_block0_1")
        self.stage3_block0_2 = ConvBnAct(64, 3, name="stage3_block0_2")
        self.stage3_block0_add = layers.Add(name="stage3_block0_add")
        self.stage3_block1_1 = ConvBnAct(32, 1, name="stage3_block1_1")
        self.stage3_block1_2 = ConvBnAct(64, 3, name="stage3_block1_2")
        self.stage3_block1_add = layers.Add(name="stage3_block1_add")
        self.head0_0 = ConvBnAct(32, 1, name="head0_0")
        self.head0_1 = ConvBnAct(96, 3, name="head0_1")
        self.head0_2 = ConvBnAct(32, 1, name="head0_2")
        self.head0_out = ConvBnAct(64, 3, name="head0_out")
        self.boxes_0 = layers.Conv2D(21, 1, name="boxes_0")
        self.head1_reduce = ConvBnAct(16, 1, name="head1_reduce")
        self.head1_up = layers.UpSampling2D(name="head1_up")
        self.head1_concat = layers.Concatenate(name="head1_concat")
        self.head1_0 = ConvBnAct(16, 1, name="head1_0")
        self.head1_1 = ConvBnAct(48, 3, name="head1_1")
        self.head1_2 = ConvBnAct(16, 1, name="head1_2")
        self.head1_out = ConvBnAct(32, 3, name="head1_out")
        self.boxes_1 = layers.Conv2D(21, 1, name="boxes_1")
        self.head2_reduce = ConvBnAct(8, 1, name="head2_reduce")
        self.head2_up = layers.UpSampling2D(name="head2_up")
        self.head2_concat = layers.Concatenate(name="head2_concat")
        self.head2_0 = ConvBnAct(8, 1, name="head2_0")
        self.head2_1 = ConvBnAct(24, 3, name="head2_1")
        self.head2_2 = ConvBnAct(8, 1, name="head2_2")
        self.head2_out = ConvBnAct(16, 3, name="head2_out")
        self.boxes_2 = layers.Conv2D(21, 1, name="boxes_2")

    def build(self, input_shape):
        self.stem.build(input_shape)
        shape = self.stem.compute_output_shape(input_shape)
        self.stage1_down.build(shape)
        shape = self.stage1_down.compute_output_shape(shape)
        self.stage1_block0_1.build(shape)
        branch_shape = self.stage1_block0_1.compute_output_shape(shape)
        self.stage1_block0_2.build(branch_shape)
        self.stage1_block0_add.build(
            [shape, self.stage1_block0_2.compute_output_shape(branch_shape)]
        )
        self.stage2_down.build(shape)
        conv_bn_act_shape = self.stage2_down.compute_output_shape(shape)
        self.stage2_block0_1.build(conv_bn_act_shape)
        branch_shape = self.stage2_block0_1.compute_output_shape(conv_bn_act_shape)
        self.stage2_block0_2.build(branch_shape)
        self.stage2_block0_add.build(
            [conv_bn_act_shape, self.stage2_block0_2.compute_output_shape(branch_shape)]
        )
        self.stage2_block1_1.build(conv_bn_act_shape)
        branch_shape = self.stage2_block1_1.compute_output_shape(conv_bn_act_shape)
        self.stage2_block1_2.build(branch_shape)
        self.stage2_block1_add.build(
            [conv_bn_act_shape, self.stage2_block1_2.compute_output_shape(branch_shape)]
        )
        self.stage3_down.build(conv_bn_act_shape)
        stage3_down_shape = self.stage3_down.compute_output_shape(conv_bn_act_shape)
        self.stage3_block0_1.build(stage3_down_shape)
        branch_shape = self.stage3_block0_1.compute_output_shape(stage3_down_shape)
        self.stage3_block0_2.build(branch_shape)
        self.stage3_block0_add.build(
            [stage3_down_shape, self.stage3_block0_2.compute_output_shape(branch_shape)]
        )
        self.stage3_block1_1.build(stage3_down_shape)
        branch_shape = self.stage3_block1_1.compute_output_shape(stage3_down_shape)
        self.stage3_block1_2.build(branch_shape)
        self.stage3_block1_add.build(
            [stage3_down_shape, self.stage3_block1_2.compute_output_shape(branch_shape)]
        )
        self.head0_0.build(stage3_down_shape)
        branch_shape = self.head0_0.compute_output_shape(stage3_down_shape)
        self.head0_1.build(branch_shape)
        branch_shape = self.head0_1.compute_output_shape(branch_shape)
        self.head0_2.build(branch_shape)
        branch_shape = self.head0_2.compute_output_shape(branch_shape)
        self.head0_out.build(branch_shape)
        self.boxes_0.build(self.head0_out.compute_output_shape(branch_shape))
        self.head1_reduce.build(branch_shape)
        branch_shape = self.head1_reduce.compute_output_shape(branch_shape)
        self.head1_up.build(branch_shape)
        branch_shape = self.head1_up.compute_output_shape(branch_shape)
        self.head1_concat.build([branch_shape, conv_bn_act_shape])
        branch_shape = self.head1_concat.compute_output_shape(
            [branch_shape, conv_bn_act_shape]
        )
        self.head1_0.build(branch_shape)
        branch_shape = self.head1_0.compute_output_shape(branch_shape)
        self.head1_1.build(branch_shape)
        branch_shape = self.head1_1.compute_output_shape(branch_shape)
        self.head1_2.build(branch_shape)
        branch_shape = self.head1_2.compute_output_shape(branch_shape)
        self.head1_out.build(branch_shape)
        self.boxes_1.build(self.head1_out.compute_output_shape(branch_shape))
        self.head2_reduce.build(branch_shape)
        branch_shape = self.head2_reduce.compute_output_shape(branch_shape)
        self.head2_up.build(branch_shape)
        branch_shape = self.head2_up.compute_output_shape(branch_shape)
        self.head2_concat.build([branch_shape, shape])
        shape = self.head2_concat.compute_output_shape([branch_shape, shape])
        self.head2_0.build(shape)
        shape = self.head2_0.compute_output_shape(shape)
        self.head2_1.build(shape)
        shape = self.head2_1.compute_output_shape(shape)
        self.head2_2.build(shape)
        shape = self.head2_2.compute_output_shape(shape)
        self.head2_out.build(shape)
        self.boxes_2.build(self.head2_out.compute_output_shape(shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.stem(inputs, training=training)
        x = self.stage1_down(x, training=training)
        branch = self.stage1_block0_1(x, training=training)
        branch = self.stage1_block0_2(branch, training=training)
        x = self.stage1_block0_add([x, branch])
        conv_bn_act = self.stage2_down(x, training=training)
        branch = self.stage2_block0_1(conv_bn_act, training=training)
        branch = self.stage2_block0_2(branch, training=training)
        add = self.stage2_block0_add([conv_bn_act, branch])
        branch = self.stage2_block1_1(add, training=training)
        branch = self.stage2_block1_2(branch, training=training)
        add = self.stage2_block1_add([add, branch])
        conv_bn_act = self.stage3_down(add, training=training)
        branch = self.stage3_block0_1(conv_bn_act, training=training)
        branch = self.stage3_block0_2(branch, training=training)
        add_2 = self.stage3_block0_add([conv_bn_act, branch])
        branch = self.stage3_block1_1(add_2, training=training)
        branch = self.stage3_block1_2(branch, training=training)
        branch = self.stage3_block1_add([add_2, branch])
        branch = self.head0_0(branch, training=training)
        branch = self.head0_1(branch, training=training)
        branch = self.head0_2(branch, training=training)
        branch_2 = self.head0_out(branch, training=training)
        boxes_0 = self.boxes_0(branch_2)
        branch = self.head1_reduce(branch, training=training)
        branch = self.head1_up(branch)
        branch = self.head1_concat([branch, add])
        branch = self.head1_0(branch, training=training)
        branch = self.head1_1(branch, training=training)
        branch = self.head1_2(branch, training=training)
        branch_2 = self.head1_out(branch, training=training)
        boxes_1 = self.boxes_1(branch_2)
        branch = self.head2_reduce(branch, training=training)
        branch = self.head2_up(branch)
        x = self.head2_concat([branch, x])
        x = self.head2_0(x, training=training)
        x = self.head2_1(x, training=training)
        x = self.head2_2(x, training=training)
        x = self.head2_out(x, training=training)
        boxes_2 = self.boxes_2(x)
        return [boxes_0, boxes_1, boxes_2]


def build_model():
    """Returns the built, uncompiled model."""
    model = Yolo()
    model.build((None, *INPUT_SHAPE))
    return model
