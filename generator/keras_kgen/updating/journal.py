"""Changes the files of a folder so that a kill at any moment leaves all of them or none."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from keras_kgen.errors import Location, OutputError, SourceError
from keras_kgen.updating.paths import link_problem, path_problem

# Here everything is made ready; it is gone when all is in place.
STAGE = ".kgen-update"
_JOURNAL = "journal.json"
_DRAFT = "journal.draft"
_LOCK = ".kgen.lock"
_DAMAGED = f"take the project from version control, and remove {STAGE}"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one file.

    Attributes:
        path: Its path in the folder, with slashes.
        before: What it held when it was read, None where there was no such file.
        after: What it is to hold, None where it is to go.
        mode: The mode that it had, None for a new file.
    """

    path: str
    before: bytes | None
    after: bytes | None
    mode: int | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    """One change, as the journal has it: digests, and the name of what is made ready."""

    path: str
    before: str | None
    after: str | None
    staged: str


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Keeps other runs of kgen out of a folder, and ends what a killed one has begun.

    Gives whether there was anything to end.

    Raises:
        OutputError: another run is at work, or a file was edited after a kill.
    """
    handle = _lock(folder)
    try:
        yield _recover(folder)
    finally:
        os.close(handle)


def change_files(folder: Path, changes: Sequence[Change]) -> None:
    """Makes all changes or none; the folder must be locked.

    All new contents are on the disk, under other names, before the journal says that they
    hold. From then on the changes are made again after a kill, until all are made.

    Raises:
        OutputError: the system refuses, or a file has changed since it was read.
    """
    stage = folder / STAGE
    try:
        _make_ready(folder, stage, changes)
    except OSError as error:
        _clear(stage)
        place = error.filename or folder
        raise OutputError(f"cannot write {place}: {error.strerror}") from error
    except BaseException:
        _clear(stage)
        raise
    try:
        _carry_out(folder)
    except KeyboardInterrupt:
        _carry_out(folder)
        raise


def _lock(folder: Path) -> int:
    """Locks a folder for as long as the handle is open, and this process alive."""
    is_windows = sys.platform == "win32"  # where nobody can open a folder
    place, flags = (folder / _LOCK, os.O_CREAT) if is_windows else (folder, 0)
    try:
        handle = os.open(place, os.O_RDONLY | flags)
    except OSError as error:
        raise OutputError(f"cannot read {place}: {error.strerror}") from error
    try:
        _take_lock(handle)
    except OSError as error:
        os.close(handle)
        if error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            raise OutputError(f"cannot lock {folder}: {error.strerror}") from error
        message = f"another kgen is at work in {folder}: wait until it is done"
        raise OutputError(message) from error
    return handle


def _take_lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _make_ready(folder: Path, stage: Path, changes: Sequence[Change]) -> None:
    os.mkdir(stage)
    steps = []
    for number, change in enumerate(changes):
        _check(folder, change)
        staged = f"{number:04}"
        if change.after is not None:
            _write(stage / staged, change.after, change.mode)
        before, after = _digest(change.before), _digest(change.after)
        steps.append(_Step(change.path, before, after, staged))
    _write(stage / _DRAFT, _render(steps), None)
    _sync(stage)
    os.rename(stage / _DRAFT, stage / _JOURNAL)
    _sync(stage)
    _sync(folder)


def _check(folder: Path, change: Change) -> None:
    """Refuses what could not be carried out to the end."""
    target = folder / change.path
    problem = path_problem(change.path) or link_problem(folder, change.path)
    if problem:
        raise OutputError(f"cannot write {target}: {problem}")
    parent = _nearest(target.parent)
    if not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(f"cannot write {target}: {parent} does not let you")
    if os.stat(parent).st_dev != os.stat(folder).st_dev:
        raise OutputError(f"cannot write {target}: it is on another disk than {folder}")
    if _digest_of(target) != _digest(change.before):
        raise OutputError(f"{target} has changed while kgen was at work; run it again")


def _recover(folder: Path) -> bool:
    """Ends what a run that was killed has begun, or clears away what it made ready."""
    stage = folder / STAGE
    if not os.path.lexists(stage):
        return False
    if not stat.S_ISDIR(os.lstat(stage).st_mode):
        raise OutputError(f"{stage} is in the way: kgen needs a folder of that name")
    is_begun = os.path.lexists(stage / _JOURNAL)
    if is_begun:
        _carry_out(folder)
    else:
        _clear(stage)
    return is_begun


def _carry_out(folder: Path) -> None:
    """Makes all changes of the journal that are not made yet."""
    stage = folder / STAGE
    steps = _read_journal(stage / _JOURNAL)
    try:
        for step in steps:
            _check_target(folder, step)
        for step in steps:
            _take(folder, step)
        for parent in {_nearest((folder / step.path).parent) for step in steps}:
            _sync(parent)
        os.unlink(stage / _JOURNAL)
        _sync(stage)
    except OSError as error:
        message = f"cannot write {error.filename or folder}: {error.strerror}"
        raise OutputError(
            f"{message}; the next kgen update ends what is begun"
        ) from error
    _clear(stage)


def _check_target(folder: Path, step: _Step) -> None:
    """Raises an error where somebody has edited a file between a kill and now."""
    target, staged = folder / step.path, folder / STAGE / step.staged
    known = (step.before, step.after, None)
    if link_problem(folder, step.path) or _digest_of(target) not in known:
        raise OutputError(
            f"kgen update was killed here, and {target} has been edited since: move it "
            "away, run the command again, and bring your edits back"
        )
    if os.path.lexists(staged) and (
        staged.is_symlink() or _digest_of(staged) != step.after
    ):
        raise OutputError(f"{staged} is not what kgen made ready: {_DAMAGED}")


def _take(folder: Path, step: _Step) -> None:
    target, staged = folder / step.path, folder / STAGE / step.staged
    if step.after is None:
        with suppress(FileNotFoundError):
            os.unlink(target)
    elif os.path.lexists(staged):
        os.makedirs(target.parent, exist_ok=True)
        os.replace(staged, target)


def _clear(stage: Path) -> None:
    """Removes what is left of the folder in which changes are made ready."""
    with suppress(OSError):
        for name in os.listdir(stage):
            os.unlink(stage / name)
        os.rmdir(stage)


def _write(path: Path, data: bytes, mode: int | None) -> None:
    """Writes a new file, down to the disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        if mode is not None:
            os.chmod(path, mode)
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Brings the names in a folder to the disk, where the system can."""
    with suppress(PermissionError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _nearest(folder: Path) -> Path:
    """Returns the folder, or the first above it that exists."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _digest(data: bytes | None) -> str | None:
    return None if data is None else sha256(data).hexdigest()


def _digest_of(path: Path) -> str | None:
    try:
        return _digest(path.read_bytes())
    except FileNotFoundError:
        return None


def _render(steps: Sequence[_Step]) -> bytes:
    items = [[step.path, step.before, step.after, step.staged] for step in steps]
    return json.dumps(items).encode("utf-8")


def _read_journal(path: Path) -> list[_Step]:
    """Reads a journal, which may have come with somebody else's project.

    Raises:
        SourceError: kgen has not written it, or it would lead out of the folder.
    """
    place = Location(str(path))
    try:
        items = json.loads(path.read_bytes())
        steps = [_read_step(item) for item in items]
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise SourceError.of(f"this is no journal: {_DAMAGED}", place) from error
    return steps


def _read_step(item: Any) -> _Step:
    path, before, after, staged = item
    if not isinstance(path, str) or path_problem(path):
        raise ValueError(path)
    if not (isinstance(staged, str) and staged.isascii() and staged.isdigit()):
        raise ValueError(staged)
    return _Step(path, before, after, staged)
