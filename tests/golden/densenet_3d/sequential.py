"""A model of Conv3D, BatchNormalization, ReLU, Concatenate and other layers.

Written by kgen 0.0.0 from densenet_3d.json, in the sequential style.

    python densenet_3d.py --help
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

INPUT_SHAPE = (16, 16, 16, 1)
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="densenet_3d")
class ConvBlock(layers.Layer):
    """Conv block: BatchNormalization, ReLU and Conv3D.

    Args:
        filters: Number of filters.
        kernel_size: Size of the convolution window.
    """

    def __init__(self, filters, kernel_size, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.norm = layers.BatchNormalization()
        self.relu = layers.ReLU()
        self.conv = layers.Conv3D(filters, kernel_size, padding="same", use_bias=False)

    def build(self, input_shape):
        self.norm.build(input_shape)
        self.conv.build(input_shape)
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.norm(inputs, training=training)
        x = self.relu(x)
        return self.conv(x)

    def compute_output_shape(self, input_shape):
        return self.conv.compute_output_shape(input_shape)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
        }


@keras.saving.register_keras_serializable(package="densenet_3d")
class DenseBlock(layers.Layer):
    """Dense block: conv block, joined by Concatenate."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv_blocks = [
            ConvBlock(filters, kernel_size)
            for filters, kernel_size in ((32, 1), (8, 3))
        ]
        self.concat = layers.Concatenate()

    def build(self, input_shape):
        shape = input_shape
        for layer in self.conv_blocks:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = inputs
        for layer in self.conv_blocks:
            x = layer(x, training=training)
        return self.concat([inputs, x])

    def compute_output_shape(self, input_shape):
        shape = input_shape
        for layer in self.conv_blocks:
            shape = layer.compute_output_shape(shape)
        return self.concat.compute_output_shape([input_shape, shape])


@keras.saving.register_keras_serializable(package="densenet_3d")
class ConvBlockWithPool(layers.Layer):
    """Conv block with pool: BatchNormalization, ReLU, Conv3D and AveragePooling3D.

    Args:
        filters: Number of filters.
        kernel_size: Size of the convolution window.
    """

    def __init__(self, filters, kernel_size, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.norm = layers.BatchNormalization()
        self.relu = layers.ReLU()
        self.conv = layers.Conv3D(filters, kernel_size, padding="same", use_bias=False)
        self.pool = layers.AveragePooling3D(2)

    def build(self, input_shape):
        self.norm.build(input_shape)
        self.conv.build(input_shape)
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.norm(inputs, training=training)
        x = self.relu(x)
        x = self.conv(x)
        return self.pool(x)

    def compute_output_shape(self, input_shape):
        for layer in (self.conv, self.pool):
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
        }


def build_model():
    """Returns the uncompiled model."""
    return keras.Sequential(
        [
            keras.Input(shape=INPUT_SHAPE),
            layers.Conv3D(16, 3, padding="same", use_bias=False, name="stem"),
            *[DenseBlock(name=f"dense1_{i}") for i in range(1, 4)],
            ConvBlockWithPool(20, 1, name="transition1"),
            *[DenseBlock(name=f"dense2_{i}") for i in range(1, 5)],
            ConvBlockWithPool(26, 1, name="transition2"),
            *[DenseBlock(name=f"dense3_{i}") for i in range(1, 4)],
            layers.BatchNormalization(name="bn"),
            layers.ReLU(name="relu"),
            layers.GlobalAveragePooling3D(name="pool"),
            layers.Dense(2, activation="softmax", name="diagnosis"),
        ],
        name="densenet_3d",
    )
