"""Small arrays for the tests of a project: a batch to learn, a file to read."""

from __future__ import annotations

from collections.abc import Sequence

from keras_kgen.backends.training.facts import (
    ModelFacts,
    sample_of,
    shape_of,
    units_of,
)
from keras_kgen.backends.training.files import array_names
from keras_kgen.backends.training.objectives import Goal
from keras_kgen.backends.training.text import packed
from keras_kgen.backends.training.views import DataView
from keras_kgen.catalogue.datasets import Dataset, Kind, Request, Target
from keras_kgen.ir.graph import Input
from keras_kgen.ir.tensors import Shape
from keras_kgen.projects.data import input_arrays
from keras_kgen.projects.view import TestsView
from keras_kgen.pysource.literals import literal
from keras_kgen.pysource.names import is_identifier

Sizes = tuple[int, ...]

_BATCH = 8
# The size of an axis that can have any.
_ANY_SIZE = 64
_WORDS = 20


def lower_tests(
    request: Request | None,
    goals: tuple[Goal, ...],
    facts: ModelFacts,
    view: DataView,
    parameters: int | None,
    can_learn: bool,
) -> TestsView:
    """Decides what the tests of a project call its model with, and what they expect.

    Args:
        request: The data set, None where the data are the user's.
        goals: What each output predicts.
        facts: What the model is.
        view: The data half of a module.
        parameters: How many the model has, None where that is not known.
        can_learn: Whether any of them is trained.
    """
    size = _batch_size(facts)
    inputs = [_samples(i, goals, facts) for i in range(len(facts.inputs))]
    targets = [_targets(goal) for goal in goals]
    is_known = all(inputs) and all(targets)
    arrays = _arrays(request, inputs, targets, facts) if is_known else {}
    if view.own or (request is not None and size != _BATCH):
        arrays = {}  # a data set does not come in batches of one size
    return TestsView(
        parameters="" if parameters is None else f"{parameters:_}",
        size=str(size),
        inputs=packed(inputs, facts.takes) if all(inputs) else "",
        targets=packed(targets, facts.gives) if is_known else "",
        shapes=_shapes(goals, facts, size) if is_known else "",
        is_single=facts.gives == 0,
        has_patterns=any("make_samples" in text for text in inputs),
        has_random_batch="rng." in "".join(inputs),
        has_random_arrays="rng." in "".join(arrays.values()),
        has_kinds="kinds" in "".join(arrays.values()),
        can_learn=can_learn,
        arrays=tuple(f"{literal(name)}: {text}" for name, text in arrays.items()),
        missing=literal(list(arrays)[-1]) if arrays else "",
        reshaped=literal(next(iter(arrays))) if view.check and arrays else "",
        samples=_samples_of_file(request, view, facts, list(arrays)),
    )


def _batch_size(facts: ModelFacts) -> int:
    fixed = [tensor.spec.shape[0] for tensor in facts.inputs if tensor.spec.shape]
    return next((size for size in fixed if size is not None), _BATCH)


def _samples(index: int, goals: tuple[Goal, ...], facts: ModelFacts) -> str:
    """Returns samples for an input, "" where kgen can make none."""
    tensor = facts.inputs[index]
    shape = concrete(sample_of(tensor))
    if shape is None or tensor.flags or tensor.spec.dtype == "string":
        return ""
    is_pair = index == 1 and any(goal.target is Target.SAME for goal in goals)
    kinds = "np.ones_like(kinds)" if is_pair else "kinds"
    if _is_whole(tensor):
        high = facts.vocabulary_size if len(facts.inputs) == 1 else None
        sizes = literal((2, *shape))
        return f"rng.integers({high or 2}, size={sizes})[{kinds}]"
    # What divides by 255 at once is for samples in that range.
    is_divided = facts.scales_input and not facts.learns_scale
    scale = "255 * " if is_divided else ""
    # A pair of equal patterns would leave a siamese model only one way to learn.
    turned = "[:, ::-1]" if is_pair else ""
    return f"{scale}make_samples({literal(shape)}, {kinds}){turned}"


