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
ENCODER_FILTERS = (32, 16, 8)
DECODER_FILTERS = (8, 16, 32)
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="autoencoder")
class Autoencoder(keras.Model):
    """A model of Conv2D, MaxPooling2D and UpSampling2D layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv_layers1 = []
        for filters in ENCODER_FILTERS:
            self.conv_layers1.append(
                layers.Conv2D(filters, 3, padding="same", activation="relu")
            )
            self.conv_layers1.append(layers.MaxPooling2D(padding="same"))
        self.conv_layers2 = []
        for filters in DECODER_FILTERS:
            self.conv_layers2.append(
                layers.Conv2D(filters, 3, padding="same", activation="relu")
            )
            self.conv_layers2.append(layers.UpSampling2D())
        self.conv = layers.Conv2D(3, 3, padding="same", activation="sigmoid")

    def build(self, input_shape):
        shape = input_shape
        for layer in (*self.conv_layers1, *self.conv_layers2, self.conv):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        super().build(input_shape)

    def call(self, inputs):
        x = inputs
        for layer in self.conv_layers1:
            x = layer(x)
        for layer in self.conv_layers2:
            x = layer(x)
        return self.conv(x)


def build_model():
    """Returns the built, uncompiled model."""
    model = Autoencoder()
    model.build((None, *INPUT_SHAPE))
    return model
