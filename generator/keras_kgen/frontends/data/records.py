"""Looks at TFRecord files: whether their examples hold what the schema says."""

from __future__ import annotations

import glob
import math
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.data.examples import Values, read_example
from keras_kgen.frontends.data.problems import DataProblem, listed
from keras_kgen.frontends.data.progress import Progress
from keras_kgen.frontends.data.request import OwnRequest
from keras_kgen.frontends.documents import Document, Items, Scalar, Table
from keras_kgen.ir.data import Feature, Labels, OwnData, RecordFacts

_DTYPES = ("float32", "int64", "uint8")
_LENGTH, _CHECK = 8, 4
_MAX_RECORD = 1 << 30
MAX_CLASSES = 1000
_EXAMPLE = "features: {image: {shape: [28, 28], dtype: uint8}, label: {dtype: int64}}"


def inspect_records(request: OwnRequest, notes: Diagnostics) -> OwnData:
    """Returns what the records hold.

    Raises:
        DataProblem: there is no schema, or the examples are otherwise.
    """
    features = _schema(request.features)
    if request.target not in features:
        has = f"the features are {listed(list(features))}"
        raise DataProblem(f"say which feature is to be predicted, target: NAME; {has}")
    target = features.pop(request.target)
    if not features:
        raise DataProblem("the schema has no features beside the target", "features")
    paths = _paths(request.path)
    scan = _Scan(target)
    count = 0
    for path in paths:
        for record in _records(path):
            count += 1
            scan.add(record, (*features.values(), target), path)
    if count < 10:
        raise DataProblem(f"there are {count} examples; 10 is the least")
    labels = scan.labels(request)
    place = request.place(request.source)
    notes.note(f"{request.path}: {count} examples in {len(paths)} files", place)
    facts = RecordFacts(tuple(features.values()), target, len(paths))
    named = len(features) > 1
    shapes = tuple(
        (feature.name if named else "", feature.shape, "float32")
        for feature in features.values()
    )
    return OwnData(request.path, count, labels, shapes, facts, place)


def _paths(pattern: str) -> list[Path]:
    try:
        found = sorted(glob.glob(pattern))
    except ValueError as error:  # a zero byte in it
        raise DataProblem(f"this is no pattern of files: {error}") from error
    if not found:
        message = "there are no such files; paths are relative to where kgen runs"
        raise DataProblem(message)
    return [Path(path) for path in found]


def _schema(document: Document | None) -> dict[str, Feature]:
    if not isinstance(document, Table):
        raise DataProblem(
            f"say what the records hold, for instance {_EXAMPLE}", "features"
        )
    found = {}
    for name, _, value in document:
        if not isinstance(value, Table):
            message = f"the feature {name!r} takes a shape and a dtype: {_EXAMPLE}"
            raise DataProblem(message, "features")
        dtype = value.get("dtype")
        text = dtype.value if isinstance(dtype, Scalar) else "float32"
        if text not in _DTYPES:
            message = f"the dtype of {name!r} is one of {', '.join(_DTYPES)}. Received: {text!r}"
            raise DataProblem(message, "features")
        found[name] = Feature(name, _shape(name, value.get("shape")), str(text))
    return found


def _shape(name: str, document: Document | None) -> tuple[int, ...]:
    if document is None:
        return ()
    items = document.items if isinstance(document, Items) else (document,)
    sizes = [item.value if isinstance(item, Scalar) else None for item in items]
    whole = [
        s for s in sizes if isinstance(s, int) and not isinstance(s, bool) and s > 0
    ]
    if len(whole) != len(sizes):
        raise DataProblem(f"the shape of {name!r} is a list of sizes", "features")
    return tuple(whole)


def _records(path: Path) -> Iterator[bytes]:
    """Yields the records of a file."""
    size = path.stat().st_size
    progress = Progress(f"reading {path}", size)
    with open(path, "rb") as file:
        while start := file.read(_LENGTH + _CHECK):
            if len(start) < _LENGTH + _CHECK:
                raise DataProblem(f"{path.name} ends within a record")
            (length,) = struct.unpack("<Q", start[:_LENGTH])
            if length > _MAX_RECORD or file.tell() + length + _CHECK > size:
                raise DataProblem(f"{path.name} is no TFRecord file, or is compressed")
            yield file.read(length)
            file.seek(_CHECK, 1)
            progress.add(file.tell())


class _Scan:
    """What was seen of the examples so far."""

    def __init__(self, target: Feature) -> None:
        self.target = target
        self.counts: Counter[float] = Counter()

    def add(self, record: bytes, features: tuple[Feature, ...], path: Path) -> None:
        try:
            example = read_example(record)
        except ValueError as error:
            raise DataProblem(
                f"{path.name} does not hold tf.train.Example: {error}"
            ) from error
        for feature in features:
            problem = _problem(feature, example)
            if problem:
                raise DataProblem(f"{path.name}: {problem}", "features")
        values = example[self.target.name].numbers
        if len(values) == 1:
            self.counts[values[0]] += 1

    def labels(self, request: OwnRequest) -> Labels:
        name, shape = self.target.name, self.target.shape
        is_whole = self.target.dtype == "int64" and math.prod(shape) == 1
        classes = sorted(int(value) for value in self.counts) if is_whole else []
        is_numbered = bool(classes) and classes[0] >= 0 and classes[-1] < MAX_CLASSES
        if is_numbered and request.task != "value":
            count = max(classes[-1] + 1, 2)
            numbers = tuple(range(count))
            # A class between others that no example has counts as one that is rare.
            return Labels(name, numbers, tuple(max(self.counts[n], 1) for n in numbers))
        total = sum(self.counts.values()) or 1
        mean = sum(value * count for value, count in self.counts.items()) / total
        squares = sum((v - mean) ** 2 * count for v, count in self.counts.items())
        return Labels(
            name, mean=mean, deviation=math.sqrt(squares / total), shape=shape
        )


def _problem(feature: Feature, example: dict[str, Values]) -> str:
    """Returns how an example differs from the schema, or nothing."""
    values = example.get(feature.name)
    if values is None:
        return (
            f"there is no feature {feature.name!r}; there are {listed(list(example))}"
        )
    wanted = {"uint8": "bytes", "float32": "floats", "int64": "whole numbers"}
    if values.kind != wanted[feature.dtype]:
        return f"{feature.name!r} holds {values.kind}, which are not {feature.dtype}"
    size = math.prod(feature.shape)
    if values.count != size:
        return f"{feature.name!r} has {values.count} values, but its shape has {size}"
    return ""
