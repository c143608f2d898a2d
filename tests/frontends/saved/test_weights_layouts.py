"""Arrays of older generations become those of Keras 3, as tf_keras converts them."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import run_module

from keras_kgen.frontends.saved.containers import read_model_text
from keras_kgen.frontends.saved.model import SavedLayer
from keras_kgen.frontends.saved.weight_layouts import Era, convert

Config = dict[str, Any]
Case = tuple[str, Config, tuple[int | None, ...], list[tuple[int, ...]]]


def gates(count: int, features: int, units: int) -> list[tuple[int, ...]]:
    return [(features, units), (units, units), (units,)] * count


def conv(rank: int, data_format: str = "channels_last") -> Config:
    size = [3, 2, 4][:rank]
    return {"filters": 6, "kernel_size": size, "data_format": data_format}


IMAGE, FIRST = (None, 9, 9, 5), (None, 5, 9, 9)
# Class, config in Keras 2's names, shape of the input, shapes of the arrays in Keras 1.
KERAS_1: dict[str, Case] = {
    "lstm": ("LSTM", {"units": 4}, (None, 7, 3), gates(4, 3, 4)),
    "gru": ("GRU", {"units": 4, "reset_after": False}, (None, 7, 3), gates(3, 3, 4)),
    "lstm_gpu": ("LSTM", {"units": 4}, (None, 7, 3), [(3, 16), (4, 16), (16,)]),
    "conv1d": ("Conv1D", conv(1), (None, 9, 5), [(3, 1, 5, 6), (6,)]),
    "conv1d_1_1": ("Conv1D", conv(1), (None, 9, 5), [(6, 5, 3, 1), (6,)]),
    "conv2d": ("Conv2D", conv(2), IMAGE, [(3, 2, 5, 6), (6,)]),
    "conv2d_th": ("Conv2D", conv(2, "channels_first"), FIRST, [(6, 5, 3, 2), (6,)]),
    "transpose": ("Conv2DTranspose", conv(2), IMAGE, [(3, 2, 5, 6), (6,)]),
    "transpose_th": (
        "Conv2DTranspose",
        conv(2, "channels_first"),
        FIRST,
        [(6, 5, 3, 2), (6,)],
    ),
    "conv3d_th": (
        "Conv3D",
        conv(3, "channels_first"),
        (None, 5, 9, 9, 9),
        [(6, 5, 3, 2, 4), (6,)],
    ),
    "conv_lstm": (
        "ConvLSTM2D",
        {**conv(2), "filters": 4},
        (None, 3, 9, 9, 5),
        [(3, 2, 5, 4), (3, 2, 4, 4), (4,)] * 4,
    ),
    "dense": ("Dense", {"units": 4}, (None, 3), [(3, 4), (4,)]),
}
CUDNN: dict[str, Case] = {
    "cudnn_lstm": ("LSTM", {"units": 4}, (None, 7, 3), [(3, 16), (4, 16), (32,)]),
    "cudnn_gru": (
        "GRU",
        {"units": 4, "reset_after": True},
        (None, 7, 3),
        [(3, 12), (4, 12), (24,)],
    ),
    "gru_after": (
        "GRU",
        {"units": 4, "reset_after": True},
        (None, 7, 3),
        [(3, 12), (4, 12), (2, 12)],
    ),
    "gru_before": (
        "GRU",
        {"units": 4, "reset_after": False},
        (None, 7, 3),
        [(3, 12), (4, 12), (12,)],
    ),
}
VERSIONS = {"1": KERAS_1, "2": CUDNN}


def wrapped(kind: str, case: Case) -> Case:
    """Returns a layer in a wrapper."""
    name, config, (batch, *rest), shapes = case
    inner = {"class_name": name, "config": config}
    if kind == "Bidirectional":
        return kind, {"layer": inner}, (batch, *rest), shapes * 2
    return kind, {"layer": inner}, (batch, 3, *rest), shapes


KERAS_1["both_ways"] = wrapped("Bidirectional", KERAS_1["lstm"])
KERAS_1["over_time"] = wrapped("TimeDistributed", KERAS_1["conv2d_th"])
CUDNN["both_ways_on_gpu"] = wrapped("Bidirectional", CUDNN["cudnn_gru"])
CASES = {
    name: (version, case)
    for version, kind in VERSIONS.items()
    for name, case in kind.items()
}


def layer_of(case: Case) -> SavedLayer:
    """Returns a layer as it is read from a file."""
    config = {**case[1], "name": "layer", "batch_input_shape": case[2]}
    layer = {"class_name": case[0], "config": config}
    model = {"class_name": "Sequential", "config": [layer], "keras_version": "2.0.0"}
    network = read_model_text(json.dumps(model), "model.json").network
    assert network is not None
    return network.layer("layer")


def arrays_of(case: Case) -> list[Any]:
    rng = np.random.default_rng(4)
    return [rng.normal(size=shape).astype("float32") for shape in case[3]]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what tf_keras makes of all arrays, in a process of its own."""
    if importlib.util.find_spec("tf_keras") is None:
        pytest.skip("tf_keras is not installed")
    folder = tmp_path_factory.mktemp("layouts")
    written = {}
    for name, (version, case) in CASES.items():
        layer = {"class_name": case[0], "config": case[1]}
        written[name] = {"layer": layer, "shape": case[2], "version": version}
        np.savez(folder / f"{name}.npz", *arrays_of(case))
    (folder / "cases.json").write_text(json.dumps(written))
    script = Path(__file__).with_name("legacy_layouts.py")
    result = run_module(folder, str(script), str(folder))
    assert result.returncode == 0, result.stderr
    return folder


