"""Aligns pieces of a model that are alike but for lines that only some have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from keras_kgen.passes.recover.items import Item
from keras_kgen.records import record

# Lines in succession belong together; a match that begins or ends in between is worth less.
_MATCH = 4
_IN_SUCCESSION = 3
_SAME_LABEL = 3
_SAME_ARGUMENTS = 2
_MISSING = 1


@record
class Column:
    """One line of a block.

    Attributes:
        cells: The line of each instance, None for those without it.
        present: The instances that have the line.
    """

    cells: tuple[Item | None, ...]
    present: frozenset[int]

    @property
    def first(self) -> Item:
        """The line of the first instance that has it."""
        return next(cell for cell in self.cells if cell is not None)


def align(instances: Sequence[Sequence[Item]]) -> list[Column]:
    """Returns the lines of all instances in columns, each in the order of its instance.

    Instances of one form are aligned once.
    """
    forms: dict[tuple[int, ...], list[int]] = {}
    for index, items in enumerate(instances):
        forms.setdefault(tuple(item.symbol for item in items), []).append(index)
    order = sorted(forms.values(), key=lambda group: -len(instances[group[0]]))
    template: list[dict[int, Item]] = []
    for group in order:
        own = instances[group[0]]
        template = _merge(template, own, group[0])
        for column in template:
            if group[0] in column:
                place = next(
                    p for p, item in enumerate(own) if item is column[group[0]]
                )
                column.update({index: instances[index][place] for index in group})
    everyone = range(len(instances))
    return [
        Column(tuple(map(column.get, everyone)), frozenset(column))
        for column in template
    ]


def _merge(
    template: list[dict[int, Item]], items: Sequence[Item], index: int
) -> list[dict[int, Item]]:
    merged = []
    for left, right in pairs([_first(column) for column in template], items):
        column = dict(template[left]) if left is not None else {}
        if right is not None:
            column[index] = items[right]
        merged.append(column)
    return merged


def _first(column: dict[int, Item]) -> Item:
    return column[min(column)]


def pairs(
    left: Sequence[Item], right: Sequence[Item]
) -> list[tuple[int | None, int | None]]:
    """Returns the places of lines that correspond; None stands for a line of one side only.

    This is the longest common subsequence, weighted so that lines that read each other
    stay together (Needleman and Wunsch, 1970).
    """
    # best[i][j]: for left[i:] and right[j:], apart from and in succession of a match.
    rows, columns = len(left), len(right)
    best = [[(0, 0)] * (columns + 1) for _ in range(rows + 1)]
    chains = _chains(left), _chains(right)
    symbols = [item.symbol for item in right]
    for i in reversed(range(rows)):
        line, row, below = left[i], best[i], best[i + 1]
        for j in reversed(range(columns)):
            skip = max(below[j][0], row[j + 1][0])
            apart = in_row = skip
            if line.symbol == symbols[j]:
                value = _likeness(line, right[j]) + below[j + 1][1]
                apart = max(skip, value)
                in_row = max(
                    skip,
                    value + (_IN_SUCCESSION if chains[0][i] == chains[1][j] else 0),
                )
            row[j] = (apart, in_row)
    return _trace(left, right, best, chains)


def _trace(
    left: Sequence[Item],
    right: Sequence[Item],
    best: list[list[tuple[int, int]]],
    chains: tuple[list[bool], list[bool]],
) -> list[tuple[int | None, int | None]]:
    found: list[tuple[int | None, int | None]] = []
    i = j = 0
    follows = 0
    while i < len(left) and j < len(right):
        bonus = _IN_SUCCESSION if follows and chains[0][i] == chains[1][j] else 0
        is_match = (
            left[i].symbol == right[j].symbol
            and best[i][j][follows]
            == _likeness(left[i], right[j]) + best[i + 1][j + 1][1] + bonus
        )
        if is_match:
            found.append((i, j))
            i, j, follows = i + 1, j + 1, 1
        elif best[i][j][follows] == best[i][j + 1][0]:
            found.append((None, j))
            j, follows = j + 1, 0
        else:
            found.append((i, None))
            i, follows = i + 1, 0
    found += [(place, None) for place in range(i, len(left))]
    return found + [(None, place) for place in range(j, len(right))]


def _chains(items: Sequence[Item]) -> list[bool]:
    """Returns which lines read the line before them."""
    return [
        index > 0 and any(value in items[index - 1].makes for value in item.reads)
        for index, item in enumerate(items)
    ]


def _likeness(one: Item, other: Item) -> int:
    value = _MATCH
    if one.label and other.label and one.label[-2:] == other.label[-2:]:
        value += _SAME_LABEL
    if one.arguments == other.arguments:
        value += _SAME_ARGUMENTS
    return value


def likest(
    template: Sequence[Item], items: Sequence[Item], least: float
) -> tuple[int, int, int] | None:
    """Returns the piece of `items` that is most like a template, and how many lines match.

    There is none where fewer than `least` lines match.

    This is local alignment (Smith and Waterman, 1981): lines that have no counterpart cost.
    """
    wanted = Counter(line.symbol for line in template)
    if (wanted & Counter(line.symbol for line in items)).total() < least:
        return None
    columns = len(items)
    nothing: list[tuple[int, int, int, bool]] = [
        (0, j, 0, False) for j in range(columns + 1)
    ]
    before = nothing
    best = (0, 0, 0, 0)
    chains = _chains(template), _chains(items)
    symbols = [item.symbol for item in items]
    for i, line in enumerate(template):
        row = nothing[:1]
        for j, symbol in enumerate(symbols):
            up, left = before[j + 1], row[j]
            skip = up if up[0] >= left[0] else left
            if symbol != line.symbol and skip[0] <= _MISSING:
                row.append(nothing[j + 1])
                continue
            cell = (skip[0] - _MISSING, skip[1], skip[2], False)
            if symbol == line.symbol:
                score, start, count, follows = before[j]
                score += _likeness(line, items[j])
                if follows and chains[0][i] == chains[1][j]:
                    score += _IN_SUCCESSION
                if score > cell[0]:
                    cell = (score, start if count else j, count + 1, True)
            row.append(cell)
            if cell[0] > best[0]:
                best = (cell[0], cell[1], j + 1, cell[2])
        before = row
    _, start, stop, count = best
    return (start, stop, count) if count and count >= least else None
