"""The style sheet of a drawing."""

from __future__ import annotations

from collections.abc import Iterable

from keras_kgen.drawing.colours import COLOURS, DARK, LIGHT, Theme
from keras_kgen.drawing.families import Family
from keras_kgen.drawing.figures import Drawing, boxes

_FONT = '-apple-system, "Segoe UI", Helvetica, Arial, "Liberation Sans", sans-serif'
# A page that the drawing stands in has styles of its own.
_SCOPE = ".kgen-drawing"


def families_in(drawing: Drawing) -> list[Family]:
    """Returns the families that a drawing has, in the order of the legend."""
    drawn = (box for figure in drawing.figures for box in boxes(figure.items))
    used = {box.family for box in drawn}
    return [family for family in Family if family in used]


def class_of(family: Family) -> str:
    """Returns the class of the boxes of a family in the style sheet."""
    return family.name.lower()


def style_sheet(drawing: Drawing) -> str:
    """Returns the styles that a drawing needs."""
    families = families_in(drawing)
    light = [*_general(LIGHT), *_boxes(families, is_dark=False)]
    dark = [*_general(DARK), *_boxes(families, is_dark=True)]
    rules = [
        f"{_SCOPE} text {{ font-family: {_FONT}; }}",
        f"{_SCOPE} .heading, {_SCOPE} .title {{ font-weight: 600; }}",
        f"{_SCOPE} .line {{ fill: none; stroke-width: 1.3; }}",
        *light,
        "@media (prefers-color-scheme: dark) {",
        *(f"  {rule}" for rule in dark),
        "}",
    ]
    return "\n".join(["", *rules, ""])


def _general(theme: Theme) -> Iterable[str]:
    for name, style in (
        ("page", f"fill: {theme.page};"),
        ("heading", f"fill: {theme.ink};"),
        ("title", f"fill: {theme.ink};"),
        ("detail", f"fill: {theme.ink};"),
        ("name", f"fill: {theme.faint};"),
        ("line", f"stroke: {theme.line};"),
        ("rule", f"stroke: {theme.header};"),
        ("head", f"fill: {theme.line};"),
        ("border", f"fill: {theme.frame}; stroke: {theme.header};"),
        ("header", f"fill: {theme.header};"),
    ):
        yield f"{_SCOPE} .{name} {{ {style} }}"


def _boxes(families: Iterable[Family], is_dark: bool) -> Iterable[str]:
    for family in families:
        known = COLOURS[family]
        fill = known.dark_fill if is_dark else known.fill
        line = known.dark_line if is_dark else known.line
        yield (
            f"{_SCOPE} .{class_of(family)} .shape {{ fill: {fill}; stroke: {line}; }}"
        )
