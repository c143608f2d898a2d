"""Looks at a CSV file whose rows are samples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from keras_kgen.catalogue.registry import suggest
from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.data.csv_files import CsvFile, open_csv
from keras_kgen.frontends.data.problems import DataProblem, listed
from keras_kgen.frontends.data.request import OwnRequest
from keras_kgen.frontends.data.scan import MAX_DISTINCT, Scan
from keras_kgen.ir.data import Column, Labels, OwnData, Role, TableFacts

# A value of a category that occurs in fewer rows may be in none of those for training.
MIN_ROWS = 10
MAX_TOKENS = 100
MAX_CLASSES = 1000
# A number with so few whole values is taken for a class.
_FEW = 10
# How few values may be missing for a column to be worth reading.
_MOSTLY_MISSING = 0.9


def inspect_table(request: OwnRequest, notes: Diagnostics) -> OwnData:
    """Returns what a CSV file holds.

    Args:
        request: Which file, and which column is to be predicted.
        notes: Where it is said what each column was taken for.

    Raises:
        DataProblem: the file cannot be used.
    """
    file = open_csv(Path(request.path))
    target = find_column(file, request)
    scans = scan_columns(file)
    scan = scans.pop(target)
    if not scan.present:
        raise DataProblem(f"the column {target!r} has no values", "target")
    if scan.present < MIN_ROWS:
        raise DataProblem(f"there are {scan.present} rows; {MIN_ROWS} is the least")
    labels = _labels(target, scan, request)
    columns, left_out = _columns(scans)
    if not columns:
        reasons = listed(left_out, 12, "; ") or "it is the only column"
        raise DataProblem(f"nothing is left to predict {target!r} from: {reasons}")
    has_commas = any(s.has_commas for s in (scan, *scans.values()))
    layout = replace(file.layout, has_commas=has_commas)
    facts = TableFacts(layout, columns)
    place = request.place(request.source)
    notes.note(f"{request.path}: {scan.count} rows; {_described(columns)}", place)
    if left_out:
        notes.note(f"columns left out: {listed(left_out, 12, '; ')}", place)
    if scan.missing:
        message = f"{scan.missing} rows without {target!r} are left out"
        notes.note(message, request.place("target"))
    shapes = (("", (facts.width,), "float32"),)
    return OwnData(request.path, scan.present, labels, shapes, facts, place)


def find_column(file: CsvFile, request: OwnRequest) -> str:
    """Returns the column that is to be predicted.

    Raises:
        DataProblem: it is not said which, or there is no such column.
    """
    has = f"the columns are {listed(list(file.header), 12)}"
    wanted = request.target.replace("/", "_")
    if not wanted:
        raise DataProblem(f"say which column is to be predicted, target: NAME; {has}")
    if wanted not in file.header:
        found = suggest(wanted, file.header)
        hint = f"did you mean {found!r}?" if found else has
        raise DataProblem(f"there is no column {request.target!r}; {hint}", "target")
    return wanted


def scan_columns(file: CsvFile) -> dict[str, Scan]:
    """Returns what is in each column.

    Raises:
        DataProblem: there are no rows.
    """
    commas = file.layout.delimiter != ","
    scans = {name: Scan(commas) for name in file.header}
    for columns in file.columns():
        for scan, texts in zip(scans.values(), columns, strict=True):
            scan.add(texts)
    if not any(scan.count for scan in scans.values()):
        raise DataProblem("there are no rows below the names of the columns")
    return scans


def _labels(name: str, scan: Scan, request: OwnRequest) -> Labels:
    is_class = not scan.is_number or _has_few_values(scan)
    if request.task:
        is_class = request.task == "class"
    if not is_class:
        if not scan.is_number:
            message = f"task: value, but {name!r} does not hold numbers only"
            raise DataProblem(message, "task")
        return Labels(name, mean=scan.mean, deviation=scan.deviation)
    ordered = sorted(scan.distinct, key=lambda text: (scan.number(text) or 0.0, text))
    if len(ordered) < 2:
        message = f"{name!r} has one value only, {ordered[0]!r}: nothing can be learnt"
        raise DataProblem(message, "target")
    if len(ordered) > MAX_CLASSES or 2 * len(ordered) > scan.present:
        count = "too many" if len(ordered) >= MAX_DISTINCT else len(ordered)
        raise DataProblem(
            f"{name!r} has {count} different values in {scan.present} rows, which is no "
            "class to be predicted",
            "target",
        )
    counts = tuple(scan.distinct[text] for text in ordered)
    return Labels(name, tuple(ordered), counts)


def _has_few_values(scan: Scan) -> bool:
    is_repeated = 5 * len(scan.distinct) <= scan.present
    return scan.whole == scan.numbers and len(scan.distinct) <= _FEW and is_repeated


def _columns(scans: dict[str, Scan]) -> tuple[tuple[Column, ...], list[str]]:
    """Returns the columns that a model can learn from, and why others are left out."""
    found, left_out = [], []
    for name, scan in scans.items():
        reason = _why_useless(scan)
        if reason:
            left_out.append(f"{name!r} {reason}")
        else:
            found.append(_column(name, scan))
    return tuple(found), left_out


def _why_useless(scan: Scan) -> str:
    if scan.missing > _MOSTLY_MISSING * scan.count:
        return "is nearly empty"
    if len(scan.distinct) < 2 and not scan.missing:
        return "has the same value everywhere"
    if scan.is_number:
        return "numbers the rows" if scan.is_numbering else ""
    if scan.is_date:
        return "" if scan.varying_parts else "has the same date everywhere"
    if _tokens(scan) == 0:
        return "has texts that hardly repeat"
    return ""


def _tokens(scan: Scan) -> int:
    """Returns how many values of a category occur often enough to be told apart."""
    counts = [*scan.distinct.values(), scan.missing]
    often = sum(count >= MIN_ROWS for count in counts)
    return min(often, MAX_TOKENS - 1)


def _column(name: str, scan: Scan) -> Column:
    if scan.is_number:
        return Column(name, Role.NUMBER, scan.missing)
    if scan.is_date:
        parts, date_format = scan.varying_parts, scan.formats[0]
        return Column(name, Role.DATE, scan.missing, 0, parts, date_format)
    return Column(name, Role.CATEGORY, scan.missing, _tokens(scan))


_MANY = {Role.NUMBER: "numbers", Role.CATEGORY: "categories", Role.DATE: "dates"}


def _described(columns: tuple[Column, ...]) -> str:
    """Returns what the columns are: `numbers age, hours (3 missing); categories city`."""
    parts = []
    for role, title in _MANY.items():
        names = [_label(column) for column in columns if column.role is role]
        if names:
            parts.append(f"{title} {listed(names, 12)}")
    return "; ".join(parts)


def _label(column: Column) -> str:
    """Returns a column's name and what is special about it."""
    special = [column.date_format] if column.date_format else []
    if column.missing:
        special.append(f"{column.missing} missing")
    return f"{column.name} ({', '.join(special)})" if special else column.name
