"""The loading of the user's own data as its template sees it."""

from __future__ import annotations

from keras_kgen.records import record


@record
class CsvView:
    """How a CSV file is read, as source text.

    Attributes:
        encoding: Of the file, as a literal.
        delimiter: The argument for another delimiter than a comma, else "".
        number: What becomes of a text before it is a number: `text`, or a replacement.
        header: How the names are read: `next(reader)`, with slashes replaced if need be.
    """

    encoding: str
    delimiter: str
    number: str
    header: str


@record
class TableView:
    """A CSV file whose rows are samples.

    Attributes:
        learns: Whether a FeatureSpace scales and encodes; else the model scales.
        numbers, categories, dates: Whether there are columns of the kind.
        gaps: Whether numbers are missing.
        classes: Whether a class is predicted; else a number.
        one_hot: Whether classes are to be vectors.
        has_policy: Whether layers compute in another type than float32.
    """

    csv: CsvView
    learns: bool
    numbers: bool
    categories: bool
    dates: bool
    gaps: bool
    classes: bool
    one_hot: bool
    has_policy: bool = False


@record
class FolderView:
    """A folder with a folder of files for each class.

    Attributes:
        noun: What the files are, in prose.
        loader: Keras' function that reads them.
        options: Its arguments, beside those that divide the files.
        train, test: The folders within for training and testing, "" where kgen divides.
        cache: Whether what was read stays in memory.
        mapping: What becomes of batches: the arguments of `map`, "" where nothing does.
        texts: Whether a vocabulary is to be learnt.
        words: Whether a text becomes a row of zeros and ones.
    """

    noun: str
    loader: str
    options: tuple[str, ...]
    train: str
    test: str
    cache: bool
    mapping: str
    texts: bool = False
    words: bool = False


@record
class SeriesView:
    """A CSV file whose rows follow each other in time.

    Attributes:
        gaps: Whether numbers are missing.
    """

    csv: CsvView
    gaps: bool


@record
class ArraysView:
    """Arrays of an .npz file.

    Attributes:
        split: Whether there are arrays for testing.
        x, y: What becomes of samples and targets, as source text.
    """

    split: bool
    missing: str
    x: str
    y: str


@record
class RecordsView:
    """TFRecord files.

    Attributes:
        schema: The features as `tf.io.parse_example` takes them.
        decoded: Statements that turn bytes into numbers.
        x, y: What the model takes and predicts, as source text.
    """

    schema: tuple[str, ...]
    decoded: tuple[str, ...]
    x: str
    y: str


@record
class OwnView:
    """How a module loads the user's own data.

    Attributes:
        metavar: What `--data` takes, as a literal.
        keeps: Whether something is learnt before training and kept in the run directory.
        adapts: Whether a Normalization of the model is to learn mean and variance.
        split: Whether samples in memory are divided by number.
    """

    metavar: str
    keeps: bool = False
    adapts: bool = False
    split: bool = False
    table: TableView | None = None
    folder: FolderView | None = None
    series: SeriesView | None = None
    arrays: ArraysView | None = None
    records: RecordsView | None = None
