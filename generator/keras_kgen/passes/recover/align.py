"""Aligns pieces of a model that are alike but for lines that only some have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from keras_kgen.ir.program import Value
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
        first: The line of the first instance that has it.
    """

    cells: tuple[Item | None, ...]
    present: frozenset[int]
    first: Item


# Where the first instance of each form has a line.
_Places = dict[int, int]


def align(instances: Sequence[Sequence[Item]]) -> list[Column]:
    """Returns the lines of all instances in columns, each in the order of its instance.

    Instances of one form are aligned once.
    """
    forms: dict[tuple[int, ...], list[int]] = {}
    for index, items in enumerate(instances):
        forms.setdefault(tuple(item.symbol for item in items), []).append(index)
    order = sorted(forms.values(), key=lambda group: -len(instances[group[0]]))
    template: list[_Places] = []
    for group in order:
        template = _merge(template, instances, group[0])
    groups = {group[0]: group for group in order}
    return [_column(places, instances, groups) for places in template]


def _column(
    places: _Places,
    instances: Sequence[Sequence[Item]],
    groups: Mapping[int, Sequence[int]],
) -> Column:
    cells: list[Item | None] = [None] * len(instances)
    present: list[int] = []
    for first, place in places.items():
        present += groups[first]
        for index in groups[first]:
            cells[index] = instances[index][place]
    return Column(tuple(cells), frozenset(present), _first(places, instances))


def _merge(
    template: list[_Places], instances: Sequence[Sequence[Item]], index: int
) -> list[_Places]:
    merged = []
    lines = [_first(places, instances) for places in template]
    for left, right in pairs(lines, instances[index]):
        places = template[left] if left is not None else {}
        if right is not None:
            places[index] = right
        merged.append(places)
    return merged


def _first(places: _Places, instances: Sequence[Sequence[Item]]) -> Item:
    index = min(places)
    return instances[index][places[index]]


def pairs(
    left: Sequence[Item], right: Sequence[Item]
) -> list[tuple[int | None, int | None]]:
    """Returns the places of lines that correspond; None stands for a line of one side only.

    This is the longest common subsequence, weighted so that lines that read each other
    stay together (Needleman and Wunsch, 1970).
    """
    if not left:
        return [(None, place) for place in range(len(right))]
    # For left[i:] and right[j:], apart from and in succession of a match.
    columns = len(right)
    best = [[0] * (columns + 1)]
    in_row: list[dict[int, int]] = [{}]
    chains = _chains(left), _chains(right)
    symbols = [item.symbol for item in right]
    for i in reversed(range(len(left))):
        line, below, linked_below = left[i], best[-1], in_row[-1]
        symbol, follows = line.symbol, chains[0][i]
        row, linked = [0] * (columns + 1), {}
        value = 0
        for j in reversed(range(columns)):
            if value < below[j]:
                value = below[j]
            if symbol == symbols[j]:
                skip = value
                match = _likeness(line, right[j])
                match += linked_below.get(j + 1, below[j + 1])
                value = skip if skip > match else match
                match += _IN_SUCCESSION if follows == chains[1][j] else 0
                linked[j] = skip if skip > match else match
            row[j] = value
        best.append(row)
        in_row.append(linked)
    return _trace(left, right, (best[::-1], in_row[::-1]), chains)


def _trace(
    left: Sequence[Item],
    right: Sequence[Item],
    best: tuple[list[list[int]], list[dict[int, int]]],
    chains: tuple[list[bool], list[bool]],
) -> list[tuple[int | None, int | None]]:
    found: list[tuple[int | None, int | None]] = []
    apart, in_row = best
    i = j = 0
    follows = False
    while i < len(left) and j < len(right):
        value = in_row[i].get(j, apart[i][j]) if follows else apart[i][j]
        if left[i].symbol == right[j].symbol:
            bonus = _IN_SUCCESSION if follows and chains[0][i] == chains[1][j] else 0
            behind = in_row[i + 1].get(j + 1, apart[i + 1][j + 1])
            if value == _likeness(left[i], right[j]) + behind + bonus:
                found.append((i, j))
                i, j, follows = i + 1, j + 1, True
                continue
        if value == apart[i][j + 1]:
            found.append((None, j))
            j += 1
        else:
            found.append((i, None))
            i += 1
        follows = False
    found += [(place, None) for place in range(i, len(left))]
    return found + [(None, place) for place in range(j, len(right))]


def _chains(items: Sequence[Item]) -> list[bool]:
    """Returns which lines read the line before them."""
    chains = []
    made: tuple[Value, ...] = ()
    for item in items:
        chains.append(any(value in made for value in item.reads))
        made = item.makes
    return chains


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
    symbols = [item.symbol for item in items]
    if len(symbols) < least or _common(template, symbols) < least:
        return None
    columns = len(items)
    nothing: list[tuple[int, int, int, bool]] = [
        (0, j, 0, False) for j in range(columns + 1)
    ]
    before = nothing
    best = (0, 0, 0, 0)
    chains = _chains(template), _chains(items)
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


def _common(template: Sequence[Item], symbols: Sequence[int]) -> int:
    """Returns how many lines of a template there are among others, in any order."""
    wanted = Counter([line.symbol for line in template])
    return (wanted & Counter(symbols)).total()
