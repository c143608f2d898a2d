"""Takes in the values of a column and tells what they are: numbers, dates, categories."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from keras_kgen.ir.data import MISSING

MAX_DISTINCT = 20_000
_DATE_FORMATS = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%m/%d/%Y",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y",
    "%d/%m/%Y %H:%M",
    "%d-%m-%Y",
)
_PARTS = ("year", "month", "weekday", "hour")


def plain(text: str) -> str:
    """Returns a text without white space around it, and with single spaces within."""
    return " ".join(text.split())


def is_missing(text: str) -> bool:
    """Whether a text stands for no value."""
    return text.strip().lower() in MISSING


@dataclass(slots=True)
class Scan:
    """What was seen of a column so far.

    Attributes:
        commas: Whether a decimal comma is taken for one; `has_commas` says there was one.
        distinct: How often each value occurs; it stops to grow at `MAX_DISTINCT`.
        formats: The formats that all values so far have as dates.
        is_rising_by_one: Whether each value is one more than the one above it.
        before: The last number.
        last: The last date; `is_rising` says whether none came before the one above it.
    """

    commas: bool
    count: int = 0
    missing: int = 0
    numbers: int = 0
    whole: int = 0
    total: float = 0.0
    squares: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    distinct: Counter[str] = field(default_factory=Counter)
    formats: tuple[str, ...] = _DATE_FORMATS
    date_parts: dict[str, set[int]] = field(default_factory=dict)
    has_commas: bool = False
    is_rising_by_one: bool = True
    before: float = math.nan
    last: datetime = datetime.min
    is_rising: bool = True

    def add(self, texts: tuple[str, ...]) -> None:
        """Takes in some more values."""
        self.count += len(texts)
        self._follow(texts)
        for text, count in Counter(map(plain, texts)).items():
            if is_missing(text):
                self.missing += count
                continue
            self._add_number(text, count)
            if len(self.distinct) < MAX_DISTINCT or text in self.distinct:
                self.distinct[text] += count
        if self.formats and not self.numbers:
            self._add_dates(texts)

    def _add_number(self, text: str, count: int) -> None:
        value = self.number(text)
        if value is None:
            return
        self.has_commas = self.has_commas or "," in text
        self.numbers += count
        self.whole += count if value.is_integer() else 0
        self.total += value * count
        self.squares += value * value * count
        self.low, self.high = min(self.low, value), max(self.high, value)

    def _follow(self, texts: tuple[str, ...]) -> None:
        """Finds out whether each value is one more than the value above it."""
        for text in texts if self.is_rising_by_one else ():
            value = self.number(text)
            is_next = value is not None and value - 1 == self.before
            if value is None or not (is_next or math.isnan(self.before)):
                self.is_rising_by_one = False
                return
            self.before = value

    def number(self, text: str) -> float | None:
        """Returns a text as a number, if it is one."""
        try:
            value = float(text.replace(",", ".") if self.commas else text)
        except ValueError:
            return None
        return value if math.isfinite(value) else None

    def _add_dates(self, texts: tuple[str, ...]) -> None:
        for text in texts:
            if is_missing(text):
                continue
            date = self._date(text.strip())
            if date is None:
                return
            self.is_rising = self.is_rising and date >= self.last
            self.last = date
            values = (date.year, date.month, date.weekday(), date.hour)
            for part, value in zip(_PARTS, values, strict=True):
                self.date_parts.setdefault(part, set()).add(value)

    def _date(self, text: str) -> datetime | None:
        """Returns a text as a date, and forgets the formats that it does not have."""
        while self.formats:
            try:
                return datetime.strptime(text, self.formats[0])
            except ValueError:
                # What was read so far had day and month confused, say.
                self.formats = self.formats[1:]
                self.last, self.is_rising = datetime.min, True
        return None

    @property
    def present(self) -> int:
        """How many values there are."""
        return self.count - self.missing

    @property
    def is_number(self) -> bool:
        """Whether every value is a number."""
        return self.present > 0 and self.numbers == self.present

    @property
    def is_numbering(self) -> bool:
        """Whether the values are the numbers of the rows: 1, 2, 3 and so on."""
        is_dense = self.high - self.low == self.count - 1
        return is_dense and self.is_rising_by_one and self.count > 1

    @property
    def is_date(self) -> bool:
        """Whether every value is a date of one format."""
        return self.present > 0 and not self.numbers and bool(self.formats)

    @property
    def varying_parts(self) -> tuple[str, ...]:
        """The parts in which the dates differ."""
        return tuple(p for p, values in self.date_parts.items() if len(values) > 1)

    @property
    def mean(self) -> float:
        """The mean of the numbers."""
        return self.total / max(self.numbers, 1)

    @property
    def deviation(self) -> float:
        """How far the numbers are from their mean, as a standard deviation."""
        variance = self.squares / max(self.numbers, 1) - self.mean**2
        return math.sqrt(max(variance, 0.0))
