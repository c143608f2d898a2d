"""Sets modules side by side, so that the lines of one layer stand in one row."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from keras_kgen.comparing.listing import Layers, Line, is_first_of_its_layers

# A line of each column, None where a column has a gap.
Row = tuple[Line | None, ...]
# What it is worth that two lines stand in one row: much if they stand for the same layers.
_SAME_LAYERS = 8.0
_SAME_DEFINITION = 4.0
_SAME_TEXT = 1.0
# Where a class says something of a layer that the other styles say once, in the order in
# which a reader looks for it.
_METHODS = ("__init__", "call")


@dataclass(frozen=True, slots=True)
class _Match:
    """Two lines that may stand in one row: their indices, and what that is worth."""

    left: int
    right: int
    worth: float


def align(columns: Sequence[Sequence[Line]]) -> tuple[Row, ...]:
    """Returns the rows that show columns of lines side by side.

    Every line is in one row, in order. As many layers as possible begin in the same row of
    each column.
    """
    rows: list[Row] = [(line,) for line in columns[0]]
    for count, column in enumerate(columns[1:], 1):
        blank: Row = (None,) * count
        rows = _joined(rows, blank, column, _pairs(rows, count, column))
    return tuple(rows)


def _joined(
    rows: Sequence[Row],
    blank: Row,
    column: Sequence[Line],
    pairs: Iterable[tuple[int, int]],
) -> list[Row]:
    """Adds a column to rows, with gaps so that each pair is in one row."""
    joined: list[Row] = []
    left = right = 0
    for left_end, right_end in (*pairs, (len(rows), len(column))):
        for step in range(max(left_end - left, right_end - right)):
            row = rows[left + step] if left + step < left_end else blank
            line = column[right + step] if right + step < right_end else None
            joined.append((*row, line))
        left, right = left_end, right_end
    return joined


def _pairs(
    rows: Sequence[Row], count: int, column: Sequence[Line]
) -> list[tuple[int, int]]:
    """Returns the pairs of a row and a line that are worth most, in order."""
    found: dict[tuple[int, int], float] = defaultdict(float)
    for index in range(count):
        left = [row[index] for row in rows]
        for match in _matches(left, column):
            found[match.left, match.right] += match.worth
    return _heaviest(_Match(*pair, worth) for pair, worth in found.items())


def _matches(left: Sequence[Line | None], right: Sequence[Line]) -> Iterator[_Match]:
    """Yields what may stand in one row of two columns."""
    yield from _definitions(left, right)
    yield from _same_texts(left, right)
    pairs = list(_same_layers(left, right))
    own = _chosen_methods(pairs, left, 0) | _chosen_methods(pairs, right, 1)
    for match in pairs:
        scopes = (_scope(left[match.left]), _scope(right[match.right]))
        methods = [scope for scope in scopes if len(scope) > 1]
        same = len(methods) == 2 and scopes[0][1] == scopes[1][1]
        if same or all(scope in own for scope in methods):
            yield match


def _same_layers(
    left: Sequence[Line | None], right: Sequence[Line]
) -> Iterator[_Match]:
    """Yields the pairs of lines that begin what they say of a layer, by how alike they are."""
    others = _beginnings(right)
    sharing: dict[str, list[Layers]] = defaultdict(list)
    for layers in others:
        for layer in layers:
            sharing[layer].append(layers)
    for layers, lines in _beginnings(left).items():
        near = {other for layer in layers for other in sharing[layer]}
        for other in near:
            worth = _SAME_LAYERS * len(layers & other) / len(layers | other)
            for line in lines:
                yield from (_Match(line, match, worth) for match in others[other])


def _beginnings(lines: Sequence[Line | None]) -> dict[Layers, list[int]]:
    """Returns where something about layers begins, by the layers."""
    found: dict[Layers, list[int]] = defaultdict(list)
    present = [(index, line) for index, line in enumerate(lines) if line is not None]
    column = [line for _, line in present]
    for position, (index, line) in enumerate(present):
        if is_first_of_its_layers(column, position) and not _is_head(line):
            found[line.layers].append(index)
    return found


def _is_head(line: Line) -> bool:
    """Whether a line heads a definition, which `_definitions` cares for."""
    return line.text.startswith(("@", "class ", "def "))


def _chosen_methods(
    pairs: Sequence[_Match], lines: Sequence[Line | None], side: int
) -> set[tuple[str, ...]]:
    """Returns for each class the method that lines up best with the other column."""
    found: dict[str, dict[str, list[_Match]]] = defaultdict(lambda: defaultdict(list))
    for match in pairs:
        scope = _scope(lines[(match.left, match.right)[side]])
        if len(scope) > 1 and scope[1] in _METHODS:
            found[scope[0]][scope[1]].append(match)
    chosen: set[tuple[str, ...]] = set()
    for name, methods in found.items():
        known = [method for method in _METHODS if method in methods]
        best = max(known, key=lambda method: len(_heaviest(methods[method])))
        chosen.add((name, best))
    return chosen


def _definitions(
    left: Sequence[Line | None], right: Sequence[Line]
) -> Iterator[_Match]:
    """Yields where a function or class begins, and one that has the same layers does."""
    others = _heads(right)
    for index, layers in _heads(left):
        for other, theirs in others:
            common = len(layers & theirs)
            if common:
                worth = _SAME_DEFINITION * common / len(layers | theirs)
                yield _Match(index, other, worth)


def _heads(lines: Sequence[Line | None]) -> list[tuple[int, Layers]]:
    """Returns where functions and classes begin, and the layers in each."""
    layers: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if line is not None and line.scope:
            layers[line.scope[0]] |= line.layers
    return [
        (index, frozenset(layers[line.scope[0]]))
        for index, line in enumerate(lines)
        if line is not None and line.scope and line.text.startswith(("def ", "class "))
    ]


def _same_texts(left: Sequence[Line | None], right: Sequence[Line]) -> Iterator[_Match]:
    """Yields the lines that both columns have once."""
    ours, theirs = _unique(left), _unique(right)
    for text in ours.keys() & theirs.keys():
        yield _Match(ours[text], theirs[text], _SAME_TEXT)


def _unique(lines: Sequence[Line | None]) -> dict[str, int]:
    present = {i: line.text.strip() for i, line in enumerate(lines) if line is not None}
    counts = Counter(present.values())
    return {text: i for i, text in present.items() if text and counts[text] == 1}


def _scope(line: Line | None) -> tuple[str, ...]:
    return line.scope if line is not None else ()


def _heaviest(matches: Iterable[_Match]) -> list[tuple[int, int]]:
    """Returns the matches, none across another, that are worth most together.

    Follows the longest increasing subsequence by bisection, with weights: `ends` are the
    right ends of the best ways so far, each better than those that end before it.
    """
    ends: list[int] = []
    ways: list[tuple[float, _Way | None]] = []
    by_left: dict[int, list[_Match]] = defaultdict(list)
    for match in matches:
        by_left[match.left].append(match)
    for left in sorted(by_left):
        for match in sorted(by_left[left], key=lambda item: -item.right):
            place = bisect_left(ends, match.right)
            worth, before = ways[place - 1] if place else (0.0, None)
            _keep(ends, ways, match, worth + match.worth, before)
    return _steps(ways[-1][1] if ways else None)


@dataclass(frozen=True, slots=True)
class _Way:
    """A match with those before it."""

    match: _Match
    before: _Way | None


def _keep(
    ends: list[int],
    ways: list[tuple[float, _Way | None]],
    match: _Match,
    worth: float,
    before: _Way | None,
) -> None:
    """Enters a way if it is better than those that end no later, and drops those it beats."""
    place = bisect_left(ends, match.right)
    known = place < len(ends) and ends[place] == match.right
    best = ways[place if known else place - 1][0] if known or place else 0.0
    if worth <= best:
        return
    stop = place
    while stop < len(ends) and ways[stop][0] <= worth:
        stop += 1
    ends[place:stop] = [match.right]
    ways[place:stop] = [(worth, _Way(match, before))]


def _steps(way: _Way | None) -> list[tuple[int, int]]:
    steps = []
    while way is not None:
        steps.append((way.match.left, way.match.right))
        way = way.before
    return steps[::-1]
