"""Where generated files find the user's own data: a path that holds in their folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePath

from keras_kgen.frontends.data.request import is_own
from keras_kgen.frontends.documents import Document, Scalar, Table
from keras_kgen.ir.expressions import Dictionary, Expression, Literal
from keras_kgen.ir.program import Program, Setting

# The keys of `data:` that have a path.
_KEYS = ("file", "folder", "tfrecords")


def relocate(program: Program, folder: Path) -> Program:
    """Returns a program whose own data have a path that is relative to a folder.

    An absolute path stays what it is. So does the program where it has no such data.

    Args:
        program: What a front end has read, with a path relative to the current folder.
        folder: Where the generated files go, and run.
    """
    training = program.training
    if training.own is None or training.data is None:
        return program
    data = training.data

    def move(path: str) -> str:
        return _moved(path, folder)

    moved = replace(
        training,
        data=Setting(_with_paths(data.value, move), data.location, data.places),
        own=replace(training.own, path=move(training.own.path)),
    )
    return replace(program, training=moved)


def seen_from_here(spec: Document, folder: Path) -> Document:
    """Returns a spec that stands in a folder with the path of its own data as seen from here.

    Args:
        spec: The spec; a relative path in its `data:` starts in the folder.
        folder: The folder.
    """
    if not isinstance(spec, Table):
        return spec
    base = os.path.realpath(folder)
    entries = (
        (key, _joined(value, base) if key.value == "data" and is_own(value) else value)
        for key, value in spec.entries
    )
    return Table(tuple(entries), spec.location)


def _joined(data: Document, base: str) -> Document:
    """Returns `data:` with paths that start in a folder."""
    if isinstance(data, Scalar):
        if os.path.isabs(str(data.value)):
            return data
        path = os.path.normpath(os.path.join(base, str(data.value)))
        return replace(data, value=os.path.relpath(path), text=None)
    assert isinstance(data, Table)
    entries = (
        (key, _joined(value, base) if key.value in _KEYS else value)
        for key, value in data.entries
    )
    return Table(tuple(entries), data.location)


def _moved(path: str, folder: Path) -> str:
    if os.path.isabs(path):
        return path
    try:
        # Where the folder is a link, `..` leads out of what it points to.
        relative = os.path.relpath(path, os.path.realpath(folder))
    except ValueError:  # on another drive
        return os.path.abspath(path)
    return PurePath(relative).as_posix()


def _with_paths(value: Expression, move: Callable[[str], str]) -> Expression:
    """Returns what `data:` says, with other paths in it."""
    if isinstance(value, Literal) and isinstance(value.value, str):
        # A bare name would be that of a data set, were there no such folder.
        path = move(value.value)
        return Literal(path if "/" in path else f"./{path}")
    if not isinstance(value, Dictionary):
        return value
    pairs = ((key, _value(key, item, move)) for key, item in value.items)
    return Dictionary(tuple(pairs))


def _value(key: Expression, item: Expression, move: Callable[[str], str]) -> Expression:
    is_path = isinstance(key, Literal) and key.value in _KEYS
    if not is_path or not isinstance(item, Literal):
        return item
    return Literal(move(str(item.value)))
