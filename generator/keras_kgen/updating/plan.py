"""What an update makes of each file of a project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from keras_kgen.updating.disk import OnDisk, read_file
from keras_kgen.updating.merge import find_conflict, merge
from keras_kgen.updating.text import Text


class Fate(Enum):
    """What becomes of a file."""

    SAME = "is what the spec gives"
    EDITED = "has your edits"
    UPDATED = "updated"
    MERGED = "merged with your edits"
    CONFLICT = "conflict"
    ADDED = "new"
    DELETED = "deleted by you"
    REMOVED = "removed"
    KEPT = "no longer written by kgen"
    GONE = "gone"
    LEFT = "left as it is"


# What an update writes or removes.
_CHANGES = {Fate.UPDATED, Fate.MERGED, Fate.CONFLICT, Fate.ADDED, Fate.REMOVED}
# Where the file stays as it is, what kgen wrote when it last had a say is the base.
_HELD_BACK = {Fate.DELETED, Fate.LEFT}


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What becomes of one file.

    Attributes:
        path: Its path in the project, with slashes.
        base: What kgen wrote, None where it wrote no such file.
        ours: What is on the disk.
        theirs: What the spec gives, None where it gives no such file.
        result: What will be on the disk, None where there will be no such file.
        conflicts: The lines of the result where conflicts begin.
        unresolved: The line where a conflict of an earlier update begins; 0 is none.
    """

    path: str
    base: Text | None
    ours: OnDisk
    theirs: Text | None
    fate: Fate = Fate.SAME
    result: Text | None = None
    conflicts: tuple[int, ...] = ()
    unresolved: int = 0

    @property
    def is_edited(self) -> bool:
        """Whether the file is not as kgen wrote it."""
        return not _same(self.ours.text, self.base)

    @property
    def is_outdated(self) -> bool:
        """Whether the spec gives something else than what kgen wrote."""
        return not _same(self.base, self.theirs)

    @property
    def matches(self) -> bool:
        """Whether the file is what the spec gives."""
        return not self.ours.problem and _same(self.ours.text, self.theirs)

    @property
    def changes(self) -> bool:
        """Whether an update writes or removes the file."""
        return self.fate in _CHANGES

    @property
    def is_behind(self) -> bool:
        """Whether an update has something to do, or would if it could read the file."""
        return self.changes or (self.fate is Fate.LEFT and self.is_outdated)

    @property
    def remembered(self) -> Text | None:
        """What is the base of the next update."""
        if self.fate in _HELD_BACK:
            return self.base
        return self.theirs


def plan_update(
    folder: Path,
    base: Mapping[str, str],
    theirs: Mapping[str, str],
    label: str,
) -> tuple[FilePlan, ...]:
    """Returns what becomes of each file, in the order of their paths.

    Args:
        folder: The project.
        base: What kgen wrote, by path.
        theirs: What the spec gives.
        label: What stands behind the end of a conflict.
    """
    plans = []
    for path in sorted({*base, *theirs}):
        plan = FilePlan(
            path,
            _text(base, path),
            read_file(folder, path),
            _text(theirs, path),
        )
        unresolved = find_conflict(plan.ours.text) if plan.ours.text else 0
        plans.append(replace(_decide(plan, label), unresolved=unresolved))
    return tuple(plans)


def unresolved(plans: tuple[FilePlan, ...]) -> Iterator[FilePlan]:
    """Gives the files that still have conflicts of an earlier update."""
    return (plan for plan in plans if plan.unresolved)


def _text(files: Mapping[str, str], path: str) -> Text | None:
    return Text.of(files[path]) if path in files else None


def _decide(plan: FilePlan, label: str) -> FilePlan:
    ours, theirs = plan.ours.text, plan.theirs
    if plan.ours.problem:
        return replace(plan, fate=Fate.LEFT)
    if theirs is None:
        return _without_theirs(plan)
    if ours is None:
        if plan.base is None:
            return replace(plan, fate=Fate.ADDED, result=theirs)
        return replace(plan, fate=Fate.DELETED)
    if ours.says_same(theirs):
        return replace(plan, fate=Fate.SAME, result=ours)
    if not plan.is_outdated:
        return replace(plan, fate=Fate.EDITED, result=ours)
    if not plan.is_edited:
        return replace(plan, fate=Fate.UPDATED, result=theirs.in_form_of(ours))
    merged = merge(plan.base or Text(), ours, theirs, label)
    fate = Fate.CONFLICT if merged.conflicts else Fate.MERGED
    return replace(plan, fate=fate, result=merged.text, conflicts=merged.conflicts)


def _without_theirs(plan: FilePlan) -> FilePlan:
    """Decides on a file that the spec no longer gives."""
    if plan.ours.text is None:
        return replace(plan, fate=Fate.GONE)
    if not plan.is_edited:
        return replace(plan, fate=Fate.REMOVED)
    return replace(plan, fate=Fate.KEPT, result=plan.ours.text)


def _same(left: Text | None, right: Text | None) -> bool:
    if left is None or right is None:
        return left is right
    return left.says_same(right)
