"""Breaks a figure that is too high for a page into columns, where one line alone goes on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

from keras_kgen.drawing.families import Family
from keras_kgen.drawing.figures import Box, Figure, boxes
from keras_kgen.drawing.layout.place import Placed

# Higher figures than this are broken, so that the columns fill a page of such proportions.
_MOST_HEIGHT = 2000.0
_PAGE = 1.4
_GAP = 36.0
# How far from where it should be a break may be, as a part of a column.
_SLACK = 0.4


def split_figure(figure: Figure, placed: Placed) -> tuple[Figure, ...]:
    """Returns a figure in pieces that go on where the one before ends, or just itself.

    Args:
        figure: The figure.
        placed: The figure with everything in its place, in one piece.
    """
    if placed.height <= _MOST_HEIGHT:
        return (figure,)
    count = round(sqrt(placed.height / (_PAGE * (placed.width + _GAP))))
    cuts = _cuts(figure, placed, count)
    return _pieces(figure, cuts) if cuts else (figure,)


def _cuts(figure: Figure, placed: Placed, count: int) -> dict[int, str]:
    """Returns where to break: the number of items above, and the box that the line is from."""
    possible = _possible_cuts(figure)
    bottoms = _bottoms(figure, placed)
    cuts: dict[int, str] = {}
    slack = placed.height / count * _SLACK
    for number in range(1, count):
        wanted = placed.height * number / count
        nearest = min(
            possible, key=lambda cut: abs(bottoms[cut - 1] - wanted), default=None
        )
        if nearest is not None and abs(bottoms[nearest - 1] - wanted) < slack:
            cuts[nearest] = possible[nearest]
    return dict(sorted(cuts.items()))


def _possible_cuts(figure: Figure) -> dict[int, str]:
    owners = _owners(figure)
    crossing: list[set[str]] = [set() for _ in figure.items]
    for start, end in figure.lines:
        for place in range(owners[start] + 1, owners[end] + 1):
            crossing[place].add(start)
    return {place: next(iter(s)) for place, s in enumerate(crossing) if len(s) == 1}


def _owners(figure: Figure) -> dict[str, int]:
    """Returns in which of its items each box of a figure is."""
    return {
        box.key: place
        for place, item in enumerate(figure.items)
        for box in boxes([item])
    }


def _bottoms(figure: Figure, placed: Placed) -> list[float]:
    owners = _owners(figure)
    bottoms = [0.0] * len(figure.items)
    for box, area in placed.boxes:
        place = owners[box.key]
        bottoms[place] = max(bottoms[place], area.y + area.height)
    return bottoms


def _pieces(figure: Figure, cuts: dict[int, str]) -> tuple[Figure, ...]:
    owners = _owners(figure)
    ends = [0, *cuts, len(figure.items)]
    pieces = []
    for number, (first, last) in enumerate(pairwise(ends)):
        items = list(figure.items[first:last])
        lines = [
            (start, end)
            for start, end in figure.lines
            if first <= owners[start] and owners[end] < last
        ]
        if number:
            entry = _pill(cuts[first], "from", number)
            items.insert(0, entry)
            lines += _entering(figure, owners, entry.key, (first, last))
        if last in cuts:
            exit_ = _pill(cuts[last], "to", number + 1)
            items.append(exit_)
            start = cuts[last]
            is_here = owners[start] >= first
            lines.append((start if is_here else items[0].key, exit_.key))
        pieces.append(Figure(figure.title, tuple(items), tuple(lines)))
    return tuple(pieces)


def _entering(
    figure: Figure, owners: dict[str, int], entry: str, piece: Sequence[int]
) -> list[tuple[str, str]]:
    """Returns the lines that come into a piece, from where the piece above ends."""
    first, last = piece
    return [
        (entry, end)
        for start, end in figure.lines
        if owners[start] < first <= owners[end] < last
    ]


def _pill(start: str, word: str, number: int) -> Box:
    """Returns where a line goes on: both ends of it have the same number."""
    key = f"{start}-{word}{number}"
    return Box(key, f"{word} {number}", "", "", "", Family.END, 1, ())
