"""Lowers what a source says on training, and decides what it leaves open."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from keras_kgen.backends.view import Constant
from keras_kgen.catalogue import registry
from keras_kgen.catalogue.datasets import (
    DATASETS,
    Dataset,
    Kind,
    Request,
    Target,
    fits,
    read_request,
)
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Literal,
    Name,
    ObjectCall,
    Operation,
    Sequence,
)
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import Setting, Training
from keras_kgen.ir.tensors import Shape, TensorSpec
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import expression, literal
from keras_kgen.pysource.names import snake_case

_SEQUENCE_LENGTH = 200
_FRAMES = 10
_IMAGE_SIZE = 64
_MESSAGE_WIDTH = 68


@dataclass(frozen=True, slots=True)
class Output:
    """An output of the model.

    Attributes:
        key: Its key where the model returns a dictionary, else "".
        activation: The activation that the layer which gives it was called with, if any.
        layer_class: The class name of that layer.
    """

    key: str
    spec: TensorSpec
    activation: str | None = None
    layer_class: str = "Dense"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """All that training has to know of a model.

    Attributes:
        title: One sentence on the model.
        vocabulary_size: The input size of the Embedding that reads the input, if one does.
        named_inputs: Whether the model takes several inputs as a dictionary, not a list.
    """

    name: str
    title: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    vocabulary_size: int | None = None
    named_inputs: bool = False


@dataclass(frozen=True, slots=True)
class PrepareView:
    """A `prepare()` that turns raw samples into what the model takes.

    One of the first flags says what the samples are; the rest is source text.

    Attributes:
        tokens: Sequences of word numbers, to be padded.
        words: The same, to be turned into a row of zeros and ones.
        labels: The name of the parameter with the labels, `_` where they are not read.
        x: The images, reshaped, where they are named before they are returned.
    """

    targets: str
    images: bool = False
    pairs: bool = False
    tokens: bool = False
    words: bool = False
    features: bool = False
    labels: str = "labels"
    x: str = ""
    inputs: str = ""
    classes: str = ""


@dataclass(frozen=True, slots=True)
class VideoView:
    """A `make_videos()` that lets digits move.

    Attributes:
        room: How far a digit can move, down and to the right.
        is_last: Whether only the last frame is to be predicted.
    """

    shape: str
    room: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class ShapesView:
    """A `make_shapes()` that draws discs and their masks."""

    size: str
    images: str
    masks: str
    radii: str


@dataclass(frozen=True, slots=True)
class DataView:
    """How the module gets its data, as source text.

    Attributes:
        title: What the data set is called, "" where the data are the user's.
        missing: What is said where an array is missing, an f-string.
        check: When arrays do not fit, "" where that is not known.
        complaint: What is said then, an f-string.
        train: The training data, read from an open .npz file.
        loader: The call that downloads the data, if one does.
    """

    title: str
    missing: str
    check: str
    complaint: str
    train: str = 'file["x_train"], file["y_train"]'
    test: str = 'file["x_test"], file["y_test"]'
    loader: str = ""
    prepare: PrepareView | None = None
    videos: VideoView | None = None
    shapes: ShapesView | None = None


@dataclass(frozen=True, slots=True)
class FitView:
    """How `fit` is called; `is_validated` says whether it holds data back."""

    constants: tuple[Constant, ...]
    arguments: tuple[str, ...]
    is_validated: bool


@dataclass(frozen=True, slots=True)
class CallbacksView:
    """The callbacks as source text.

    Attributes:
        given: The user's, without those that kgen has anyway.
        history: The name of the file that the losses and metrics go to.
        logs: The pattern of old log files, "" where they are not in the run directory.
        backup: The directory of a BackupAndRestore, "" where there is none.
    """

    given: tuple[str, ...]
    tensorboard: str
    history: str
    logs: str
    backup: str


@dataclass(frozen=True, slots=True)
class TrainingView:
    """The training half of a module as source text, ready for its template."""

    constants: tuple[Constant, ...]
    data: DataView
    compile_arguments: tuple[str, ...]
    fit: FitView
    callbacks: CallbacksView
    run_dir: str


def lower_training(
    training: Training, facts: ModelFacts, imports: Imports, diagnostics: Diagnostics
) -> TrainingView:
    """Decides how a model is trained.

    Args:
        training: What the source says.
        facts: What the model is.
        imports: Where the imports of the training half are recorded.
        diagnostics: Where mismatches between data, model and loss are recorded.

    Raises:
        SourceError: an error was recorded.
    """
    request = _request(training, facts, diagnostics)
    diagnostics.raise_errors()
    goals = _goals(training, request, facts, diagnostics)
    if request:
        _check_inputs(request, goals, facts, diagnostics)
    callbacks = _lower_callbacks(training.callbacks, imports, diagnostics)
    fit = _lower_fit(training.fit, request, imports, diagnostics)
    diagnostics.raise_errors()
    _add_imports(imports)
    return TrainingView(
        constants=(*_data_constants(request, facts), *fit.constants),
        data=_lower_data(request, goals, facts),
        compile_arguments=_compile_arguments(training.compile, goals, facts, imports),
        fit=fit,
        callbacks=callbacks,
        run_dir=literal(f"runs/{snake_case(facts.name)}"),
    )


def _add_imports(imports: Imports) -> None:
    for module in ("argparse", "csv", "importlib.util", "keras"):
        imports.add(module)
    imports.add("matplotlib.pyplot", alias="plt")
    imports.add("numpy", alias="np")
    imports.add("pathlib", "Path")
    imports.add("zipfile", "BadZipFile")


# Which data, and what each output predicts.


def _request(
    training: Training, facts: ModelFacts, diagnostics: Diagnostics
) -> Request | None:
    if training.data is not None:
        return read_request(training.data, diagnostics)
    dataset = _guess(facts)
    if dataset is None:
        return None
    diagnostics.note(f"no data given: the module trains on {dataset.name}, which fits")
    return Request(dataset, {})


def _guess(facts: ModelFacts) -> Dataset | None:
    """Returns the data set that the shapes of a model point to, if one does."""
    if len(facts.inputs) != 1 or len(facts.outputs) != 1:
        return None
    sample, output = _sample(facts.inputs[0]), facts.outputs[0]
    units, flat = _units(output), len(_shape(output) or ()) == 1
    if sample is None or units is None or not flat:
        return None
    if facts.vocabulary_size:
        name = {1: "imdb", 2: "imdb", 46: "reuters"}.get(units, "")
        return DATASETS.get(name) if len(sample) == 1 else None
    for dataset in DATASETS.values():
        is_alike = dataset.kind is Kind.IMAGES and sample in dataset.sample_shapes
        if is_alike and units == dataset.classes:
            return dataset
    is_regression = units == 1 and _activation(output) == "linear"
    return DATASETS["california_housing"] if sample == (8,) and is_regression else None


def _targets(
    request: Request, facts: ModelFacts, diagnostics: Diagnostics
) -> tuple[Target, ...]:
    """Returns what each output predicts."""
    keys = [output.key for output in facts.outputs]
    named = {key: target for key, target in request.targets.items() if key}
    for key in named:
        if key not in keys:
            known = ", ".join(filter(None, keys)) or "one without a name"
            message = f"targets: the model has no output {key!r}; it has {known}"
            diagnostics.error(message, request.place(f"targets.{key}.key"))
    for key in filter(None, keys):
        if named and key not in named:
            message = f"targets does not say what {key!r} predicts"
            diagnostics.error(message, request.location)
    diagnostics.raise_errors()
    default = request.targets.get("", request.dataset.targets[0])
    return tuple(named.get(key, default) for key in keys)


# What is known of a tensor.


def _sample(tensor: Input) -> Shape | None:
    return tensor.spec.shape[1:] if tensor.spec.shape else None


def _shape(output: Output) -> Shape | None:
    return output.spec.shape[1:] if output.spec.shape else None


def _units(output: Output) -> int | None:
    shape = _shape(output)
    return shape[-1] if shape else None


def _activation(output: Output) -> str:
    """Returns how an output ends: an activation, "linear", or "" where that is not known."""
    if output.layer_class == "Softmax":
        return "softmax"
    if output.activation:
        return snake_case(output.activation)
    entry = registry.lookup("layers", output.layer_class)
    parameter = entry.parameter("activation") if entry else None
    if parameter is None or parameter.required:
        return ""
    return str(parameter.default or "linear")


# What an output learns: its loss, its metrics and the form of its targets.

_CLASSES = {Target.PARITY: 2, Target.SAME: 2}
_ACTIVATION_OF_LOSS = {
    "sparse_categorical_crossentropy": "softmax",
    "categorical_crossentropy": "softmax",
    "categorical_focal_crossentropy": "softmax",
    "kl_divergence": "softmax",
    "binary_crossentropy": "sigmoid",
    "binary_focal_crossentropy": "sigmoid",
}
_SPARSE_LOSSES = ("sparse_categorical_crossentropy", "crossentropy", "ce")


@dataclass(frozen=True, slots=True)
class _Goal:
    """What an output predicts and how it is scored.

    Attributes:
        target: What it predicts; None where only the user's file knows.
        classes: The number of classes, 0 where it predicts numbers.
    """

    output: Output
    target: Target | None
    classes: int
    loss: Expression
    metrics: tuple[Expression, ...]

    @property
    def is_sparse(self) -> bool:
        """Whether the targets are class numbers, not vectors."""
        return self.classes > 0 and (
            _units(self.output) == 1 or _loss_name(self.loss) in _SPARSE_LOSSES
        )


def _goals(
    training: Training,
    request: Request | None,
    facts: ModelFacts,
    diagnostics: Diagnostics,
) -> tuple[_Goal, ...]:
    targets: tuple[Target | None, ...] = (None,) * len(facts.outputs)
    if request:
        targets = _targets(request, facts, diagnostics)
    loss = training.compile.get("loss")
    goals = []
    for index, (output, target) in enumerate(zip(facts.outputs, targets, strict=True)):
        classes = _classes(output, target, request)
        if request and target:
            _check_output(output, target, classes, request, diagnostics)
        given = _part(loss.value, output.key, index) if loss else None
        goal = _Goal(
            output,
            target,
            classes,
            given or _default_loss(output, classes, target),
            _default_metrics(output, classes),
        )
        _check_loss(goal, loss.location if loss else None, diagnostics)
        goals.append(goal)
    return tuple(goals)


def _classes(output: Output, target: Target | None, request: Request | None) -> int:
    if request is None:
        return _classes_of_output(output)
    if target is Target.CLASS:
        return request.dataset.classes
    if target is Target.MASK:
        return max(_units(output) or 2, 2)
    return _CLASSES.get(target, 0) if target else 0


def _classes_of_output(output: Output) -> int:
    """Returns the classes that an output tells apart, judged by its activation alone."""
    units, activation = _units(output) or 0, _activation(output)
    if activation == "softmax":
        return units
    return 2 if activation == "sigmoid" and units == 1 else 0


def _default_loss(output: Output, classes: int, target: Target | None) -> Expression:
    activation = _activation(output)
    if not classes:
        is_probability = activation == "sigmoid" and target is not Target.VALUE
        return Literal("binary_crossentropy" if is_probability else "mse")
    is_binary = _units(output) == 1
    if activation in ("sigmoid", "softmax"):
        name = "binary" if is_binary else "sparse_categorical"
        return Literal(f"{name}_crossentropy")
    name = "BinaryCrossentropy" if is_binary else "SparseCategoricalCrossentropy"
    return ObjectCall("losses", name, (Argument(Literal(True), "from_logits"),))


def _default_metrics(output: Output, classes: int) -> tuple[Expression, ...]:
    if not classes:
        return (Literal("mae"),)
    if _units(output) != 1 or _activation(output) == "sigmoid":
        return (Literal("accuracy"),)
    # The string would count a logit as positive from 0.5 on.
    arguments = (
        Argument(Literal("accuracy"), "name"),
        Argument(Literal(0.0), "threshold"),
    )
    return (ObjectCall("metrics", "BinaryAccuracy", arguments),)


def _part(value: Expression, key: str, index: int) -> Expression | None:
    """Returns the part of a setting of `compile` that belongs to one output."""
    if isinstance(value, Dictionary):
        return next((item for name, item in value.items if name == Literal(key)), None)
    if isinstance(value, Sequence):
        return value.items[index] if index < len(value.items) else None
    return value


def _loss_name(loss: Expression) -> str:
    """Returns the name of a loss in small letters: `binary_crossentropy`."""
    if isinstance(loss, ObjectCall):
        return snake_case(loss.class_name)
    name = str(loss.value) if isinstance(loss, Literal) else ""
    return snake_case(registry.identifiers("losses").get(name, name) or "loss")


def _takes_logits(loss: Expression) -> bool:
    return isinstance(loss, ObjectCall) and any(
        argument.name == "from_logits" and argument.value == Literal(True)
        for argument in loss.arguments
    )


# What does not fit.


def _check_loss(goal: _Goal, place: Location | None, diagnostics: Diagnostics) -> None:
    name, activation = _loss_name(goal.loss), _activation(goal.output)
    if goal.target is Target.MASK and not goal.is_sparse:
        diagnostics.error(
            f"masks hold class numbers, which {name} does not take", place
        )
    expected = _ACTIVATION_OF_LOSS.get(name)
    if expected and _takes_logits(goal.loss):
        expected = "linear"
    if not expected or not activation or activation == expected:
        return
    advice = (
        f"use {_class_of(name)}(from_logits=True) or a last layer with {expected}"
        if activation == "linear"
        else f"use a last layer with {expected} or another loss"
    )
    logits = "(from_logits=True)" if expected == "linear" else ""
    diagnostics.warning(
        f"the model ends in {activation} but {name}{logits} expects {expected}: {advice}",
        place,
    )


def _class_of(loss: str) -> str:
    return "".join(word.capitalize() for word in loss.split("_"))


def _check_output(
    output: Output,
    target: Target,
    classes: int,
    request: Request,
    diagnostics: Diagnostics,
) -> None:
    shape, name = _shape(output), request.dataset.name
    if shape is None:
        return
    message = ""
    if target in (Target.CLASS, Target.PARITY, Target.SAME, Target.VALUE):
        message = _unit_mismatch(shape, target, classes, name)
    elif target is Target.IMAGE:
        if not any(fits(shape, sample) for sample in request.dataset.sample_shapes):
            message = (
                f"the model gives {shape} but {name} has images of {_shapes(request)}"
            )
    elif target is Target.FRAME and len(shape) not in (3, 4):
        message = (
            f"the model gives {shape}, but frames are (height, width, 1) each, "
            "behind a time axis where there are several"
        )
    elif target is Target.MASK and len(shape) != 3:
        message = f"the model gives {shape}, but a mask is (height, width, classes)"
    if message:
        message = f"output {output.key!r}: {message}" if output.key else message
        diagnostics.error(message, request.location)


def _unit_mismatch(shape: Shape, target: Target, classes: int, name: str) -> str:
    """Returns what is wrong with the number of units, or nothing."""
    if len(shape) != 1:
        return f"the model gives {shape} but one vector for each sample of {name} is needed"
    units = shape[0]
    allowed = (
        {1} if target is Target.VALUE else {classes} | ({1} if classes == 2 else set())
    )
    if units is None or units in allowed:
        return ""
    ends = f"the model ends in {units} {'unit' if units == 1 else 'units'}"
    if target is Target.VALUE:
        return f"{ends} but {name} has one value for each sample"
    if target is Target.CLASS:
        hint = "; pairs of samples are task: pairs" if units == 1 else ""
        return f"{ends} but {name} has {classes} classes{hint}"
    return f"{ends} but {target.value} takes 1 (sigmoid) or 2 (softmax)"


def _check_inputs(
    request: Request,
    goals: tuple[_Goal, ...],
    facts: ModelFacts,
    diagnostics: Diagnostics,
) -> None:
    dataset, place = request.dataset, request.location
    is_pairs = any(goal.target is Target.SAME for goal in goals)
    takes_one = dataset.kind in (Kind.TEXT, Kind.FRAMES, Kind.SHAPES)
    count = len(facts.inputs)
    if is_pairs and count != 2:
        diagnostics.error(f"task: pairs needs 2 inputs, the model has {count}", place)
    if takes_one and count != 1:
        message = f"{dataset.name} is for one input, the model has {count}"
        diagnostics.error(message, place)
    if is_pairs and len(goals) > 1:
        diagnostics.error("task: pairs is for a model with one output", place)
    for tensor in facts.inputs:
        sample = _sample(tensor)
        expected = _expected_input(sample, request) if sample is not None else ""
        if expected:
            label = f"input {tensor.name!r}" if tensor.name else "the input"
            message = f"{label} is {sample} but {expected}"
            diagnostics.error(message, place)


def _expected_input(sample: Shape, request: Request) -> str:
    """Returns what an input should be, or nothing where it is right."""
    dataset = request.dataset
    if dataset.kind is Kind.TEXT:
        right = len(sample) == 1
        return "" if right else f"{dataset.name} needs one axis of tokens or words"
    if dataset.kind is Kind.FRAMES:
        right = len(sample) == 4 and sample[-1] in (1, None)
        right = right and all(size is None or size > 28 for size in sample[1:3])
        return "" if right else "frames are (time, height, width, 1), 29 pixels or more"
    if dataset.kind is Kind.SHAPES:
        right = len(sample) == 3
        return "" if right else "pictures are (height, width, channels)"
    if any(fits(sample, known) for known in dataset.sample_shapes):
        return ""
    return f"samples of {dataset.name} are {_shapes(request)}"


def _shapes(request: Request) -> str:
    return " or ".join(map(str, request.dataset.sample_shapes))


# Text: the data.

_ARRAYS = ["x_train", "y_train", "x_test", "y_test"]


def _lower_data(
    request: Request | None, goals: tuple[_Goal, ...], facts: ModelFacts
) -> DataView:
    if request is None:
        return _file_data(goals, facts)
    dataset = request.dataset
    views = {
        Kind.TEXT: _text_data,
        Kind.FRAMES: _video_data,
        Kind.SHAPES: _shapes_data,
        Kind.IMAGES: _sample_data,
        Kind.FEATURES: _sample_data,
    }
    return views[dataset.kind](dataset, goals, facts)


def _data_constants(request: Request | None, facts: ModelFacts) -> tuple[Constant, ...]:
    if request is None or request.dataset.kind is not Kind.TEXT:
        return ()
    size = (_sample(facts.inputs[0]) or (None,))[0]
    if facts.vocabulary_size is None:
        return (Constant("VOCABULARY_SIZE", literal(size)),)
    return (
        Constant("VOCABULARY_SIZE", literal(facts.vocabulary_size)),
        Constant("SEQUENCE_LENGTH", literal(size or _SEQUENCE_LENGTH)),
    )


def _loader(dataset: Dataset, arguments: str = "") -> str:
    return f"keras.datasets.{dataset.module}.load_data({arguments})"


def _sample_data(
    dataset: Dataset, goals: tuple[_Goal, ...], facts: ModelFacts
) -> DataView:
    is_image = dataset.kind is Kind.IMAGES
    has_pairs = any(goal.target is Target.SAME for goal in goals)
    reads_labels = any(goal.target is not Target.IMAGE for goal in goals)
    noun, labels = ("images", "labels") if is_image else ("features", "prices")
    first = _sample(facts.inputs[0]) or dataset.shape
    targets = [_target(goal, dataset, first, labels) for goal in goals]
    reads_images = any("images" in target for target in targets)
    x = _reshaped("images", dataset.shape, first) if is_image else ""
    inputs = [noun] * len(facts.inputs)
    if has_pairs:
        inputs[1] = "images[partners]"
    elif is_image and len(inputs) == 1 and reads_labels and not reads_images:
        inputs, x = [f'{x}.astype("float32") / 255'], ""
    checks = [f"x.shape[1:] != {dataset.shape}"]
    wanted = f"{noun} of shape {_batch(dataset.shape)}"
    if reads_labels:
        checks.append("y.size != len(x)")
        wanted += f" and n {labels}"
        if dataset.classes:
            checks.append(f"y.max() > {dataset.classes - 1}")
            wanted += f" from 0 to {dataset.classes - 1}"
    return DataView(
        dataset.title,
        missing=_missing(_ARRAYS),
        loader=_loader(dataset),
        check=" or ".join(checks),
        complaint=_complaint(wanted),
        prepare=PrepareView(
            images=is_image and not has_pairs,
            pairs=has_pairs,
            features=not is_image,
            labels=labels if reads_labels else "_",
            x=x,
            inputs=_inputs(inputs, facts),
            targets=_packed(targets, [goal.output.key for goal in goals]),
            classes=str(dataset.classes),
        ),
    )


def _target(goal: _Goal, dataset: Dataset, first: Shape, labels: str) -> str:
    """Returns the targets of one output as source."""
    if goal.target is Target.VALUE:
        return "prices / 100_000"
    if goal.target is Target.IMAGE:
        shape = _shape(goal.output) or first
        return "images" if shape == first else _reshaped("images", first, shape)
    source = {Target.PARITY: f"{labels} % 2", Target.SAME: "same"}.get(
        goal.target or Target.CLASS, labels
    )
    if goal.is_sparse:
        return source
    return f"keras.utils.to_categorical({source}, {goal.classes})"


def _reshaped(name: str, raw: Shape, wanted: Shape) -> str:
    """Returns source for an array of samples in the shape that a tensor has."""
    if len(raw) == len(wanted):
        return name
    if len(wanted) == len(raw) + 1 and wanted[-1] in (1, None):
        return f"np.expand_dims({name}, -1)"
    known = [size for size in raw if size is not None]
    flat = (math.prod(known),) if len(wanted) == 1 else wanted
    return f"{name}.reshape({_batch(flat, f'len({name})')})"


def _batch(shape: Shape, first: str = "n") -> str:
    return f"({', '.join([first, *map(str, shape)])})"


def _inputs(values: list[str], facts: ModelFacts) -> str:
    names = [tensor.name if facts.named_inputs else "" for tensor in facts.inputs]
    return _packed(values, names)


def _packed(values: list[str], keys: list[str]) -> str:
    """Returns arrays as Keras takes them: alone, as a list, or by name."""
    if all(keys):
        pairs = zip(keys, values, strict=True)
        return "{" + ", ".join(f"{literal(key)}: {value}" for key, value in pairs) + "}"
    return values[0] if len(values) == 1 else f"[{', '.join(values)}]"


def _text_data(
    dataset: Dataset, goals: tuple[_Goal, ...], facts: ModelFacts
) -> DataView:
    targets = [_target(goal, dataset, (), "labels") for goal in goals]
    last = dataset.classes - 1
    is_tokens = facts.vocabulary_size is not None
    return DataView(
        dataset.title,
        missing=_missing(_ARRAYS),
        loader=_loader(dataset, "num_words=VOCABULARY_SIZE"),
        check=(
            "x.ndim != 2 or x.max() >= VOCABULARY_SIZE "
            f"or y.size != len(x) or y.max() > {last}"
        ),
        complaint=_complaint(
            "n padded rows of word numbers below {VOCABULARY_SIZE} "
            f"and n labels from 0 to {last}"
        ),
        prepare=PrepareView(
            tokens=is_tokens,
            words=not is_tokens,
            labels="labels",
            targets=_packed(targets, [goal.output.key for goal in goals]),
        ),
    )


def _video_data(
    dataset: Dataset, goals: tuple[_Goal, ...], facts: ModelFacts
) -> DataView:
    time, height, width, _ = _sample(facts.inputs[0]) or (None,) * 4
    height, width = height or _IMAGE_SIZE, width or _IMAGE_SIZE
    shape = ((time or _FRAMES) + 1, height, width, 1)
    is_last = len(_shape(goals[0].output) or ()) == 3
    return DataView(
        dataset.title,
        missing=_missing(_ARRAYS),
        loader=_loader(dataset),
        check=f"x.shape[1:] != {dataset.shape}",
        complaint=_complaint(f"images of shape {_batch(dataset.shape)}"),
        videos=VideoView(
            shape=_batch(shape, "len(digits)"),
            room=f"({height - 28}, {width - 28})",
            is_last=is_last,
        ),
    )


def _shapes_data(
    dataset: Dataset, goals: tuple[_Goal, ...], facts: ModelFacts
) -> DataView:
    height, width, channels = _sample(facts.inputs[0]) or (None,) * 3
    image = (height or _IMAGE_SIZE, width or _IMAGE_SIZE, channels or 1)
    mask = (*image[:2], 1)
    images, masks = f"images of shape {_batch(image)}", f"masks of shape {_batch(mask)}"
    return DataView(
        dataset.title,
        missing=_missing(_ARRAYS),
        check=f"x.shape[1:] != {image} or y.shape[1:] != {mask} or len(x) != len(y)",
        complaint=_complaint(f"{images} and {masks}"),
        shapes=ShapesView(
            size=str(image[:2]),
            images=_batch(image, "count"),
            masks=_batch(mask, "count"),
            radii=f"{min(image[:2]) // 16}, {min(image[:2]) // 5}",
        ),
    )


# Text: data that only a file holds.


def _file_data(goals: tuple[_Goal, ...], facts: ModelFacts) -> DataView:
    inputs = [tensor.name for tensor in facts.inputs]
    outputs = [goal.output.key or str(index) for index, goal in enumerate(goals)]
    train = _file_arrays("train", inputs, outputs)
    test = _file_arrays("test", inputs, outputs)
    check, wanted = _file_check(goals, facts)
    return DataView(
        title="",
        missing=_missing([*train[0], *train[1], *test[0], *test[1]]),
        check=check,
        complaint=_complaint(wanted),
        train=_read(train, goals, facts),
        test=_read(test, goals, facts),
    )


def _file_arrays(
    part: str, inputs: list[str], outputs: list[str]
) -> tuple[list[str], list[str]]:
    """Returns the names of the arrays in a file: `x_train`, or one for each input."""
    x, y = f"x_{part}", f"y_{part}"
    return (
        [f"{x}_{name}" for name in inputs] if len(inputs) > 1 else [x],
        [f"{y}_{name}" for name in outputs] if len(outputs) > 1 else [y],
    )


def _read(
    names: tuple[list[str], list[str]], goals: tuple[_Goal, ...], facts: ModelFacts
) -> str:
    x, y = ([f"file[{literal(name)}]" for name in part] for part in names)
    keys = [goal.output.key for goal in goals]
    return f"{_inputs(x, facts)}, {_packed(y, keys)}"


def _file_check(goals: tuple[_Goal, ...], facts: ModelFacts) -> tuple[str, str]:
    """Returns the condition under which arrays are wrong, and what is right."""
    sample, shape = _sample(facts.inputs[0]), _shape(goals[0].output)
    if len(facts.inputs) > 1 or len(goals) > 1 or sample is None:
        return "", ""
    if None in sample:
        checks = [f"x.ndim != {len(sample) + 1}"]
    else:
        checks = [f"x.shape[1:] != {sample}"]
    wanted = f"x of shape {_batch(sample)}".replace("None", "any")
    if goals[0].is_sparse and shape is not None and len(shape) == 1:
        last = goals[0].classes - 1
        checks += ["y.size != len(x)", f"y.max() > {last}"]
        return " or ".join(checks), f"{wanted} and n labels from 0 to {last}"
    checks.append("len(y) != len(x)")
    return " or ".join(checks), f"{wanted} and as many targets"


def _missing(names: list[str]) -> str:
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    escaped = listed.replace("{", "{{").replace("}", "}}")
    return _f_strings(f"{{path}}: expected the arrays {escaped}: {{error}}")


def _complaint(wanted: str) -> str:
    """Returns what is said of arrays that do not fit."""
    found = "found the shapes {x.shape} and {y.shape}"
    return _f_strings(f"{{path}}: expected {wanted}, {found}")


def _f_strings(text: str) -> str:
    """Returns a message with fields as f-strings that stand below each other."""
    lines = textwrap.wrap(text, _MESSAGE_WIDTH, break_long_words=False)
    ends = [" "] * (len(lines) - 1) + [""]
    return " ".join(
        f"f{literal(line + end)}" for line, end in zip(lines, ends, strict=True)
    )


# Text: compile and fit.

_COMPILE_ORDER = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")


def _compile_arguments(
    given: Mapping[str, Setting],
    goals: tuple[_Goal, ...],
    facts: ModelFacts,
    imports: Imports,
) -> tuple[str, ...]:
    values = {key: setting.value for key, setting in given.items()}
    rate = Argument(Literal(1e-3), "learning_rate")
    values.setdefault("optimizer", ObjectCall("optimizers", "Adam", (rate,)))
    if "loss" not in values:
        keys = [goal.output.key for goal in goals]
        values["loss"] = _by_output([goal.loss for goal in goals], keys)
        metrics: list[Expression] = [Sequence(goal.metrics, True) for goal in goals]
        values.setdefault("metrics", _by_output(metrics, keys))
    if isinstance(values.get("metrics"), Literal | ObjectCall):
        values["metrics"] = Sequence((values["metrics"],), True)
    ordered = sorted(values, key=lambda key: _rank(key))
    return tuple(f"{key}={expression(values[key], imports)}" for key in ordered)


def _rank(key: str) -> int:
    return _COMPILE_ORDER.index(key) if key in _COMPILE_ORDER else len(_COMPILE_ORDER)


def _by_output(values: list[Expression], keys: list[str]) -> Expression:
    if all(keys):
        names = (Literal(key) for key in keys)
        return Dictionary(tuple(zip(names, values, strict=True)))
    return values[0] if len(values) == 1 else Sequence(tuple(values), True)


def _lower_fit(
    given: Mapping[str, Setting],
    request: Request | None,
    imports: Imports,
    diagnostics: Diagnostics,
) -> FitView:
    dataset = request.dataset if request else None
    defaults = {
        "epochs": dataset.epochs if dataset else 10,
        "batch_size": dataset.batch_size if dataset else 32,
    }
    constants = []
    for key, default in defaults.items():
        setting = given.get(key, Setting(Literal(default)))
        value = setting.value.value if isinstance(setting.value, Literal) else None
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            diagnostics.error(
                f"{key} must be a whole number from 1 on", setting.location
            )
        constants.append(Constant(key.upper(), expression(setting.value)))
    values = {
        key: setting.value for key, setting in given.items() if key not in defaults
    }
    split = values.setdefault("validation_split", Literal(0.1))
    is_validated = isinstance(split, Literal) and bool(split.value)
    if not is_validated:
        del values["validation_split"]
    arguments = (f"{key}={expression(value, imports)}" for key, value in values.items())
    return FitView(tuple(constants), tuple(arguments), is_validated)


# Text: callbacks.

# The argument of each callback that is a path, and its value where none is given.
_PATHS = {
    "BackupAndRestore": ("backup_dir", "backup"),
    "CSVLogger": ("filename", "history.csv"),
    "ModelCheckpoint": ("filepath", "model.keras"),
    "OrbaxCheckpoint": ("directory", "checkpoints"),
    "TensorBoard": ("log_dir", "logs"),
}
_SAVED_MODEL = "model.keras"
_BEST_MODEL = "best.keras"


def _lower_callbacks(
    settings: tuple[Setting, ...], imports: Imports, diagnostics: Diagnostics
) -> CallbacksView:
    """Puts the user's callbacks and kgen's together; kgen's are never doubled."""
    paths = {"CSVLogger": "history.csv", "BackupAndRestore": ""}
    board = ObjectCall("callbacks", "TensorBoard")
    given = []
    for setting in settings:
        call = setting.value
        if not isinstance(call, ObjectCall):
            continue
        path = _path_of(call)
        if call.class_name in paths:
            paths[call.class_name] = path
        if call.class_name == "TensorBoard":
            board = call
        elif call.class_name == "ModelCheckpoint":
            given += _checkpoint(call, path, setting.location, diagnostics)
        elif call.class_name != "CSVLogger":
            given.append(_in_run_dir(call, path))
    logs = _path_of(board)
    return CallbacksView(
        given=tuple(expression(call, imports) for call in given),
        tensorboard=expression(_with_histograms(_in_run_dir(board, logs)), imports),
        history=literal(paths["CSVLogger"]),
        logs="" if _is_absolute(logs) else literal(f"{logs}/**/events.out.*"),
        backup=literal(paths["BackupAndRestore"]) if paths["BackupAndRestore"] else "",
    )


