"""How a module gets a data set that kgen knows, as source text."""

from __future__ import annotations

import math

from keras_kgen.backends.training.facts import ModelFacts, sample_of, shape_of
from keras_kgen.backends.training.files import file_data
from keras_kgen.backends.training.objectives import Goal
from keras_kgen.backends.training.text import (
    batch_shape,
    mismatch_message,
    missing_message,
    packed,
)
from keras_kgen.backends.training.views import (
    DataView,
    PrepareView,
    ShapesView,
    VideoView,
)
from keras_kgen.backends.view import Constant
from keras_kgen.catalogue.datasets import Dataset, Kind, Request, Target
from keras_kgen.ir.tensors import Shape
from keras_kgen.pysource.literals import literal

_SEQUENCE_LENGTH = 200
_FRAMES = 10
_IMAGE_SIZE = 64
_ARRAYS = ["x_train", "y_train", "x_test", "y_test"]


def lower_data(
    request: Request | None, goals: tuple[Goal, ...], facts: ModelFacts
) -> DataView:
    """Decides how the data are loaded, checked and prepared."""
    if request is None:
        return file_data(goals, facts)
    dataset = request.dataset
    views = {
        Kind.TEXT: _text_data,
        Kind.FRAMES: _video_data,
        Kind.SHAPES: _shapes_data,
        Kind.IMAGES: _sample_data,
        Kind.FEATURES: _sample_data,
    }
    return views[dataset.kind](dataset, goals, facts)


def data_constants(request: Request | None, facts: ModelFacts) -> tuple[Constant, ...]:
    """Returns the sizes that text and model share."""
    if request is None or request.dataset.kind is not Kind.TEXT:
        return ()
    size = (sample_of(facts.inputs[0]) or (None,))[0]
    if facts.vocabulary_size is None:
        return (Constant("VOCABULARY_SIZE", literal(size)),)
    return (
        Constant("VOCABULARY_SIZE", literal(facts.vocabulary_size)),
        Constant("SEQUENCE_LENGTH", literal(size or _SEQUENCE_LENGTH)),
    )


def _loader(dataset: Dataset, arguments: str = "") -> str:
    return f"keras.datasets.{dataset.module}.load_data({arguments})"


def _sample_data(
    dataset: Dataset, goals: tuple[Goal, ...], facts: ModelFacts
) -> DataView:
    is_image = dataset.kind is Kind.IMAGES
    has_pairs = any(goal.target is Target.SAME for goal in goals)
    reads_labels = any(goal.target is not Target.IMAGE for goal in goals)
    noun, labels = ("images", "labels") if is_image else ("features", "prices")
    first = sample_of(facts.inputs[0]) or dataset.shape
    targets = [_target(goal, dataset, first, labels) for goal in goals]
    reads_images = any("images" in target for target in targets)
    x = _reshaped("images", dataset.shape, first) if is_image else ""
    scale = "" if facts.scales_input else '.astype("float32") / 255'
    samples = f"{x}{scale}"
    inputs = [noun] * len(facts.inputs)
    if has_pairs:
        inputs[1] = "images[partners]"
    elif (
        is_image
        and len(inputs) == len(targets) == 1
        and reads_labels
        and not reads_images
    ):
        inputs, x = [samples], ""
    checks = [f"x.shape[1:] != {dataset.shape}"]
    wanted = f"{noun} of shape {batch_shape(dataset.shape)}"
    if reads_labels:
        checks.append("y.size != len(x)")
        wanted += f" and n {labels}"
        if dataset.classes:
            checks.append(f"y.max() > {dataset.classes - 1}")
            wanted += f" from 0 to {dataset.classes - 1}"
    return DataView(
        dataset.title,
        missing=missing_message(_ARRAYS),
        loader=_loader(dataset),
        check=" or ".join(checks),
        complaint=mismatch_message(wanted),
        prepare=PrepareView(
            images=is_image and not has_pairs,
            pairs=has_pairs,
            features=not is_image,
            labels=labels if reads_labels else "_",
            is_scaled=not facts.scales_input,
            x=samples if x else "",
            inputs=packed(inputs, facts.takes),
            targets=packed(targets, facts.gives),
            classes=str(dataset.classes),
            samples=samples,
        ),
    )


def _target(goal: Goal, dataset: Dataset, first: Shape, labels: str) -> str:
    """Returns the targets of one output as source."""
    if goal.target is Target.VALUE:
        return "prices / 100_000"
    if goal.target is Target.IMAGE:
        shape = shape_of(goal.output) or first
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
    return f"{name}.reshape({batch_shape(flat, f'len({name})')})"


def _text_data(
    dataset: Dataset, goals: tuple[Goal, ...], facts: ModelFacts
) -> DataView:
    targets = [_target(goal, dataset, (), "labels") for goal in goals]
    last = dataset.classes - 1
    is_tokens = facts.vocabulary_size is not None
    return DataView(
        dataset.title,
        missing=missing_message(_ARRAYS),
        loader=_loader(dataset, "num_words=VOCABULARY_SIZE"),
        check=(
            "x.ndim != 2 or x.max() >= VOCABULARY_SIZE "
            f"or y.size != len(x) or y.max() > {last}"
        ),
        complaint=mismatch_message(
            "n padded rows of word numbers below {VOCABULARY_SIZE} "
            f"and n labels from 0 to {last}"
        ),
        prepare=PrepareView(
            tokens=is_tokens,
            words=not is_tokens,
            labels="labels",
            targets=packed(targets, facts.gives),
        ),
    )


def _video_data(
    dataset: Dataset, goals: tuple[Goal, ...], facts: ModelFacts
) -> DataView:
    time, height, width, _ = sample_of(facts.inputs[0]) or (None,) * 4
    height, width = height or _IMAGE_SIZE, width or _IMAGE_SIZE
    shape = ((time or _FRAMES) + 1, height, width, 1)
    is_last = len(shape_of(goals[0].output) or ()) == 3
    return DataView(
        dataset.title,
        missing=missing_message(_ARRAYS),
        loader=_loader(dataset),
        check=f"x.shape[1:] != {dataset.shape}",
        complaint=mismatch_message(f"images of shape {batch_shape(dataset.shape)}"),
        videos=VideoView(
            shape=batch_shape(shape, "len(digits)"),
            room=f"({height - 28}, {width - 28})",
            is_last=is_last,
        ),
    )


def _shapes_data(
    dataset: Dataset, goals: tuple[Goal, ...], facts: ModelFacts
) -> DataView:
    height, width, channels = sample_of(facts.inputs[0]) or (None,) * 3
    image = (height or _IMAGE_SIZE, width or _IMAGE_SIZE, channels or 1)
    mask = (*image[:2], 1)
    images, masks = (
        f"images of shape {batch_shape(image)}",
        f"masks of shape {batch_shape(mask)}",
    )
    return DataView(
        dataset.title,
        missing=missing_message(_ARRAYS),
        check=f"x.shape[1:] != {image} or y.shape[1:] != {mask} or len(x) != len(y)",
        complaint=mismatch_message(f"{images} and {masks}"),
        shapes=ShapesView(
            size=str(image[:2]),
            images=batch_shape(image, "count"),
            masks=batch_shape(mask, "count"),
            radii=f"{min(image[:2]) // 16}, {min(image[:2]) // 5}",
        ),
    )
