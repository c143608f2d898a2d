"""What `data:` says of the user's own files."""

from __future__ import annotations

import os
from dataclasses import dataclass

from keras_kgen.catalogue.datasets import DATASETS, FILE
from keras_kgen.catalogue.registry import suggest
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.frontends.documents import Document, Scalar, Table

SOURCES = ("file", "folder", "tfrecords")
_KEYS = (*SOURCES, "target", "task", "window", "horizon", "features")
_ENDINGS = (".csv", ".tsv", ".npz", ".tfrecord", ".tfrecords")
TASKS = ("class", "value")


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """Which files are asked for, and what is said of them.

    Attributes:
        source: The key that names them, one of `SOURCES`.
        path: A file, a folder, or a pattern of TFRecord files.
        window: Rows that a model of a time series sees, 0 where it is none.
        task: What the target is, one of `TASKS`, "" where the data decide.
        features: What TFRecord files hold.
    """

    source: str
    path: str
    target: str
    task: str
    window: int
    horizon: int
    features: Document | None
    document: Document

    def place(self, key: str) -> Location:
        """Returns where a setting stands, or else where all of them begin."""
        if isinstance(self.document, Table):
            value = self.document.get(key)
            return value.location if value else self.document.location
        return self.document.location


def is_own(document: Document | None) -> bool:
    """Whether a `data:` names files of the user's own."""
    if isinstance(document, Table):
        return any(key in SOURCES for key, _, _ in document)
    if not isinstance(document, Scalar) or not isinstance(document.value, str):
        return False
    text = document.value
    if text in DATASETS or text == FILE:
        return False
    is_path = "/" in text or "\\" in text or text.lower().endswith(_ENDINGS)
    # Unlike a Path, this takes any text for a name that may not exist.
    return is_path or os.path.exists(text)


def read_own_request(document: Document, diagnostics: Diagnostics) -> OwnRequest:
    """Reads a `data:` for which `is_own` holds.

    Raises:
        SourceError: something in it cannot be meant.
    """
    table = document if isinstance(document, Table) else own_table(_scalar(document))
    for key, place, _ in table:
        if key not in _KEYS:
            found = suggest(key, _KEYS)
            hint = f"; did you mean {found!r}?" if found else ""
            known = hint or f"; it has {', '.join(_KEYS)}"
            message = f"data of your own has no setting {key!r}{known}"
            diagnostics.error(message, place.location)
    reader = _Reader(table, diagnostics)
    sources = [key for key, _, _ in table if key in SOURCES]
    if len(sources) > 1:
        message = f"data has {' and '.join(sources)}: give one of them"
        diagnostics.error(message, document.location)
    task = reader.text("task")
    if task and task not in TASKS:
        message = f"task is {' or '.join(TASKS)}. Received: {task!r}"
        diagnostics.error(message, reader.place("task"))
    request = OwnRequest(
        source=sources[0],
        path=reader.text(sources[0]),
        target=reader.text("target"),
        task=task,
        window=reader.count("window", 0),
        horizon=reader.count("horizon", 1),
        features=table.get("features"),
        document=document,
    )
    if not request.path:
        diagnostics.error(f"{sources[0]} needs a path", reader.place(sources[0]))
    if table.get("horizon") and not request.window:
        message = "horizon goes with window: how many rows the model sees"
        diagnostics.error(message, reader.place("horizon"))
    diagnostics.raise_errors()
    return request


def own_table(document: Scalar, options: Table | None = None) -> Table:
    """Returns the mapping that a bare path stands for, with more settings."""
    text = str(document.value)
    is_records = "*" in text or text.lower().endswith((".tfrecord", ".tfrecords"))
    is_file = text.lower().endswith(_ENDINGS) or os.path.isfile(text)
    key = "tfrecords" if is_records else "file" if is_file else "folder"
    entries = options.entries if options else ()
    first = (Scalar(key, document.location), document)
    return Table((first, *entries), document.location)


def _scalar(document: Document) -> Scalar:
    assert isinstance(document, Scalar)
    return document


class _Reader:
    """Reads the settings of a mapping."""

    def __init__(self, table: Table, diagnostics: Diagnostics) -> None:
        self.table = table
        self.diagnostics = diagnostics

    def place(self, key: str) -> Location:
        value = self.table.get(key)
        return value.location if value else self.table.location

    def text(self, key: str) -> str:
        value = self.table.get(key)
        if value is None:
            return ""
        if not isinstance(value, Scalar) or value.value is None:
            self.diagnostics.error(f"{key} takes one text", value.location)
            return ""
        return str(value.value)

    def count(self, key: str, default: int) -> int:
        value = self.table.get(key)
        if value is None:
            return default
        number = value.value if isinstance(value, Scalar) else None
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            message = f"{key} takes a whole number of rows, 1 or more"
            self.diagnostics.error(message, value.location)
            return default
        return number
