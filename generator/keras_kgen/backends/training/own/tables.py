"""CSV files: rows that are samples, and rows that follow each other in time."""

from __future__ import annotations

from keras_kgen.backends.training.facts import ModelFacts
from keras_kgen.backends.training.objectives import Goal
from keras_kgen.backends.training.own.views import (
    CsvView,
    OwnView,
    SeriesView,
    TableView,
)
from keras_kgen.backends.view import Constant
from keras_kgen.ir.data import (
    MISSING,
    Column,
    CsvLayout,
    OwnData,
    Role,
    SeriesFacts,
    TableFacts,
)
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import literal

_METAVAR = literal("FILE.csv")


def lower_table(
    own: OwnData, goal: Goal, facts: ModelFacts, imports: Imports
) -> tuple[tuple[Constant, ...], OwnView]:
    """Decides how rows of numbers, categories and dates become batches."""
    table = own.facts
    assert isinstance(table, TableFacts)
    numbers, categories, dates = (
        [column for column in table.columns if column.role is role] for role in Role
    )
    constants = [Constant("TARGET", literal(own.labels.name))]
    if own.labels.classes:
        constants.append(Constant("CLASSES", literal(list(own.labels.classes))))
    if numbers:
        names = [column.name for column in numbers]
        constants.append(Constant("NUMBERS", literal(names)))
    if categories:
        tokens = {column.name: column.tokens + 1 for column in categories}
        constants.append(Constant("CATEGORIES", literal(tokens)))
    if dates:
        imports.add("datetime", "datetime")
        constants.append(Constant("DATES", literal(_dates(dates))))
    constants.append(Constant("MISSING", literal(MISSING)))
    # A model that scales takes numbers as they are; categories need an encoding.
    learns = bool(categories) or not facts.scales_input
    has_policy = learns and facts.precision != "float32"
    if has_policy:
        imports.add("contextlib", "contextmanager")
    view = TableView(
        csv=_csv_view(table.layout),
        learns=learns,
        numbers=bool(numbers),
        categories=bool(categories),
        dates=bool(dates),
        gaps=table.has_gaps,
        classes=bool(own.labels.classes),
        one_hot=bool(goal.classes) and not goal.is_sparse,
        has_policy=has_policy,
    )
    adapts = facts.learns_scale
    own_view = OwnView(_METAVAR, keeps=learns, adapts=adapts, split=True, table=view)
    return tuple(constants), own_view


def _dates(columns: list[Column]) -> dict[str, object]:
    return {column.name: (column.date_format, column.parts) for column in columns}


def lower_series(
    own: OwnData, goal: Goal, facts: ModelFacts, imports: Imports
) -> tuple[tuple[Constant, ...], OwnView]:
    """Decides how rows in the order of time become windows."""
    series = own.facts
    assert isinstance(series, SeriesFacts)
    constants = (
        Constant("TARGET", literal(own.labels.name)),
        Constant("COLUMNS", literal(list(series.columns))),
        Constant("WINDOW", literal(series.window)),
        Constant("HORIZON", literal(series.horizon)),
        *([Constant("MISSING", literal(MISSING))] if series.has_gaps else []),
    )
    view = SeriesView(_csv_view(series.layout), series.has_gaps)
    return constants, OwnView(_METAVAR, adapts=facts.learns_scale, series=view)


def _csv_view(layout: CsvLayout) -> CsvView:
    delimiter = layout.delimiter
    return CsvView(
        encoding=literal(layout.encoding),
        delimiter="" if delimiter == "," else f", delimiter={literal(delimiter)}",
        number='text.replace(",", ".")' if layout.has_commas else "text",
        header=(
            '[name.replace("/", "_") for name in next(reader)]'
            if layout.has_slashes
            else "next(reader)"
        ),
    )
