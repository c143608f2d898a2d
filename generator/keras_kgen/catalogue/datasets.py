"""The data sets that a generated module can train on, and how a spec asks for them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum

from keras_kgen.catalogue.registry import hint
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.ir.expressions import Expression, to_value
from keras_kgen.ir.program import Setting
from keras_kgen.ir.tensors import Shape
from keras_kgen.records import record


class Kind(Enum):
    """What the samples of a data set are."""

    IMAGES = "images"
    TEXT = "text"
    FEATURES = "features"
    FRAMES = "frames"
    SHAPES = "shapes"


class Target(Enum):
    """What a model is to predict: the values of `target:` and `targets:`."""

    CLASS = "class"
    PARITY = "parity"
    IMAGE = "image"
    SAME = "same"
    VALUE = "value"
    FRAME = "frame"
    MASK = "mask"


@record
class Dataset:
    """A data set.

    Attributes:
        title: What it is called in prose.
        shape: The shape of one raw sample; empty where samples differ in length.
        targets: What can be predicted from it; the first is the default.
        module: The module of `keras.datasets` that loads it, "" where it is made up.
        classes: The number of classes, 0 where there are none.
        class_names: What they are called, where numbers alone do not say it.
    """

    name: str
    title: str
    kind: Kind
    shape: tuple[int, ...]
    targets: tuple[Target, ...]
    epochs: int
    batch_size: int
    module: str = ""
    classes: int = 0
    class_names: tuple[str, ...] = ()

    @property
    def sample_shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes that a sample can take: as it is, with a channel axis, flat."""
        grey = ((*self.shape, 1),) if len(self.shape) == 2 else ()
        flat = ((math.prod(self.shape),),) if len(self.shape) > 1 else ()
        return (self.shape, *grey, *flat)


_DIGIT_TARGETS = (Target.CLASS, Target.PARITY, Target.IMAGE, Target.SAME)
_CLOTHES = (
    *("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt"),
    *("sneaker", "bag", "boot"),
)
_THINGS = (
    *("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship"),
    "truck",
)
_PICTURE_TARGETS = (Target.CLASS, Target.IMAGE, Target.SAME)
_VALUES = (
    Dataset(
        "mnist", "MNIST", Kind.IMAGES, (28, 28), _DIGIT_TARGETS, 5, 128, "mnist", 10
    ),
    Dataset(
        "fashion_mnist",
        "Fashion-MNIST",
        Kind.IMAGES,
        (28, 28),
        _PICTURE_TARGETS,
        10,
        128,
        "fashion_mnist",
        10,
        _CLOTHES,
    ),
    Dataset(
        "cifar10",
        "CIFAR-10",
        Kind.IMAGES,
        (32, 32, 3),
        _PICTURE_TARGETS,
        20,
        128,
        "cifar10",
        10,
        _THINGS,
    ),
    Dataset(
        "cifar100",
        "CIFAR-100",
        Kind.IMAGES,
        (32, 32, 3),
        _PICTURE_TARGETS,
        20,
        128,
        "cifar100",
        100,
    ),
    Dataset(
        "imdb",
        "IMDB",
        Kind.TEXT,
        (),
        (Target.CLASS,),
        3,
        64,
        "imdb",
        2,
        ("negative", "positive"),
    ),
    Dataset(
        "reuters", "Reuters", Kind.TEXT, (), (Target.CLASS,), 10, 128, "reuters", 46
    ),
    Dataset(
        "california_housing",
        "California housing",
        Kind.FEATURES,
        (8,),
        (Target.VALUE,),
        20,
        64,
        "california_housing",
    ),
    Dataset(
        "moving_mnist",
        "moving MNIST",
        Kind.FRAMES,
        (28, 28),
        (Target.FRAME,),
        10,
        16,
        "mnist",
    ),
    Dataset("shapes", "made-up shapes", Kind.SHAPES, (), (Target.MASK,), 10, 32),
)
DATASETS: Mapping[str, Dataset] = {dataset.name: dataset for dataset in _VALUES}
FILE = "file"
_KEYS = ("name", "target", "targets", "task")


