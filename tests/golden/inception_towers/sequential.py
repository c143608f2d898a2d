"""A model of Conv2D, MaxPooling2D, Concatenate, GlobalAveragePooling2D and other
layers.

Written by kgen 0.0.0 from inception_towers.json, in the sequential style.

    python inception_towers.py --help
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


@keras.saving.register_keras_serializable(package="inception")
class InceptionBlock(layers.Layer):
    """Inception block: Conv2D and MaxPooling2D, joined by Concatenate.

    Args:
        filters1: Number of filters.
        reduce_filters1: Number of filters.
        filters2: Number of filters.
        reduce_filters2: Number of filters.
        filters3: Number of filters.
        proj_filters: Number of filters.
    """

    def __init__(
        self,
        filters1,
        reduce_filters1,
        filters2,
        reduce_filters2,
        filters3,
        proj_filters,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters1 = filters1
        self.reduce_filters1 = reduce_filters1
        self.filters2 = filters2
        self.reduce_filters2 = reduce_filters2
        self.filters3 = filters3
        self.proj_filters = proj_filters
        self.conv2 = layers.Conv2D(
            reduce_filters1, 1, padding="same", activation="relu"
        )
        self.conv4 = layers.Conv2D(
            reduce_filters2, 1, padding="same", activation="relu"
        )
        self.conv1 = layers.Conv2D(filters1, 1, padding="same", activation="relu")
        self.conv3 = layers.Conv2D(filters2, 3, padding="same", activation="relu")
        self.conv5 = layers.Conv2D(filters3, 5, padding="same", activation="relu")
        self.pool = layers.MaxPooling2D(3, strides=1, padding="same")
        self.conv6 = layers.Conv2D(proj_filters, 1, padding="same", activation="relu")
        self.concat = layers.Concatenate()

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(keras.KerasTensor(input_shape))
        super().build(input_shape)

    def call(self, inputs):
        x = self.conv1(inputs)
        branch = self.conv2(inputs)
        branch = self.conv3(branch)
        branch_2 = self.conv4(inputs)
        branch_2 = self.conv5(branch_2)
        branch_3 = self.pool(inputs)
        branch_3 = self.conv6(branch_3)
        return self.concat([x, branch, branch_2, branch_3])

    def compute_output_shape(self, input_shape):
        return self.call(keras.KerasTensor(input_shape)).shape

    def get_config(self):
        return {
            **super().get_config(),
            "filters1": self.filters1,
            "reduce_filters1": self.reduce_filters1,
            "filters2": self.filters2,
            "reduce_filters2": self.reduce_filters2,
            "filters3": self.filters3,
            "proj_filters": self.proj_filters,
        }


def build_model():
    """Returns the uncompiled model."""
    return keras.Sequential(
        [
            keras.Input(shape=INPUT_SHAPE),
            layers.Conv2D(16, 3, padding="same", activation="relu", name="stem"),
            InceptionBlock(
                filters1=8,
                reduce_filters1=12,
                filters2=16,
                reduce_filters2=2,
                filters3=4,
                proj_filters=4,
                name="inception_0",
            ),
            InceptionBlock(
                filters1=16,
                reduce_filters1=16,
                filters2=24,
                reduce_filters2=4,
                filters3=12,
                proj_filters=8,
                name="inception_1",
            ),
            layers.MaxPooling2D(3, strides=2, padding="same", name="pool_1"),
            InceptionBlock(
                filters1=24,
                reduce_filters1=12,
                filters2=26,
                reduce_filters2=2,
                filters3=6,
                proj_filters=8,
                name="inception_2",
            ),
            InceptionBlock(
                filters1=20,
                reduce_filters1=14,
                filters2=28,
                reduce_filters2=3,
                filters3=8,
                proj_filters=8,
                name="inception_3",
            ),
            layers.MaxPooling2D(3, strides=2, padding="same", name="pool_3"),
            layers.GlobalAveragePooling2D(name="average"),
            layers.Dropout(0.4),
            layers.Dense(10, activation="softmax", name="predictions"),
        ],
        name="inception",
    )
