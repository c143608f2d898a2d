"""Looks at folders of images: reads their headers, which say how large they are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.data.folders import ClassFolder, read_files
from keras_kgen.frontends.data.image_headers import ImageHeader, read_header
from keras_kgen.frontends.data.request import OwnRequest
from keras_kgen.ir.data import ImageFacts, OwnData

_COMPLAINT = "no image that Keras reads; move away"
MAX_SIDE = 160
_STEP = 16
# Pixels as float32 that may stay in memory, in bytes.
_MEMORY = 1 << 30


def inspect_images(
    request: OwnRequest, folder: ClassFolder, notes: Diagnostics
) -> OwnData:
    """Returns what a folder of images holds.

    Raises:
        DataProblem: there are files that are no images.
    """
    headers = read_files(request, folder, _header, _COMPLAINT)
    size = _common_size(headers)
    is_grey = all(header.channels == 1 for header in headers)
    channels = 1 if is_grey else 3
    is_small = 4 * size[0] * size[1] * channels * folder.count <= _MEMORY
    place = request.place(request.source)
    notes.note(_described(headers, size, is_grey), place)
    facts = ImageFacts(folder.facts, size, channels, is_small)
    shapes = (("", (*size, channels), "float32"),)
    labels = folder.labels
    return OwnData(request.path, folder.count, labels, shapes, facts, place)


def _header(path: Path) -> ImageHeader | None:
    try:
        with open(path, "rb") as file:
            return read_header(file)
    except OSError:
        return None


def _common_size(headers: list[ImageHeader]) -> tuple[int, int]:
    """Returns the size of most images, or one that is not far from all of them."""
    counts = Counter((header.height, header.width) for header in headers)
    size, count = counts.most_common(1)[0]
    if 2 * count > len(headers) and max(size) <= MAX_SIDE:
        return size
    height, width = (
        sorted(sides)[len(headers) // 2]
        for sides in zip(*((h.height, h.width) for h in headers), strict=True)
    )
    scale = min(1.0, MAX_SIDE / max(height, width))
    return _stepped(height * scale), _stepped(width * scale)


def _stepped(side: float) -> int:
    return max(round(side / _STEP), 1) * _STEP


def _described(headers: list[ImageHeader], size: tuple[int, int], is_grey: bool) -> str:
    heights, widths = [h.height for h in headers], [h.width for h in headers]
    are_alike = len({(h.height, h.width) for h in headers}) == 1
    found = (
        f"all images are {heights[0]} by {widths[0]}"
        if are_alike
        else f"images are from {min(heights)} by {min(widths)} to {max(heights)} by {max(widths)}"
    )
    color = "grey" if is_grey else "in color"
    return f"{found}, {color}: the module reads them as {size[0]} by {size[1]}"
