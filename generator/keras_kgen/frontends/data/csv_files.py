"""CSV files, row by row: delimiter, encoding and names are found out."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import TextIOWrapper
from pathlib import Path

from keras_kgen.frontends.data.problems import DataProblem
from keras_kgen.frontends.data.progress import Progress
from keras_kgen.ir.data import CsvLayout

_DELIMITERS = ",;\t|"
_SAMPLE_BYTES = 1 << 16
_SAMPLE_ROWS = 50
_CHUNK_ROWS = 10_000
MAX_COLUMNS = 20_000


@dataclass(frozen=True, slots=True)
class CsvFile:
    """How a CSV file is to be read.

    Attributes:
        header: The names of its columns, with `_` for each slash.
    """

    path: Path
    layout: CsvLayout
    header: tuple[str, ...]

    def columns(self) -> Iterator[list[tuple[str, ...]]]:
        """Yields the columns of some thousand rows at a time.

        Raises:
            DataProblem: the file cannot be read, or a row has another number of values.
        """
        progress = Progress(f"reading {self.path}", self.path.stat().st_size)
        rows: list[list[str]] = []
        for row, size in _rows(self.path, self.layout):
            if not row:
                continue
            if len(row) != len(self.header):
                raise DataProblem(
                    f"row {row[0][:30]!r} has {len(row)} values, but there are "
                    f"{len(self.header)} columns"
                )
            rows.append(row)
            if len(rows) == _CHUNK_ROWS:
                progress.add(size)
                yield list(zip(*rows, strict=True))
                rows = []
        if rows:
            yield list(zip(*rows, strict=True))


def open_csv(path: Path) -> CsvFile:
    """Finds out how a CSV file is written.

    Raises:
        DataProblem: it is none, or has no usable header.
    """
    encoding = _encoding(path)
    with open(path, encoding=encoding, newline="") as file:
        sample = file.read(_SAMPLE_BYTES)
    if not sample.strip():
        raise DataProblem("the file is empty")
    layout = CsvLayout(_delimiter(sample), encoding)
    try:
        header = next(csv.reader(sample.splitlines(True), delimiter=layout.delimiter))
    except csv.Error as error:
        raise DataProblem(f"this is no CSV file: {error}") from error
    _check_header(header)
    names = tuple(name.replace("/", "_") for name in header)
    layout = replace(layout, has_slashes=names != tuple(header))
    return CsvFile(path, layout, names)


def _rows(path: Path, layout: CsvLayout) -> Iterator[tuple[list[str], int]]:
    """Yields the rows behind the header, with how many bytes are read so far."""
    with (
        open(path, "rb") as raw,
        TextIOWrapper(raw, layout.encoding, newline="") as file,
    ):
        reader = csv.reader(file, delimiter=layout.delimiter)
        try:
            next(reader)
            for row in reader:
                yield row, raw.tell()
        except csv.Error as error:
            raise DataProblem(f"line {reader.line_num}: {error}") from error


def _encoding(path: Path) -> str:
    """Returns UTF-8 where the file is that, else what Windows has long written."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open(path, "rb") as file:
        start = file.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise DataProblem("the file is UTF-16; save it as UTF-8")
        file.seek(0)
        while chunk := file.read(1 << 20):
            if b"\0" in chunk:
                raise DataProblem("the file is binary, not CSV")
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                return "latin-1"
    return "utf-8-sig"


def _delimiter(sample: str) -> str:
    """Returns the delimiter that cuts most rows of a sample into the most equal parts."""

    def score(delimiter: str) -> tuple[int, int]:
        try:
            reader = csv.reader(sample.splitlines(True), delimiter=delimiter)
            rows = [row for row, _ in zip(reader, range(_SAMPLE_ROWS), strict=False)]
        except csv.Error:
            return (0, 0)
        width = len(rows[0]) if rows else 0
        alike = sum(len(row) == width for row in rows)
        return (alike * (width > 1), width)

    return max(_DELIMITERS, key=score)


def _check_header(header: list[str]) -> None:
    if len(header) > MAX_COLUMNS:
        raise DataProblem(
            f"there are {len(header)} columns; {MAX_COLUMNS} is the limit"
        )
    counts = Counter(name.replace("/", "_") for name in header)
    name, count = counts.most_common(1)[0]
    if count > 1:
        raise DataProblem(f"{count} columns are called {name!r}; rename them")
    if "" in counts and len(header) > 1 and header[0] != "":
        raise DataProblem("a column has no name: the first row must name the columns")
    if all(_is_number(name) for name in header):
        raise DataProblem("the first row holds numbers, but must name the columns")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
