"""A model of Conv2D, BatchNormalization, Activation, Add and other layers.

Written by kgen 0.0.0 from resnet_cifar.json, in the sequential style.

    python resnet_cifar.py --help
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
STAGES = ((16, 1), (32, 2), (64, 2))
EPOCHS = 20
BATCH_SIZE = 128


@keras.saving.register_keras_serializable(package="model")
class ResidualBlock(layers.Layer):
    """Residual block: Conv2D, BatchNormalization and Activation, joined by Add.

    Args:
        filters: Number of filters.
        strides: Strides of the convolution.
    """

    def __init__(self, filters, strides=1, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.strides = strides
        self.conv1 = layers.Conv2D(
            filters,
            3,
            strides=strides,
            padding="same",
            kernel_initializer="he_normal",
            kernel_regularizer=keras.regularizers.L2(1e-4),
        )
        self.norm1 = layers.BatchNormalization()
        self.activation1 = layers.Activation("relu")
        self.conv2 = layers.Conv2D(
            filters,
            3,
            padding="same",
            kernel_initializer="he_normal",
            kernel_regularizer=keras.regularizers.L2(1e-4),
        )
        if strides == 2:
            self.conv3 = layers.Conv2D(
                filters,
                1,
                strides=2,
                padding="same",
                kernel_initializer="he_normal",
                kernel_regularizer=keras.regularizers.L2(1e-4),
            )
        self.add = layers.Add()
        self.activation2 = layers.Activation("relu")
        self.norm2 = layers.BatchNormalization()

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(keras.KerasTensor(input_shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.conv1(inputs)
        x = self.norm1(x, training=training)
        x = self.activation1(x)
        x = self.conv2(x)
        x = self.norm2(x, training=training)
        if self.strides == 2:
            inputs = self.conv3(inputs)
        x = self.add([inputs, x])
        return self.activation2(x)

    def compute_output_shape(self, input_shape):
        return self.call(keras.KerasTensor(input_shape)).shape

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "strides": self.strides,
        }


def build_model():
    """Returns the uncompiled model."""
    sequence = [
        keras.Input(shape=INPUT_SHAPE),
        layers.Conv2D(
            16,
            3,
            padding="same",
            kernel_initializer="he_normal",
            kernel_regularizer=keras.regularizers.L2(1e-4),
        ),
        layers.BatchNormalization(),
        layers.Activation("relu"),
    ]
    for filters, strides in STAGES:
        sequence.append(ResidualBlock(filters, strides=strides))
        sequence.append(ResidualBlock(filters))
        sequence.append(ResidualBlock(filters))
    sequence += [
        layers.AveragePooling2D(8),
        layers.Flatten(),
        layers.Dense(10, activation="softmax", kernel_initializer="he_normal"),
    ]
    return keras.Sequential(sequence, name="model")
