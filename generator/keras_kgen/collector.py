"""Python's garbage collector, which only costs time while a model is read or written."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Lets Python not look for cycles: there are next to none, and large models take long.

    It looks as soon as this ends, so that reading and writing belong within one.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
