"""Attributes: text and numbers that stand beside a group or a data set."""

from __future__ import annotations

import math
import struct

from keras_kgen.frontends.saved.hdf5 import objects
from keras_kgen.frontends.saved.hdf5.cursor import UNDEFINED, Cursor
from keras_kgen.frontends.saved.hdf5.objects import Message
from keras_kgen.frontends.saved.hdf5.types import (
    DataType,
    read_dataspace,
    read_datatype,
)
from keras_kgen.frontends.saved.sources import BrokenFile, ByteSource

# Of a model's configuration: ResNet152 has 0.5 MB.
MAX_TEXT = 64 << 20
MAX_VALUES = 200_000
_NUMBERS = {"f2": "e", "f4": "f", "f8": "d", "i1": "b", "i2": "h", "i4": "i", "i8": "q"}
_NUMBERS |= {"u1": "B", "u2": "H", "u4": "I", "u8": "Q"}

# Text as bytes: whoever knows what it must be decodes it.
Attribute = bytes | int | float | tuple["Attribute", ...]


class AttributeReader:
    """Reads the attributes of objects; the text of all of them together is bounded."""

    def __init__(self, source: ByteSource) -> None:
        self.source = source
        self.heaps: dict[int, dict[int, tuple[int, int]]] = {}
        self.left = MAX_TEXT

    def read(self, messages: tuple[Message, ...]) -> dict[str, Attribute]:
        """Returns an object's attributes by name.

        Raises:
            BrokenFile: they are damaged, or stored in a way that kgen does not read.
        """
        found = {}
        for message in messages:
            if message.kind == objects.ATTRIBUTE_INFO:
                _check_compact(Cursor(message.data))
            elif message.kind == objects.ATTRIBUTE:
                name, value = self._attribute(Cursor(message.data))
                found[name] = value
        return found

    def _attribute(self, cursor: Cursor) -> tuple[str, Attribute]:
        version, flags = cursor.u8(), cursor.u8()
        if version not in (1, 2, 3) or (version > 1 and flags & 3):
            raise BrokenFile("it is damaged: an attribute in it is none")
        sizes = [cursor.u16() for _ in range(3)]
        cursor.skip(1 if version == 3 else 0)
        parts = []
        for size in sizes:
            start = cursor.position
            parts.append(cursor.take(size))
            if version == 1:
                cursor.position = min(start + -(-size // 8) * 8, len(cursor.data))
        name = parts[0].split(b"\0")[0].decode("utf-8", "replace")
        datatype = read_datatype(Cursor(parts[1]))
        shape = read_dataspace(Cursor(parts[2]))
        return name, self._value(cursor, datatype, shape)

    def _value(
        self, cursor: Cursor, datatype: DataType, shape: tuple[int, ...]
    ) -> Attribute:
        count = math.prod(shape)
        if count > MAX_VALUES:
            raise BrokenFile("it is damaged: an attribute in it is too long")
        values = tuple(
            self._element(cursor.take(datatype.size), datatype) for _ in range(count)
        )
        return values if shape else values[0]

    def _element(self, data: bytes, datatype: DataType) -> Attribute:
        if datatype.code == "vlen":
            return self._heap_text(Cursor(data))
        if datatype.code.startswith("|S"):
            return data.rstrip(b"\0")
        letter = _NUMBERS.get(datatype.code[1:])
        if letter is None:
            raise BrokenFile("an attribute in it is neither text nor a number")
        order = ">" if datatype.code[0] == ">" else "<"
        number: int | float = struct.unpack(order + letter, data)[0]
        return number

    def _heap_text(self, cursor: Cursor) -> bytes:
        length, heap, index = cursor.u32(), cursor.u64(), cursor.u32()
        if length == 0 or heap in (0, UNDEFINED):
            return b""
        self.left -= length
        if self.left < 0:
            raise BrokenFile("the text in it is too long")
        if heap not in self.heaps:
            self.heaps[heap] = _read_heap(self.source, heap)
        if index not in self.heaps[heap]:
            raise BrokenFile("it is damaged: a text in it is missing")
        place, size = self.heaps[heap][index]
        return self.source.read(place, min(length, size))


def _check_compact(cursor: Cursor) -> None:
    _, flags = cursor.u8(), cursor.u8()
    cursor.skip(2 if flags & 1 else 0)
    if cursor.u64() != UNDEFINED:
        raise BrokenFile(
            "attributes in it are stored as new versions of HDF5 do; "
            "rewrite the file with `h5repack -j 0 -k 0`"
        )


def _read_heap(source: ByteSource, address: int) -> dict[int, tuple[int, int]]:
    """Returns where each object of a global heap lies, and its size."""
    cursor = Cursor(source.read(address, 16))
    cursor.expect(b"GCOL")
    cursor.skip(4)
    end = address + cursor.u64()
    found: dict[int, tuple[int, int]] = {}
    place = address + 16
    while place + 16 <= min(end, source.size) and len(found) <= MAX_VALUES:
        item = Cursor(source.read(place, 16))
        index = item.u16()
        item.skip(6)
        size = item.u64()
        if index == 0:
            break
        found[index] = (place + 16, size)
        place += 16 + -(-size // 8) * 8
    return found