@pytest.mark.keras
@pytest.mark.parametrize("name", CASES)
def test_arrays_are_those_that_tf_keras_makes(answers: Path, name: str) -> None:
    version, case = CASES[name]
    found = convert(layer_of(case), arrays_of(case), Era(int(version), "tensorflow"))
    with np.load(answers / f"{name}.npz") as file:
        wanted = [file[key] for key in file.files]
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


def convolved(signal: Any, kernel: Any) -> Any:
    """Returns what Theano makes of a signal: it turns the kernel around."""
    return np.convolve(signal, kernel, mode="valid")


def correlated(signal: Any, kernel: Any) -> Any:
    """Returns what all others make of it."""
    return np.correlate(signal, kernel, mode="valid")


@pytest.mark.parametrize("generation", [1, 2])
def test_kernels_of_theano_are_turned_around(generation: int) -> None:
    """The same kernel gives the same results, once Theano's is turned around."""
    shape = (3, 1, 1, 1) if generation == 1 else (3, 1, 1)
    config = {"filters": 1, "kernel_size": [3]}
    case: Case = ("Conv1D", config, (None, 9, 1), [shape, (1,)])
    kernel, bias = arrays_of(case)
    found = convert(layer_of(case), [kernel, bias], Era(generation, "theano"))
    assert found[0].shape == (3, 1, 1)
    signal = np.random.default_rng(1).normal(size=9)
    np.testing.assert_allclose(
        correlated(signal, found[0].ravel()), convolved(signal, kernel.ravel())
    )
    np.testing.assert_array_equal(found[1], bias)


@pytest.mark.parametrize(
    ("name", "shapes", "turned"),
    [
        ("Conv2D", [(3, 2, 5, 6), (6,)], 1),
        ("DepthwiseConv2D", [(3, 2, 5, 1), (5,)], 1),
        ("SeparableConv2D", [(3, 2, 5, 1), (1, 1, 5, 6), (6,)], 1),
        ("ConvLSTM2D", [(3, 2, 5, 8), (3, 2, 2, 8), (8,)], 2),
        ("Dense", [(3, 4), (4,)], 0),
    ],
)
def test_only_kernels_that_slide_are_turned_around(
    name: str, shapes: list[tuple[int, ...]], turned: int
) -> None:
    config = {"units": 4} if name == "Dense" else conv(2)
    case: Case = (name, config, IMAGE, shapes)
    arrays = arrays_of(case)
    found = convert(layer_of(case), arrays, Era(2, "theano"))
    for index, (one, other) in enumerate(zip(found, arrays, strict=True)):
        wanted = other[::-1, ::-1] if index < turned else other
        np.testing.assert_array_equal(one, wanted)


