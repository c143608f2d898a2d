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
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="autoencoder")
class Autoencoder(keras.Model):
    """A model of Conv2D, MaxPooling2D and UpSampling2D layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv1 = layers.Conv2D(32, 3, padding="same", activation="relu")
        self.pool1 = layers.MaxPooling2D(padding="same")
        self.conv2 = layers.Conv2D(16, 3, padding="same", activation="relu")
        self.pool2 = layers.MaxPooling2D(padding="same")
        self.conv3 = layers.Conv2D(8, 3, padding="same", activation="relu")
        self.pool3 = layers.MaxPooling2D(padding="same")
        self.conv4 = layers.Conv2D(8, 3, padding="same", activation="relu")
        self.upsample1 = layers.UpSampling2D()
        self.conv5 = layers.Conv2D(16, 3, padding="same", activation="relu")
        self.upsample2 = layers.UpSampling2D()
        self.conv6 = layers.Conv2D(32, 3, padding="same", activation="relu")
        self.upsample3 = layers.UpSampling2D()
        self.conv7 = layers.Conv2D(3, 3, padding="same", activation="sigmoid")

    def build(self, input_shape):
        shape = input_shape
        for layer in (
            self.conv1,
            self.pool1,
            self.conv2,
            self.pool2,
            self.conv3,
            self.pool3,
            self.conv4,
            self.upsample1,
            self.conv5,
            self.upsample2,
            self.conv6,
            self.upsample3,
            self.conv7,
        ):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        super().build(input_shape)

    def call(self, inputs):
        x = self.conv1(inputs)
        x = self.pool1(x)
        x = self.conv2(x)
        x = self.pool2(x)
        x = self.conv3(x)
        x = self.pool3(x)
        x = self.conv4(x)
        x = self.upsample1(x)
        x = self.conv5(x)
        x = self.upsample2(x)
        x = self.conv6(x)
        x = self.upsample3(x)
        return self.conv7(x)


def build_model():
    """Returns the built, uncompiled model."""
    model = Autoencoder()
    model.build((None, *INPUT_SHAPE))
    return model
