"""Paths in files that anybody may have written: none leads out of its folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_MAX_LENGTH = 1024
# Version control keeps what it runs in such folders.
_FORBIDDEN = frozenset({"", ".", "..", ".git", ".hg", ".svn"})


def path_problem(path: str) -> str:
    """Returns why a path cannot be that of a file in a project, "" if it can be."""
    if len(path) > _MAX_LENGTH or not path.isprintable():
        return "is no path"
    if "\\" in path or ":" in path:
        return "is no path with slashes within the project"
    if any(part.lower() in _FORBIDDEN for part in path.split("/")):
        return "leads out of the project or into version control"
    return ""


def link_problem(folder: Path, path: str) -> str:
    """Returns why a path must not be followed, "" if it may be.

    Args:
        folder: The project.
        path: A path in it, with slashes.
    """
    place = folder
    parts = path.split("/")
    for index, part in enumerate(parts):
        place = place / part
        try:
            mode = os.lstat(place).st_mode
        except FileNotFoundError:
            return ""
        except OSError as error:
            return error.strerror or "cannot be read"
        is_last = index == len(parts) - 1
        if stat.S_ISLNK(mode):
            link = "it" if is_last else "/".join(parts[: index + 1])
            return f"{link} is a symbolic link"
        if not is_last and not stat.S_ISDIR(mode):
            return f"{'/'.join(parts[: index + 1])} is no folder"
        if is_last and not stat.S_ISREG(mode):
            return "it is no plain file"
    return ""
