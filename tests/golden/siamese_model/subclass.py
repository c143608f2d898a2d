"""A model of Conv2D, MaxPooling2D, Flatten and Dense layers.

Written by kgen 0.0.0 from siamese_model.json, in the subclass style.

    python siamese_model.py --help
"""

import argparse
import csv
import importlib.util
from pathlib import Path
from zipfile import BadZipFile

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

INPUT_SHAPE = (28, 28, 1)
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="siamese")
class EncoderBlock(layers.Layer):
    """Encoder block: Conv2D, MaxPooling2D, Flatten and Dense."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv_layers = []
        for stage, filters in enumerate((16, 32, 64)):
            self.conv_layers.append(
                layers.Conv2D(filters, 3, activation="relu", name=f"conv{stage}")
            )
            self.conv_layers.append(layers.MaxPooling2D(name=f"pool{stage}"))
        self.flatten = layers.Flatten()
        self.embedding = layers.Dense(32, name="embedding")

    def build(self, input_shape):
        shape = input_shape
        for layer in self.conv_layers:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self.embedding.build(self.flatten.compute_output_shape(shape))
        super().build(input_shape)

    def call(self, inputs):
        x = inputs
        for layer in self.conv_layers:
            x = layer(x)
        x = self.flatten(x)
        return self.embedding(x)

    def compute_output_shape(self, input_shape):
        for layer in (*self.conv_layers, self.flatten, self.embedding):
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape


@keras.saving.register_keras_serializable(package="siamese")
class Siamese(keras.Model):
    """A model of Conv2D, MaxPooling2D, Flatten and Dense layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.encoder = EncoderBlock(name="encoder")
        self.same = layers.Dense(1, activation="sigmoid", name="same")

    def build(self, input_shape):
        self.encoder.build(input_shape[0])
        self.same.build(self.encoder.compute_output_shape(input_shape[0]))
        super().build(input_shape)

    def call(self, inputs):
        left, right = inputs
        x = self.encoder(left)
        encoder = self.encoder(right)
        x = ops.absolute(x - encoder)
        return self.same(x)


def build_model():
    """Returns the built, uncompiled model."""
    model = Siamese()
    model.build([(None, *INPUT_SHAPE), (None, *INPUT_SHAPE)])
    return model
