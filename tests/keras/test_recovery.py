"""Models that are saved, written with blocks and loops, and built again are the same models.

`zoo` has models as people write them; `--long` takes all of `keras.applications` too.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("keras")
sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
import keras
from recovery import GOAL_FUNCTIONAL, GOAL_SUBCLASS, GOAL_TOTAL, HAND, model_lines
from support import flat_arrays, load_program_of, run_source
from test_applications import NAMES, shapes, tame_weights
from zoo import ZOO

from keras_kgen.errors import UsageError
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import Module, generate

Build = Callable[[], Any]

# One of each make, the whole of which Keras builds in seconds.
QUICK = (
    "DenseNet121",
    "EfficientNetB0",
    "MobileNetV2",
    "NASNetMobile",
    "ResNet50",
    "VGG16",
)
# The class styles of these are run, too.
QUICK_STYLES = ("MobileNetV2", "ResNet50")
LONG_STYLES = (
    *("ConvNeXtTiny", "DenseNet121", "EfficientNetB0", "EfficientNetV2B0"),
    *("InceptionResNetV2", "InceptionV3", "MobileNet", "MobileNetV3Large"),
    *("MobileNetV3Small", "NASNetMobile", "ResNet50V2", "Xception"),
)
# Models that differ from each other in their depth alone.
FAMILIES = (
    ("ResNet50", "ResNet101", "ResNet152"),
    ("ResNet50V2", "ResNet101V2", "ResNet152V2"),
    ("DenseNet121", "DenseNet169", "DenseNet201"),
    ("VGG16", "VGG19"),
)
# What Keras needs for a thousand layers.
RECURSION = 20_000
_SHOWN = 12
_CLASS_STYLES = (Style.SUBCLASS, Style.SEQUENTIAL)


@pytest.fixture(autouse=True)
def deep() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(RECURSION)
    yield
    sys.setrecursionlimit(limit)


def application(name: str) -> Build:
    function = getattr(keras.applications, name)
    return lambda: function(weights=None)


# What class styles are compared for; `--long` takes the others with made-up names too.
QUICK_ZOO = (
    *("densenet_3d_auto", "gpt_auto", "inception_towers_auto", "multi_task_auto"),
    *("resnet_cifar_auto", "siamese_model_auto", "tcn_auto", "unet_auto", "yolo_auto"),
)
# Layers of keras.applications that Keras does not export.
OWN_CLASSES = ("CustomScaleLayer", "LayerScale")


@pytest.mark.parametrize("name", ZOO)
def test_zoo(name: str, tmp_path: Path) -> None:
    """A model of the zoo comes back with all that Keras says of it, names included."""
    check_functional(ZOO[name], tmp_path)


# Names make no difference to weights.
@pytest.mark.parametrize("name", QUICK_ZOO)
def test_zoo_in_class_styles(name: str, tmp_path: Path) -> None:
    """The other styles have its weights in an order that is known, and its outputs."""
    check_classes(ZOO[name], tmp_path)


@pytest.mark.long
@pytest.mark.parametrize(
    "name", [name for name in ZOO if name.endswith("_auto") and name not in QUICK_ZOO]
)
def test_more_of_the_zoo_in_class_styles(name: str, tmp_path: Path) -> None:
    """The other styles have its weights in an order that is known, and its outputs."""
    check_classes(ZOO[name], tmp_path)


@pytest.mark.parametrize("name", QUICK)
def test_application(name: str, tmp_path: Path) -> None:
    check_functional(application(name), tmp_path)
    check_lines(name, tmp_path)


@pytest.mark.parametrize("name", QUICK_STYLES)
def test_application_in_class_styles(name: str, tmp_path: Path) -> None:
    check_classes(application(name), tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in NAMES if name not in QUICK])
def test_every_application(name: str, tmp_path: Path) -> None:
    check_functional(application(name), tmp_path)
    check_lines(name, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("name", LONG_STYLES)
def test_more_applications_in_class_styles(name: str, tmp_path: Path) -> None:
    check_classes(application(name), tmp_path)


@pytest.mark.long
def test_all_applications_take_few_lines(tmp_path: Path) -> None:
    lines = 0
    for name in NAMES:
        save(application(name), tmp_path)
        lines += model_lines(write(tmp_path, Style.FUNCTIONAL).source)
    assert lines <= GOAL_TOTAL


@pytest.mark.long
@pytest.mark.parametrize("names", FAMILIES, ids=lambda names: names[0])
def test_depth_is_one_line(names: tuple[str, ...], tmp_path: Path) -> None:
    """Models of one family differ in the table of their stages alone."""
    sources = [model_part(application(name), tmp_path) for name in names]
    for source in sources[1:]:
        assert len(source) == len(sources[0])
        differing = [p for p in zip(source, sources[0], strict=True) if p[0] != p[1]]
        assert len(differing) == 1, differing


# -- what is checked


def check_functional(build: Build, folder: Path) -> None:
    wanted = json.loads(save(build, folder).to_json())
    module = write(folder, Style.FUNCTIONAL)
    found = json.loads(rebuild(module).to_json())
    unequal = list(differences(*meaningful(found, wanted)))
    assert not unequal, "\n".join([f"{len(unequal)} differences", *unequal[:_SHOWN]])
    flat = write(folder, Style.FUNCTIONAL, flat=True)
    assert lines(module) <= lines(flat)


def check_lines(name: str, folder: Path) -> None:
    """Compares with the lines in which people wrote the saved model in `keras.applications`."""
    goals = {Style.FUNCTIONAL: GOAL_FUNCTIONAL, Style.SUBCLASS: GOAL_SUBCLASS}
    for style, goal in goals.items():
        assert model_lines(write(folder, style).source) <= goal * HAND[name], style


def check_classes(build: Build, folder: Path) -> None:
    model = save(build, folder)
    batch, weights = random_batch(model), tame_weights(model)
    model.set_weights(weights)
    wanted = flat_arrays(model(batch, training=False))
    for style in _CLASS_STYLES:
        try:
            module = write(folder, style)
        except UsageError:
            assert style is Style.SEQUENTIAL
            continue
        built = rebuild(module)
        assert built.count_params() == model.count_params(), style.value
        order = weight_order(module, len(weights))
        assert shapes(built) == [shapes(model)[i] for i in order], style.value
        built.set_weights([weights[i] for i in order])
        found = flat_arrays(built(batch, training=False))
        check_close(found, wanted, style)


def weight_order(module: Module, count: int) -> tuple[int, ...]:
    """Returns for each weight of a module its place in the functional model."""
    order: tuple[int, ...] = getattr(module, "weight_order", ()) or tuple(range(count))
    assert sorted(order) == list(range(count))
    return order


def check_close(found: list[Any], wanted: list[Any], style: Style) -> None:
    assert len(found) == len(wanted), style.value
    for one, other in zip(found, wanted, strict=True):
        assert np.isfinite(other).all()
        assert abs(one - other).max() <= 1e-5 * abs(other).max() + 1e-7, style.value


def random_batch(model: Any) -> Any:
    """Returns a batch for the inputs of a model; numbers of words are 0 and 1."""
    rng = np.random.default_rng(1)

    def values(tensor: Any) -> np.ndarray:
        # Images that are too small leave nothing behind a few strides.
        free = 32 if len(tensor.shape) == 4 else 5
        shape = (2, *(size or free for size in tensor.shape[1:]))
        if "int" in str(tensor.dtype):
            return rng.integers(2, size=shape).astype(str(tensor.dtype))
        return rng.normal(size=shape).astype(str(tensor.dtype))

    return keras.tree.map_structure(values, model.input)


def save(build: Build, folder: Path) -> Any:
    """Returns a model that is the first one of its session, saved in a folder."""
    clear()
    model = build()
    (folder / "model.json").write_text(model.to_json())
    return model


def write(folder: Path, style: Style, flat: bool = False) -> Module:
    program = load_program_of(folder / "model.json")
    module = generate(program, Options(style, flat))
    # Nothing of what was found had to be taken back.
    assert not [note for note in module.notes if "mistake in kgen" in note.message]
    return module


def rebuild(module: Module) -> Any:
    clear()
    return run_source(module.source).build_model()


def clear() -> None:
    keras.backend.clear_session()
    keras.saving.get_custom_objects().clear()


def lines(module: Module) -> int:
    """Returns the lines, without the constants and the assignment that a loop may want."""
    left_out = re.compile(r"\s*$|[A-Z_]+ = |    x = inputs$")
    return sum(not left_out.match(line) for line in module.source.splitlines())


def model_part(build: Build, folder: Path) -> list[str]:
    """Returns the lines of a module before `load_data`, without the model's name."""
    name = save(build, folder).name
    source = write(folder, Style.FUNCTIONAL).source.replace(name, "NAME")
    start = source.index("\nimport keras\n")
    return source[start : source.index("\ndef load_data")].splitlines()


