"""What the colours of a drawing mean."""

from __future__ import annotations

from keras_kgen.drawing.elements import Element, child, rectangle, text
from keras_kgen.drawing.families import Family
from keras_kgen.drawing.figures import Drawing
from keras_kgen.drawing.layout.place import Area
from keras_kgen.drawing.layout.text import text_width
from keras_kgen.drawing.style import class_of, families_in

_FONT = 10.5
_ABOVE = 18.0
_ROW = 20.0
_SWATCH = 12.0
_LEAST_WIDTH = 320.0


class Legend:
    """A swatch and a word for each family, in as many rows as it takes."""

    def __init__(self, drawing: Drawing, width: float) -> None:
        self.places: list[tuple[Family, float, float]] = []
        limit = max(width, _LEAST_WIDTH)
        x = y = self.width = 0.0
        for family in families_in(drawing):
            room = _SWATCH + 6 + text_width(family.value, _FONT) + 14
            if x and x + room > limit:
                x, y = 0.0, y + _ROW
            self.places.append((family, x, y))
            x += room
            self.width = max(self.width, x)
        self.height = _ABOVE + y + _ROW

    def add(self, root: Element, left: float, top: float) -> None:
        """Adds it to a drawing, with its upper left corner there."""
        group = child(root, "g", {"class": "legend"})
        for family, x, y in self.places:
            item = child(group, "g", {"class": class_of(family)})
            area = Area(left + x, top + _ABOVE + y, _SWATCH, _SWATCH)
            rectangle(item, area, "shape", 3)
            text(item, family.value, area.x + _SWATCH + 6, area.y + 10, "name", _FONT)