def _checkpoint(
    call: ObjectCall, path: str, place: Location | None, diagnostics: Diagnostics
) -> list[ObjectCall]:
    """Returns a user's ModelCheckpoint, or nothing where it does what kgen does anyway."""
    if path != _SAVED_MODEL:
        return [_in_run_dir(call, path)]
    if _named(call).get("save_best_only") != Literal(True):
        return []
    if "filepath" in _named(call):
        diagnostics.warning(
            f"{_SAVED_MODEL} is the state that --resume continues from: "
            f"the best model goes to {_BEST_MODEL}",
            place,
        )
    return [_in_run_dir(call, _BEST_MODEL)]


def _named(call: ObjectCall) -> dict[str, Expression]:
    """Returns the arguments of a callback by name."""
    entry = registry.lookup("callbacks", call.class_name)
    names = [p.name for p in entry.positional_parameters] if entry else []
    given = {}
    for index, argument in enumerate(call.arguments):
        name = argument.name or (names[index] if index < len(names) else str(index))
        given[name] = argument.value
    return given


def _path_of(call: ObjectCall) -> str:
    """Returns the path that a callback writes to, "" where it writes none."""
    parameter, default = _PATHS.get(call.class_name, ("", ""))
    value = _named(call).get(parameter)
    return str(value.value) if isinstance(value, Literal) else default


def _is_absolute(path: str) -> bool:
    return PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()


def _in_run_dir(call: ObjectCall, path: str) -> ObjectCall:
    """Returns a callback that writes under the run directory, unless its path is absolute."""
    if not path:
        return call
    parameter, _ = _PATHS[call.class_name]
    given = _named(call)
    given.pop(parameter, None)
    text = Literal(path)
    where = text if _is_absolute(path) else Operation("/", (Name("run_dir"), text))
    rest = tuple(Argument(value, name) for name, value in given.items())
    return ObjectCall(call.family, call.class_name, (Argument(where), *rest))


def _with_histograms(call: ObjectCall) -> ObjectCall:
    if "histogram_freq" in _named(call):
        return call
    histograms = Argument(Literal(1), "histogram_freq")
    return ObjectCall(call.family, call.class_name, (*call.arguments, histograms))
