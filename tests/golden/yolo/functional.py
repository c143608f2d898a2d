"""A model of Conv2D, BatchNormalization, LeakyReLU, Add and other layers.

Written by kgen 0.0.0 from yolo.json, in the functional style.

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


def conv_bn_act(x, filters, kernel_size, name, strides=1):
    """Conv BN act: Conv2D, BatchNormalization and LeakyReLU."""
    x = layers.Conv2D(
        filters,
        kernel_size,
        padding="same",
        use_bias=False,
        strides=strides,
        name=f"{name}_conv",
    )(x)
    x = layers.BatchNormalization(name=f"{name}_bn")(x)
    return layers.LeakyReLU(negative_slope=0.1, name=f"{name}_leaky")(x)


def residual_block(inputs, filters, name):
    """Residual block: two conv bn acts, joined by Add."""
    x = conv_bn_act(inputs, filters, 1, name=f"{name}_1")
    x = conv_bn_act(x, filters * 2, 3, name=f"{name}_2")
    return layers.Add(name=f"{name}_add")([inputs, x])


def build_model():
    """Returns the uncompiled model."""
    inputs = keras.Input(shape=INPUT_SHAPE)
    x = conv_bn_act(inputs, 8, 3, name="stem")
    x = conv_bn_act(x, 16, 3, name="stage1_down", strides=2)
    x = residual_block(x, 8, name="stage1_block0")
    branch = conv_bn_act(x, 32, 3, name="stage2_down", strides=2)
    branch = residual_block(branch, 16, name="stage2_block0")
    branch = residual_block(branch, 16, name="stage2_block1")
    branch_2 = conv_bn_act(branch, 64, 3, name="stage3_down", strides=2)
    branch_2 = residual_block(branch_2, 32, name="stage3_block0")
    branch_2 = residual_block(branch_2, 32, name="stage3_block1")
    branch_2 = conv_bn_act(branch_2, 32, 1, name="head0_0")
    branch_2 = conv_bn_act(branch_2, 96, 3, name="head0_1")
    branch_2 = conv_bn_act(branch_2, 32, 1, name="head0_2")
    branch_3 = conv_bn_act(branch_2, 64, 3, name="head0_out")
    boxes_0 = layers.Conv2D(21, 1, name="boxes_0")(branch_3)
    branch_2 = conv_bn_act(branch_2, 16, 1, name="head1_reduce")
    branch_2 = layers.UpSampling2D(name="head1_up")(branch_2)
    branch = layers.Concatenate(name="head1_concat")([branch_2, branch])
    branch = conv_bn_act(branch, 16, 1, name="head1_0")
    branch = conv_bn_act(branch, 48, 3, name="head1_1")
    branch = conv_bn_act(branch, 16, 1, name="head1_2")
    branch_2 = conv_bn_act(branch, 32, 3, name="head1_out")
    boxes_1 = layers.Conv2D(21, 1, name="boxes_1")(branch_2)
    branch = conv_bn_act(branch, 8, 1, name="head2_reduce")
    branch = layers.UpSampling2D(name="head2_up")(branch)
    x = layers.Concatenate(name="head2_concat")([branch, x])
    x = conv_bn_act(x, 8, 1, name="head2_0")
    x = conv_bn_act(x, 24, 3, name="head2_1")
    x = conv_bn_act(x, 8, 1, name="head2_2")
    x = conv_bn_act(x, 16, 3, name="head2_out")
    boxes_2 = layers.Conv2D(21, 1, name="boxes_2")(x)
    return keras.Model(inputs, [boxes_0, boxes_1, boxes_2], name="yolo")
