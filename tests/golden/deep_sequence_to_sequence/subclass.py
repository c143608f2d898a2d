"""A model of Embedding, LSTM, AdditiveAttention and Dense layers.

Written by kgen 0.0.0 from deep_sequence_to_sequence.json, in the subclass style.

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


@keras.saving.register_keras_serializable(package="deep_seq2_seq")
class DeepSeq2Seq(keras.Model):
    """A model of Embedding, LSTM, AdditiveAttention and Dense layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.source_embedding = layers.Embedding(50, 16, name="source_embedding")
        self.target_embedding = layers.Embedding(60, 16, name="target_embedding")
        self.encoder_0 = layers.LSTM(
            16, return_sequences=True, return_state=True, name="encoder_0"
        )
        self.decoder_0 = layers.LSTM(16, return_sequences=True, name="decoder_0")
        self.encoder_1 = layers.LSTM(
            16, return_sequences=True, return_state=True, name="encoder_1"
        )
        self.decoder_1 = layers.LSTM(16, return_sequences=True, name="decoder_1")
        self.encoder_2 = layers.LSTM(
            16, return_sequences=True, return_state=True, name="encoder_2"
        )
        self.decoder_2 = layers.LSTM(16, return_sequences=True, name="decoder_2")
        self.attention = layers.AdditiveAttention(name="attention")
        self.words = layers.Dense(60, activation="softmax", name="words")

    def build(self, input_shape):
        # Keras builds each layer on the way through call().
        self.call(
            [
                keras.KerasTensor(input_shape[0], dtype="int32"),
                keras.KerasTensor(input_shape[1], dtype="int32"),
            ]
        )
        super().build(input_shape)

    def call(self, inputs):
        source, target = inputs
        x = self.target_embedding(target)
        embedding = self.source_embedding(source)
        lstm, state_h, state_c = self.encoder_0(embedding)
        x = self.decoder_0(x, initial_state=[state_h, state_c])
        lstm, state_h, state_c = self.encoder_1(lstm)
        x = self.decoder_1(x, initial_state=[state_h, state_c])
        lstm, state_h, state_c = self.encoder_2(lstm)
        x = self.decoder_2(x, initial_state=[state_h, state_c])
        x = self.attention([x, lstm])
        return self.words(x)


def build_model():
    """Returns the built, uncompiled model."""
    model = DeepSeq2Seq(name="deep_seq2seq")
    model.build([(None, *INPUT_SHAPE), (None, *INPUT_SHAPE)])
    return model
