"""A model of Conv3D, BatchNormalization, ReLU, Concatenate and other layers.

Written by kgen 0.0.0 from densenet_3d.json, in the subclass style.

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
STAGES = ((3, 20), (4, 26), (3, None))
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="densenet_3d")
class ConvBlock(layers.Layer):
    """Conv block: BatchNormalization, ReLU, Conv3D and AveragePooling3D.

    Args:
        filters: Number of filters.
        kernel_size: Size of the convolution window.
        pool: Whether to add AveragePooling3D.
    """

    def __init__(self, filters, kernel_size, pool=False, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.pool = pool
        self.norm = layers.BatchNormalization()
        self.relu = layers.ReLU()
        self.conv = layers.Conv3D(filters, kernel_size, padding="same", use_bias=False)
        if pool:
            self.pool_2 = layers.AveragePooling3D(2)

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(keras.KerasTensor(input_shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.norm(inputs, training=training)
        x = self.relu(x)
        x = self.conv(x)
        if self.pool:
            x = self.pool_2(x)
        return x

    def compute_output_shape(self, input_shape):
        return self.call(keras.KerasTensor(input_shape)).shape

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "pool": self.pool,
        }


@keras.saving.register_keras_serializable(package="densenet_3d")
class DenseBlock(layers.Layer):
    """Dense block: two conv blocks, joined by Concatenate."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv_block1 = ConvBlock(32, 1)
        self.conv_block2 = ConvBlock(8, 3)
        self.concat = layers.Concatenate()

    def build(self, input_shape):
        self.conv_block1.build(input_shape)
        self.conv_block2.build(self.conv_block1.compute_output_shape(input_shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.conv_block1(inputs, training=training)
        x = self.conv_block2(x, training=training)
        return self.concat([inputs, x])

    def compute_output_shape(self, input_shape):
        shape = self.conv_block2.compute_output_shape(
            self.conv_block1.compute_output_shape(input_shape)
        )
        return self.concat.compute_output_shape([input_shape, shape])


@keras.saving.register_keras_serializable(package="densenet_3d")
class Densenet3d(keras.Model):
    """A model of Conv3D, BatchNormalization, ReLU, Concatenate and other layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.stem = layers.Conv3D(16, 3, padding="same", use_bias=False, name="stem")
        self.blocks = []
        for stage, (blocks, filters) in enumerate(STAGES, start=1):
            for index in range(1, blocks + 1):
                self.blocks.append(DenseBlock(name=f"dense{stage}_{index}"))
            if filters:
                self.blocks.append(
                    ConvBlock(filters, 1, pool=True, name=f"transition{stage}")
                )
        self.bn = layers.BatchNormalization(name="bn")
        self.relu = layers.ReLU(name="relu")
        self.pool = layers.GlobalAveragePooling3D(name="pool")
        self.diagnosis = layers.Dense(2, activation="softmax", name="diagnosis")

    def build(self, input_shape):
        shape = input_shape
        for layer in (
            self.stem,
            *self.blocks,
            self.bn,
            self.relu,
            self.pool,
            self.diagnosis,
        ):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.stem(inputs)
        for layer in self.blocks:
            x = layer(x, training=training)
        x = self.bn(x, training=training)
        x = self.relu(x)
        x = self.pool(x)
        return self.diagnosis(x)


def build_model():
    """Returns the built, uncompiled model."""
    model = Densenet3d(name="densenet_3d")
    model.build((None, *INPUT_SHAPE))
    return model