@record
class Request:
    """What `data:` asks for.

    Attributes:
        targets: What each output predicts, by its key. The one key "" stands for all; there
            is none where the spec does not say.
    """

    dataset: Dataset
    targets: Mapping[str, Target]
    setting: Setting | None = None

    @property
    def location(self) -> Location | None:
        """Where the setting begins."""
        return self.setting.location if self.setting else None

    def place(self, path: str) -> Location | None:
        """Returns where a part of the setting stands."""
        return self.setting.place(path) if self.setting else None


def fits(shape: Shape, sample: tuple[int, ...]) -> bool:
    """Whether an input of that shape, without its batch dimension, takes such samples."""
    return len(shape) == len(sample) and all(
        wanted in (None, size) for wanted, size in zip(shape, sample, strict=True)
    )


def read_request(setting: Setting, diagnostics: Diagnostics) -> Request | None:
    """Reads a `data:` setting: a name, or a mapping with a `name`.

    The name `file` stands for no data set: the module reads the user's file only. The mapping
    form says what to predict: `target: image` (the input itself, for an
    autoencoder), `targets: {digit: class, parity: parity}` (one for each output), or
    `task: pairs` (whether two samples are of the same class).

    Returns:
        The request, or None for `file` and where the diagnostics say what is wrong.
    """
    place = setting.location
    values = _table(setting.value)
    if values is None:
        diagnostics.error("data must be a name, or a mapping with a name", place)
        return None
    name = values.get("name")
    dataset = DATASETS.get(name) if isinstance(name, str) else None
    for key in values.keys() - set(_KEYS):
        near = hint(str(key), _KEYS)
        message = f"data has no setting {key!r}{near}"
        diagnostics.error(message, setting.place(f"{key}.key"))
    if name == FILE:
        return None
    if name is None:
        known = ", ".join((*DATASETS, FILE))
        diagnostics.error(f"data needs a name; known are {known}", place)
        return None
    if dataset is None:
        near = (
            hint(str(name), DATASETS) or f"; known are {', '.join((*DATASETS, FILE))}"
        )
        message = f"there is no data set {name!r}{near}"
        diagnostics.error(message, setting.place("name"))
        return None
    return Request(dataset, _targets(dataset, values, setting, diagnostics), setting)


def _table(value: Expression) -> dict[object, object] | None:
    plain = to_value(value)
    if isinstance(plain, str):
        return {"name": plain}
    return plain if isinstance(plain, dict) else None


def _targets(
    dataset: Dataset,
    values: dict[object, object],
    setting: Setting,
    diagnostics: Diagnostics,
) -> dict[str, Target]:
    named = values.get("targets", {})
    if not isinstance(named, dict):
        message = "targets must be a mapping from outputs, {digit: class} for instance"
        diagnostics.error(message, setting.place("targets"))
        return {}
    known = {target.value: target for target in dataset.targets}
    wanted = {str(key): (str(v), f"targets.{key}") for key, v in named.items()}
    if "target" in values:
        wanted[""] = (str(values["target"]), "target")
    if "task" in values:
        wanted[""] = ("same", "task")
        if values["task"] != "pairs" or "same" not in known:
            message = f"{dataset.name} has no task {values['task']!r}"
            offer = "; it has 'pairs'" if "same" in known else ""
            diagnostics.error(message + offer, setting.place("task"))
            return {}
    for value, path in wanted.values():
        if value not in known:
            offer = hint(value, known) or f"; it has {', '.join(known)}"
            message = f"{dataset.name} has no target {value!r}{offer}"
            diagnostics.error(message, setting.place(path))
    return {key: known[v] for key, (v, _) in wanted.items() if v in known}
