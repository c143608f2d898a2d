"""What is drawn: boxes, frames around them, and lines between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from keras_kgen.drawing.families import Family


@dataclass(frozen=True, slots=True)
class Box:
    """A layer, or what a block or model stands for.

    Attributes:
        key: Unique in the drawing.
        title: What it is: a class, or the name of a block.
        name: The layer's own name, or how many layers it stands for.
        shape: The shape of what it gives, in words.
        parameters: How many it has, in words.
        times: How often it follows itself.
        layers: The layers that it stands for, by the keys of `Fact`.
    """

    key: str
    title: str
    name: str
    shape: str
    parameters: str
    family: Family
    times: int
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What is drawn around the boxes of a block, of a loop or of a model."""

    key: str
    title: str
    times: int
    items: tuple[Shown, ...]


Shown = Box | Frame


@dataclass(frozen=True, slots=True)
class Figure:
    """A part of the drawing: the model itself, or a block.

    Attributes:
        title: The block's name, "" for the model.
        items: What is in it.
        lines: Which boxes are connected, by their keys.
    """

    title: str
    items: tuple[Shown, ...]
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A model as it is drawn, the model itself first, then its blocks."""

    title: str
    description: str
    figures: tuple[Figure, ...]


def boxes(items: Iterable[Shown]) -> Iterator[Box]:
    """Yields the boxes in order, those in frames too."""
    for item in items:
        if isinstance(item, Box):
            yield item
        else:
            yield from boxes(item.items)
