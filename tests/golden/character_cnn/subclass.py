"""A model of Embedding, Conv1D, GlobalMaxPooling1D, Concatenate and other layers.

Written by kgen 0.0.0 from character_cnn.json, in the subclass style.

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
class CharacterCnn(keras.Model):
    """A model of Embedding, Conv1D, GlobalMaxPooling1D, Concatenate and other layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.embedding = layers.Embedding(70, 16)
        self.conv1 = layers.Conv1D(32, 2, activation="relu")
        self.global_pool1 = layers.GlobalMaxPooling1D()
        self.conv2 = layers.Conv1D(32, 3, activation="relu")
        self.global_pool2 = layers.GlobalMaxPooling1D()
        self.conv3 = layers.Conv1D(32, 4, activation="relu")
        self.global_pool3 = layers.GlobalMaxPooling1D()
        self.conv4 = layers.Conv1D(32, 5, activation="relu")
        self.global_pool4 = layers.GlobalMaxPooling1D()
        self.concat = layers.Concatenate()
        self.dropout = layers.Dropout(0.5)
        self.dense = layers.Dense(4, activation="softmax")

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(keras.KerasTensor(input_shape, dtype="int32"))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.embedding(inputs)
        branch = self.conv1(x)
        branch = self.global_pool1(branch)
        branch_2 = self.conv2(x)
        branch_2 = self.global_pool2(branch_2)
        branch_3 = self.conv3(x)
        branch_3 = self.global_pool3(branch_3)
        x = self.conv4(x)
        x = self.global_pool4(x)
        x = self.concat([branch, branch_2, branch_3, x])
        x = self.dropout(x, training=training)
        return self.dense(x)


def build_model():
    """Returns the built, uncompiled model."""
    model = CharacterCnn()
    model.build((None, *INPUT_SHAPE))
    return model
