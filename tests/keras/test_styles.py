"""Each style of each preset is the same model: the promise of kgen, checked with Keras."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import flat_arrays, load_preset, preset_styles, run_module, run_source

from keras_kgen.errors import Diagnostics, UsageError
from keras_kgen.frontends import presets
from keras_kgen.options import Options, Style
from keras_kgen.passes.count_parameters import count_parameters
from keras_kgen.pipeline import analyse, check, generate

keras = pytest.importorskip("keras")


def build(preset: str, style: Style, flat: bool = False) -> Any:
    return run_source(
        generate(load_preset(preset), Options(style, flat)).source
    ).build_model()


def random_inputs(model: Any) -> Any:
    """Returns a batch for the inputs of a functional model."""
    rng = np.random.default_rng(1)
    batch = {}
    for tensor in model.inputs:
        shape = (3, *(size or 5 for size in tensor.shape[1:]))
        is_integer = "int" in str(tensor.dtype)
        values = rng.integers(100, size=shape) if is_integer else rng.normal(size=shape)
        batch[tensor.name] = values.astype(str(tensor.dtype))
    return batch if len(batch) > 1 else next(iter(batch.values()))


def random_weights(model: Any) -> list[np.ndarray]:
    rng = np.random.default_rng(2)
    values = [rng.uniform(0.1, 0.9, size=weight.shape) for weight in model.weights]
    return [
        value * (1 if "variance" in w.path else 0.2)
        for value, w in zip(values, model.weights, strict=True)
    ]


def counts(model: Any) -> tuple[int, int, int]:
    trainable = sum(int(np.prod(w.shape)) for w in model.trainable_weights)
    frozen = sum(int(np.prod(w.shape)) for w in model.non_trainable_weights)
    return (model.count_params(), trainable, frozen)


@pytest.mark.parametrize("preset", presets.names())
@pytest.mark.parametrize("flat", [False, True], ids=["blocks", "flat"])
def test_styles_agree(preset: str, flat: bool) -> None:
    """Parameters, weights in order, output shapes and outputs are the same in every style."""
    reference = build(preset, Style.FUNCTIONAL, flat)
    batch = random_inputs(reference)
    weights = random_weights(reference)
    reference.set_weights(weights)
    expected = flat_arrays(reference(batch))
    compared = 0
    for style in (Style.SEQUENTIAL, Style.SUBCLASS):
        try:
            model = build(preset, style, flat)
        except UsageError:
            continue
        assert counts(model) == counts(reference)
        assert [w.shape for w in model.weights] == [w.shape for w in reference.weights]
        assert [w.name for w in model.weights] == [w.name for w in reference.weights]
        model.set_weights(weights)
        outputs = flat_arrays(model(batch))
        assert [o.shape for o in outputs] == [o.shape for o in expected]
        for output, wanted in zip(outputs, expected, strict=True):
            np.testing.assert_allclose(output, wanted, atol=1e-5)
        compared += 1
    assert compared


@pytest.mark.parametrize("preset", presets.names())
def test_kgen_knows_shapes_and_parameters(preset: str) -> None:
    """What kgen works out without Keras is what Keras finds."""
    analysed = analyse(check(load_preset(preset), Diagnostics()), Diagnostics())
    model = build(preset, Style.FUNCTIONAL)
    found = count_parameters(analysed.graph, analysed.specs)
    assert (found.total, found.trainable, found.non_trainable) == counts(model)
    shapes = [analysed.specs[ref].shape for _, ref in sorted(analysed.graph.outputs)]
    assert shapes == [tensor.shape for tensor in model.outputs]


@pytest.mark.parametrize(("preset", "style"), preset_styles())
def test_summary_shows_every_shape(preset: str, style: Style) -> None:
    """No row of `summary()` has a question mark, in a subclassed model either."""
    lines: list[str] = []
    build(preset, style).summary(print_fn=lines.append)
    text = "\n".join(lines)
    assert "Total params" in text
    assert "?" not in text
    assert "unbuilt" not in text


@pytest.mark.parametrize("style", list(Style))
def test_seed_model_to_the_number(style: Style) -> None:
    lines: list[str] = []
    model = build("mnist_mlp", style)
    model.summary(print_fn=lines.append)
    text = "\n".join(lines)
    assert "Total params: 119,306" in text
    assert "Trainable params: 118,794" in text
    assert "Non-trainable params: 512" in text
    assert model.output_shape == (None, 10) if style is not Style.SUBCLASS else True


@pytest.mark.parametrize(("preset", "style"), preset_styles())
def test_saved_model_is_the_same_in_a_new_process(
    preset: str, style: Style, tmp_path: Path
) -> None:
    """A new process that has imported the module needs only `load_model(path)`."""
    if style is Style.FUNCTIONAL and preset != "mnist_siamese":
        pytest.skip("has no classes of its own")
    source = generate(load_preset(preset), Options(style)).source
    (tmp_path / "model_code.py").write_text(source)
    module = run_source(source)
    model = module.build_model()
    reference = build(preset, Style.FUNCTIONAL)
    batch = random_inputs(reference)
    expected = flat_arrays(model(batch))
    model.save(tmp_path / "model.keras")
    arrays = (
        {f"x_{key}": value for key, value in batch.items()}
        if isinstance(batch, dict)
        else {"x": batch}
    )
    np.savez(tmp_path / "batch.npz", **arrays)
    (tmp_path / "load.py").write_text(_LOAD)
    result = run_module(tmp_path, "load.py")
    assert result.returncode == 0, result.stderr
    with np.load(tmp_path / "outputs.npz") as file:
        outputs = [file[key] for key in file]
    for output, wanted in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(output, wanted, atol=1e-5)
    sys.modules.pop("model_code", None)


_LOAD = """
import keras
import numpy as np

import model_code

model = keras.models.load_model("model.keras")
with np.load("batch.npz") as file:
    batch = {key[2:]: file[key] for key in file} if "x" not in file else file["x"]
outputs = keras.tree.flatten(model(batch))
np.savez("outputs.npz", *[keras.ops.convert_to_numpy(tensor) for tensor in outputs])
"""
