"""Asks for own data as a spec does."""

from __future__ import annotations

from typing import Any

from keras_kgen.errors import Diagnostics, Location
from keras_kgen.frontends.data.inspect import inspect_data
from keras_kgen.frontends.documents import Document, Items, Scalar, Table
from keras_kgen.ir.data import OwnData

PLACE = Location("model.yaml", 3, 7)


def document(value: Any) -> Document:
    """Returns a value as a document, everything in one place."""
    if isinstance(value, dict):
        entries = ((Scalar(key, PLACE), document(item)) for key, item in value.items())
        return Table(tuple(entries), PLACE)
    if isinstance(value, list):
        return Items(tuple(map(document, value)), PLACE)
    return Scalar(value, PLACE)


def look(**settings: Any) -> tuple[OwnData, list[str]]:
    """Returns what is found, and the notes on it."""
    diagnostics = Diagnostics()
    found = inspect_data(document(settings), diagnostics)
    return found, [item.message for item in diagnostics]
