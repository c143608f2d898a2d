"""Text can be read on every colour, on light and on dark pages."""

from __future__ import annotations

import pytest

from keras_kgen.drawing.colours import COLOURS, DARK, LIGHT, Theme
from keras_kgen.drawing.families import Family

# What WCAG 2 asks of text, and of what is not text.
TEXT, SHAPE = 4.5, 3.0


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_every_family_has_colours() -> None:
    assert set(COLOURS) == set(Family)


@pytest.mark.parametrize("family", Family)
def test_boxes(family: Family) -> None:
    colours = COLOURS[family]
    for theme, fill, line in (
        (LIGHT, colours.fill, colours.line),
        (DARK, colours.dark_fill, colours.dark_line),
    ):
        assert contrast(theme.ink, fill) >= TEXT
        assert contrast(theme.faint, fill) >= TEXT
        assert contrast(line, theme.page) >= SHAPE


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_pages(theme: Theme) -> None:
    for back in (theme.page, theme.frame, theme.header):
        assert contrast(theme.ink, back) >= TEXT
    for back in (theme.page, theme.frame):
        assert contrast(theme.line, back) >= SHAPE
