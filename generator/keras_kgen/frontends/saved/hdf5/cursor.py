"""Reads little-endian numbers one after the other, never past the end."""

from __future__ import annotations

import struct

from keras_kgen.frontends.saved.sources import BrokenFile

UNDEFINED = 0xFFFF_FFFF_FFFF_FFFF


class Cursor:
    """A place in a piece of bytes; each read moves it on."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self.data) - self.position

    def take(self, length: int) -> bytes:
        """Returns the next bytes."""
        if length < 0 or length > self.left:
            raise BrokenFile("a record of it ends too early")
        found = self.data[self.position : self.position + length]
        self.position += length
        return found

    def skip(self, length: int) -> None:
        """Passes over bytes."""
        self.take(length)

    def u8(self) -> int:
        """Returns the next byte."""
        return self.take(1)[0]

    def u16(self) -> int:
        """Returns the next two bytes as a number."""
        return int(struct.unpack("<H", self.take(2))[0])

    def u32(self) -> int:
        """Returns the next four bytes as a number."""
        return int(struct.unpack("<I", self.take(4))[0])

    def u64(self) -> int:
        """Returns the next eight bytes as a number."""
        return int(struct.unpack("<Q", self.take(8))[0])

    def number(self, width: int) -> int:
        """Returns the next bytes as an unsigned number."""
        return int.from_bytes(self.take(width), "little")

    def expect(self, signature: bytes) -> None:
        """Passes over a signature.

        Raises:
            BrokenFile: other bytes stand there.
        """
        if self.take(len(signature)) != signature:
            raise BrokenFile(f"it is damaged: no {signature!r} where one must be")