# -- what Keras says of two models


def meaningful(found: Any, wanted: Any) -> tuple[Any, Any]:
    """Returns what `to_json()` says of two models, without what means nothing."""
    found, wanted = meaningless(found), meaningless(wanted)
    if re.fullmatch(r"(functional|sequential)(_\d+)?", wanted["config"]["name"]):
        # Keras made it up; the module is called after the file.
        wanted["config"]["name"] = found["config"]["name"]
    return found, wanted


def meaningless(item: Any) -> Any:
    """Returns a config without the differences that mean nothing.

    - `build_config` is what a layer was built with: Keras works it out from the inputs.
    - `shared_object_id` numbers the objects of one process.
    - `axis` counts from the front or from the end; from the end is what people write.
    - `mean` and `variance` of a Normalization are 32-bit numbers in more digits or fewer.
    - `module` and `registered_name` of classes that Keras does not export: the module
      defines them itself.

    The order of keys counts for nothing either, since dictionaries are compared.
    """
    if isinstance(item, list):
        return [meaningless(inner) for inner in item]
    if not isinstance(item, dict):
        return item
    dropped = ("build_config", "shared_object_id")
    plain = {key: meaningless(v) for key, v in item.items() if key not in dropped}
    if plain.get("class_name") in OWN_CLASSES:
        plain.update(module=None, registered_name=None)
    config = plain.get("config")
    if isinstance(config, dict):
        plain["config"] = {**config, **from_the_end(config, item.get("build_config"))}
        if item.get("class_name") == "Normalization":
            numbers = {key: in_32_bits(config[key]) for key in ("mean", "variance")}
            plain["config"].update(numbers)
    return plain


def from_the_end(
    config: Mapping[str, Any], build_config: Mapping[str, Any] | None
) -> dict[str, int]:
    axis, shape = config.get("axis"), (build_config or {}).get("input_shape")
    if type(axis) is not int or axis < 0 or not shape:
        return {}
    first = shape[0] if isinstance(shape[0], list) else shape
    return {"axis": axis - len(first)}


def in_32_bits(value: Any) -> Any:
    return None if value is None else np.asarray(value, "float32").tolist()


def differences(found: Any, wanted: Any, path: str = "") -> Iterator[str]:
    """Yields where two configs differ, in words."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in {**wanted, **found}:
            inner = (found.get(key, "nothing"), wanted.get(key, "nothing"))
            yield from differences(*inner, f"{path}.{key}")
    elif isinstance(found, list) and isinstance(wanted, list):
        if len(found) != len(wanted):
            yield f"{path}: found {len(found)} items, wanted {len(wanted)}"
        for index, inner in enumerate(zip(found, wanted, strict=False)):
            yield from differences(*inner, f"{path}[{index}]")
    elif (type(found), found) != (type(wanted), wanted):
        yield f"{path}: found {found!r:.80}, wanted {wanted!r:.80}"
