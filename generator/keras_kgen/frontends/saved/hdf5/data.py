"""Data sets: shape, kind and bytes, which are read when they are asked for."""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from keras_kgen.frontends.saved.hdf5 import objects
from keras_kgen.frontends.saved.hdf5.cursor import Cursor
from keras_kgen.frontends.saved.hdf5.objects import Message
from keras_kgen.frontends.saved.hdf5.types import (
    Chunk,
    DataType,
    Layout,
    read_dataspace,
    read_datatype,
    read_layout,
)
from keras_kgen.frontends.saved.sources import BrokenFile, ByteSource

_DEFLATE, _SHUFFLE, _FLETCHER = 1, 2, 3
_MAX_LEVELS = 16
# Weights are nearly random: deflate takes a tenth off them. A small file of zeros gains more.
_MOST_GAIN = 64
_ALWAYS_ALLOWED = 64 << 20
_MAX_CHUNKS = 1_000_000


@dataclass(frozen=True, slots=True)
class DataSet:
    """An array in a file; `read` gets its bytes.

    Attributes:
        datatype: The kind of its values.
        shape: Its shape.
    """

    source: ByteSource
    datatype: DataType
    shape: tuple[int, ...]
    layout: Layout
    filters: tuple[tuple[int, tuple[int, ...]], ...] = ()

    @property
    def size(self) -> int:
        """How many bytes its values take."""
        return math.prod(self.shape) * self.datatype.size

    def check(self) -> None:
        """Checks that what it claims to hold can be in the file at all.

        Raises:
            BrokenFile: it cannot.
        """
        limit = self._most() if self.filters else self.source.size
        written = self.layout.address is not None or self.layout.compact is not None
        if written and self.size > limit:
            raise BrokenFile(
                f"it is damaged: it claims an array of shape {self.shape}, "
                f"more than its {self.source.size} bytes can hold"
            )
        if self.datatype.code == "vlen" or self.datatype.code.startswith("|S"):
            raise BrokenFile("it holds text or objects where numbers must be")

    def _most(self) -> int:
        return max(_ALWAYS_ALLOWED, self.source.size * _MOST_GAIN)

    def read(self) -> bytes:
        """Returns the values' bytes in the order of C.

        Raises:
            BrokenFile: the data are damaged, or compressed in a way that kgen does not know.
        """
        self.check()
        layout = self.layout
        if layout.compact is not None:
            return _exactly(layout.compact, self.size)
        if layout.address is None:
            if self.size:
                raise BrokenFile("an array in it was never written")
            return b""
        if layout.chunk_shape:
            return self._read_chunks()
        return self.source.read(layout.address, self.size)

    def _read_chunks(self) -> bytes:
        shape = self.layout.chunk_shape
        if len(shape) != len(self.shape) or 0 in shape:
            raise BrokenFile("it is damaged: the shape of a chunk cannot be")
        length = math.prod(shape) * self.datatype.size
        if length > self._most():
            raise BrokenFile("it is damaged: a chunk in it is too large")
        result = bytearray(self.size)
        expected = math.prod(-(-n // p) for n, p in zip(self.shape, shape, strict=True))
        chunks = self._chunks(self.layout.address or 0, _MAX_LEVELS, set())
        for number, chunk in enumerate(chunks):
            if number >= expected:
                raise BrokenFile("it is damaged: an array in it has too many chunks")
            data = self.source.read(chunk.address, chunk.size)
            self._place(
                result, chunk, _exactly(self._unfilter(data, chunk, length), length)
            )
        return bytes(result)

    def _chunks(self, address: int, level: int, seen: set[int]) -> Iterator[Chunk]:
        if address in seen or level <= 0 or len(seen) > _MAX_CHUNKS:
            raise BrokenFile(
                "it is damaged: the chunks of an array go round in circles"
            )
        seen.add(address)
        cursor = Cursor(self.source.read(address, 24))
        cursor.expect(b"TREE")
        if cursor.u8() != 1:
            raise BrokenFile("it is damaged: an array in it has no chunks")
        is_leaf, count = cursor.u8() == 0, cursor.u16()
        rank = len(self.shape)
        pairs = Cursor(self.source.read(address + 24, count * (24 + 8 * rank)))
        for _ in range(count):
            size, mask = pairs.u32(), pairs.u32()
            offsets = tuple(pairs.u64() for _ in range(rank))
            pairs.skip(8)
            child = pairs.u64()
            if is_leaf:
                yield Chunk(child, size, mask, offsets)
            else:
                yield from self._chunks(child, level - 1, seen)

    def _unfilter(self, data: bytes, chunk: Chunk, length: int) -> bytes:
        for index, (kind, _) in reversed(list(enumerate(self.filters))):
            if chunk.mask >> index & 1:
                continue
            if kind == _DEFLATE:
                data = _inflate(data, length)
            elif kind == _SHUFFLE:
                data = _unshuffle(data, self.datatype.size)
            elif kind == _FLETCHER:
                data = data[:-4]
            else:
                raise BrokenFile(
                    f"an array in it is compressed with filter {kind}, which kgen does "
                    "not know; rewrite the file with `h5repack -f NONE`"
                )
        return data

    def _place(self, result: bytearray, chunk: Chunk, data: bytes) -> None:
        """Copies the rows of a chunk to where they belong; those past the edge are padding."""
        shape, piece, width = self.shape, self.layout.chunk_shape, self.datatype.size
        if any(o >= n for o, n in zip(chunk.offsets, shape, strict=True)):
            return
        row = min(piece[-1], shape[-1] - chunk.offsets[-1]) * width
        inside = [
            range(min(p, n - o))
            for p, n, o in zip(piece[:-1], shape[:-1], chunk.offsets[:-1], strict=True)
        ]
        for index in itertools.product(*inside):
            start = _flat((*index, 0), piece) * width
            target = [i + o for i, o in zip((*index, 0), chunk.offsets, strict=True)]
            end = _flat(tuple(target), shape) * width
            result[end : end + row] = data[start : start + row]


def read_dataset(source: ByteSource, messages: tuple[Message, ...]) -> DataSet:
    """Makes a data set of an object's messages.

    Raises:
        BrokenFile: they are damaged, or the data are of a kind that kgen does not read.
    """
    by_kind = {message.kind: message.data for message in messages}
    if objects.EXTERNAL_FILES in by_kind:
        raise BrokenFile("it keeps data in other files, which kgen does not follow")
    missing = {objects.DATATYPE, objects.DATASPACE, objects.LAYOUT} - set(by_kind)
    if missing:
        raise BrokenFile("it is damaged: an array in it has no shape or no data")
    return DataSet(
        source,
        read_datatype(Cursor(by_kind[objects.DATATYPE])),
        read_dataspace(Cursor(by_kind[objects.DATASPACE])),
        read_layout(Cursor(by_kind[objects.LAYOUT])),
        _read_filters(by_kind.get(objects.FILTERS)),
    )


def _read_filters(data: bytes | None) -> tuple[tuple[int, tuple[int, ...]], ...]:
    if data is None:
        return ()
    cursor = Cursor(data)
    version, count = cursor.u8(), cursor.u8()
    if version == 1:
        cursor.skip(6)
    found = []
    for _ in range(count):
        kind = cursor.u16()
        name = cursor.u16() if version == 1 or kind >= 256 else 0
        cursor.skip(2)
        values = cursor.u16()
        cursor.skip(-(-name // 8) * 8 if version == 1 else name)
        found.append((kind, tuple(cursor.u32() for _ in range(values))))
        if version == 1 and values % 2:
            cursor.skip(4)
    return tuple(found)


def _inflate(data: bytes, length: int) -> bytes:
    decoder = zlib.decompressobj()
    try:
        # A few bytes more than the chunk: a checksum may follow.
        return decoder.decompress(data, length + 4)
    except zlib.error as error:
        raise BrokenFile("it is damaged: compressed data in it are broken") from error


def _unshuffle(data: bytes, width: int) -> bytes:
    count = len(data) // width
    result = bytearray(count * width)
    for index in range(width):
        result[index::width] = data[index * count : (index + 1) * count]
    return bytes(result)


def _exactly(data: bytes, length: int) -> bytes:
    if len(data) < length:
        raise BrokenFile("it is damaged: an array in it is too short")
    return data[:length]


def _flat(index: tuple[int, ...], shape: tuple[int, ...]) -> int:
    position = 0
    for i, n in zip(index, shape, strict=True):
        position = position * n + i
    return position
