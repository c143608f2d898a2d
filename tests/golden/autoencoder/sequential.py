"""A model of Conv2D, MaxPooling2D and UpSampling2D layers.

Written by kgen 0.0.0 from autoencoder.json, in the sequential style.

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
    sequence = [keras.Input(shape=INPUT_SHAPE)]
    for filters in ENCODER_FILTERS:
        sequence.append(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        sequence.append(layers.MaxPooling2D(padding="same"))
    for filters in DECODER_FILTERS:
        sequence.append(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        sequence.append(layers.UpSampling2D())
    sequence.append(layers.Conv2D(3, 3, padding="same", activation="sigmoid"))
    return keras.Sequential(sequence, name="autoencoder")
