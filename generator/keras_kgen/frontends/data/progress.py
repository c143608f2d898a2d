"""Tells a person who waits how far a long reading is."""

from __future__ import annotations

import sys
import time

_PATIENCE = 3.0


class Progress:
    """Says on stderr how much is read, once that has taken some seconds.

    Args:
        title: What goes on.
        total: How much there is to do.
    """

    def __init__(self, title: str, total: int) -> None:
        self.title = title
        self.total = max(total, 1)
        self.told = time.monotonic()

    def add(self, done: int) -> None:
        """Records that so much of the whole is done."""
        if time.monotonic() - self.told > _PATIENCE:
            self.told = time.monotonic()
            share = min(100 * done // self.total, 100)
            print(f"{self.title}: {share} %", file=sys.stderr)
