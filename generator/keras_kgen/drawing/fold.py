"""Draws what repeats itself once: times of a loop, and blocks that have several instances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby

from keras_kgen.drawing.outline import Group, Item, Leaf, Spot, leaves, spots_of

# With more boxes than this, a drawing does not fit a page.
MAX_BOXES = 32
# What of a call a reader sees, so that two that differ in it are not drawn as one.
Look = Callable[[Spot], Hashable]
Items = tuple[Item, ...]


class Folding(Enum):
    """How much of what repeats itself is drawn once."""

    AUTO = "auto"
    NONE = "none"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Folded:
    """What is to be drawn.

    Attributes:
        items: The model.
        panels: The blocks that boxes of the model stand for, the outer ones first. Their
            copies are the instances.
    """

    items: Items
    panels: tuple[Group, ...]


def fold(items: Items, folding: Folding, look: Look) -> Folded:
    """Returns an outline with as much drawn once as is asked for, or as a page needs.

    Args:
        items: What `outline` gives.
        folding: How much to fold.
        look: What a reader sees of a call.
    """
    found = _folded(items, _Rules())
    if folding is Folding.NONE:
        return found
    for rules in _steps(items, look):
        if folding is Folding.AUTO and _size(found) <= MAX_BOXES:
            break
        found = _folded(items, rules)
    return found


@dataclass(frozen=True, slots=True)
class _Rules:
    """What is drawn once.

    Attributes:
        look: What has to be the same in each time of a loop.
        height: Loops of at most this height fold even where the times look different.
        boxes: The blocks that become boxes.
    """

    look: Look | None = None
    height: int = 0
    boxes: frozenset[str] = frozenset()


def _steps(items: Items, look: Look) -> Iterator[_Rules]:
    """Yields rules that fold more and more, from the inside out."""
    rules = _Rules(look)
    yield rules
    heights = _block_heights(items)
    for height in range(1, max((_height(item) for item in items), default=0) + 1):
        names = {name for name, own in heights.items() if own == height}
        repeated = names & _repeated(_folded(items, rules).items)
        rules = replace(rules, boxes=rules.boxes | repeated)
        yield rules
        rules = replace(rules, height=height)
        yield rules


def _size(folded: Folded) -> int:
    drawn = (folded.items, *(panel.items for panel in folded.panels))
    return sum(sum(1 for _ in leaves(items)) for items in drawn)


def _height(item: Item) -> int:
    """Returns how many blocks and loops are within each other."""
    if isinstance(item, Leaf):
        return 0
    inner = max(map(_height, item.items), default=0)
    return inner if item.kind == "time" else inner + 1


def _block_heights(items: Iterable[Item]) -> dict[str, int]:
    heights: dict[str, int] = {}
    for item in items:
        if isinstance(item, Leaf):
            continue
        found = _block_heights(item.items)
        if item.kind == "block":
            found[item.title] = max(_height(item), found.get(item.title, 0))
        for name, height in found.items():
            heights[name] = max(height, heights.get(name, 0))
    return heights


def _repeated(items: Iterable[Item]) -> set[str]:
    """Returns the names of the blocks that are drawn several times."""
    drawn: Counter[str] = Counter()
    stack = list(items)
    while stack:
        item = stack.pop()
        if isinstance(item, Group):
            drawn[item.title] += item.kind == "block"
            stack += item.items
    return {name for name, count in drawn.items() if count > 1}


def _folded(items: Items, rules: _Rules) -> Folded:
    folder = _Folder(rules)
    drawn = folder.fold(items)
    return Folded(drawn, tuple(_panels(drawn)))


class _Folder:
    """Folds an outline by rules."""

    def __init__(self, rules: _Rules) -> None:
        self.rules = rules

    def fold(self, items: Iterable[Item]) -> Items:
        return tuple(new for item in items for new in self.item(item))

    def item(self, item: Item) -> Iterator[Item]:
        if isinstance(item, Leaf):
            yield item
        elif item.kind == "loop":
            yield from self.loop(item)
        else:
            new = replace(item, items=self.fold(item.items))
            is_box = item.kind == "block" and item.title in self.rules.boxes
            yield _box(new) if is_box else new

    def loop(self, loop: Group) -> Iterator[Item]:
        """Yields the times of a loop; those that follow each other and agree become one."""
        times = [self.fold((time,))[0] for time in loop.items]
        any_look = _height(loop) <= self.rules.height
        for _, run in groupby(times, lambda time: self.key(time, any_look)):
            same = list(run)
            assert isinstance(same[0], Group)
            if len(same) == 1 or self.rules.look is None:
                for time in same:
                    assert isinstance(time, Group)
                    yield from time.items
            else:
                yield _repeat(same, loop)

    def key(self, time: Item, any_look: bool) -> Hashable:
        if any_look or self.rules.look is None:
            return _form(time)
        seen = tuple(
            self.rules.look(spot) for leaf in leaves((time,)) for spot in leaf.spots
        )
        return _form(time), seen


def _repeat(times: Sequence[Item], loop: Group) -> Item:
    """Returns the times of a loop as one thing that follows itself."""
    copies = tuple(spots_of((time,)) for time in times)
    merged = _merge(times)
    assert isinstance(merged, Group)
    first, *others = merged.items
    count = len(times)
    if not others and first.times == 1:
        return replace(first, place=loop.place, times=count, copies=copies)
    return Group("loop", "", loop.place, merged.items, count, copies)


def _box(group: Group) -> Leaf:
    spots = tuple(spot for leaf in leaves(group.items) for spot in leaf.spots)
    inner = replace(group, copies=(frozenset(spots),), place=())
    return Leaf(group.title, group.place, spots, group=inner)


def _form(item: Item) -> Hashable:
    """Returns what two things have in common where one can be laid over the other."""
    if isinstance(item, Leaf):
        inner = None if item.group is None else _form(item.group)
        return item.title, item.place, item.times, inner
    return item.kind, item.title, item.place, item.times, tuple(map(_form, item.items))


def _merge(items: Sequence[Item]) -> Item:
    """Returns things of one form laid over each other."""
    first = items[0]
    copies = tuple(copy for item in items for copy in item.copies)
    if isinstance(first, Group):
        inner = (item.items for item in items if isinstance(item, Group))
        rows = zip(*inner, strict=True)
        return replace(first, items=tuple(map(_merge, rows)), copies=copies)
    same = [item for item in items if isinstance(item, Leaf)]
    groups = [item.group for item in same if item.group is not None]
    merged = _merge(groups) if groups else None
    assert merged is None or isinstance(merged, Group)
    spots = tuple(spot for item in same for spot in item.spots)
    return replace(first, spots=spots, copies=copies, group=merged)


def _panels(items: Iterable[Item]) -> Iterator[Group]:
    """Yields what boxes stand for, each form once, the outer ones first."""
    waiting = [leaf.group for leaf in leaves(items) if leaf.group is not None]
    while waiting:
        # A block stands in others of more height only.
        tallest = max(_full_height(group) for group in waiting)
        forms: dict[Hashable, list[Group]] = {}
        later: list[Group] = []
        for group in waiting:
            if _full_height(group) == tallest:
                forms.setdefault(_form(group), []).append(group)
            else:
                later.append(group)
        for groups in forms.values():
            panel = _merge(groups)
            assert isinstance(panel, Group)
            yield panel
            later += [leaf.group for leaf in leaves(panel.items) if leaf.group]
        waiting = later


def _full_height(group: Group) -> int:
    """Returns how many blocks are within each other, those drawn elsewhere too."""
    inner = [leaf.group for leaf in leaves(group.items) if leaf.group is not None]
    return 1 + max(map(_full_height, inner), default=0)
