"""Writes files so that all of them are replaced as a whole or none is."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from keras_kgen.errors import OutputError

# Text, or what writes the bytes.
Content = str | Callable[[IO[bytes]], None]


def write_files(files: Mapping[Path, Content], *, force: bool = False) -> None:
    """Writes files; either all of them or none.

    Args:
        files: Contents by path. Missing folders are made.
        force: Replace files that exist already.

    Raises:
        OutputError: a file exists and `force` is false, or the system refuses.
    """
    if not force:
        _refuse_existing(files)
    transaction = _Transaction(force)
    try:
        for path, content in files.items():
            transaction.prepare(path, content)
        transaction.commit()
    except OSError as error:
        transaction.undo()
        message = f"cannot write {transaction.current}: {error.strerror}"
        raise OutputError(message) from error
    except BaseException:
        transaction.undo()
        raise


def _refuse_existing(files: Mapping[Path, Content]) -> None:
    existing = [str(path) for path in files if os.path.lexists(path)]
    if existing:
        verb = "exists" if len(existing) == 1 else "exist"
        raise OutputError(
            f"{', '.join(existing)} {verb} already; "
            "--force replaces, -o writes elsewhere"
        )


class _Transaction:
    """Temporary files beside their targets, and what it takes to undo moving them."""

    def __init__(self, force: bool) -> None:
        self.force = force
        self.current = Path()
        self.temporaries: dict[Path, Path] = {}
        self.folders: list[Path] = []
        # What was moved, and where the file that it replaced is kept.
        self.moved: dict[Path, Path | None] = {}

    def prepare(self, path: Path, content: Content) -> None:
        self.current = path
        self.make_folders(path.parent)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        self.temporaries[path] = Path(name)
        with os.fdopen(handle, "w+b") as file:
            if isinstance(content, str):
                file.write(content.encode("utf-8"))
            else:
                content(file)
        self.temporaries[path].chmod(0o666 & ~_umask())

    def make_folders(self, folder: Path) -> None:
        for missing in reversed(
            [p for p in (folder, *folder.parents) if not p.exists()]
        ):
            missing.mkdir()
            self.folders.append(missing)

    def commit(self) -> None:
        for path, temporary in self.temporaries.items():
            self.current = path
            backup = _keep(path) if self.force and path.exists() else None
            _move(temporary, path, self.force)
            self.moved[path] = backup
        for backup in filter(None, self.moved.values()):
            backup.unlink(missing_ok=True)

    def undo(self) -> None:
        for path, backup in self.moved.items():
            with suppress(OSError):
                if backup is None:
                    path.unlink()
                else:
                    os.replace(backup, path)
        for path, temporary in self.temporaries.items():
            temporary.unlink(missing_ok=True)
            _backup_name(path).unlink(missing_ok=True)
        for folder in reversed(self.folders):
            with suppress(OSError):
                folder.rmdir()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _backup_name(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.old")


def _keep(path: Path) -> Path:
    """Keeps the file that is about to be replaced under another name."""
    backup = _backup_name(path)
    try:
        os.link(path, backup)
    except OSError:
        shutil.copy2(path, backup)  # a file system without hard links
    return backup


def _move(temporary: Path, path: Path, force: bool) -> None:
    if force:
        os.replace(temporary, path)
        return
    # A link fails where a file has appeared meanwhile; a rename would replace it.
    try:
        os.link(temporary, path)
    except FileExistsError as error:
        raise OutputError(f"{path} exists already; --force replaces it") from error
    except OSError:
        os.replace(temporary, path)  # a file system without hard links
    else:
        temporary.unlink()
