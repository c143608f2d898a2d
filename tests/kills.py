"""Kills what changes files, at any of the moments at which the disk changes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

# All that kgen asks of the system on its way to changed files.
CALLS = (
    "chmod",
    "fsync",
    "listdir",
    "makedirs",
    "mkdir",
    "open",
    "rename",
    "replace",
    "rmdir",
    "unlink",
)


class Killed(BaseException):
    """Stands for a kill: nothing that comes after it does anything."""


class Calls:
    """Counts calls, and does what a kill does from one of them on."""

    def __init__(self, last: int, kill: Callable[[], Any]) -> None:
        self.count = 0
        self.last = last
        self.kill = kill

    def watch(self, name: str) -> Callable[..., Any]:
        """Returns a function of `os` that counts and may kill."""
        # A process that dies takes no disk with it, and waiting for one takes long.
        real = getattr(os, name) if name != "fsync" else lambda handle: None

        def call(*arguments: Any, **keywords: Any) -> Any:
            self.count += 1
            if self.count > self.last:
                self.kill()
            return real(*arguments, **keywords)

        return call


@contextmanager
def killed_after(last: int) -> Iterator[Calls]:
    """Lets that many calls pass, and none after them."""

    def kill() -> None:
        raise Killed

    calls = Calls(last, kill)
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, calls.watch(name))
        yield calls


def kill_this_process_after(last: int) -> None:
    """Sends SIGKILL to this process in place of a later call."""
    calls = Calls(last, lambda: os.kill(os.getpid(), signal.SIGKILL))
    for name in CALLS:
        setattr(os, name, calls.watch(name))
