"""Elements of SVG. ElementTree escapes."""

from __future__ import annotations

from xml.etree import ElementTree

from keras_kgen.drawing.layout.place import Area

Element = ElementTree.Element


def child(parent: Element, tag: str, attributes: dict[str, str]) -> Element:
    """Returns a new element within another one."""
    return ElementTree.SubElement(parent, tag, attributes)


def text(
    parent: Element, words: str, x: float, y: float, kind: str, size: float
) -> Element:
    """Returns a new line of text; `kind` is its class, `size` that of its font."""
    place = {"class": kind, "x": number(x), "y": number(y), "font-size": number(size)}
    element = child(parent, "text", place)
    element.text = words
    return element


def rectangle(parent: Element, area: Area, kind: str, radius: float) -> Element:
    """Returns a new rectangle with round corners; `kind` is its class."""
    return child(
        parent,
        "rect",
        {
            "class": kind,
            "x": number(area.x),
            "y": number(area.y),
            "width": number(area.width),
            "height": number(area.height),
            "rx": number(radius),
        },
    )


def number(value: float) -> str:
    """Returns a number with one decimal at most."""
    rounded = round(value, 1)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)
