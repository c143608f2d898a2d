"""What is in the files of a project."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from keras_kgen.updating.paths import link_problem
from keras_kgen.updating.text import Text


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A file as it was read.

    Attributes:
        data: Its bytes; None where there is no such file, or it was not read.
        text: The same as text, None likewise.
        mode: Its mode, None likewise.
        problem: Why kgen must not touch it, "" where it may.
    """

    data: bytes | None = None
    text: Text | None = None
    mode: int | None = None
    problem: str = ""


def read_file(folder: Path, path: str) -> OnDisk:
    """Returns a file of a project; no link is followed.

    Args:
        folder: The project.
        path: The path in it, with slashes.
    """
    problem = link_problem(folder, path)
    if problem:
        return OnDisk(problem=problem)
    try:
        data = (folder / path).read_bytes()
        mode = stat.S_IMODE((folder / path).stat().st_mode)
        return OnDisk(data, Text.of(data.decode("utf-8")), mode)
    except FileNotFoundError:
        return OnDisk()
    except UnicodeDecodeError:
        return OnDisk(problem="it is not UTF-8 text")
    except OSError as error:
        return OnDisk(problem=error.strerror or "it cannot be read")
