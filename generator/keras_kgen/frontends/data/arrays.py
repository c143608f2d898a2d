"""Looks at the arrays of an .npz file: their headers, and the values of the targets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import numpy as np

from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.data.problems import DataProblem, listed
from keras_kgen.frontends.data.request import OwnRequest
from keras_kgen.ir.data import ArrayFacts, Labels, OwnData

_SPLIT = ("x_train", "y_train", "x_test", "y_test")
_WHOLE = ("x", "y")
# Targets are read to count classes; more bytes than this are no targets of classes.
_MAX_BYTES = 1 << 28
MAX_CLASSES = 1000
Header = tuple[tuple[int, ...], np.dtype[np.generic]]


def inspect_arrays(request: OwnRequest, notes: Diagnostics) -> OwnData:
    """Returns what the arrays are.

    Raises:
        DataProblem: arrays are missing, of an unusable kind, or do not go together.
    """
    path = Path(request.path)
    try:
        headers = _headers(path)
        names = _SPLIT if "x_train" in headers else _WHOLE
        _check(headers, names)
        labels = _labels(path, headers, names, request.task)
    except (BadZipFile, EOFError, ValueError, OverflowError) as error:
        raise DataProblem(f"this is no .npz file of arrays: {error}") from error
    shape, dtype = headers[names[0]]
    sample = shape[1:]
    is_image = dtype == np.uint8 and len(sample) in (2, 3)
    y_shape = headers[names[1]][0]
    facts = ArrayFacts(
        is_split=names == _SPLIT,
        is_image=is_image,
        has_label_axis=len(y_shape) > 1 and bool(labels.classes),
    )
    place = request.place(request.source)
    kind = "pixels of" if is_image else "samples of"
    message = f"{request.path}: {shape[0]} {kind} shape {sample}, {dtype}"
    notes.note(message, place)
    shapes = (("", sample, "float32"),)
    return OwnData(request.path, shape[0], labels, shapes, facts, place)


def _headers(path: Path) -> dict[str, Header]:
    """Returns shape and type of each array, without reading it."""
    found = {}
    with ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.endswith(".npy"):
                continue
            with archive.open(name) as file:
                version = np.lib.format.read_magic(file)
                read = (
                    np.lib.format.read_array_header_1_0
                    if version == (1, 0)
                    else np.lib.format.read_array_header_2_0
                )
                shape, _, dtype = read(file)
            found[name.removesuffix(".npy")] = (shape, dtype)
    return found


def _check(headers: Mapping[str, Header], names: tuple[str, ...]) -> None:
    missing = [name for name in names if name not in headers]
    if missing:
        has = listed(list(headers), 12) or "no arrays"
        raise DataProblem(
            "expected the arrays x_train, y_train, x_test and y_test, or x and y; the file "
            f"has {has}"
        )
    for name in names:
        if headers[name][1].hasobject:
            message = f"{name} holds Python objects, which are not read: save numbers"
            raise DataProblem(message)
        if not headers[name][0]:
            raise DataProblem(f"{name} is one number, not an array")
    for x, y in zip(names[::2], names[1::2], strict=True):
        counts = headers[x][0][0], headers[y][0][0]
        if counts[0] != counts[1]:
            raise DataProblem(f"{x} has {counts[0]} samples, but {y} has {counts[1]}")
        if counts[0] < 10:
            raise DataProblem(f"{x} has {counts[0]} samples; 10 is the least")
        if headers[x][1].kind not in "biuf":
            raise DataProblem(f"{x} does not hold numbers but {headers[x][1]}")
    if len(names) == len(_SPLIT):
        train, test = headers["x_train"][0][1:], headers["x_test"][0][1:]
        if train != test:
            message = f"samples of x_train are {train}, those of x_test {test}"
            raise DataProblem(message)


def _labels(
    path: Path, headers: Mapping[str, Header], names: tuple[str, ...], task: str
) -> Labels:
    """Returns what the targets are: classes where they are few whole numbers or texts."""
    parts = []
    for name in names[1::2]:
        shape, dtype = headers[name]
        if int(np.prod(shape)) * dtype.itemsize > _MAX_BYTES:
            return Labels(name, shape=shape[1:])
        with np.load(path, allow_pickle=False) as file:
            parts.append(file[name])
    train, shape = parts[0], headers[names[1]][0][1:]
    is_one = shape in ((), (1,))
    is_whole = train.dtype.kind in "biuUS"
    values, counts = np.unique(train, return_counts=True)
    could_be = is_one and is_whole and 2 <= len(values) <= MAX_CLASSES
    is_class = could_be and (train.dtype.kind in "bUS" or 2 * len(values) <= len(train))
    if not is_class or task == "value":
        return _numbers(train, shape, names[1], task)
    unknown = sorted(set(parts[-1].ravel().tolist()) - set(values.tolist()))
    if unknown:
        message = f"{names[-1]} has classes that {names[1]} lacks: {unknown[:5]}"
        raise DataProblem(message)
    classes = tuple(_plain(value) for value in values.tolist())
    return Labels("", classes, tuple(counts.tolist()))


def _numbers(train: np.ndarray, shape: tuple[int, ...], name: str, task: str) -> Labels:
    if train.dtype.kind not in "biuf":
        raise DataProblem(f"{name} holds {train.dtype}, but no classes", "task")
    if task == "class":
        raise DataProblem(f"task: class, but {name} does not hold classes", "task")
    if not np.isfinite(train).all():
        raise DataProblem(f"{name} holds numbers that are not finite")
    mean, deviation = float(train.mean()), float(train.std())
    is_one = shape in ((), (1,))
    return Labels("", mean=mean, deviation=deviation, shape=() if is_one else shape)


def _plain(value: object) -> str | int:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else int(str(int(value)))  # type: ignore[call-overload]
