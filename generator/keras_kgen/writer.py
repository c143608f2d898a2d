"""Writes files so that each is replaced as a whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from keras_kgen.errors import OutputError


def write_files(files: Mapping[Path, str], *, force: bool = False) -> None:
    """Writes text files; either all of them or none.

    Args:
        files: Text by path. Missing folders are made.
        force: Replace files that exist already.

    Raises:
        OutputError: a file exists and `force` is false, or the system refuses.
    """
    if not force:
        _refuse_existing(files)
    temporaries: dict[Path, Path] = {}
    folders: list[Path] = []
    try:
        for path, text in files.items():
            folders.extend(_make_folders(path.parent))
            temporaries[path] = _write_temporary(path, text)
        for path, temporary in temporaries.items():
            _move(temporary, path, force)
    except OSError as error:
        _clean_up(temporaries, folders)
        raise OutputError(
            f"cannot write {error.filename or 'the output'}: {error.strerror}"
        ) from error
    except BaseException:
        _clean_up(temporaries, folders)
        raise


def _refuse_existing(files: Mapping[Path, str]) -> None:
    existing = [str(path) for path in files if os.path.lexists(path)]
    if existing:
        verb = "exists" if len(existing) == 1 else "exist"
        raise OutputError(
            f"{', '.join(existing)} {verb} already; --force replaces, -o writes elsewhere"
        )


def _make_folders(folder: Path) -> list[Path]:
    missing = [p for p in (folder, *folder.parents) if not p.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _write_temporary(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    temporary = Path(name)
    mask = os.umask(0)
    os.umask(mask)
    temporary.chmod(0o666 & ~mask)
    return temporary


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


def _clean_up(temporaries: Mapping[Path, Path], folders: list[Path]) -> None:
    for temporary in temporaries.values():
        temporary.unlink(missing_ok=True)
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
