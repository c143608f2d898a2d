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
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="multi_task")
class MultiTask(keras.Model):
    """A model of Conv2D, BatchNormalization, MaxPooling2D, GlobalAveragePooling2D and
    other layers.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv1 = layers.Conv2D(16, 3, activation="relu")
        self.norm1 = layers.BatchNormalization()
        self.pool1 = layers.MaxPooling2D()
        self.conv2 = layers.Conv2D(32, 3, activation="relu")
        self.norm2 = layers.BatchNormalization()
        self.pool2 = layers.MaxPooling2D()
        self.conv3 = layers.Conv2D(64, 3, activation="relu")
        self.norm3 = layers.BatchNormalization()
        self.pool3 = layers.MaxPooling2D()
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
        self.conv1.build(input_shape)
        shape = self.conv1.compute_output_shape(input_shape)
        self.norm1.build(shape)
        self.pool1.build(shape)
        shape = self.pool1.compute_output_shape(shape)
        self.conv2.build(shape)
        shape = self.conv2.compute_output_shape(shape)
        self.norm2.build(shape)
        self.pool2.build(shape)
        shape = self.pool2.compute_output_shape(shape)
        self.conv3.build(shape)
        shape = self.conv3.compute_output_shape(shape)
        self.norm3.build(shape)
        self.pool3.build(shape)
        shape = self.pool3.compute_output_shape(shape)
        self.global_pool.build(shape)
        shape = self.global_pool.compute_output_shape(shape)
        self.dense1.build(shape)
        branch_shape = self.dense1.compute_output_shape(shape)
        self.dropout1.build(branch_shape)
        self.age.build(branch_shape)
        self.dense2.build(shape)
        branch_2_shape = self.dense2.compute_output_shape(shape)
        self.dropout2.build(branch_2_shape)
        self.gender.build(branch_2_shape)
        self.dense3.build(shape)
        shape = self.dense3.compute_output_shape(shape)
        self.dropout3.build(shape)
        self.emotion.build(shape)
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.conv1(inputs)
        x = self.norm1(x, training=training)
        x = self.pool1(x)
        x = self.conv2(x)
        x = self.norm2(x, training=training)
        x = self.pool2(x)
        x = self.conv3(x)
        x = self.norm3(x, training=training)
        x = self.pool3(x)
        x = self.global_pool(x)
        branch = self.dense1(x)
        branch = self.dropout1(branch, training=training)
        branch = self.age(branch)
        branch_2 = self.dense2(x)
        branch_2 = self.dropout2(branch_2, training=training)
        branch_2 = self.gender(branch_2)
        x = self.dense3(x)
        x = self.dropout3(x, training=training)
        outputs = self.emotion(x)
        return {"age": branch, "gender": branch_2, "emotion": outputs}


def build_model():
    """Returns the built, uncompiled model."""
    model = MultiTask()
    model.build((None, *INPUT_SHAPE))
    return model
