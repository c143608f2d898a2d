"""A drawing as SVG, self-contained, for light and dark pages."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

from keras_kgen.drawing.elements import Element, child, number, rectangle, text
from keras_kgen.drawing.families import Family
from keras_kgen.drawing.figures import Box, Drawing, Figure, Frame
from keras_kgen.drawing.layout.page import (
    DETAIL_FONT,
    INSET,
    NAME_FONT,
    TEXT_GAP,
    TITLE_FONT,
    inset_of,
    place_drawing,
)
from keras_kgen.drawing.layout.place import (
    END_HEIGHT,
    HEADER,
    HEADER_FONT,
    Area,
    Curve,
    Placed,
)
from keras_kgen.drawing.layout.text import shorten, text_width
from keras_kgen.drawing.legend import Legend
from keras_kgen.drawing.style import class_of, style_sheet
from keras_kgen.drawing.words import description_of, title_of

_MARGIN = 20.0
_HEADING_FONT = 17.0
_HEADING = 34.0
_RADIUS = 6.0
# Behind a box that follows itself stand others, so far apart.
_STACK = 3.0
_HEAD = {
    "id": "kgen-head",
    "viewBox": "0 0 8 8",
    "refX": "7.2",
    "refY": "4",
    "markerWidth": "6.5",
    "markerHeight": "6.5",
    "orient": "auto",
}


def write_svg(drawing: Drawing) -> str:
    """Returns a drawing as the text of an SVG file."""
    page = place_drawing(drawing)
    legend = Legend(drawing, page.width)
    heading = text_width(drawing.title, _HEADING_FONT, is_bold=True)
    width = max(page.width, legend.width, heading) + 2 * _MARGIN
    height = page.height + _HEADING + legend.height + 2 * _MARGIN
    root = _root(drawing, width, height)
    y = _MARGIN + _HEADING_FONT
    text(root, drawing.title, _MARGIN, y, "heading", _HEADING_FONT)
    for figure, placed, x, y in page.figures:
        _add_figure(root, figure, placed, (x + _MARGIN, y + _MARGIN + _HEADING))
    legend.add(root, _MARGIN, _MARGIN + _HEADING + page.height)
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _root(drawing: Drawing, width: float, height: float) -> Element:
    size = {"width": number(width), "height": number(height)}
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "kgen-drawing",
            "viewBox": f"0 0 {number(width)} {number(height)}",
            **size,
            "role": "img",
            "aria-labelledby": "kgen-title kgen-description",
        },
    )
    child(root, "title", {"id": "kgen-title"}).text = drawing.title
    description = child(root, "desc", {"id": "kgen-description"})
    description.text = description_of(drawing)
    child(root, "style", {}).text = style_sheet(drawing)
    marker = child(child(root, "defs", {}), "marker", _HEAD)
    child(marker, "path", {"class": "head", "d": "M0.5 0.8 7.5 4 0.5 7.2Z"})
    child(root, "rect", {"class": "page", **size})
    return root


def _add_figure(
    root: Element, figure: Figure, placed: Placed, corner: tuple[float, float]
) -> None:
    place = f"translate({number(corner[0])} {number(corner[1])})"
    group = child(root, "g", {"class": "figure", "transform": place})
    if figure.title:
        width = max(placed.width, text_width(figure.title, TITLE_FONT, is_bold=True))
        child(group, "path", {"class": "rule", "d": f"M0-12H{number(width)}"})
        text(group, figure.title, 0, -18, "title", TITLE_FONT)
    for frame, area in placed.frames:
        _add_frame(group, frame, area)
    for curve in placed.curves:
        _add_curve(group, curve)
    for box, area in placed.boxes:
        _add_box(group, box, area)


def _add_frame(parent: Element, frame: Frame, area: Area) -> None:
    group = child(parent, "g", {"class": "frame", "data-frame": frame.key})
    rectangle(group, area, "border", 8)
    left, right, bottom = area.x, area.x + area.width, number(area.y + HEADER)
    corners = f"V{number(area.y + 8)}a8 8 0 0 1 8-8H{number(right - 8)}a8 8 0 0 1 8 8"
    path = f"M{number(left)} {bottom}{corners}V{bottom}Z"
    child(group, "path", {"class": "header", "d": path})
    text(
        group, title_of(frame), left + INSET, area.y + HEADER - 7, "title", HEADER_FONT
    )


def _add_curve(parent: Element, curve: Curve) -> None:
    attributes = {
        "class": "line",
        "d": _path(curve),
        "data-from": curve.start,
        "data-to": " ".join(curve.ends),
    }
    if curve.has_head:
        attributes["marker-end"] = "url(#kgen-head)"
    child(parent, "path", attributes)


def _path(curve: Curve) -> str:
    first = curve.stations[0]
    parts = [f"M{number(first.x)} {number(first.top)}V{number(first.bottom)}"]
    for above, below in pairwise(curve.stations):
        if abs(above.x - below.x) > 0.05:
            middle = number((above.bottom + below.top) / 2)
            parts.append(
                f"C{number(above.x)} {middle} {number(below.x)} {middle} "
                f"{number(below.x)} {number(below.top)}"
            )
        if below.bottom > below.top or above.x == below.x:
            parts.append(f"V{number(below.bottom)}")
    return "".join(parts)


def _add_box(parent: Element, box: Box, area: Area) -> None:
    group = child(parent, "g", {"class": f"box {class_of(box.family)}"})
    group.set("data-key", box.key)
    if box.layers:
        group.set("data-layers", " ".join(box.layers))
    child(group, "title", {}).text = _tooltip(box)
    is_end = box.family is Family.END
    radius = area.height / 2 if is_end else _RADIUS
    for offset in (2 * _STACK, _STACK) if box.times > 1 else ():
        rectangle(group, area.moved(offset, offset), "shape", radius)
    rectangle(group, area, "shape", radius)
    if area.height <= END_HEIGHT:
        x, y = area.x + area.width / 2, area.y + area.height / 2 + 4
        words = text(group, title_of(box), x, y, "detail", DETAIL_FONT)
        words.set("text-anchor", "middle")
        return
    inset = inset_of(box)
    left, right, y = area.x + inset, area.x + area.width - inset, area.y + 16
    _add_pair(group, (left, right, y), title_of(box), box.name, is_title=True)
    _add_pair(group, (left, right, y + 15), box.shape, box.parameters)


def _add_pair(
    group: Element,
    place: tuple[float, float, float],
    words: str,
    aside: str,
    is_title: bool = False,
) -> None:
    """Adds a line with words on the left, and others on the right as far as there is room."""
    left, right, y = place
    size = TITLE_FONT if is_title else DETAIL_FONT
    words = shorten(words, size, right - left, is_title)
    kind = "title" if is_title else "detail"
    if words:
        text(group, words, left, y, kind, size)
    room = right - left - text_width(words, size, is_title) - TEXT_GAP
    if aside and room > 2 * NAME_FONT:
        short = shorten(aside, NAME_FONT, room)
        text(group, short, right, y, "name", NAME_FONT).set("text-anchor", "end")


def _tooltip(box: Box) -> str:
    parts = [f"{title_of(box)} {box.name}".strip(), box.shape]
    if box.parameters:
        parts.append(f"{box.parameters} parameters")
    return ", ".join(filter(None, parts))
