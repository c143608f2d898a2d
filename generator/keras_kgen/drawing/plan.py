"""Plans a drawing: which boxes and frames there are, what they say, and what is connected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass

from keras_kgen.backends.module import Model
from keras_kgen.drawing.amounts import (
    count_in_words,
    numbers_in_words,
    shapes_in_words,
    sum_known,
)
from keras_kgen.drawing.facts import Fact, gather_facts
from keras_kgen.drawing.families import Family
from keras_kgen.drawing.figures import Box, Drawing, Figure, Frame, Shown, boxes
from keras_kgen.drawing.fold import Folding, fold
from keras_kgen.drawing.outline import Group, Item, Leaf, Spot, leaves, outline
from keras_kgen.drawing.wires import Wire, find_wires
from keras_kgen.pysource.literals import printable

# Code points that are no characters, which XML refuses.
_NO_CHARACTERS = re.compile("[\ufffe\uffff]")


def plan_drawing(
    model: Model, folding: Folding = Folding.AUTO, expanded: bool = False
) -> Drawing:
    """Returns what is to be drawn of a model.

    Args:
        model: The model, analysed.
        folding: How much of what repeats itself is drawn once.
        expanded: Whether to look into the models within the model.
    """
    facts = gather_facts(model)
    wires = find_wires(model.graph, expanded)

    def look(spot: Spot) -> tuple[object, ...]:
        return facts[spot].shapes, facts[spot].parameters

    folded = fold(outline(model.program, model.graph, expanded), folding, look)
    titles = _panel_titles(folded.panels)
    planner = _Planner(facts, wires, titles)
    figures = [planner.figure("", "n", folded.items, ())]
    for number, panel in enumerate(folded.panels, start=1):
        title = titles[_marks(panel)]
        figures.append(planner.figure(title, f"b{number}n", panel.items, panel.copies))
    program = model.program
    words = _words(program.description)
    return Drawing(_words(program.name), words, tuple(figures))


def _marks(group: Group) -> frozenset[Spot]:
    """Returns what identifies a panel: the calls in its first instance."""
    return group.copies[0]


def _panel_titles(panels: Sequence[Group]) -> dict[frozenset[Spot], str]:
    """Returns the titles of panels; a block that comes in several forms has letters."""
    counts: dict[str, int] = {}
    titles: dict[frozenset[Spot], str] = {}
    for panel in panels:
        counts[panel.title] = counts.get(panel.title, 0) + 1
        letter = _letters(counts[panel.title])
        several = sum(other.title == panel.title for other in panels) > 1
        title = f"{panel.title} ({letter})" if several else panel.title
        titles.update(dict.fromkeys(panel.copies, title))
    return titles


def _letters(number: int) -> str:
    """Returns A, B, ..., Z, AA, AB, ... for 1, 2, ..."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass(slots=True)
