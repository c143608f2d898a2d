"""Which data a model trains on, and what each output predicts."""

from __future__ import annotations

from keras_kgen.backends.training.facts import (
    ModelFacts,
    activation_of,
    sample_of,
    shape_of,
    units_of,
)
from keras_kgen.catalogue.datasets import (
    DATASETS,
    Dataset,
    Kind,
    Request,
    Target,
    read_request,
)
from keras_kgen.errors import Diagnostics
from keras_kgen.ir.program import Training


def choose_data(
    training: Training, facts: ModelFacts, diagnostics: Diagnostics
) -> Request | None:
    """Returns the data set that a source asks for, or one that fits, if there is one."""
    if training.own is not None:
        return None
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
    sample, output = sample_of(facts.inputs[0]), facts.outputs[0]
    units, flat = units_of(output), len(shape_of(output) or ()) == 1
    if sample is None or units is None or not flat:
        return None
    if facts.vocabulary_size:
        name = {1: "imdb", 2: "imdb", 46: "reuters"}.get(units, "")
        return DATASETS.get(name) if len(sample) == 1 else None
    for dataset in DATASETS.values():
        is_alike = dataset.kind is Kind.IMAGES and sample in dataset.sample_shapes
        if is_alike and units == dataset.classes:
            return dataset
    is_regression = units == 1 and activation_of(output) == "linear"
    return DATASETS["california_housing"] if sample == (8,) and is_regression else None


def choose_targets(
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
