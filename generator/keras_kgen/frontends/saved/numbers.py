"""Numbers as people write them: 0.001, which a 32-bit float saves as 0.0010000000474974513."""

from __future__ import annotations

import math
import struct

_MANY_DIGITS = 10


def tidy(number: float) -> float:
    """Returns the shortest number that is the same 32-bit float, if it was one."""
    if not math.isfinite(number) or len(repr(number)) < _MANY_DIGITS:
        return number
    try:
        packed = struct.pack("f", number)
    except OverflowError:
        return number
    if struct.unpack("f", packed)[0] != number:
        return number
    for digits in range(1, 10):
        short = float(f"{number:.{digits}g}")
        if struct.pack("f", short) == packed:
            return short
    return number
