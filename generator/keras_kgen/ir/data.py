"""What kgen saw when it looked at the user's own data: plain facts, no decisions."""

from __future__ import annotations

from enum import Enum

from keras_kgen.errors import Location
from keras_kgen.ir.tensors import Shape
from keras_kgen.records import record

# What people write where there is no value, in small letters.
MISSING = ("", "?", "-", "na", "n/a", "nan", "none", "null")


class Role(Enum):
    """What the values of a column are."""

    NUMBER = "number"
    CATEGORY = "category"
    DATE = "date"


@record
class Column:
    """A column of a table that a model can read.

    Attributes:
        missing: In how many rows it has no value.
        tokens: How many values of a category are told apart; all others are one more.
        parts: What varies in a date: `year`, `month`, `weekday`, `hour`.
        date_format: How dates are written, for `datetime.strptime`.
    """

    name: str
    role: Role
    missing: int = 0
    tokens: int = 0
    parts: tuple[str, ...] = ()
    date_format: str = ""

    @property
    def width(self) -> int:
        """How many numbers of a model's input it becomes."""
        if self.role is Role.CATEGORY:
            return self.tokens + 1
        return len(self.parts) if self.role is Role.DATE else 1


@record
class Labels:
    """What is to be predicted: one of several classes, or a number.

    Attributes:
        name: What it is called in the data, "" where it has no name.
        classes: The classes as the data name them, in order; empty for a number.
        counts: How often each class occurs.
        mean: The mean of the numbers, and `deviation` how far they are from it.
        shape: The shape of what is predicted where it is more than one number.
    """

    name: str = ""
    classes: tuple[str | int, ...] = ()
    counts: tuple[int, ...] = ()
    mean: float = 0.0
    deviation: float = 0.0
    shape: tuple[int, ...] = ()


@record
class CsvLayout:
    """How a CSV file is written.

    Attributes:
        has_slashes: Whether a name of a column has a slash, which Keras takes in no name.
        has_commas: Whether decimals are written with a comma.
    """

    delimiter: str = ","
    encoding: str = "utf-8-sig"
    has_slashes: bool = False
    has_commas: bool = False


@record
class TableFacts:
    """A CSV file whose rows are samples."""

    layout: CsvLayout
    columns: tuple[Column, ...]

    @property
    def width(self) -> int:
        """How many numbers a row becomes."""
        return sum(column.width for column in self.columns)

    @property
    def has_categories(self) -> bool:
        """Whether a column holds categories."""
        return any(column.role is Role.CATEGORY for column in self.columns)

    @property
    def has_gaps(self) -> bool:
        """Whether a number is missing somewhere."""
        return any(c.missing and c.role is not Role.CATEGORY for c in self.columns)


@record
class FolderFacts:
    """A folder with a folder of files for each class.

    Attributes:
        train: The folder within that has the training files, "" where there is no such.
        test: The same for testing.
    """

    train: str = ""
    test: str = ""


@record
class ImageFacts:
    """Images by class.

    Attributes:
        size: Height and width that suit most of them.
        is_small: Whether all of them fit in memory at that size.
    """

    folder: FolderFacts
    size: tuple[int, int]
    channels: int
    is_small: bool


@record
class TextFacts:
    """Texts by class.

    Attributes:
        words: How many different words there are, as far as that was counted.
        length: How many words nine texts in ten do not exceed.
    """

    folder: FolderFacts
    words: int
    length: int


@record
class AudioFacts:
    """Recordings by class.

    Attributes:
        rate: Samples in a second.
        length: Samples that nine recordings in ten do not exceed.
    """

    folder: FolderFacts
    rate: int
    length: int
    is_small: bool


@record
class SeriesFacts:
    """A CSV file whose rows follow each other in time.

    Attributes:
        columns: The names of the columns with numbers, the target among them.
        window: How many rows a model sees.
        horizon: How many rows after the last of them the target is.
    """

    layout: CsvLayout
    columns: tuple[str, ...]
    window: int
    horizon: int
    has_gaps: bool


@record
class ArrayFacts:
    """Arrays of an .npz file.

    Attributes:
        is_split: Whether there are arrays for testing.
        is_image: Whether samples are pixels from 0 to 255.
        has_label_axis: Whether the targets have an axis of one.
    """

    is_split: bool
    is_image: bool
    has_label_axis: bool


@record
class Feature:
    """A feature of the examples in TFRecord files.

    Attributes:
        dtype: The type of its values; `uint8` stands for raw bytes.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str


@record
class RecordFacts:
    """TFRecord files.

    Attributes:
        features: What a model reads.
        target: What it predicts.
        files: How many files there are.
    """

    features: tuple[Feature, ...]
    target: Feature
    files: int


Facts = (
    TableFacts
    | ImageFacts
    | TextFacts
    | AudioFacts
    | SeriesFacts
    | ArrayFacts
    | RecordFacts
)


@record
class OwnData:
    """The user's own data, as they were found.

    Attributes:
        path: As the user gave it.
        samples: How many samples there are.
        shapes: The shape that each input of a model has for them, by its name; "" where
            there is one.
        location: Where the source asks for them.
    """

    path: str
    samples: int
    labels: Labels
    shapes: tuple[tuple[str, Shape, str], ...]
    facts: Facts
    location: Location | None = None
