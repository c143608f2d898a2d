"""The models of `keras.applications`, saved and rescued; `--long` takes all of them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("keras")
sys.path.insert(0, str(Path(__file__).parent))
import keras
from agreement import random_inputs
from support import flat_arrays, load_program_of, run_source

from keras_kgen.errors import UsageError
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

NAMES = [
    name
    for name, function in inspect.getmembers(keras.applications, inspect.isfunction)
    if name[0].isupper()
]
# Small ones of different make, with what makes them quick to build.
QUICK: dict[str, dict[str, Any]] = {
    "DenseNet121": {},
    "EfficientNetB0": {},
    "MobileNet": {"alpha": 0.25},
    "MobileNetV3Small": {},
    "NASNetMobile": {"input_shape": (64, 64, 3), "include_top": False},
    "ResNet50V2": {"include_top": False, "pooling": "avg"},
    "VGG16": {"include_top": False},
    "Xception": {"include_top": False},
}
# Keras takes long to build these, and they are built in one style only.
SLOW = ("DenseNet121", "EfficientNetB0", "NASNetMobile")
# The least that a model takes, where that is more than 32.
SIZES = {
    "InceptionResNetV2": 75,
    "InceptionV3": 75,
    "NASNetLarge": 331,
    "NASNetMobile": 224,
    "Xception": 71,
}
# Models of more weights than this are compared without them.
MANY = 40_000_000


def application(name: str, **arguments: Any) -> Any:
    size = SIZES.get(name, 32)
    given = {"input_shape": (size, size, 3), "weights": None, **arguments}
    return getattr(keras.applications, name)(**given)


def test_there_are_forty() -> None:
    assert len(NAMES) == 40


@pytest.mark.parametrize("name", QUICK)
def test_application(name: str, tmp_path: Path) -> None:
    """The styles have the weights of the model in its order, and its outputs."""
    styles = (Style.FUNCTIONAL,) if name in SLOW else tuple(Style)
    check_rescue(application(name, **QUICK[name]), tmp_path, styles)


@pytest.mark.long
@pytest.mark.parametrize("include_top", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_every_application(name: str, include_top: bool, tmp_path: Path) -> None:
    check_rescue(application(name, include_top=include_top), tmp_path)


def tame_weights(model: Any) -> list[np.ndarray]:
    """Returns weights with which the numbers stay of one size through a deep model."""
    rng = np.random.default_rng(2)
    found = []
    for weight in model.weights:
        shape = weight.shape
        if len(shape) > 1:
            inputs = shape[-2] if len(shape) == 2 else int(np.prod(shape[:-1]))
            value = rng.normal(size=shape) / np.sqrt(inputs)
        elif "gamma" in weight.path or "variance" in weight.path:
            value = rng.uniform(0.8, 1.2, size=shape)
        else:
            value = rng.normal(size=shape) * 0.1
        found.append(value)
    return found


def check_rescue(
    model: Any, folder: Path, styles: Iterable[Style] = tuple(Style)
) -> None:
    path = folder / "model.json"
    path.write_text(model.to_json())
    program = load_program_of(path)
    wanted = shapes(model)
    count = model.count_params()
    given = None if count > MANY else (random_inputs(model), tame_weights(model))
    outputs = run(model, given)
    for style in styles:
        try:
            module = generate(program, Options(style))
        except UsageError:
            assert style is Style.SEQUENTIAL
            continue
        keras.utils.clear_session()
        keras.saving.get_custom_objects().clear()
        built = run_source(module.source).build_model()
        # Where classes cannot keep the order, the module says which it is.
        order = module.weight_order or range(len(wanted))
        assert built.count_params() == count, style.value
        assert shapes(built) == [wanted[index] for index in order], style.value
        ordered = given and (given[0], [given[1][index] for index in order])
        check_equal(run(built, ordered), outputs, style)


def shapes(model: Any) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in model.weights]


def run(model: Any, given: tuple[Any, Any] | None) -> list[Any]:
    """Returns what a model gives, or nothing where it is too large to try."""
    if given is None:
        return []
    batch, weights = given
    model.set_weights(weights)
    return flat_arrays(model(batch, training=False))


def check_equal(found: list[Any], wanted: list[Any], style: Style) -> None:
    assert len(found) == len(wanted), style.value
    for one, other in zip(found, wanted, strict=True):
        assert np.isfinite(other).all()
        assert abs(one - other).max() <= 1e-5 * abs(other).max(), style.value
