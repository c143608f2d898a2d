"""A model of Conv2D, BatchNormalization, MaxPooling2D, GlobalAveragePooling2D and other
layers.

Written by kgen 0.0.0 from multi_task.json, in the subclass style.

    python multi_task.py --help
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

INPUT_SHAPE = (48, 48, 1)
FILTERS = (16, 32, 64)
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="multi_task")
class MultiTask(keras.Model):
    """A model of Conv2D, BatchNormalization, MaxPooling2D, GlobalAveragePooling2D and
    other layers.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv_layers = []
        for filters in FILTERS:
            self.conv_layers.append(layers.Conv2D(filters, 3, activation="relu"))
            self.conv_layers.append(layers.BatchNormalization())
            self.conv_layers.append(layers.MaxPooling2D())
        self.global_pool = layers.GlobalAveragePooling2D()
        self.dense1 = layers.Dense(32, activation="relu")
        self.dropout1 = layers.Dropout(0.3)
        self.dense3 = layers.Dense(32, activation="relu")
        self.dropout3 = layers.Dropout(0.3)
        self.dense2 = layers.Dense(32, activation="relu")
        self.dropout2 = layers.Dropout(0.3)
        self.age = layers.Dense(1, activation="relu", name="age")
        self.emotion = layers.Dense(7, activation="softmax", name="emotion")
        self.gender = layers.Dense(1, activation="sigmoid", name="gender")

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(keras.KerasTensor(input_shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = inputs
        for layer in self.conv_layers:
            x = layer(x, training=training)
        x = self.global_pool(x)
        branch = self.dense1(x)
        branch = self.dropout1(branch, training=training)
        age = self.age(branch)
        branch = self.dense2(x)
        branch = self.dropout2(branch, training=training)
        gender = self.gender(branch)
        x = self.dense3(x)
        x = self.dropout3(x, training=training)
        emotion = self.emotion(x)
        return {"age": age, "gender": gender, "emotion": emotion}


def build_model():
    """Returns the built, uncompiled model."""
    model = MultiTask()
    model.build((None, *INPUT_SHAPE))
    return model
