"""A model of Rescaling, Conv2D, BatchNormalization, Activation and other layers.

Written by kgen 0.0.0 from frozen_backbone.json, in the subclass style.

    python frozen_backbone.py --help
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

INPUT_SHAPE = (32, 32, 3)
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="transfer")
class ConvBlock(layers.Layer):
    """Conv block: Conv2D, BatchNormalization, Activation and MaxPooling2D.

    Args:
        filters: Number of filters.
    """

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.conv1 = layers.Conv2D(filters, 3, padding="same", use_bias=False)
        self.norm1 = layers.BatchNormalization()
        self.activation1 = layers.Activation("relu")
        self.conv2 = layers.Conv2D(filters, 3, padding="same", use_bias=False)
        self.norm2 = layers.BatchNormalization()
        self.activation2 = layers.Activation("relu")
        self.pool = layers.MaxPooling2D()

    def build(self, input_shape):
        shape = input_shape
        for layer in (self.conv1, self.norm1, self.conv2, self.norm2, self.pool):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.conv1(inputs)
        x = self.norm1(x, training=training)
        x = self.activation1(x)
        x = self.conv2(x)
        x = self.norm2(x, training=training)
        x = self.activation2(x)
        return self.pool(x)

    def compute_output_shape(self, input_shape):
        for layer in (self.conv1, self.conv2, self.pool):
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


@keras.saving.register_keras_serializable(package="transfer")
class BackboneBlock(layers.Layer):
    """Backbone block: Rescaling and conv block."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.scale = layers.Rescaling(1 / 255, name="scale")
        self.conv_blocks = [
            ConvBlock(filters, name=f"stage{i}")
            for i, filters in enumerate((16, 32, 64))
        ]

    def build(self, input_shape):
        shape = input_shape
        for layer in self.conv_blocks:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.scale(inputs)
        for layer in self.conv_blocks:
            x = layer(x, training=training)
        return x

    def compute_output_shape(self, input_shape):
        shape = input_shape
        for layer in self.conv_blocks:
            shape = layer.compute_output_shape(shape)
        return shape


@keras.saving.register_keras_serializable(package="transfer")
class Transfer(keras.Model):
    """A model of Rescaling, Conv2D, BatchNormalization, Activation and other layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.backbone = BackboneBlock(name="backbone")
        self.backbone.trainable = False
        self.pool = layers.GlobalAveragePooling2D(name="pool")
        self.dropout = layers.Dropout(0.2)
        self.head = layers.Dense(5, name="head")

    def build(self, input_shape):
        shape = input_shape
        for layer in (self.backbone, self.pool, self.dropout, self.head):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.backbone(inputs, training=False)
        x = self.pool(x)
        x = self.dropout(x, training=training)
        return self.head(x)


def build_model():
    """Returns the built, uncompiled model."""
    model = Transfer()
    model.build((None, *INPUT_SHAPE))
    return model
