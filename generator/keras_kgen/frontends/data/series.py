"""Looks at a CSV file whose rows follow each other in time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.data.csv_files import open_csv
from keras_kgen.frontends.data.problems import DataProblem, listed
from keras_kgen.frontends.data.request import OwnRequest
from keras_kgen.frontends.data.scan import Scan
from keras_kgen.frontends.data.table import find_column, scan_columns
from keras_kgen.ir.data import Labels, OwnData, SeriesFacts

# The smallest part, a tenth of the rows, is to hold some windows.
_PARTS = 10
_MIN_WINDOWS = 2


def inspect_series(request: OwnRequest, notes: Diagnostics) -> OwnData:
    """Returns what a time series holds.

    Raises:
        DataProblem: the file cannot be used, or its rows are not in the order of time.
    """
    file = open_csv(Path(request.path))
    target = find_column(file, request)
    scans = scan_columns(file)
    target_scan = scans[target]
    if not target_scan.is_number:
        message = f"{target!r} does not hold numbers, which is what a series predicts"
        raise DataProblem(message, "target")
    _check_order(scans)
    numbers = tuple(name for name, scan in scans.items() if _is_useful(scan))
    if target not in numbers:
        raise DataProblem(f"{target!r} has the same value everywhere", "target")
    _check_length(request, target_scan.count)
    left_out = [name for name in scans if name not in numbers]
    gaps = sum(scans[name].missing for name in numbers)
    place = request.place(request.source)
    notes.note(_described(request, target_scan.count, numbers, left_out), place)
    if gaps:
        message = f"missing numbers ({gaps}) are taken to be what they were before"
        notes.note(message, place)
    has_commas = any(scans[name].has_commas for name in numbers)
    layout = replace(file.layout, has_commas=has_commas)
    facts = SeriesFacts(layout, numbers, request.window, request.horizon, gaps > 0)
    labels = Labels(target, mean=target_scan.mean, deviation=target_scan.deviation)
    samples = target_scan.count - request.window - request.horizon + 1
    shapes = (("", (request.window, len(numbers)), "float32"),)
    return OwnData(request.path, samples, labels, shapes, facts, place)


def _check_order(scans: dict[str, Scan]) -> None:
    for name, scan in scans.items():
        if scan.is_date and not scan.is_rising:
            raise DataProblem(
                f"the dates in {name!r} go back: the rows must be in the order of time"
            )


def _check_length(request: OwnRequest, rows: int) -> None:
    needed = _PARTS * (request.window + request.horizon + _MIN_WINDOWS)
    if rows < needed:
        raise DataProblem(
            f"there are {rows} rows, but windows of {request.window} with a horizon of "
            f"{request.horizon} need {needed}: a tenth of them is kept for validation",
            "window",
        )


def _is_useful(scan: Scan) -> bool:
    return scan.is_number and len(scan.distinct) > 1 and not scan.is_numbering


def _described(
    request: OwnRequest, rows: int, numbers: tuple[str, ...], left_out: list[str]
) -> str:
    without = f"; without {listed(left_out)}" if left_out else ""
    return (
        f"{request.path}: {rows} rows in the order of time; the numbers "
        f"{listed(list(numbers), 12)}{without}"
    )
