"""A model of Conv2D, MaxPooling2D and UpSampling2D layers.

Written by kgen 0.0.0 from autoencoder.json, in the subclass style.

    python autoencoder.py --help
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
FILTERS = (32, 16, 8, 8)
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="autoencoder")
class Autoencoder(keras.Model):
    """A model of Conv2D, MaxPooling2D and UpSampling2D layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv_layers = []
        for index, filters in enumerate(FILTERS):
            self.conv_layers.append(
                layers.Conv2D(filters, 3, padding="same", activation="relu")
            )
            if index < 3:
                self.conv_layers.append(layers.MaxPooling2D(padding="same"))
        self.upsample1 = layers.UpSampling2D()
        self.conv1 = layers.Conv2D(16, 3, padding="same", activation="relu")
        self.upsample2 = layers.UpSampling2D()
        self.conv2 = layers.Conv2D(32, 3, padding="same", activation="relu")
        self.upsample3 = layers.UpSampling2D()
        self.conv3 = layers.Conv2D(3, 3, padding="same", activation="sigmoid")

    def build(self, input_shape):
        shape = input_shape
        for layer in (
            *self.conv_layers,
            self.upsample1,
            self.conv1,
            self.upsample2,
            self.conv2,
            self.upsample3,
            self.conv3,
        ):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        super().build(input_shape)

    def call(self, inputs):
        x = inputs
        for layer in self.conv_layers:
            x = layer(x)
        x = self.upsample1(x)
        x = self.conv1(x)
        x = self.upsample2(x)
        x = self.conv2(x)
        x = self.upsample3(x)
        return self.conv3(x)


def build_model():
    """Returns the built, uncompiled model."""
    model = Autoencoder()
    model.build((None, *INPUT_SHAPE))
    return model
