"""Lines of one layer stand in one row."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import load_preset, load_program_of

from keras_kgen.comparing.alignment import Row, align
from keras_kgen.comparing.build import compare
from keras_kgen.comparing.listing import Line
from keras_kgen.frontends import presets

GOLDEN = sorted((Path(__file__).parent.parent / "golden").glob("*/model.json"))


def lines(*texts: str) -> list[Line]:
    """Returns lines such as `x = dense()  # 0 1`, which name their layers behind the text."""
    found = []
    for number, text in enumerate(texts, 1):
        code, _, layers = text.partition("  # ")
        found.append(Line(number, code, frozenset(layers.split())))
    return found


def numbers(rows: tuple[Row, ...]) -> list[tuple[int | None, ...]]:
    return [tuple(line.number if line else None for line in row) for row in rows]


def test_layers_begin_in_one_row() -> None:
    left = lines("a()  # 0", "b()  # 1")
    right = lines("make", "x = a()  # 0", "log", "x = b()  # 1", "end")
    rows = [(None, 1), (1, 2), (None, 3), (2, 4), (None, 5)]
    assert numbers(align([left, right])) == rows


def test_lines_without_a_match_run_side_by_side() -> None:
    left = lines("one", "two", "a()  # 0")
    right = lines("three", "a()  # 0", "four")
    rows = [(1, 1), (2, None), (3, 2), (None, 3)]
    assert numbers(align([left, right])) == rows


def test_lines_with_more_layers_in_common_match() -> None:
    left = lines("block()  # 0 1 2 3")
    right = lines("a()  # 0", "block()  # 0 1 2 3", "b()  # 3")
    assert (1, 2) in numbers(align([left, right]))


def test_what_crosses_loses_to_what_is_more() -> None:
    left = lines("a()  # 0", "b()  # 1", "c()  # 2")
    right = lines("c()  # 2", "a()  # 0", "b()  # 1")
    assert numbers(align([left, right])) == [(None, 1), (1, 2), (2, 3), (3, None)]


@given(
    st.lists(
        st.lists(st.sampled_from(["", "a", "a  # 0", "b  # 1", "c  # 0 1"])),
        min_size=1,
        max_size=3,
    )
)
def test_no_line_is_lost_or_moved(columns: list[list[str]]) -> None:
    given_lines = [lines(*column) for column in columns]
    rows = align(given_lines)
    for index, column in enumerate(given_lines):
        assert [row[index] for row in rows if row[index] is not None] == column
    assert all(any(line is not None for line in row) for row in rows)


@pytest.mark.parametrize("source", [*presets.names(), *GOLDEN], ids=str)
def test_most_layers_line_up_in_all_styles(source: str | Path) -> None:
    """Where a style makes layers in an order of its own, some have to stand elsewhere."""
    program = (
        load_program_of(source) if isinstance(source, Path) else load_preset(source)
    )
    comparison = compare(program)
    rows = align([listing.model for listing in comparison.listings.values()])
    layers = [row.key for row in comparison.rows if not row.is_input]
    in_line = [
        key
        for key in layers
        if any(all(line and key in line.layers for line in row) for row in rows)
    ]
    assert len(in_line) >= 0.8 * len(layers)
