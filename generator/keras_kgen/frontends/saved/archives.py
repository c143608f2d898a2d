"""Zip archives, read entry by entry into memory; nothing is ever written to a disk."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from pathlib import Path

from keras_kgen.frontends.saved.sources import (
    BrokenFile,
    ByteSource,
    FileSource,
    MemorySource,
)

MAX_ENTRIES = 10_000
# Weights that are compressed; those that are stored are read where they lie.
MAX_UNPACKED = 2 << 30
_MAX_RATIO = 1100
_CHUNK = 1 << 20
_ERRORS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    IndexError,
    OverflowError,
    OSError,
)


class Archive:
    """A zip archive.

    Raises:
        BrokenFile: it is none, is damaged, or holds what no model does. So do all methods.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with zipfile.ZipFile(path) as file:
                self.entries = {entry.filename: entry for entry in file.infolist()}
                count = len(file.infolist())
        except _ERRORS as error:
            raise BrokenFile(f"the archive is cut off or damaged: {error}") from error
        if count > MAX_ENTRIES:
            raise BrokenFile(f"the archive has {count} entries, more than any model")
        for name in self.entries:
            _check_name(name)

    def read(self, name: str, limit: int) -> bytes:
        """Returns an entry's bytes, which must not be more than `limit`."""
        entry = self.entries[name]
        if entry.file_size > limit:
            raise BrokenFile(
                f"{name} claims {entry.file_size} bytes, which is too much"
            )
        data = bytearray()
        try:
            with zipfile.ZipFile(self.path) as file, file.open(entry) as stream:
                while piece := stream.read(_CHUNK):
                    data += piece
                    if len(data) > limit:
                        raise BrokenFile(f"{name} unpacks to more than it claims")
        except _ERRORS as error:
            raise BrokenFile(f"{name} is damaged: {error}") from error
        return bytes(data)

    def source(self, name: str) -> ByteSource:
        """Returns an entry's bytes to read in pieces."""
        entry = self.entries[name]
        whole = FileSource.whole(self.path)
        if entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 1:
            head = whole.read(entry.header_offset, 30)
            if head[:4] != b"PK\x03\x04":
                raise BrokenFile(f"{name} is damaged: it has no header")
            name_size, extra_size = struct.unpack("<HH", head[26:30])
            start = entry.header_offset + 30 + name_size + extra_size
            return whole.part(start, entry.file_size)
        limit = min(MAX_UNPACKED, entry.compress_size * _MAX_RATIO + _CHUNK)
        return MemorySource(self.read(name, limit))


def _check_name(name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise BrokenFile(
            f"the archive has an entry {name[:60]!r}, which points out of it"
        )
