"""A model of Conv2D, MaxPooling2D and UpSampling2D layers.

Written by kgen 0.0.0 from autoencoder.json, in the functional style.

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


def build_model():
    """Returns the uncompiled model."""
    inputs = keras.Input(shape=INPUT_SHAPE)
    x = inputs
    for filters in ENCODER_FILTERS:
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(padding="same")(x)
    for filters in DECODER_FILTERS:
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.UpSampling2D()(x)
    outputs = layers.Conv2D(3, 3, padding="same", activation="sigmoid")(x)
    return keras.Model(inputs, outputs, name="autoencoder")
