"""Time series: their order, their gaps, and how long they must be."""

from __future__ import annotations

from pathlib import Path

import pytest
from own_data import make_series, write_csv
from own_data_request import look

from keras_kgen.errors import SourceError
from keras_kgen.ir.data import SeriesFacts


def test_numbers_are_read_in_the_order_of_time(folder: Path) -> None:
    make_series(folder)
    data, notes = look(file="weather.csv", target="temperature", window=24, horizon=3)
    assert isinstance(data.facts, SeriesFacts)
    assert data.facts.columns == ("temperature", "wind", "step")
    assert (data.facts.window, data.facts.horizon) == (24, 3)
    assert data.facts.has_gaps
    assert data.samples == 600 - 24 - 3 + 1
    assert data.shapes == (("", (24, 3), "float32"),)
    assert notes[-1] == "missing numbers (1) are taken to be what they were before"


def test_rows_must_be_in_order(folder: Path) -> None:
    rows = [["t", "y"], *([f"2020-01-{31 - n % 30:02}", str(n)] for n in range(90))]
    write_csv(folder / "t.csv", rows)
    with pytest.raises(SourceError, match="the dates in 't' go back"):
        look(file="t.csv", target="y", window=2)


def test_a_series_must_be_long_enough(folder: Path) -> None:
    make_series(folder, rows=60)
    with pytest.raises(SourceError, match="60 rows, but windows of 24"):
        look(file="weather.csv", target="temperature", window=24)


def test_a_series_predicts_numbers(folder: Path) -> None:
    make_series(folder)
    with pytest.raises(SourceError, match="'station' does not hold numbers"):
        look(file="weather.csv", target="station", window=24)
