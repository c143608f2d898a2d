"""A model of Embedding, Conv1D, GlobalMaxPooling1D, Concatenate and other layers.

Written by kgen 0.0.0 from character_cnn.json, in the sequential style.

    python character_cnn.py --help
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

INPUT_SHAPE = (120,)
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="character_cnn")
class ParallelConvolutions(layers.Layer):
    """Parallel convolutions: Conv1D and GlobalMaxPooling1D, joined by Concatenate."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv1 = layers.Conv1D(32, 2, activation="relu")
        self.global_pool1 = layers.GlobalMaxPooling1D()
        self.conv2 = layers.Conv1D(32, 3, activation="relu")
        self.global_pool2 = layers.GlobalMaxPooling1D()
        self.conv3 = layers.Conv1D(32, 4, activation="relu")
        self.global_pool3 = layers.GlobalMaxPooling1D()
        self.conv4 = layers.Conv1D(32, 5, activation="relu")
        self.global_pool4 = layers.GlobalMaxPooling1D()
        self.concat = layers.Concatenate()

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(keras.KerasTensor(input_shape))
        super().build(input_shape)

    def call(self, inputs):
        x = self.conv1(inputs)
        x = self.global_pool1(x)
        branch = self.conv2(inputs)
        branch = self.global_pool2(branch)
        branch_2 = self.conv3(inputs)
        branch_2 = self.global_pool3(branch_2)
        branch_3 = self.conv4(inputs)
        branch_3 = self.global_pool4(branch_3)
        return self.concat([x, branch, branch_2, branch_3])

    def compute_output_shape(self, input_shape):
        return self.call(keras.KerasTensor(input_shape)).shape


def build_model():
    """Returns the uncompiled model."""
    return keras.Sequential(
        [
            keras.Input(shape=INPUT_SHAPE, dtype="int32"),
            layers.Embedding(70, 16),
            ParallelConvolutions(),
            layers.Dropout(0.5),
            layers.Dense(4, activation="softmax"),
        ],
        name="character_cnn",
    )
