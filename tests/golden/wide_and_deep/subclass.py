"""A model of BatchNormalization, Embedding, Flatten, Concatenate and other layers.

Written by kgen 0.0.0 from wide_and_deep.json, in the subclass style.

    python wide_and_deep.py --help
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

NUMBERS_SHAPE = (6,)
CATEGORY_A_SHAPE = (1,)
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="wide_and_deep")
class WideAndDeep(keras.Model):
    """A model of BatchNormalization, Embedding, Flatten, Concatenate and other layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.embedding_0 = layers.Embedding(20, 4, name="embedding_0")
        self.flatten_0 = layers.Flatten(name="flatten_0")
        self.embedding_1 = layers.Embedding(20, 4, name="embedding_1")
        self.flatten_1 = layers.Flatten(name="flatten_1")
        self.embedding_2 = layers.Embedding(20, 4, name="embedding_2")
        self.flatten_2 = layers.Flatten(name="flatten_2")
        self.deep_inputs = layers.Concatenate(name="deep_inputs")
        self.deep_0 = layers.Dense(64, activation="relu", name="deep_0")
        self.deep_1 = layers.Dense(32, activation="relu", name="deep_1")
        self.wide = layers.BatchNormalization(name="wide")
        self.deep_2 = layers.Dense(16, activation="relu", name="deep_2")
        self.wide_and_deep = layers.Concatenate(name="wide_and_deep")
        self.income = layers.Dense(1, activation="sigmoid", name="income")

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(
            [
                keras.KerasTensor(input_shape[0]),
                keras.KerasTensor(input_shape[1], dtype="int32"),
                keras.KerasTensor(input_shape[2], dtype="int32"),
                keras.KerasTensor(input_shape[3], dtype="int32"),
            ]
        )
        super().build(input_shape)

    def call(self, inputs, training=None):
        numbers, category_a, category_b, category_c = inputs
        x = self.wide(numbers, training=training)
        branch = self.embedding_0(category_a)
        branch = self.flatten_0(branch)
        branch_2 = self.embedding_1(category_b)
        branch_2 = self.flatten_1(branch_2)
        branch_3 = self.embedding_2(category_c)
        branch_3 = self.flatten_2(branch_3)
        branch = self.deep_inputs([numbers, branch, branch_2, branch_3])
        branch = self.deep_0(branch)
        branch = self.deep_1(branch)
        branch = self.deep_2(branch)
        x = self.wide_and_deep([x, branch])
        return self.income(x)


def build_model():
    """Returns the built, uncompiled model."""
    model = WideAndDeep()
    model.build(
        [
            (None, *NUMBERS_SHAPE),
            (None, *CATEGORY_A_SHAPE),
            (None, *CATEGORY_A_SHAPE),
            (None, *CATEGORY_A_SHAPE),
        ]
    )
    return model
