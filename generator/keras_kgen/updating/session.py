"""One run of `kgen check` or `kgen update` in a project: what it has read and may write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from keras_kgen import __version__
from keras_kgen.errors import Diagnostic, KgenError, Location, SourceError, UsageError
from keras_kgen.updating.disk import read_file
from keras_kgen.updating.journal import Change, change_files, locked
from keras_kgen.updating.plan import FilePlan, plan_update
from keras_kgen.updating.record import (
    NAME,
    SPEC,
    Record,
    read_record,
    render_record,
    spec_digest,
)
from keras_kgen.updating.regenerate import regenerate


@dataclass(frozen=True, slots=True)
class Session:
    """A project, and what the spec in it gives now.

    Attributes:
        record: What the project remembers.
        spec: The digest of the spec as it is now.
        plans: What an update makes of each file.
        notes: Warnings and notes on the spec.
        was_killed: Whether an update that was killed has been ended first.
    """

    folder: Path
    record: Record
    spec: str
    plans: tuple[FilePlan, ...]
    notes: tuple[Diagnostic, ...]
    was_killed: bool

    @property
    def causes(self) -> str:
        """What has changed since kgen wrote the project, in words."""
        causes = []
        if self.spec != self.record.spec:
            causes.append(f"{SPEC} has changed")
        if self.record.version != __version__:
            was = self.record.version
            causes.append(f"kgen {was} wrote it and this is kgen {__version__}")
        return " and ".join(causes) or "a library of kgen has changed, Black perhaps"


@contextmanager
def opened(folder: Path) -> Iterator[Session]:
    """Reads a project, and keeps other runs of kgen out of it.

    Raises:
        KgenError: it is no project, its spec is wrong, or another run is at work.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}")
    with locked(folder) as was_killed:
        record = _read_record(folder)
        spec = _read(folder, SPEC)
        project = regenerate(folder, record.settings)
        files = {path: text for path, text in project.files.items() if path != SPEC}
        plans = plan_update(folder, record.texts, files, f"kgen {__version__}")
        digest, notes = spec_digest(spec), project.notes
        yield Session(folder, record, digest, plans, notes, was_killed)


def refuse_older(record: Record) -> None:
    """Refuses to go back to what an earlier kgen writes.

    Raises:
        UsageError: a later kgen wrote the project.
    """
    if _numbers(record.version) > _numbers(__version__):
        raise UsageError(
            f"kgen {record.version} wrote this project, and this is kgen {__version__}: "
            "pip install --upgrade keras-kgen"
        )


def apply(session: Session) -> bool:
    """Writes what is planned, all of it or nothing; returns whether there was anything.

    Raises:
        OutputError: the system refuses, or a file has changed meanwhile.
    """
    changes = [_change(plan) for plan in session.plans if plan.changes]
    kept = {
        plan.path: str(plan.remembered) for plan in session.plans if plan.remembered
    }
    record = Record(__version__, session.spec, session.record.settings, kept)
    if not changes and record == session.record:
        return False
    old = read_file(session.folder, NAME)
    text = render_record(record).encode("utf-8")
    change_files(session.folder, [*changes, Change(NAME, old.data, text, old.mode)])
    return True


def _change(plan: FilePlan) -> Change:
    after = None if plan.result is None else str(plan.result).encode("utf-8")
    return Change(plan.path, plan.ours.data, after, plan.ours.mode)


def _read_record(folder: Path) -> Record:
    if not (folder / NAME).exists():
        raise KgenError(
            f"{folder} has no {NAME}, in which `kgen new --project` keeps what it wrote; "
            f"for an older project, `kgen new {folder / SPEC} --project FRESH` and copy "
            f"FRESH/{NAME} to {folder}"
        )
    return read_record(_read(folder, NAME), str(folder / NAME))


def _read(folder: Path, name: str) -> str:
    """Returns the text of a file that an update needs.

    Raises:
        SourceError: the file cannot be read.
    """
    found = read_file(folder, name)
    if found.text is None:
        problem = found.problem or "there is no such file"
        raise SourceError.of(problem, Location(str(folder / name)))
    return str(found.text)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:3]]
