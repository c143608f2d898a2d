"""A model of Embedding, LSTM, AdditiveAttention and Dense layers.

Written by kgen 0.0.0 from deep_sequence_to_sequence.json, in the functional style.

    python deep_sequence_to_sequence.py --help
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

INPUT_SHAPE = (None,)
EPOCHS = 10
BATCH_SIZE = 32


def build_model():
    """Returns the uncompiled model."""
    source = keras.Input(shape=INPUT_SHAPE, dtype="int32", name="source")
    target = keras.Input(shape=INPUT_SHAPE, dtype="int32", name="target")
    x = layers.Embedding(60, 16, name="target_embedding")(target)
    embedding = layers.Embedding(50, 16, name="source_embedding")(source)
    for index in range(3):
        embedding, state_h, state_c = layers.LSTM(
            16, return_sequences=True, return_state=True, name=f"encoder_{index}"
        )(embedding)
        x = layers.LSTM(16, return_sequences=True, name=f"decoder_{index}")(
            x, initial_state=[state_h, state_c]
        )
    x = layers.AdditiveAttention(name="attention")([x, embedding])
    outputs = layers.Dense(60, activation="softmax", name="words")(x)
    return keras.Model([source, target], outputs, name="deep_seq2seq")
