"""Plain values of configs as expressions, with the markers that Keras wraps some in."""

from __future__ import annotations

import base64
import binascii
import functools

from keras_kgen.frontends.saved.numbers import tidy
from keras_kgen.frontends.saved.tree import Json
from keras_kgen.ir.expressions import (
    Dictionary,
    Expression,
    Literal,
    Sequence,
    Slice,
)

# Arguments that are lists for Keras and for people; other lists in JSON were tuples.
_LISTS = frozenset(
    {
        "bin_boundaries",
        "boundaries",
        "cells",
        "idf_weights",
        "mean",
        "metrics",
        "values",
        "variance",
        "vocabulary",
        "weighted_metrics",
        "weights",
    }
)
_ARRAYS = frozenset({"__numpy__", "__tensor__"})
_TYPES = frozenset({"TypeSpec", "__typespec__"})
_TUPLES = frozenset({"__tuple__", "TensorShape"})
_ELLIPSIS = "__ellipsis__"
_SLICE = {"start", "stop", "step"}


def is_list(argument: str) -> bool:
    """Whether an argument's list is written as a list, not as a tuple."""
    return argument in _LISTS


def unwrapped(json: Json) -> Json:
    """Returns what a marker around a plain value holds; other values come back as they are."""
    value = json.value
    if not isinstance(value, dict):
        return json
    if value.get("type") == "ndarray" and "value" in value:
        return json.at("value")  # Keras 2 wrote NumPy's numbers so
    name = str(value.get("class_name"))
    if name in _TUPLES and "items" in value:
        return json.at("items")
    if name in _ARRAYS and isinstance(value.get("config"), dict):
        return json.need("config").need("value")
    if name in _TYPES:
        json.fail("a type of TensorFlow stands where a value must be")
    return json


@functools.lru_cache(maxsize=4096, typed=True)
def _literal(value: bool | int | str | None) -> Literal:
    """Returns a literal, the same one for equal values: literals are compared often."""
    return Literal(value)


def constant(json: Json, argument: str = "") -> Expression | None:
    """Returns a plain value as an expression; None where it is an object.

    Args:
        json: The value.
        argument: The argument that it is for.
    """
    json = unwrapped(json)
    value = json.value
    if isinstance(value, float):
        return Literal(tidy(value))
    if value is None or isinstance(value, bool | int | str):
        return _literal(value)
    if isinstance(value, list):
        items = [constant(item, argument) for item in json.items()]
        known = tuple(item for item in items if item is not None)
        return Sequence(known, is_list(argument)) if len(known) == len(items) else None
    marked = _marked(json)
    if marked is not None or "class_name" in json.table():
        return marked
    pairs = [(Literal(key), constant(item)) for key, item in json.entries()]
    complete = tuple((key, item) for key, item in pairs if item is not None)
    return Dictionary(complete) if len(complete) == len(pairs) else None


def _marked(json: Json) -> Expression | None:
    table = json.table()
    name = table.get("class_name")
    if name == _ELLIPSIS:
        return Literal(...)
    if name == "__bytes__":
        return _text_of(json)
    if is_slice(json):
        json.fail("a slice stands where a value must be")
    return None


def is_slice(json: Json) -> bool:
    """Whether a value is a slice, which only calls take."""
    table = json.table()
    return table.get("class_name") == "__slice__" or set(table) == _SLICE


def slice_of(json: Json) -> Expression | None:
    """Returns a slice; None where a tensor limits it."""
    json = json.need("config") if "class_name" in json.table() else json
    table = json.table()
    parts = [
        constant(json.at(k)) if k in table else Literal(None) for k in sorted(_SLICE)
    ]
    start, step, stop = parts
    if start is None or stop is None or step is None:
        return None
    return Slice(start, stop, step)


def _text_of(json: Json) -> Expression:
    """Returns bytes as text: Keras takes either."""
    config = json.need("config")
    coded = config.need("value").text()
    try:
        return Literal(base64.b64decode(coded, validate=False).decode("utf-8"))
    except (binascii.Error, ValueError):
        config.fail("these bytes are no text")
