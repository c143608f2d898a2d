"""The lines of a module: which of them build the model, and where they stand."""

from __future__ import annotations

from keras_kgen.comparing.listing import Listing, read_listing
from keras_kgen.options import Style

MODULE = '''"""A module."""

import csv

import keras
from keras import layers

SIZE = 3
# How long to train.
EPOCHS = 5
# What the block needs.
WIDTH = SIZE


class Block(layers.Layer):
    """A block."""

    def call(self, inputs):
        return inputs * WIDTH


def unused():
    return EPOCHS


def build_model():
    return keras.Sequential([Block()])


def train():
    csv.writer(build_model())
'''


def listing(source: str = MODULE) -> Listing:
    return read_listing(Style.SUBCLASS, "m.py", source, {19: frozenset({"0"})})


def test_what_build_model_needs_is_the_model() -> None:
    texts = [line.text for line in listing().model if line.text]
    assert texts == [
        "import keras",
        "from keras import layers",
        "SIZE = 3",
        "# What the block needs.",
        "WIDTH = SIZE",
        "class Block(layers.Layer):",
        '    """A block."""',
        "    def call(self, inputs):",
        "        return inputs * WIDTH",
        "def build_model():",
        "    return keras.Sequential([Block()])",
    ]


def test_lines_know_their_numbers_and_scopes() -> None:
    line = listing().lines[18]
    assert (line.number, line.text) == (19, "        return inputs * WIDTH")
    assert line.scope == ("Block", "call")
    assert line.layers == {"0"}


def test_training_is_what_follows() -> None:
    assert listing().training == MODULE.partition("[Block()])\n")[2]