class _Planner:
    """Turns outlines into figures."""

    facts: Mapping[Spot, Fact]
    wires: tuple[Wire, ...]
    titles: Mapping[frozenset[Spot], str]

    def figure(
        self,
        title: str,
        prefix: str,
        items: tuple[Item, ...],
        copies: tuple[frozenset[Spot], ...],
    ) -> Figure:
        keys = {
            spot: f"{prefix}{number}"
            for number, leaf in enumerate(leaves(items))
            for spot in leaf.spots
        }
        shown = tuple(self.shown(item, keys) for item in items)
        lines = self.lines(items, keys, copies)
        if not copies:
            return Figure(title, shown, lines)
        inputs, entering = self.entering(keys, copies[0], prefix)
        outputs, leaving = self.leaving(keys, copies, prefix)
        shown = (*inputs, *shown, *outputs)
        return Figure(title, shown, (*entering, *lines, *leaving))

    def lines(
        self,
        items: tuple[Item, ...],
        keys: Mapping[Spot, str],
        copies: tuple[frozenset[Spot], ...],
    ) -> tuple[tuple[str, str], ...]:
        """Returns the lines between the boxes of a figure, not those between copies."""
        tags = _tags(items, copies)
        lines: dict[tuple[str, str], None] = {}
        for start, end in self.wires:
            if start not in keys or end not in keys or keys[start] == keys[end]:
                continue
            both = tags.get(start, {}).keys() & tags.get(end, {}).keys()
            if all(tags[start][tag] == tags[end][tag] for tag in both):
                lines[keys[start], keys[end]] = None
        return tuple(lines)

    def entering(
        self, keys: Mapping[Spot, str], copy: frozenset[Spot], prefix: str
    ) -> tuple[list[Box], list[tuple[str, str]]]:
        """Returns the inputs of a block as its first instance has them."""
        wires = [(s, e) for s, e in self.wires if e in copy and s not in copy]
        sources = dict.fromkeys(start for start, _ in wires)
        pills = {
            start: _end(f"{prefix}i{number}", _numbered("Input", number, sources))
            for number, start in enumerate(sources)
        }
        lines = dict.fromkeys((pills[s].key, keys[e]) for s, e in wires)
        return list(pills.values()), list(lines)

    def leaving(
        self, keys: Mapping[Spot, str], copies: Sequence[frozenset[Spot]], prefix: str
    ) -> tuple[list[Box], list[tuple[str, str]]]:
        """Returns what a block gives, to whatever reads it of any of its instances."""
        copy_of = {spot: n for n, copy in enumerate(copies) for spot in copy}
        starts = dict.fromkeys(
            keys[start]
            for start, end in self.wires
            if start in copy_of and copy_of[start] != copy_of.get(end)
        )
        pills = [
            _end(f"{prefix}o{n}", _numbered("Output", n, starts))
            for n in range(len(starts))
        ]
        return pills, [(s, p.key) for s, p in zip(starts, pills, strict=True)]

    def shown(self, item: Item, keys: Mapping[Spot, str]) -> Shown:
        if isinstance(item, Leaf):
            return self.box(item, keys[item.spots[0]])
        items = tuple(self.shown(inner, keys) for inner in item.items)
        first = next(boxes(items)).key
        depth = sum(1 for _ in _frames(items))
        return Frame(f"f{depth}{first}", _words(item.title), item.times, items)

    def box(self, leaf: Leaf, key: str) -> Box:
        facts = [self.facts[spot] for spot in leaf.spots]
        layers = _sorted({key for fact in facts for key in fact.keys})
        if leaf.group is not None:
            return self.block_box(leaf, leaf.group, key, layers)
        first = facts[0]
        name = first.name if len(facts) == 1 else count_in_words(len(layers))
        return Box(
            key,
            _words(first.title),
            _words(name),
            shapes_in_words([fact.shapes for fact in facts]),
            numbers_in_words([fact.parameters for fact in facts]),
            first.family,
            leaf.times,
            layers,
        )

    def block_box(
        self, leaf: Leaf, group: Group, key: str, layers: tuple[str, ...]
    ) -> Box:
        given, sizes = [], []
        for copy in group.copies:
            facts = {self.facts[spot].keys: self.facts[spot] for spot in copy}
            given.append(self.facts[max(copy)].shapes)
            sizes.append(sum_known(fact.parameters for fact in facts.values()))
        return Box(
            key,
            _words(self.titles[_marks(group)]),
            count_in_words(len(layers)),
            shapes_in_words(given),
            numbers_in_words(sizes),
            Family.BLOCK,
            leaf.times,
            layers,
        )


def _sorted(keys: Iterable[str]) -> tuple[str, ...]:
    """Returns keys of layers by their numbers."""

    def numbers(key: str) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", key)]

    return tuple(sorted(keys, key=numbers))


def _words(text: str) -> str:
    """Returns text of the user's as one line that any format can hold."""
    return _NO_CHARACTERS.sub(" ", printable(text)).strip()


def _end(key: str, title: str) -> Box:
    return Box(key, title, "", "", "", Family.END, 1, ())


def _numbered(word: str, index: int, everything: Sized) -> str:
    return f"{word} {index + 1}" if len(everything) > 1 else word


def _frames(items: Iterable[Shown]) -> Iterator[Frame]:
    """Yields the frames that begin with the first box of these."""
    first = next(iter(items), None)
    if isinstance(first, Frame):
        yield first
        yield from _frames(first.items)


def _tags(
    items: Iterable[Item], copies: tuple[frozenset[Spot], ...]
) -> dict[Spot, dict[int, int]]:
    """Returns of which copy of each folded thing a call is."""
    tags: dict[Spot, dict[int, int]] = {}
    folded = [copies] if copies else []
    stack = list(items)
    while stack:
        item = stack.pop()
        if item.copies:
            folded.append(item.copies)
        if isinstance(item, Group):
            stack += item.items
    for thing, own in enumerate(folded):
        for number, copy in enumerate(own):
            for spot in copy:
                tags.setdefault(spot, {})[thing] = number
    return tags
