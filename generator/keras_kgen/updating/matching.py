"""Which lines of a text are still those of another."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

Lines = Sequence[str]
# In longer parts, lines that stand everywhere are not looked at: that would take minutes.
_LONG = 500


@dataclass(frozen=True, slots=True)
class Run:
    """Lines that two texts have in common: where they begin, and how many there are."""

    left: int
    right: int
    size: int


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of either text, from a line to before another."""

    left: int
    left_stop: int
    right: int
    right_stop: int


def common_runs(left: Lines, right: Lines) -> list[Run]:
    """Returns the runs of lines that two texts have in common, in their order.

    Lines that stand once in both texts say best what belongs together: code is full of
    brackets and calls that stand everywhere. Only between such lines does length count.
    """
    runs: list[Run] = []
    parts = [_Part(0, len(left), 0, len(right))]
    while parts:
        part = parts.pop()
        before, part, after = _trim(left, right, part)
        runs += [run for run in (before, after) if run.size]
        anchors = _anchors(left, right, part)
        if anchors:
            parts += _between(anchors, part)
        else:
            runs += _longest(left, right, part)
    return sorted(runs, key=lambda run: run.left)


def common_start(left: Lines, right: Lines) -> int:
    """Returns how many lines two texts have in common before they differ."""
    size = min(len(left), len(right))
    return next((i for i in range(size) if left[i] != right[i]), size)


def _trim(left: Lines, right: Lines, part: _Part) -> tuple[Run, _Part, Run]:
    """Returns what a part has in common at its beginning and its end, and what is between."""
    a, b = left[part.left : part.left_stop], right[part.right : part.right_stop]
    before = common_start(a, b)
    after = common_start(a[before:][::-1], b[before:][::-1])
    rest = _Part(
        part.left + before,
        part.left_stop - after,
        part.right + before,
        part.right_stop - after,
    )
    first = Run(part.left, part.right, before)
    return first, rest, Run(rest.left_stop, rest.right_stop, after)


def _anchors(left: Lines, right: Lines, part: _Part) -> list[tuple[int, int]]:
    """Returns lines that stand once in either text, as many as have one order in both."""
    there = _once(right, part.right, part.right_stop)
    pairs = [
        (i, there[line])
        for line, i in _once(left, part.left, part.left_stop).items()
        if line in there
    ]
    return _longest_rise(pairs)


def _once(lines: Lines, start: int, stop: int) -> dict[str, int]:
    """Returns the lines that stand once in a part, and where."""
    places: dict[str, int] = {}
    repeated = set()
    for place in range(start, stop):
        if lines[place] in places:
            repeated.add(lines[place])
        places[lines[place]] = place
    return {line: place for line, place in places.items() if line not in repeated}


def _longest_rise(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Returns as many pairs as can be, of those given by rising firsts, with rising seconds."""
    ends: list[int] = []  # the smallest second that ends a rise of each length
    owners: list[int] = []  # the pair that has it
    previous: list[int] = []
    for index, (_, second) in enumerate(pairs):
        length = bisect_left(ends, second)
        previous.append(owners[length - 1] if length else -1)
        ends[length : length + 1] = [second]
        owners[length : length + 1] = [index]
    found = []
    index = owners[-1] if owners else -1
    while index >= 0:
        found.append(pairs[index])
        index = previous[index]
    return found[::-1]


def _between(anchors: list[tuple[int, int]], part: _Part) -> Iterator[_Part]:
    """Gives the parts that begin with an anchor, and the one before the first."""
    stops = [*anchors, (part.left_stop, part.right_stop)]
    left, right = part.left, part.right
    for left_stop, right_stop in stops:
        yield _Part(left, left_stop, right, right_stop)
        left, right = left_stop, right_stop


def _longest(left: Lines, right: Lines, part: _Part) -> Iterator[Run]:
    """Gives common runs where no line stands once, the longest first looked for."""
    a, b = left[part.left : part.left_stop], right[part.right : part.right_stop]
    is_long = max(len(a), len(b)) > _LONG
    matcher = SequenceMatcher(None, a, b, autojunk=is_long)
    for match in matcher.get_matching_blocks():
        if match.size:
            yield Run(part.left + match.a, part.right + match.b, match.size)
