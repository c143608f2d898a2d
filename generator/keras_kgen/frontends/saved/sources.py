"""Bytes of a file, or of a part of one, read in bounded pieces at any place."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

_PAGE = 1 << 16
_MAX_PAGES = 64


class BrokenFile(Exception):
    """The bytes are not what their format says, or they say more than kgen reads.

    The module that knows the file's name turns it into a `SourceError`.
    """


class ByteSource(Protocol):
    """Bytes that can be read at any place."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def read(self, offset: int, length: int) -> bytes:
        """Returns exactly `length` bytes.

        Raises:
            BrokenFile: they are not all there.
        """


@dataclass(frozen=True, slots=True)
class MemorySource:
    """Bytes that are in memory already."""

    data: bytes

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        """Returns exactly `length` bytes."""
        check_range(offset, length, len(self.data))
        return self.data[offset : offset + length]


@dataclass(frozen=True, slots=True)
class FileSource:
    """Bytes of a file from `start` on; the file is open only while it is read.

    Small reads go through pages that are kept, for a format like HDF5 reads a few bytes at
    a time.
    """

    path: Path
    start: int
    size: int
    _pages: dict[int, bytes] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def whole(cls, path: Path) -> FileSource:
        """Returns the whole of a file."""
        return cls(path, 0, path.stat().st_size)

    def part(self, start: int, size: int) -> FileSource:
        """Returns a part, which must lie inside.

        Raises:
            BrokenFile: it does not.
        """
        check_range(start, size, self.size)
        return FileSource(self.path, self.start + start, size)

    def read(self, offset: int, length: int) -> bytes:
        """Returns exactly `length` bytes."""
        check_range(offset, length, self.size)
        page, inside = divmod(offset, _PAGE)
        if inside + length > _PAGE:
            return self._read(offset, length)
        data = self._pages.get(page)
        if data is None:
            if len(self._pages) >= _MAX_PAGES:
                self._pages.clear()
            first = page * _PAGE
            data = self._read(first, min(_PAGE, self.size - first))
            self._pages[page] = data
        return data[inside : inside + length]

    def _read(self, offset: int, length: int) -> bytes:
        try:
            with self.path.open("rb") as file:
                file.seek(self.start + offset)
                data = file.read(length)
        except OSError as error:
            raise BrokenFile(f"it cannot be read: {error.strerror}") from error
        if len(data) != length:
            raise BrokenFile("it became shorter while it was read")
        return data


def check_range(offset: int, length: int, size: int) -> None:
    """Checks that bytes lie inside a file.

    Raises:
        BrokenFile: they do not; the file was cut off or damaged.
    """
    if offset < 0 or length < 0 or offset + length > size:
        raise BrokenFile(
            f"it is cut off or damaged: {length} bytes at {offset} are not in its {size}"
        )
