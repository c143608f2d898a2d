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
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="densenet_3d")
class BnBlock(layers.Layer):
    """BN block: BatchNormalization, ReLU and Conv3D.

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
class MergeBlock(layers.Layer):
    """Merge block: bn block, joined by Concatenate."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.bn_blocks = [
            BnBlock(filters, kernel_size) for filters, kernel_size in ((32, 1), (8, 3))
        ]
        self.concat = layers.Concatenate()

    def build(self, input_shape):
        shape = input_shape
        for layer in self.bn_blocks:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = inputs
        for layer in self.bn_blocks:
            x = layer(x, training=training)
        return self.concat([inputs, x])

    def compute_output_shape(self, input_shape):
        shape = input_shape
        for layer in self.bn_blocks:
            shape = layer.compute_output_shape(shape)
        return self.concat.compute_output_shape([input_shape, shape])


@keras.saving.register_keras_serializable(package="densenet_3d")
class BnBlockWithHasTransition(layers.Layer):
    """BN block with has transition: BatchNormalization, ReLU, Conv3D and
    AveragePooling3D.

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


@keras.saving.register_keras_serializable(package="densenet_3d")
class Densenet3d(keras.Model):
    """A model of Conv3D, BatchNormalization, ReLU, Concatenate and other layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.stem = layers.Conv3D(16, 3, padding="same", use_bias=False, name="stem")
        self.merge_blocks1 = [MergeBlock(name=f"dense1_{i}") for i in range(1, 4)]
        self.transition1 = BnBlockWithHasTransition(20, 1, name="transition1")
        self.merge_blocks2 = [MergeBlock(name=f"dense2_{i}") for i in range(1, 5)]
        self.transition2 = BnBlockWithHasTransition(26, 1, name="transition2")
        self.merge_blocks3 = [MergeBlock(name=f"dense3_{i}") for i in range(1, 4)]
        self.bn = layers.BatchNormalization(name="bn")
        self.relu = layers.ReLU(name="relu")
        self.pool = layers.GlobalAveragePooling3D(name="pool")
        self.diagnosis = layers.Dense(2, activation="softmax", name="diagnosis")

    def build(self, input_shape):
        shape = input_shape
        for layer in (
            self.stem,
            *self.merge_blocks1,
            self.transition1,
            *self.merge_blocks2,
            self.transition2,
            *self.merge_blocks3,
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
        for layer in self.merge_blocks1:
            x = layer(x, training=training)
        x = self.transition1(x, training=training)
        for layer in self.merge_blocks2:
            x = layer(x, training=training)
        x = self.transition2(x, training=training)
        for layer in self.merge_blocks3:
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
