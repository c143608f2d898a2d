"""What the templates of a project see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keras_kgen.backends.module import ModuleView
from keras_kgen.backends.training.views import PrepareView
from keras_kgen.backends.view import Constant

if TYPE_CHECKING:
    from keras_kgen.projects.own.view import OwnProjectView


@dataclass(frozen=True, slots=True)
class InputsView:
    """How `predict.py` reads what the model is to predict from, as source text.

    Attributes:
        arrays: What is read from the open file.
        several: Whether these are several arrays.
        help: What the file must have, for people.
        missing: What is said where one is missing, an f-string.
        check: When they do not fit, "" where that is not known.
        complaint: What is said then, an f-string.
        prepared: What becomes of the samples before they are handed out, "" for nothing.
        result: What the model takes.
        loader: What gives the data set whose statistics scale the samples; "" if none do.
    """

    arrays: str
    several: bool
    help: str
    missing: str
    check: str
    complaint: str
    prepared: str
    result: str
    loader: str = ""


@dataclass(frozen=True, slots=True)
class DataFileView:
    """What `data.py` has beyond the data half of a module.

    Attributes:
        docstring: One sentence on the data, as a docstring.
        prepare: The `prepare()` for images; None for all else.
        samples: What becomes of images, "" where that is nothing.
        texts: The `prepare()` for texts; None for all else.
        features: That for features, likewise.
        inputs: What reads samples without targets.
    """

    docstring: str
    prepare: PrepareView | None
    samples: str
    texts: PrepareView | None
    features: PrepareView | None
    inputs: InputsView


@dataclass(frozen=True, slots=True)
class TestsView:
    """What the tests of a project know of its model, as source text.

    Attributes:
        parameters: How many there are, "" where that is not known.
        size: How many samples are in a batch.
        inputs: A batch of samples of two kinds; "" where kgen can make none.
        targets: What the model is to say of them; "" where that is not known.
        shapes: The shapes of what it gives for them; "" where they are not known.
        is_single: Whether the model gives one array.
        has_patterns: Whether samples are numbers with a point.
        has_random_batch: Whether it has others, too.
        has_random_arrays: Whether the arrays are random.
        has_kinds: Whether the arrays are of two kinds as well.
        can_learn: Whether anything in the model can be trained.
        arrays: The arrays of a small file of data, as items of a dictionary.
        missing: The array that the tests leave out.
        reshaped: The array that they give another shape, "" where no shape is checked.
        samples: The arrays of a file to predict from, as arguments of `np.savez`.
    """

    parameters: str
    size: str
    inputs: str
    targets: str
    shapes: str
    is_single: bool
    has_patterns: bool
    has_random_batch: bool
    has_random_arrays: bool
    has_kinds: bool
    can_learn: bool
    arrays: tuple[str, ...]
    missing: str
    reshaped: str
    samples: str


@dataclass(frozen=True, slots=True)
class FileView:
    """The head of a Python file."""

    docstring: str
    constants: tuple[Constant, ...] = ()
    import_groups: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project.

    Attributes:
        package: The name of the package.
        distribution: The name under which it is installed.
        title: One sentence on the model, as a TOML string.
        summary: The same as Markdown.
        module: The view of the model as a module.
        own: What it has where the data are named in the source and the user's own.
        saved: How predictions are handed to `np.savez`, as source text.
        weights: The name of the file of weights in the package, "" where there is none.
        needs_data: Whether it trains on the user's file only.
        arrays: The arrays of the user's file, as Markdown.
        backend: The backend that it is tried with.
        extras: What pip installs for each backend that it runs on, as TOML.
        has_choice: Whether there are several of them.
    """

    package: str
    distribution: str
    title: str
    summary: str
    module: ModuleView
    data: DataFileView
    own: OwnProjectView | None
    tests: TestsView
    saved: str
    weights: str
    needs_data: bool
    arrays: str
    backend: str
    extras: tuple[str, ...]
    has_choice: bool
