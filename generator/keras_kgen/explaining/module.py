"""Explains a whole module."""

from __future__ import annotations

import ast

from keras_kgen.explaining.layers import note_layers
from keras_kgen.explaining.notes import Note, add_notes
from keras_kgen.explaining.styles import document, note_constants
from keras_kgen.explaining.training import note_training
from keras_kgen.options import Style
from keras_kgen.tracing.source_map import SourceMap


def explain_module(source: str, found: SourceMap, style: Style) -> str:
    """Returns the source of a module with comments and docstrings that teach.

    Args:
        source: The source.
        found: Which of its lines stand for what.
        style: How it writes the model.
    """
    tree = ast.parse(source)
    notes: list[Note] = [
        *note_constants(tree, found),
        *note_layers(source, found),
        *note_training(source, tree),
    ]
    return add_notes(source, notes, document(source, tree, style, found.elements))
