"""What must be in data of the user's own, in words, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from keras_kgen.ir.data import (
    ArrayFacts,
    AudioFacts,
    CsvLayout,
    Feature,
    FolderFacts,
    ImageFacts,
    OwnData,
    RecordFacts,
    Role,
    SeriesFacts,
    TableFacts,
    TextFacts,
)
from keras_kgen.projects.markdown import code

# As many classes are named; of more, the first ones.
_MANY = 12
_COLUMNS = {Role.NUMBER: "numbers", Role.CATEGORY: "categories", Role.DATE: "dates"}


def describe_layout(own: OwnData) -> tuple[str, ...]:
    """Returns what the data must have: a sentence, and lines of a list."""
    first, *rest = _DESCRIBE[type(own.facts)](own)
    return (f"It learns from {code(own.path)}, {first}", *rest)


def describe_unlabelled(own: OwnData) -> str:
    """Returns what `predict.py` takes."""
    return _UNLABELLED[type(own.facts)]


_UNLABELLED: dict[type, str] = {
    TableFacts: "`FILE.csv` has the same columns; the one that is predicted may be missing.",
    SeriesFacts: "`FILE.csv` has the same columns. Each prediction stands with the number of "
    "the row that it is for; the last ones are for rows to come.",
    ImageFacts: "`FOLDER` has images, in no folders of classes.",
    TextFacts: "`FOLDER` has `.txt` files, in no folders of classes.",
    AudioFacts: "`FOLDER` has `.wav` files, in no folders of classes.",
    ArrayFacts: "`FILE.npz` has the array `x`.",
    RecordFacts: "`PATTERN` names TFRecord files of such examples; what is predicted may be "
    "missing.",
}


def _table(own: OwnData) -> Iterable[str]:
    table = own.facts
    assert isinstance(table, TableFacts)
    yield f"a table{_written(table.layout)} with a row for each sample:"
    for role, noun in _COLUMNS.items():
        columns = [column for column in table.columns if column.role is role]
        if columns:
            names = _listed(column.name for column in columns)
            form = f", as {code(columns[0].date_format)}" if role is Role.DATE else ""
            yield f"{noun}: {names}{form}"
    yield f"what is predicted: {code(own.labels.name)}, {_classes(own)}"


def _series(own: OwnData) -> Iterable[str]:
    series = own.facts
    assert isinstance(series, SeriesFacts)
    yield f"a table{_written(series.layout)} with a row for each point in time:"
    yield f"numbers: {_listed(series.columns)}"
    later = "the next row" if series.horizon == 1 else f"{series.horizon} rows later"
    yield f"what is predicted: {code(own.labels.name)} of {later}, from {series.window} rows"


def _images(own: OwnData) -> Iterable[str]:
    assert isinstance(own.facts, ImageFacts)
    return _folder(own, own.facts.folder, "images (`.png`, `.jpg`, `.gif`, `.bmp`)")


def _texts(own: OwnData) -> Iterable[str]:
    assert isinstance(own.facts, TextFacts)
    return _folder(own, own.facts.folder, "texts (`.txt`, UTF-8)")


def _audio(own: OwnData) -> Iterable[str]:
    assert isinstance(own.facts, AudioFacts)
    rate = own.facts.rate
    return _folder(
        own, own.facts.folder, f"recordings (`.wav`, {rate} samples a second)"
    )


def _folder(own: OwnData, folder: FolderFacts, files: str) -> Iterable[str]:
    inner = (
        f"folders {code(folder.train)} and {code(folder.test)}, and in each "
        * bool(folder.test)
    )
    yield f"which has {inner}a folder of {files} for each class: {_classes(own)}."


def _arrays(own: OwnData) -> Iterable[str]:
    arrays = own.facts
    assert isinstance(arrays, ArrayFacts)
    parts = (
        ("x_train", "y_train", "x_test", "y_test") if arrays.is_split else ("x", "y")
    )
    (_, shape, _), *_ = own.shapes
    yield f"a file with the arrays {_listed(parts)}:"
    yield f"samples of the shape {code(str(shape))}"
    yield f"what is predicted: {_classes(own)}"


def _records(own: OwnData) -> Iterable[str]:
    records = own.facts
    assert isinstance(records, RecordFacts)
    yield "TFRecord files of examples:"
    yield from map(_feature, records.features)
    yield f"what is predicted: {_feature(records.target)}, {_classes(own)}"


def _feature(feature: Feature) -> str:
    dtype = "raw bytes" if feature.dtype == "uint8" else feature.dtype
    shape = f" of the shape {code(str(feature.shape))}" if feature.shape else ""
    return f"{code(feature.name)}: {dtype}{shape}"


def _classes(own: OwnData) -> str:
    """Returns what the target can be."""
    labels = own.labels
    if not labels.classes:
        return (
            f"numbers of the shape {code(str(labels.shape))}"
            if labels.shape
            else "a number"
        )
    names = _listed(str(name) for name in labels.classes[:_MANY])
    more = len(labels.classes) - _MANY
    return f"{names} and {more} more classes" if more > 0 else names


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(code, names))


def _written(layout: CsvLayout) -> str:
    """Returns in which way a CSV file is not the usual one."""
    delimiter = (
        "" if layout.delimiter == "," else f"{code(layout.delimiter)} between columns"
    )
    commas = "decimal commas" if layout.has_commas else ""
    odd = " and ".join(filter(None, (delimiter, commas)))
    return f" ({odd})" if odd else ""


_DESCRIBE: dict[type, Callable[[OwnData], Iterable[str]]] = {
    TableFacts: _table,
    SeriesFacts: _series,
    ImageFacts: _images,
    TextFacts: _texts,
    AudioFacts: _audio,
    ArrayFacts: _arrays,
    RecordFacts: _records,
}
