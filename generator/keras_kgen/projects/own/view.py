"""What the templates of a project see of the user's own data."""

from __future__ import annotations

from dataclasses import dataclass

from keras_kgen.projects.view import InputsView


@dataclass(frozen=True, slots=True)
class OwnInputsView:
    """How `load_inputs()` reads what to predict from, as source text.

    At most one of the flags and optional fields from `encodes` on is set.

    Attributes:
        metavar: What `predict.py` takes, and `help` the same in words, as literals.
        arguments: What it hands to `load_inputs()` after the path: the directory of the
            run, the model, or nothing.
        tested: The same in a test.
        has_files: Whether it gives the names of files, too.
        encodes: Whether rows of a table are encoded by what a run has learnt.
        columns: Whether they are numbers that the model scales.
        fills: Whether the model knows what to put in the place of a missing number.
        images: The arguments with which images are read.
        is_scaled: Whether images are divided by 255.
        recording: How many samples of a recording are read, "" where there are none.
        texts: Whether these are texts.
        series: Whether these are windows of a series.
        arrays: How an .npz file is read.
        records: Whether these are examples of TFRecord files.
    """

    metavar: str
    help: str
    arguments: str = ""
    tested: str = ""
    has_files: bool = False
    encodes: bool = False
    columns: bool = False
    fills: bool = False
    images: tuple[str, ...] = ()
    is_scaled: bool = False
    recording: str = ""
    texts: bool = False
    series: bool = False
    arrays: InputsView | None = None
    records: bool = False


@dataclass(frozen=True, slots=True)
class OwnRecordsView:
    """How TFRecord files are parsed with and without their target, as source text.

    Attributes:
        schema: The features as `tf.io.parse_example` takes them.
        target: The target likewise.
    """

    schema: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True)
class OwnResultsView:
    """What `predict.py` writes, as source text.

    Attributes:
        file: The name of the file, as a literal.
        scores: What the model gives for `inputs`.
        arrays: Whether all is written as it is.
        numbers: The classes with the best `scores`, "" where the result is no class of a
            name.
        names: What the scores are called.
        values: Whether there is one number for each row.
        series: Whether these are numbers for later rows.
    """

    file: str
    scores: str
    arrays: bool = False
    numbers: str = ""
    names: str = ""
    values: bool = False
    series: bool = False


@dataclass(frozen=True, slots=True)
class OwnTestsView:
    """The small data that the tests of a project make, as source text.

    Attributes:
        count: How many samples there are, or files in a folder.
        encoding: That of a CSV file, as a literal.
        delimiter: The argument for another delimiter than a comma, else "".
        first: A column or feature that the tests leave out, as a literal.
        number: A column in which they leave out a number, "" where there is none.
        parts: The folders within the folder of data, as literals; none if there are none.
        channels: Those of an image.
        rate: Samples in a second of a recording.
        arrays: The arrays of a file, as items of a dictionary.
        missing: The array that the tests leave out, and `shortened` the one that they cut.
        reshaped: Whether the shape of inputs is checked.
        features: The features of an example, as items of a dictionary.
        target: The feature that is predicted, as a literal.
    """

    count: str
    encoding: str = ""
    delimiter: str = ""
    first: str = ""
    number: str = ""
    parts: tuple[str, ...] = ()
    channels: str = ""
    rate: str = ""
    arrays: tuple[str, ...] = ()
    missing: str = ""
    shortened: str = ""
    reshaped: bool = False
    features: tuple[str, ...] = ()
    target: str = ""


@dataclass(frozen=True, slots=True)
class OwnProjectView:
    """What a project has where it learns from the user's own data.

    Attributes:
        docstring: One sentence on the data, as a docstring.
        path: What `predict.py` takes, for people.
        layout: What the data are, as Markdown, and `parts` what must be in them.
        unlabelled: What is predicted from, as Markdown.
    """

    docstring: str
    inputs: OwnInputsView
    results: OwnResultsView
    tests: OwnTestsView
    path: str
    layout: str
    parts: tuple[str, ...]
    unlabelled: str
    records: OwnRecordsView | None = None
