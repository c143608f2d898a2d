"""How a project prepares samples, with and without targets, as source text."""

from __future__ import annotations

from dataclasses import replace

from keras_kgen.backends.training.facts import ModelFacts, sample_of
from keras_kgen.backends.training.text import (
    batch_shape,
    mismatch_message,
    missing_message,
    packed,
)
from keras_kgen.backends.training.views import DataView, PrepareView
from keras_kgen.catalogue.datasets import Kind, Request
from keras_kgen.ir.tensors import Shape
from keras_kgen.projects.view import DataFileView, InputsView
from keras_kgen.pysource.literals import docstring, literal

# What prepares samples of each sort.
_IMAGES = "prepare_images({})"
_TEXTS = "prepare_texts({})"
_FEATURES = "standardize({}, mean, std)"


def lower_data_file(
    request: Request | None, view: DataView, facts: ModelFacts
) -> DataFileView:
    """Decides what `data.py` has beyond the data half of a module.

    Args:
        request: The data set, None where the data are the user's.
        view: The data half of a module.
        facts: What the model is.
    """
    name = view.title or "your own data"
    given = view.prepare
    is_images = given is not None and not _is_text(given) and not given.features
    return DataFileView(
        docstring(f"Loads {name} as the model takes it, or the same from a file."),
        prepare=_by_function(given) if given and is_images else None,
        samples=given.samples if given and is_images and _changes(given) else "",
        texts=given if given and _is_text(given) else None,
        features=given if given and given.features else None,
        inputs=lower_inputs(request, view, facts),
    )


def input_arrays(view: DataView, facts: ModelFacts) -> list[str]:
    """Returns the names of the arrays that `predict.py` reads."""
    is_shared = view.title and not (view.prepare and view.prepare.pairs)
    if is_shared or len(facts.inputs) == 1:
        return ["x"]
    return [f"x_{tensor.name}" for tensor in facts.inputs]


def raw_shape(request: Request | None, facts: ModelFacts) -> Shape | None:
    """Returns the shape of a sample as it lies in a file, None where it can differ."""
    if request is not None and request.dataset.kind in (Kind.IMAGES, Kind.FEATURES):
        return request.dataset.shape
    if request is not None and request.dataset.kind is Kind.TEXT:
        return (None,)
    shapes = {sample_of(tensor) for tensor in facts.inputs}
    return shapes.pop() if len(shapes) == 1 else None


def _is_text(view: PrepareView) -> bool:
    return view.tokens or view.words


def _changes(view: PrepareView) -> bool:
    return view.samples != "images"


def _by_function(view: PrepareView) -> PrepareView:
    """Returns the `prepare()` for images with what becomes of them in a function."""
    if not _changes(view):
        return replace(view, x="")
    call = _IMAGES.format("images")
    return replace(
        view,
        x=call if view.x or view.pairs else "",
        inputs=call if view.inputs == view.samples else view.inputs,
    )


def lower_inputs(
    request: Request | None, view: DataView, facts: ModelFacts
) -> InputsView:
    """Decides how samples are read from an .npz file.

    Args:
        request: The data set, None where the data are the user's.
        view: The data half of a module.
        facts: What the model is.
    """
    names = input_arrays(view, facts)
    read = [f"file[{literal(name)}]" for name in names]
    several = len(names) > 1
    check, wanted = _check(request, facts)
    call = _preparation(view.prepare)
    is_repeated = len(facts.inputs) > len(names)
    items = [f"arrays[{i}]" for i in range(len(names))] if several else ["x"]
    if not is_repeated:
        items = [call.format(item) for item in items]
    else:
        items *= len(facts.inputs)
    return InputsView(
        arrays=f"[{', '.join(read)}]" if several else read[0],
        several=several,
        help=literal(_help(names)),
        missing=missing_message(names),
        check=check,
        complaint=mismatch_message(wanted, "found the shape {x.shape}"),
        prepared=call.format("x") if is_repeated and call != "{}" else "",
        result=packed(items, facts.takes),
        loader=view.loader if view.prepare and view.prepare.features else "",
    )


def _help(names: list[str]) -> str:
    """Returns what a file must have, for argparse, which formats it."""
    noun = "arrays" if len(names) > 1 else "array"
    return f"with the {noun} {' and '.join(names)}".replace("%", "%%")


def _preparation(view: PrepareView | None) -> str:
    """Returns what becomes of samples, with braces where they stand."""
    if view is None:
        return "{}"
    if view.features:
        return _FEATURES
    if _is_text(view):
        return _TEXTS
    return _IMAGES if _changes(view) else "{}"


def _check(request: Request | None, facts: ModelFacts) -> tuple[str, str]:
    """Returns the condition under which samples are wrong, and what is right."""
    shape = raw_shape(request, facts)
    if request is not None and request.dataset.kind is Kind.TEXT:
        wanted = "padded rows of word numbers below {VOCABULARY_SIZE}"
        return "x.ndim != 2 or x.max() >= VOCABULARY_SIZE", wanted
    if shape is None:
        return "", ""
    wanted = f"the shape {batch_shape(shape)}".replace("None", "any")
    if None in shape:
        return f"x.ndim != {len(shape) + 1}", wanted
    return f"x.shape[1:] != {shape}", wanted
