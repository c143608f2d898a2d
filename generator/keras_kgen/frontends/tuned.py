"""What a search has found: results of KerasTuner, read as the plain JSON that they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from keras_kgen.errors import (
    Diagnostics,
    KgenError,
    Location,
    SourceError,
    UsageError,
)
from keras_kgen.frontends.documents import Document, Items, Scalar, Table, read_json
from keras_kgen.ir.expressions import Literal
from keras_kgen.ir.program import Program
from keras_kgen.ir.tuning import Hyperparameter, Kind

# What a generated program writes into its run directory, and where its trials are.
BEST = "best_hyperparameters.json"
SEARCH = "search"
_TRIALS = "trial_*/trial.json"
_LARGEST_FILE = 10_000_000
# How far a number may be from what it was before it was summed up from steps.
_NEARLY = 1e-9
_DIGITS = 10


@dataclass(frozen=True, slots=True)
class _Trial:
    values: Table
    score: float
    is_to_grow: bool


def read_best(program: Program, source: str) -> dict[str, Literal]:
    """Returns the best value of each hyperparameter of a program.

    Args:
        program: What was tuned.
        source: The run directory of a search, the directory of its trials, the file of one
            trial, or a file with the values by name.

    Raises:
        SourceError: the result is damaged, or one of another program.
        UsageError: there is no result.
    """
    if not program.hyperparameters:
        raise UsageError("--tuned goes with a spec that leaves choices; here are none")
    found = _find(Path(source))
    diagnostics = Diagnostics()
    values = {
        item.name: _value(item, found, diagnostics) for item in program.hyperparameters
    }
    diagnostics.raise_errors()
    return values


def _find(path: Path) -> Table:
    """Returns the mapping of names to values."""
    if not path.exists():
        raise UsageError(f"{path}: there is no such file or directory")
    if path.is_dir():
        if (path / BEST).is_file():
            return _find(path / BEST)
        return _best_trial(path / SEARCH if (path / SEARCH).is_dir() else path)
    table = _table(_read(path), "the values of hyperparameters by name")
    return _values_of(table) if table.get("hyperparameters") is not None else table


def _best_trial(folder: Path) -> Table:
    paths = sorted(folder.glob(_TRIALS))
    if not paths:
        raise UsageError(
            f"{folder}: no result of KerasTuner; give the run directory of a search"
        )
    trials = [trial for trial in map(_read_trial, paths) if trial is not None]
    if not trials:
        raise UsageError(f"{folder}: no trial has come to its end")
    sign = 1 if trials[0].is_to_grow else -1
    return max(trials, key=lambda trial: sign * trial.score).values


def _read_trial(path: Path) -> _Trial | None:
    """Returns a trial, None where it has not come to its end."""
    table = _table(_read(path), "a trial of KerasTuner")
    if _plain(table.get("status")) != "COMPLETED":
        return None
    score = _number(_plain(table.get("score")))
    if score is None:
        raise SourceError.of("the trial has no score", table.location)
    return _Trial(_values_of(table), score, _is_to_grow(table, score))


def _is_to_grow(trial: Table, score: float) -> bool:
    """Whether a greater score is better: the metric that has this score knows."""
    found = [item for item in _metrics(trial) if score in _observations(item[1])]
    # Trials are compared on data that are held back.
    found.sort(key=lambda item: not item[0].startswith("val_"))
    directions = [_plain(metric.get("direction")) for _, metric in found]
    if not directions or directions[0] not in ("min", "max"):
        raise SourceError.of("no metric of the trial has its score", trial.location)
    return directions[0] == "max"


def _metrics(trial: Table) -> Iterator[tuple[str, Table]]:
    outer = trial.get("metrics")
    inner = outer.get("metrics") if isinstance(outer, Table) else None
    if isinstance(inner, Table):
        yield from ((name, item) for name, _, item in inner if isinstance(item, Table))


def _observations(metric: Table) -> Iterator[float]:
    """Yields the values of a metric, each the mean of what several executions gave."""
    items = metric.get("observations")
    for item in items.items if isinstance(items, Items) else ():
        value = item.get("value") if isinstance(item, Table) else None
        given = value.items if isinstance(value, Items) else ()
        numbers = [_number(_plain(number)) for number in given]
        known = [number for number in numbers if number is not None]
        if known:
            yield sum(known) / len(known)


def _values_of(trial: Table) -> Table:
    outer = trial.get("hyperparameters")
    values = outer.get("values") if isinstance(outer, Table) else None
    if not isinstance(values, Table):
        raise SourceError.of("the trial has no values", trial.location)
    return values


def _value(item: Hyperparameter, found: Table, diagnostics: Diagnostics) -> Literal:
    """Returns the value that was chosen; one that could not be chosen is reported."""
    document = found.get(item.name)
    if document is None:
        diagnostics.error(
            f"there is no value for {item.name!r}: the result is that of another spec",
            found.location,
        )
        return item.default
    chosen = _chosen(item, _plain(document))
    if chosen is None:
        diagnostics.error(
            f"{item.name!r} cannot have this value: the result is damaged, or that of "
            f"another spec. {_received(document)}",
            document.location,
        )
    return chosen or item.default


def _chosen(item: Hyperparameter, value: object) -> Literal | None:
    if item.kind in (Kind.CHOICE, Kind.BOOLEAN):
        known = (v for v in item.values if v.value == value)
        same = (
            v for v in known if isinstance(v.value, bool) == isinstance(value, bool)
        )
        return next(same, None)
    number = _number(value)
    if number is None or (item.kind is Kind.INTEGER and type(value) is not int):
        return None
    low, high = (_number(end.value) or 0.0 for end in item.values)
    if not low - _NEARLY <= number <= high + _NEARLY:
        return None
    if item.kind is Kind.INTEGER:
        return Literal(int(number))
    return Literal(number if item.step is None else round(number, _DIGITS))


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None  # type: ignore[arg-type]


def _plain(document: Document | None) -> object:
    return document.value if isinstance(document, Scalar) else None


def _received(document: Document) -> str:
    is_plain = isinstance(document, Scalar)
    return f"Received: {_plain(document)!r}" if is_plain else "Expected a plain value"


def _table(document: Document, what: str) -> Table:
    if not isinstance(document, Table):
        raise SourceError.of(f"expected {what}", document.location)
    return document


def _read(path: Path) -> Document:
    place = Location(str(path))
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise SourceError.of("the file is too large for a result", place)
        return read_json(path.read_text("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise SourceError.of("the file is not UTF-8 text", place) from error
    except OSError as error:
        raise KgenError(f"{path}: {error.strerror}") from error