def test_separable_kernels_of_keras_1() -> None:
    case: Case = ("SeparableConv2D", conv(2, "channels_first"), FIRST, [])
    depthwise, pointwise = np.ones((2, 5, 3, 2)), np.ones((6, 10, 1, 1))
    depthwise[1, 4, 2, 0] = pointwise[5, 9, 0, 0] = 7
    found = convert(layer_of(case), [depthwise, pointwise, np.ones(6)], Era(1))
    assert [array.shape for array in found] == [(3, 2, 5, 2), (1, 1, 10, 6), (6,)]
    assert found[0][2, 0, 4, 1] == found[1][0, 0, 9, 5] == 7


def test_gates_of_images_in_keras_1() -> None:
    """tf_keras joins these along the width, which cannot be what was meant."""
    config = {**conv(2, "channels_first"), "filters": 4}
    case: Case = (
        "ConvLSTM2D",
        config,
        (None, 3, 5, 9, 9),
        [(4, 5, 3, 2), (4, 4, 3, 2), (4,)] * 4,
    )
    arrays = arrays_of(case)
    found = convert(layer_of(case), arrays, Era(1))
    assert [array.shape for array in found] == [(3, 2, 5, 16), (3, 2, 4, 16), (16,)]
    # Its gates were i, c, f, o.
    np.testing.assert_array_equal(found[0][..., 4:8], arrays[6].transpose(2, 3, 1, 0))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("rank", [1, 2])
def test_kernels_of_one_dense_layer(rank: int, data_format: str) -> None:
    """LocallyConnected layers had three layouts; the first is what kgen's class has."""
    sizes, window, steps = (6, 7)[:rank], (3, 2)[:rank], (1, 2)[:rank]
    channels, filters, is_first = 2, 4, data_format == "channels_first"
    places = [(s - w) // n + 1 for s, w, n in zip(sizes, window, steps, strict=True)]
    rng = np.random.default_rng(3)
    wanted = rng.normal(
        size=(int(np.prod(places)), int(np.prod(window)) * channels, filters)
    )
    seen = (channels, *window) if is_first else (*window, channels)
    dense = np.zeros((*sizes, channels, *places, filters))
    for number, place in enumerate(np.ndindex(*places)):
        for offset in np.ndindex(*window):
            at = tuple(p * n + o for p, n, o in zip(place, steps, offset, strict=True))
            for channel in range(channels):
                inner = (channel, *offset) if is_first else (*offset, channel)
                row = int(np.ravel_multi_index(inner, seen))
                dense[(*at, channel, *place)] = wanted[number, row]
    # What goes in and what comes out have their channels where images have them.
    moved = dense
    if is_first:
        moved = np.moveaxis(dense, (rank, 2 * rank + 1), (0, rank + 1))
    matrix = moved.reshape(int(np.prod(sizes)) * channels, -1).T
    bias = rng.normal(size=(*places, filters))
    config = {
        "filters": filters,
        "kernel_size": list(window),
        "strides": list(steps),
        "data_format": data_format,
    }
    image = (channels, *sizes) if is_first else (*sizes, channels)
    layer = layer_of((f"LocallyConnected{rank}D", config, (None, *image), []))
    for kernel in (wanted, moved, matrix[matrix != 0]):
        found, rest = convert(layer, [kernel, bias], Era(2))
        np.testing.assert_array_equal(found, wanted)
        if is_first:
            # Keras reshaped it, where it would have had to transpose it.
            rest = np.moveaxis(rest, -1, 0).reshape(bias.shape)
        np.testing.assert_array_equal(rest, bias)
