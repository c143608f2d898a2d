"""Places the figures of a drawing: the model on the left, its blocks beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from keras_kgen.drawing.families import Family
from keras_kgen.drawing.figures import Box, Drawing, Figure, boxes
from keras_kgen.drawing.layout.place import Placed, place_figure
from keras_kgen.drawing.layout.split import split_figure
from keras_kgen.drawing.layout.text import text_width
from keras_kgen.drawing.words import title_of

TITLE_FONT = 12.5
NAME_FONT = 10.0
DETAIL_FONT = 10.5
INSET = 10.0
# Between two texts in one line of a box.
TEXT_GAP = 12.0
_LEAST_WIDTH = 128.0
_MOST_WIDTH = 250.0
_FIGURE_GAP = 36.0
# Above a figure that has a title.
FIGURE_HEADER = 30.0


@dataclass(frozen=True, slots=True)
class Page:
    """Figures with their places on one page.

    Attributes:
        figures: Each with its upper left corner.
    """

    width: float
    height: float
    figures: tuple[tuple[Figure, Placed, float, float], ...]


def place_drawing(drawing: Drawing) -> Page:
    """Returns the figures of a drawing on one page."""
    width = _box_width(box for figure in drawing.figures for box in boxes(figure.items))
    placed = _placed(drawing, width)
    tallest = max(_height(*pair) for pair in placed)
    found: list[tuple[Figure, Placed, float, float]] = []
    x = y = right = 0.0
    for figure, inner in placed:
        is_beside_model = not figure.title or not found[-1][0].title
        if found and (is_beside_model or y + _height(figure, inner) > tallest):
            x, y = right + _FIGURE_GAP, 0.0
        header = FIGURE_HEADER if figure.title else 0
        found.append((figure, inner, x, y + header))
        y += _height(figure, inner) + _FIGURE_GAP
        right = max(right, x + figure_width(figure, inner))
    return Page(right, tallest, tuple(found))


def _placed(drawing: Drawing, width: float) -> list[tuple[Figure, Placed]]:
    """Returns the figures with what is in them in its place; the model may be in pieces."""
    model, *others = ((f, place_figure(f, width)) for f in drawing.figures)
    pieces = split_figure(*model)
    if len(pieces) == 1:
        return [model, *others]
    return [*((piece, place_figure(piece, width)) for piece in pieces), *others]


def figure_width(figure: Figure, placed: Placed) -> float:
    """Returns the width of a figure with its title."""
    return max(placed.width, text_width(figure.title, TITLE_FONT, is_bold=True))


def _height(figure: Figure, placed: Placed) -> float:
    return placed.height + (FIGURE_HEADER if figure.title else 0)


def inset_of(box: Box) -> float:
    """Returns how far text stays away from the sides of a box."""
    return INSET + 4 if box.family is Family.END else INSET


def _box_width(drawn: Iterable[Box]) -> float:
    widest = _LEAST_WIDTH
    for box in drawn:
        title = text_width(title_of(box), TITLE_FONT, is_bold=True)
        first = title + TEXT_GAP + text_width(box.name, NAME_FONT)
        shape = text_width(box.shape, DETAIL_FONT)
        second = shape + TEXT_GAP + text_width(box.parameters, NAME_FONT)
        widest = max(widest, max(first, second) + 2 * inset_of(box))
    return min(ceil(widest) + 1.0, _MOST_WIDTH)
