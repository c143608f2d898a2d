"""Three-way merges of lines: what both sides have made of a base."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from keras_kgen.updating.matching import Lines, common_runs, common_start
from keras_kgen.updating.text import Text

_OURS = "<<<<<<< your edits"
_BETWEEN = "======="
_THEIRS = ">>>>>>> "


class Side(Enum):
    """Whose lines a piece of a merge has."""

    OURS = "ours"
    THEIRS = "theirs"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of a merge: from where to where they stand on either side."""

    side: Side
    ours: slice
    theirs: slice


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged text.

    Attributes:
        conflicts: The lines, from 1, where conflicts begin.
    """

    text: Text
    conflicts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Common:
    """A run of lines that all three texts have."""

    base: int
    ours: int
    theirs: int
    size: int


def merge(base: Text, ours: Text, theirs: Text, label: str) -> Merged:
    """Returns a text with the changes of both sides, and conflicts where these meet.

    Line ends and mark are those of our side, and so is the form of lines that only differ
    in such; a last line without an end stays so.

    Args:
        base: What both sides come from.
        ours: What a person has made of it.
        theirs: What is to be in it now.
        label: What stands behind the end of a conflict.
    """
    lines: list[str] = []
    ends: list[str] = []
    conflicts = []
    newline = ours.newline if ours.lines else theirs.newline

    def add(added: Lines) -> None:
        lines.extend(added)
        ends.extend(newline for _ in added)

    for piece in merge_lines(base.lines, ours.lines, theirs.lines):
        if piece.side is Side.THEIRS:
            add(theirs.lines[piece.theirs])
            continue
        if piece.side is Side.BOTH:
            conflicts.append(len(lines) + 1)
            add((_OURS,))
        lines.extend(ours.lines[piece.ours])
        ends.extend(end or newline for end in ours.ends[piece.ours])
        if piece.side is Side.BOTH:
            add((_BETWEEN, *theirs.lines[piece.theirs], _THEIRS + label))
    if lines and not ours.is_ended and not lines[-1].startswith(_THEIRS):
        ends[-1] = ""
    return Merged(Text(tuple(lines), tuple(ends), ours.mark), tuple(conflicts))


def find_conflict(text: Text) -> int:
    """Returns the line, from 1, where a conflict begins that nobody has resolved; 0 if none."""
    begin = _OURS.partition(" ")[0] + " "
    first = next((i for i, s in enumerate(text.lines) if s.startswith(begin)), None)
    if first is None:
        return 0
    rest = text.lines[first:]
    is_whole = _BETWEEN in rest and any(line.startswith(_THEIRS) for line in rest)
    return first + 1 if is_whole else 0


def merge_lines(base: Lines, ours: Lines, theirs: Lines) -> Iterator[Piece]:
    """Gives the pieces of a three-way merge in their order.

    Lines that all three have hold the texts together; between such lines, a side that is as
    the base was gives way to the other.
    """
    at_base = at_ours = at_theirs = 0
    for run in _runs_of_all(base, ours, theirs):
        yield from _decide(
            base[at_base : run.base],
            ours,
            theirs,
            slice(at_ours, run.ours),
            slice(at_theirs, run.theirs),
        )
        at_base = run.base + run.size
        at_ours = run.ours + run.size
        at_theirs = run.theirs + run.size
        yield Piece(Side.OURS, slice(run.ours, at_ours), slice(run.theirs, at_theirs))


def _decide(
    base: Lines, ours: Lines, theirs: Lines, our_place: slice, their_place: slice
) -> Iterator[Piece]:
    """Gives the pieces between two runs of common lines."""
    our_lines, their_lines = ours[our_place], theirs[their_place]
    if our_lines == their_lines or their_lines == base:
        yield Piece(Side.OURS, our_place, their_place)
    elif our_lines == base:
        yield Piece(Side.THEIRS, our_place, their_place)
    else:
        yield from _conflict(our_lines, their_lines, our_place, their_place)


def _conflict(
    ours: Lines, theirs: Lines, our_place: slice, their_place: slice
) -> Iterator[Piece]:
    """Gives a conflict, without the lines at its ends that both sides have."""
    before = common_start(ours, theirs)
    after = common_start(ours[before:][::-1], theirs[before:][::-1])
    starts = our_place.start + before, their_place.start + before
    stops = our_place.stop - after, their_place.stop - after
    yield Piece(
        Side.OURS,
        slice(our_place.start, starts[0]),
        slice(their_place.start, starts[1]),
    )
    yield Piece(Side.BOTH, slice(starts[0], stops[0]), slice(starts[1], stops[1]))
    yield Piece(
        Side.OURS, slice(stops[0], our_place.stop), slice(stops[1], their_place.stop)
    )


def _runs_of_all(base: Lines, ours: Lines, theirs: Lines) -> Iterator[_Common]:
    """Gives the runs of lines that all three texts have, and an empty one at the end."""
    our_runs, their_runs = common_runs(base, ours), common_runs(base, theirs)
    i = j = 0
    while i < len(our_runs) and j < len(their_runs):
        ours_here, theirs_here = our_runs[i], their_runs[j]
        our_stop = ours_here.left + ours_here.size
        their_stop = theirs_here.left + theirs_here.size
        start = max(ours_here.left, theirs_here.left)
        size = min(our_stop, their_stop) - start
        if size > 0:
            yield _Common(
                start,
                ours_here.right + start - ours_here.left,
                theirs_here.right + start - theirs_here.left,
                size,
            )
        if our_stop < their_stop:
            i += 1
        else:
            j += 1
    yield _Common(len(base), len(ours), len(theirs), 0)
