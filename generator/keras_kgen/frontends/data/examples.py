"""Reads `tf.train.Example`, a message of protocol buffers, without its library."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_KINDS = {1: "bytes", 2: "floats", 3: "whole numbers"}
_MAX_SHIFT = 63


@dataclass(frozen=True, slots=True)
class Values:
    """The values of a feature.

    Attributes:
        kind: `bytes`, `floats` or `whole numbers`.
        count: How many there are; of bytes, how long the first value is.
        numbers: The first few, where they are numbers.
    """

    kind: str
    count: int
    numbers: tuple[float, ...] = ()


def read_example(data: bytes) -> dict[str, Values]:
    """Returns the features of an example.

    Raises:
        ValueError: the bytes are no such message.
    """
    found = {}
    for _, features in _fields(data, 1):
        for _, entry in _fields(_bytes(features), 1):
            parts = dict(_fields(_bytes(entry)))
            name = _bytes(parts.get(1, b"")).decode("utf-8")
            found[name] = _values(_bytes(parts.get(2, b"")))
    return found


def _values(feature: bytes) -> Values:
    for number, content in _fields(feature):
        data = _bytes(content)
        if number == 1:
            first = next((value for _, value in _fields(data, 1)), b"")
            return Values(_KINDS[1], len(_bytes(first)))
        if number == 2:
            return _floats(data)
        if number == 3:
            return _integers(data)
    return Values("nothing", 0)


def _floats(data: bytes) -> Values:
    packed = b"".join(
        value if isinstance(value, bytes) else struct.pack("<I", value)
        for _, value in _fields(data, 1)
    )
    count = len(packed) // 4
    first = struct.unpack_from("<f", packed) if count else ()
    return Values(_KINDS[2], count, first if count == 1 else ())


def _integers(data: bytes) -> Values:
    numbers: list[int] = []
    for _, value in _fields(data, 1):
        if isinstance(value, int):
            numbers.append(value)
            continue
        place = 0
        while place < len(value):
            number, place = _varint(value, place)
            numbers.append(number)
    # Negative numbers come as large ones.
    signed = tuple(n - (1 << 64) if n >> 63 else n for n in numbers[:1])
    return Values(_KINDS[3], len(numbers), signed if len(numbers) == 1 else ())


def _bytes(value: bytes | int) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number stands where a message was expected")
    return value


def _fields(data: bytes, only: int = 0) -> Iterator[tuple[int, bytes | int]]:
    """Yields the numbers and values of a message's fields."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, kind = key >> 3, key & 7
        value: bytes | int
        if kind == _VARINT:
            value, place = _varint(data, place)
        elif kind == _BYTES:
            length, place = _varint(data, place)
            value, place = data[place : place + length], place + length
        elif kind in (_FIXED32, _FIXED64):
            size = 4 if kind == _FIXED32 else 8
            value = int.from_bytes(data[place : place + size], "little")
            place += size
        else:
            raise ValueError(f"there is no field of the kind {kind}")
        if place > len(data):
            raise ValueError("it ends within a field")
        if only in (0, number):
            yield number, value


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(data) and shift <= _MAX_SHIFT:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if not byte & 0x80:
            return value, place
    raise ValueError("it ends within a number")