def _is_whole(tensor: Input) -> bool:
    return not tensor.spec.dtype.startswith(("float", "bfloat"))


def _targets(goal: Goal) -> str:
    """Returns what an output is to say of the samples, "" where its shape is not known."""
    shape = concrete(shape_of(goal.output))
    if shape is None:
        return ""
    if not goal.classes or units_of(goal.output) == 1:
        return _spread(() if shape == (1,) else shape)
    labels = _spread(shape[:-1])
    if goal.is_sparse:
        return labels
    return f"keras.utils.to_categorical({labels}, {shape[-1]})"


def _spread(shape: Sizes) -> str:
    """Returns the kind of each sample in all places of an array."""
    if not shape:
        return "kinds"
    ones = ", ".join("1" * len(shape))
    return f"kinds.reshape(-1, {ones}) * np.ones({literal(shape)}, int)"


def concrete(shape: Shape | None) -> Sizes | None:
    """Returns a shape with a size for each axis that can have any."""
    if shape is None:
        return None
    return tuple(_ANY_SIZE if size is None else size for size in shape)


def _shapes(goals: tuple[Goal, ...], facts: ModelFacts, size: int) -> str:
    """Returns the shapes of the outputs, "" where they depend on those of the inputs."""
    shapes = [shape_of(goal.output) or () for goal in goals]
    if any(None in shape for shape in shapes):
        return ""
    return packed([literal((size, *shape)) for shape in shapes], facts.gives)


def _arrays(
    request: Request | None, inputs: list[str], targets: list[str], facts: ModelFacts
) -> dict[str, str]:
    """Returns the arrays of a small file of data, by name."""
    found: dict[str, str] = {}
    for part in ("train", "test"):
        x, y = array_names(part, facts)
        if request is not None:
            x, y = [f"x_{part}"], [f"y_{part}"]
            inputs, targets = _raw(request.dataset, facts)
        found.update(zip((*x, *y), (*inputs, *targets), strict=True))
    return found


def _raw(dataset: Dataset, facts: ModelFacts) -> tuple[list[str], list[str]]:
    """Returns samples and targets as they lie in the file of a data set."""
    count = 2 * dataset.classes or _BATCH
    labels = f"np.arange({count}) % {dataset.classes or count}"
    shape = concrete(sample_of(facts.inputs[0])) or ()
    if dataset.kind is Kind.TEXT:
        high = facts.vocabulary_size or shape[0]
        return [f"rng.integers({high}, size=({count}, {_WORDS}))"], [labels]
    if dataset.kind is Kind.FEATURES:
        samples = f"rng.normal(size={(count, *dataset.shape)})"
        return [samples], [f"rng.normal(size={count})"]
    if dataset.kind is Kind.SHAPES:
        masks = f"rng.integers(2, size={(count, *shape[:2], 1)})"
        return [f"rng.random({(count, *shape)})"], [masks]
    return [f"rng.integers(256, size={(count, *dataset.shape)})"], [labels]


def _samples_of_file(
    request: Request | None, view: DataView, facts: ModelFacts, arrays: list[str]
) -> str:
    """Returns the arrays of a file to predict from, as arguments of `np.savez`."""
    if not arrays:
        return ""
    if request is not None and request.dataset.kind is Kind.FRAMES:
        # The file of data has digits, of which videos are made.
        shape = concrete(sample_of(facts.inputs[0])) or ()
        return f"x=np.zeros({literal((2, *shape))})"
    return _predicted(input_arrays(view, facts), arrays)


def _predicted(names: Sequence[str], arrays: Sequence[str]) -> str:
    """Returns the arrays of a file to predict from, as arguments of `np.savez`."""
    given = [name for name in arrays if name.startswith("x_test")]
    given = given if len(given) == len(names) else given * len(names)
    items = [f"arrays[{literal(name)}]" for name in given]
    if all(map(is_identifier, names)):
        return ", ".join(f"{n}={item}" for n, item in zip(names, items, strict=True))
    pairs = (f"{literal(n)}: {item}" for n, item in zip(names, items, strict=True))
    return "**{" + ", ".join(pairs) + "}"
