"""Object headers: the messages that say what a group or a data set is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keras_kgen.frontends.saved.hdf5.cursor import Cursor
from keras_kgen.frontends.saved.sources import BrokenFile, ByteSource

# A header of Keras' has a few dozen messages; a model of 10,000 layers keeps its names in
# attributes of 64 KiB.
MAX_MESSAGES = 20_000
MAX_HEADER = 64 << 20
DATASPACE, LINK_INFO, DATATYPE, LINK, LAYOUT = 0x01, 0x02, 0x03, 0x06, 0x08
FILTERS, ATTRIBUTE, CONTINUATION, SYMBOL_TABLE = 0x0B, 0x0C, 0x10, 0x11
ATTRIBUTE_INFO, EXTERNAL_FILES = 0x15, 0x07
_SHARED = 2


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a header."""

    kind: int
    data: bytes


def read_messages(source: ByteSource, address: int) -> tuple[Message, ...]:
    """Reads the messages of the object at an address, with those of its continuations.

    Raises:
        BrokenFile: the header is damaged.
    """
    is_new = source.read(address, 4) == b"OHDR"
    reader = _NewHeader(source) if is_new else _OldHeader(source)
    first = reader.first(address)
    found: list[Message] = []
    blocks = [first]
    seen = {address}
    total = 0
    while blocks:
        block = blocks.pop(0)
        total += len(block)
        if total > MAX_HEADER:
            raise BrokenFile("it is damaged: a header in it is too large")
        for message in reader.messages(block):
            if len(found) >= MAX_MESSAGES:
                raise BrokenFile("it is damaged: a header in it never ends")
            if message.kind != CONTINUATION:
                found.append(message)
                continue
            cursor = Cursor(message.data)
            place, length = cursor.u64(), cursor.u64()
            if place in seen:
                raise BrokenFile("it is damaged: a header in it goes round in circles")
            seen.add(place)
            blocks.append(reader.continuation(place, length))
    return tuple(found)


class _OldHeader:
    """Version 1, which h5py writes by default."""

    def __init__(self, source: ByteSource) -> None:
        self.source = source

    def first(self, address: int) -> bytes:
        cursor = Cursor(self.source.read(address, 16))
        if cursor.u8() != 1:
            raise BrokenFile("it is damaged: an object in it has no header")
        cursor.skip(7)
        return self.continuation(address + 16, cursor.u32())

    def continuation(self, address: int, length: int) -> bytes:
        return self.source.read(address, length)

    def messages(self, block: bytes) -> Iterator[Message]:
        cursor = Cursor(block)
        while cursor.left >= 8:
            kind, size, flags = cursor.u16(), cursor.u16(), cursor.u8()
            cursor.skip(3)
            yield _message(kind, flags, cursor.take(size))


class _NewHeader:
    """Version 2, of files with an order of creation and of `libver="latest"`."""

    def __init__(self, source: ByteSource) -> None:
        self.source = source
        self.has_order = False

    def first(self, address: int) -> bytes:
        head = Cursor(self.source.read(address, min(34, self.source.size - address)))
        head.expect(b"OHDR")
        if head.u8() != 2:
            raise BrokenFile("it is damaged: an object in it has no header")
        flags = head.u8()
        self.has_order = bool(flags & 4)
        head.skip((16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0))
        size = head.number(1 << (flags & 3))
        return self.source.read(address + head.position, size)

    def continuation(self, address: int, length: int) -> bytes:
        if length < 8 or self.source.read(address, 4) != b"OCHK":
            raise BrokenFile("it is damaged: a header in it breaks off")
        return self.source.read(address + 4, length - 8)

    def messages(self, block: bytes) -> Iterator[Message]:
        cursor = Cursor(block)
        head = 6 if self.has_order else 4
        while cursor.left >= head:
            kind, size, flags = cursor.u8(), cursor.u16(), cursor.u8()
            cursor.skip(head - 4)
            yield _message(kind, flags, cursor.take(size))


def _message(kind: int, flags: int, data: bytes) -> Message:
    if flags & _SHARED and kind in (DATATYPE, DATASPACE, ATTRIBUTE, FILTERS):
        raise BrokenFile("it shares types between objects, which kgen does not read")
    return Message(kind, data)
