"""Layers and functions that Keras 3 no longer has: the modules' own compute what Keras' did."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from support import run_source

from keras_kgen.catalogue import former
from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.detect import load_program
from keras_kgen.ir.expand import expand
from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.passes.count_parameters import model_weights
from keras_kgen.passes.infer_shapes import infer_shapes
from keras_kgen.pipeline import check, generate
from keras_kgen.rendering.formatting import format_source

Array = np.ndarray
Weights = Sequence[Array]


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def hard_sigmoid(x: Array, weights: Weights) -> Array:
    return np.maximum(0, np.minimum(1, 0.2 * x + 0.5))


def maxout(x: Array, weights: Weights) -> Array:
    kernel, *bias = weights
    features = np.stack([x @ matrix for matrix in kernel], axis=1)
    return np.max(features + (bias[0] if bias else 0), axis=1)


def highway(x: Array, weights: Weights) -> Array:
    kernel, carry_kernel, bias, carry_bias = weights
    gate = sigmoid(x @ carry_kernel + carry_bias)
    return gate * np.tanh(x @ kernel + bias) + (1 - gate) * x


def local_1d(x: Array, weights: Weights) -> Array:
    kernel, bias = weights
    steps = [
        x[:, 2 * i : 2 * i + 3].reshape(len(x), -1) @ kernel[i] + bias[i]
        for i in range(len(kernel))
    ]
    return np.maximum(np.stack(steps, axis=1), 0)


def local_2d(x: Array, weights: Weights) -> Array:
    """Images of 5x6 pixels, windows of 2x3, strides of 1x2."""
    kernel, bias = weights
    rows = [
        [
            x[:, i : i + 2, 2 * j : 2 * j + 3].reshape(len(x), -1) @ kernel[i * 2 + j]
            for j in range(2)
        ]
        for i in range(4)
    ]
    found = np.stack([np.stack(row, axis=1) for row in rows], axis=1)
    return found + bias


def local_2d_channels_first(x: Array, weights: Weights) -> Array:
    """The same with the channels in front, inside of the windows too."""
    kernel, bias = weights
    rows = [
        [
            x[:, :, i : i + 2, 2 * j : 2 * j + 3].reshape(len(x), -1)
            @ kernel[i * 2 + j]
            for j in range(2)
        ]
        for i in range(4)
    ]
    found = np.stack([np.stack(row, axis=1) for row in rows], axis=1) + bias
    return found.transpose(0, 3, 1, 2)


def softplus(x: Array, weights: Weights) -> Array:
    alpha, beta = weights
    return alpha * np.log1p(np.exp(beta * x))


def srelu(x: Array, weights: Weights) -> Array:
    t_left, a_left, t_right, a_right = weights
    t_right = t_left + np.abs(t_right)
    left = t_left + a_left * (x - t_left)
    right = t_right + a_right * (x - t_right)
    return np.where(x < t_left, left, np.where(x > t_right, right, x))


@dataclass(frozen=True)
class Case:
    """A layer in the form of its time, what goes in, and what Keras computed."""

    name: str
    version: str
    class_name: str
    config: dict[str, Any]
    shape: tuple[int, ...]
    formula: Callable[[Array, Weights], Array]


LOCAL_2D = {
    "filters": 3,
    "kernel_size": [2, 3],
    "strides": [1, 2],
    "padding": "valid",
    "data_format": "channels_last",
    "activation": "linear",
    "implementation": 1,
}
CASES = [
    Case(
        "hard_sigmoid",
        "2.2.4",
        "Activation",
        {"activation": "hard_sigmoid"},
        (7,),
        hard_sigmoid,
    ),
    Case(
        "MaxoutDense",
        "1.2.2",
        "MaxoutDense",
        {"output_dim": 3, "nb_feature": 4, "init": "glorot_uniform", "bias": True},
        (5,),
        maxout,
    ),
    Case(
        "MaxoutDense_without_bias",
        "1.0.0",
        "MaxoutDense",
        {"output_dim": 3, "nb_feature": 2, "bias": False},
        (5,),
        maxout,
    ),
    Case(
        "Highway",
        "1.2.2",
        "Highway",
        {"activation": "tanh", "bias": True, "input_dim": 5},
        (5,),
        highway,
    ),
    Case(
        "LocallyConnected1D",
        "2.1.0",
        "LocallyConnected1D",
        {
            "filters": 4,
            "kernel_size": [3],
            "strides": [2],
            "padding": "valid",
            "activation": "relu",
        },
        (8, 2),
        local_1d,
    ),
    Case(
        "LocallyConnected1D_of_Keras_1",
        "1.2.0",
        "LocallyConnected1D",
        {
            "nb_filter": 4,
            "filter_length": 3,
            "subsample_length": 2,
            "border_mode": "valid",
            "activation": "relu",
        },
        (8, 2),
        local_1d,
    ),
    Case(
        "LocallyConnected2D",
        "2.3.1",
        "LocallyConnected2D",
        LOCAL_2D,
        (5, 6, 2),
        local_2d,
    ),
    Case(
        "LocallyConnected2D_channels_first",
        "2.3.1",
        "LocallyConnected2D",
        {**LOCAL_2D, "data_format": "channels_first"},
        (2, 5, 6),
        local_2d_channels_first,
    ),
    Case(
        "ParametricSoftplus",
        "1.2.0",
        "ParametricSoftplus",
        {"alpha_init": 0.3, "beta_init": 2.0},
        (4, 3),
        softplus,
    ),
    Case("SReLU", "1.2.0", "SReLU", {"a_left_init": "glorot_uniform"}, (4, 3), srelu),
    Case(
        "SReLU_shared",
        "1.2.0",
        "SReLU",
        {"t_left_init": "zero", "shared_axes": [1]},
        (4, 3),
        srelu,
    ),
]
CASES += [
    Case(name, "2.9.0", name, {"factor": [0.1, 0.3]}, (4, 6, 2), lambda x, weights: x)
    for name in ("RandomHeight", "RandomWidth")
]


def program_of(case: Case, folder: Path) -> Program:
    config = {"name": "it", "batch_input_shape": [None, *case.shape], **case.config}
    model = {
        "class_name": "Sequential",
        "config": [{"class_name": case.class_name, "config": config}],
        "keras_version": case.version,
    }
    (folder / "model.json").write_text(json.dumps(model))
    return load_program(str(folder / "model.json"), lambda: "")


def randomize(model: keras.Model) -> None:
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.mark.parametrize("style", Style, ids=lambda style: style.value)
def test_computes_what_keras_did(case: Case, style: Style, tmp_path: Path) -> None:
    source = generate(program_of(case, tmp_path), Options(style)).source
    keras.saving.get_custom_objects().clear()
    model = run_source(source).build_model()
    randomize(model)
    x = np.random.default_rng(2).normal(size=(6, *case.shape)).astype("float32") * 2
    expected = case.formula(x, model.get_weights())
    result = keras.ops.convert_to_numpy(model(x))
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(again(x)), result, rtol=1e-6, atol=1e-6
    )


def test_the_weights_are_those_of_the_rule(case: Case, tmp_path: Path) -> None:
    program = check(program_of(case, tmp_path), Diagnostics())
    graph = expand(program)
    diagnostics = Diagnostics()
    specs = infer_shapes(graph, diagnostics)
    assert not list(diagnostics)
    weights = model_weights(graph, specs)
    assert weights is not None
    keras.saving.get_custom_objects().clear()
    model = run_source(generate(program).source).build_model()
    assert [w.shape for w in weights] == [tuple(w.shape) for w in model.weights]
    assert [w.name for w in weights] == [w.name for w in model.weights]
    ((_, ref),) = graph.outputs
    assert specs[ref].shape == model.output_shape


@pytest.mark.parametrize(("name", "axis"), [("RandomHeight", 1), ("RandomWidth", 2)])
def test_random_size_in_training(name: str, axis: int, tmp_path: Path) -> None:
    case = Case(name, "2.9.0", name, {"factor": [0.5, 1.0]}, (4, 4, 2), softplus)
    source = generate(program_of(case, tmp_path)).source
    keras.saving.get_custom_objects().clear()
    model = run_source(source).build_model()
    result = model(np.zeros((1, 4, 4, 2), dtype="float32"), training=True)
    assert result.shape[3 - axis] == 4
    assert 6 <= result.shape[axis] <= 8


@pytest.mark.parametrize("name", former.names())
def test_the_source_is_as_black_leaves_it(name: str) -> None:
    source = former.find(name)
    assert source is not None
    assert format_source(source.text) == source.text


def test_every_layer_has_a_case() -> None:
    of_applications = {"LayerScale", "StochasticDepth", "CustomScaleLayer"}
    assert {case.name.partition("_of")[0] for case in CASES} | of_applications >= set(
        former.names()
    )
