"""TensorFlow.js layers-models: the weights in shards beside `model.json`."""

from __future__ import annotations

import math
import re
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from keras_kgen.frontends.saved.sources import BrokenFile, FileSource
from keras_kgen.frontends.saved.tree import Json, is_finite
from keras_kgen.frontends.saved.weights import (
    LayerWeights,
    SavedWeight,
    SavedWeights,
    WeightFormat,
)

_DTYPES = {
    "bool": ("|b1", 1),
    "float16": ("<f2", 2),
    "float32": ("<f4", 4),
    "int32": ("<i4", 4),
    "uint16": ("<u2", 2),
    "uint8": ("|u1", 1),
}
_LETTERS = {"uint8": "B", "uint16": "H", "float16": "e"}
# A plain name beside the file, or in a folder beside it.
_SHARD = re.compile(r"[\w\-][\w\-. ]*(/[\w\-][\w\-. ]*)*")
_MAX_RANK = 32


@dataclass(frozen=True, slots=True)
class _Quantization:
    letter: str
    scale: float
    minimum: float

    def restore(self, data: bytes) -> bytes:
        numbers = struct.unpack(
            f"<{len(data) // struct.calcsize(self.letter)}{self.letter}", data
        )
        return array("f", (self.minimum + self.scale * n for n in numbers)).tobytes()


def read_manifest(json: Json, folder: Path | None, source: str) -> SavedWeights | None:
    """Returns the weights that a manifest lists; None where the shards are not there.

    Args:
        json: The `weightsManifest`.
        folder: Where the shards are; None where the text came from no file.
        source: The file.
    """
    if folder is None:
        return None
    weights: list[SavedWeight] = []
    for group in json.items():
        shards = [_shard(path, folder) for path in group.need("paths").items()]
        if not all(shard.is_file() for shard in shards):
            return None
        weights += _weights(group.need("weights"), shards, source)
    layers: dict[str, list[SavedWeight]] = {}
    for weight in weights:
        layers.setdefault(weight.name.rpartition("/")[0], []).append(weight)
    return SavedWeights(
        WeightFormat.MANIFEST,
        tuple(
            LayerWeights(path.rpartition("/")[2], path, tuple(found))
            for path, found in layers.items()
        ),
    )


def _shard(path: Json, folder: Path) -> Path:
    name = path.text()
    if not _SHARD.fullmatch(name) or ".." in name:
        path.fail("the weights must be in files beside model.json")
    return folder / name


def _weights(items: Json, shards: list[Path], source: str) -> Iterator[SavedWeight]:
    offset = 0
    for item in items.items():
        name = item.need("name").text()
        shape = _shape(item.need("shape"))
        dtype, width = _dtype(item)
        quantization = _quantization(item)
        if quantization is not None:
            dtype, width = "<f4", struct.calcsize(quantization.letter)
        length = math.prod(shape) * width
        read = partial(_read, tuple(shards), offset, length, quantization)
        offset += length
        yield SavedWeight(name, shape, dtype, source, read)


def _shape(json: Json) -> tuple[int, ...]:
    shape = []
    for dim in json.items():
        if (
            not isinstance(dim.value, int)
            or isinstance(dim.value, bool)
            or dim.value < 0
        ):
            dim.fail(f"expected a size. Received: {dim.value!r}")
        shape.append(dim.value)
    if len(shape) > _MAX_RANK:
        json.fail("no weight has so many dimensions")
    return tuple(shape)


def _dtype(item: Json) -> tuple[str, int]:
    written = item.need("dtype")
    found = _DTYPES.get(written.text())
    if found is None:
        written.fail(f"weights of type {written.text()!r} are not read")
    return found


def _quantization(item: Json) -> _Quantization | None:
    json = item.get("quantization")
    if json is None:
        return None
    kind = json.need("dtype")
    letter = _LETTERS.get(kind.text())
    if letter is None:
        kind.fail(f"weights packed as {kind.text()!r} are not read")
    if letter == "e":
        return _Quantization(letter, 1.0, 0.0)
    scale, minimum = json.need("scale"), json.need("min")
    for number in (scale, minimum):
        if not is_finite(number.value):
            number.fail("expected a number")
    return _Quantization(letter, float(scale.value), float(minimum.value))


def _read(
    shards: tuple[Path, ...],
    offset: int,
    length: int,
    quantization: _Quantization | None,
) -> bytes:
    """Returns bytes of the shards put together."""
    parts = []
    left = length
    for shard in shards:
        try:
            source = FileSource.whole(shard)
        except OSError as error:
            raise BrokenFile(f"{shard.name} cannot be read") from error
        if offset < source.size and left:
            size = min(left, source.size - offset)
            parts.append(source.read(offset, size))
            left -= size
        offset = max(offset - source.size, 0)
    if left:
        raise BrokenFile("the files beside model.json are too short")
    data = b"".join(parts)
    return data if quantization is None else quantization.restore(data)
