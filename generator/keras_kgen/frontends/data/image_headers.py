"""Reads how large an image is from the first bytes of its file."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import IO

# Colors of a PNG, by its color type.
_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 1, 6: 3}
_MAX_SEGMENTS = 2000
_MAX_SIDE = 1 << 20


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """The size of an image, and whether it has one channel (grey) or three."""

    height: int
    width: int
    channels: int


def read_header(file: IO[bytes]) -> ImageHeader | None:
    """Returns the header of a PNG, JPEG, GIF or BMP file, or None where it is none."""
    start = file.read(30)
    try:
        header = _read(start, file)
    except struct.error:
        return None
    if header is None or not 0 < min(header.height, header.width) <= _MAX_SIDE:
        return None
    return header if max(header.height, header.width) <= _MAX_SIDE else None


def _read(start: bytes, file: IO[bytes]) -> ImageHeader | None:
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height, _, color = struct.unpack_from(">IIBB", start, 16)
        return ImageHeader(height, width, _PNG_CHANNELS.get(color, 3))
    if start.startswith((b"GIF87a", b"GIF89a")):
        width, height = struct.unpack_from("<HH", start, 6)
        return ImageHeader(height, width, 3)
    if start.startswith(b"BM"):
        width, height = struct.unpack_from("<ii", start, 18)
        return ImageHeader(abs(height), width, 3)
    if start.startswith(b"\xff\xd8"):
        file.seek(2)
        return _read_jpeg(file)
    return None


def _read_jpeg(file: IO[bytes]) -> ImageHeader | None:
    """Walks from segment to segment up to the one that says the size."""
    for _ in range(_MAX_SEGMENTS):
        marker, kind = struct.unpack(">BB", file.read(2))
        while kind == 0xFF:  # fill bytes
            (kind,) = struct.unpack(">B", file.read(1))
        if marker != 0xFF:
            return None
        (length,) = struct.unpack(">H", file.read(2))
        # The frame headers, without tables of Huffman codes (C4), JPG (C8) and DAC (CC).
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            _, height, width, channels = struct.unpack(">BHHB", file.read(6))
            return ImageHeader(height, width, 1 if channels == 1 else 3)
        file.seek(length - 2, 1)
    return None
