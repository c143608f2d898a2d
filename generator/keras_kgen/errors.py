"""What went wrong, and where: locations, diagnostics and the exceptions that carry them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from keras_kgen.records import record


class Location(NamedTuple):
    """A place in a source: a line and a column, both from 1, or a path inside a document.

    Line 0 means that the position is not known; `path` (`config.layers[3]`) then says where.
    A model has thousands, so this is the kind of class that is made fastest.
    """

    source: str
    line: int = 0
    column: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.source.startswith("-"):  # an option of the command line
            column = f", column {self.column}" if self.column else ""
            return f"{self.source}{column}"
        if self.line:
            column = f":{self.column}" if self.column else ""
            return f"{self.source}:{self.line}{column}"
        return f"{self.source}: {self.path}" if self.path else self.source

    def shifted(self, columns: int) -> Location:
        """Returns the place that many columns further to the right."""
        return Location(self.source, self.line, self.column + columns, self.path)


class Severity(Enum):
    """How bad a diagnostic is: an error stops generation, a warning or note does not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@record
class Diagnostic:
    """One message about one place."""

    message: str
    location: Location | None = None
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        return f"{place}{self.severity.value}: {self.message}"


class Diagnostics:
    """Collects diagnostics, so that all problems of a source are reported at once."""

    def __init__(self) -> None:
        self._items: dict[Diagnostic, None] = {}

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(sorted(self._items, key=_position))

    def __len__(self) -> int:
        return len(self._items)

    @property
    def has_errors(self) -> bool:
        """Whether at least one of them is an error."""
        return any(item.severity is Severity.ERROR for item in self._items)

    def error(self, message: str, location: Location | None = None) -> None:
        """Records an error. The same message for the same place is kept once."""
        self.add(Diagnostic(message, location))

    def warning(self, message: str, location: Location | None = None) -> None:
        """Records a warning."""
        self.add(Diagnostic(message, location, Severity.WARNING))

    def note(self, message: str, location: Location | None = None) -> None:
        """Records a note."""
        self.add(Diagnostic(message, location, Severity.NOTE))

    def add(self, diagnostic: Diagnostic) -> None:
        """Records a diagnostic made elsewhere."""
        self._items[diagnostic] = None

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Records several."""
        for diagnostic in diagnostics:
            self.add(diagnostic)

    def extend_mildly(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Records several, the errors among them as warnings."""
        for item in diagnostics:
            is_error = item.severity is Severity.ERROR
            self.add(replace(item, severity=Severity.WARNING) if is_error else item)

    def raise_errors(self) -> None:
        """Raises what was collected if there is an error in it.

        Raises:
            SourceError: with every error, in order of position.
        """
        if self.has_errors:
            raise SourceError(
                tuple(item for item in self if item.severity is Severity.ERROR)
            )


def _position(diagnostic: Diagnostic) -> tuple[str, int, int]:
    place = diagnostic.location or Location("")
    return (place.source, place.line, place.column)


class KgenError(Exception):
    """Base of all errors that are the user's to mend; shown without a traceback."""

    exit_code = 1


class SourceError(KgenError):
    """The source is wrong; carries every problem that was found in it."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("\n".join(map(str, diagnostics)))
        self.diagnostics = diagnostics

    @classmethod
    def of(cls, message: str, location: Location | None = None) -> SourceError:
        """Returns an error with one diagnostic."""
        return cls((Diagnostic(message, location),))


class UsageError(KgenError):
    """The request cannot be met, however good the source: exit code 2."""

    exit_code = 2


class OutputError(KgenError):
    """The result could not be written."""
