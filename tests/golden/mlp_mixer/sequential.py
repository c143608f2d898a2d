"""A model of Conv2D, Reshape, LayerNormalization, Permute and other layers.

Written by kgen 0.0.0 from mlp_mixer.json, in the sequential style.

    python mlp_mixer.py --help
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
EPOCHS = 20
BATCH_SIZE = 128


@keras.saving.register_keras_serializable(package="mixer")
class MixerBlock(layers.Layer):
    """Mixer block: LayerNormalization, Permute, Dense and Dropout, joined by Add."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.norm1 = layers.LayerNormalization()
        self.permute1 = layers.Permute((2, 1))
        self.dense1 = layers.Dense(32, activation="gelu")
        self.dropout1 = layers.Dropout(0.1)
        self.dense2 = layers.Dense(16)
        self.permute2 = layers.Permute((2, 1))
        self.add1 = layers.Add()
        self.norm2 = layers.LayerNormalization()
        self.dense3 = layers.Dense(48, activation="gelu")
        self.dropout2 = layers.Dropout(0.1)
        self.dense4 = layers.Dense(24)
        self.add2 = layers.Add()

    def build(self, input_shape):
        self.norm1.build(input_shape)
        shape = self.permute1.compute_output_shape(input_shape)
        self.dense1.build(shape)
        shape = self.dense1.compute_output_shape(shape)
        self.dense2.build(shape)
        shape = self.permute2.compute_output_shape(
            self.dense2.compute_output_shape(shape)
        )
        shape = self.add1.compute_output_shape([input_shape, shape])
        self.norm2.build(shape)
        self.dense3.build(shape)
        self.dense4.build(self.dense3.compute_output_shape(shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.norm1(inputs)
        x = self.permute1(x)
        x = self.dense1(x)
        x = self.dropout1(x, training=training)
        x = self.dense2(x)
        x = self.permute2(x)
        x = self.add1([inputs, x])
        branch = self.norm2(x)
        branch = self.dense3(branch)
        branch = self.dropout2(branch, training=training)
        branch = self.dense4(branch)
        return self.add2([x, branch])

    def compute_output_shape(self, input_shape):
        shape = self.dense1.compute_output_shape(
            self.permute1.compute_output_shape(input_shape)
        )
        shape = self.permute2.compute_output_shape(
            self.dense2.compute_output_shape(shape)
        )
        shape = self.add1.compute_output_shape([input_shape, shape])
        branch_shape = self.dense4.compute_output_shape(
            self.dense3.compute_output_shape(shape)
        )
        return self.add2.compute_output_shape([shape, branch_shape])


def build_model():
    """Returns the uncompiled model."""
    return keras.Sequential(
        [
            keras.Input(shape=INPUT_SHAPE),
            layers.Conv2D(24, 8, strides=8, name="patch_embedding"),
            layers.Reshape((-1, 24), name="patches"),
            *[MixerBlock(name=f"mixer_{index}") for index in range(4)],
            layers.LayerNormalization(name="norm"),
            layers.GlobalAveragePooling1D(name="pool"),
            layers.Dense(10, name="head"),
        ],
        name="mixer",
    )
