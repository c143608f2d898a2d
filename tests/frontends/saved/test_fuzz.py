"""Whatever is done to a file, a message comes out, soon.

The usual run tries 1,200 mutated files; KGEN_FUZZ=20000 asks for the long one.
"""

from __future__ import annotations

import ast
import copy
import io
import json
import os
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from frontends.saved import texts
from frontends.saved.test_forms import FORMS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keras_kgen import pipeline
from keras_kgen.errors import KgenError
from keras_kgen.frontends.detect import rebuild_program
from keras_kgen.frontends.saved.containers import open_model, read_model_text
from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.rendering import environment

h5py = pytest.importorskip("h5py")
np = pytest.importorskip("numpy")

LONGEST = 5.0
# How many files are made: those damaged, those with odd configs, and a sixth of mere bytes.
COUNT = int(os.environ.get("KGEN_FUZZ", "1200"))
FUNCTIONAL = texts.functional(
    [
        texts.given("x", 4),
        texts.called(
            texts.layer(
                "LSTM",
                name="a",
                units=3,
                kernel_regularizer=texts.layer("L1L2", l2=1.0),
            ),
            [["x", 0, 0, {}]],
        ),
        texts.called(
            texts.layer("TFOpLambda", name="f", function="math.add"),
            ["a", 0, 0, {"y": ["a", 0, 0]}],
        ),
        texts.called(
            texts.layer("Bidirectional", name="b", layer=texts.layer("GRU", units=1)),
            [["f", 0, 0, {}]],
        ),
    ],
    [["x", 0, 0]],
    [["b", 0, 0]],
    training_config={
        "loss": {"b": "mse"},
        "metrics": ["acc"],
        "optimizer_config": texts.layer("Adam", lr=0.1),
    },
)
DOCUMENTS = [
    json.loads(text)
    for text in (
        texts.KERAS_1,
        texts.KERAS_1_TEXT,
        texts.merge_of_branches(),
        FUNCTIONAL,
        *(text for text, _ in FORMS.values() if text[0] != '"'),
    )
]
ODD: list[Any] = [
    None,
    True,
    -1,
    2**62,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "__import__('os')",
    "\u2028",
    [],
    {},
    [[]],
    ["x", 0, 0],
    ["x", 9, 9, {}],
    texts.layer("__tensor__"),
    texts.layer("__lambda__", value=["x"]),
    texts.layer("__slice__"),
    texts.layer("__bytes__", value="//"),
    texts.layer("__keras_tensor__"),
    texts.layer("Merge", layers=[{}], mode="sum"),
    texts.layer("VarianceScaling", scale={}, mode=[]),
    texts.layer("MeanMetricWrapper", fn=[]),
    {"class_name": {}, "config": []},
    {"class_name": "Sequential", "config": []},
    {"class_name": "function", "config": 3},
    {"type": "ndarray", "value": [1]},
]


def hdf5(config: str) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.attrs["model_config"] = config
        file.attrs["keras_version"] = b"2.2.4"
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [b"a", b"b"]
        for name in ("a", "b"):
            layer = group.create_group(name)
            layer.attrs["weight_names"] = [b"w:0", b"b:0"]
            layer["w:0"] = np.ones((3, 4), "f4")
            layer.create_dataset(
                "b:0", data=np.ones(40), chunks=(16,), compression="gzip"
            )
    return stream.getvalue()


def archive(config: str) -> bytes:
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        file["layers/dense/vars/0"] = np.ones((3, 4), "f4")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("config.json", config, zipfile.ZIP_DEFLATED)
        file.writestr("metadata.json", '{"keras_version": "3.0.0"}')
        file.writestr("model.weights.h5", weights.getvalue())
    return stream.getvalue()


FILES = [hdf5(FUNCTIONAL), archive(FUNCTIONAL), texts.KERAS_1.encode(), hdf5("x")]
# A place in the file as a share of its length, and what happens there.
CHANGES = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.sampled_from(("flip", "set", "cut", "copy", "end")),
        st.integers(0, 255),
    ),
    min_size=1,
    max_size=8,
)


def damaged(data: bytes, changes: list[tuple[float, str, int]]) -> bytes:
    result = bytearray(data)
    for share, what, value in changes:
        place = int(share * len(result))
        if not result:
            break
        match what:
            case "flip":
                result[place] ^= 1 << value % 8
            case "set":
                result[place] = value
            case "cut":
                del result[place : place + value % 20]
            case "copy":
                result[place : place + 16] = result[value : value + 16]
            case "end" if value < 60:
                del result[place:]
    return bytes(result)


@settings(
    max_examples=COUNT * 5 // 12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
@given(st.sampled_from(FILES), CHANGES)
def test_damaged_files(data: bytes, changes: list[tuple[float, str, int]]) -> None:
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.h5"
        path.write_bytes(damaged(data, changes))
        try:
            model = open_model(path)
            for layer in model.weights.layers if model.weights else ():
                for weight in layer.weights:
                    weight.read()
        except KgenError as error:
            assert str(error)
        assert list(Path(folder).iterdir()) == [path]
    assert time.process_time() - started < LONGEST


def places(value: Any) -> list[tuple[Any, Any]]:
    """Returns every place in a document: a list or mapping, and an index or key."""
    found: list[tuple[Any, Any]] = []
    keys = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        found.append((value, key))
        if isinstance(value[key], dict | list):
            found += places(value[key])
    return found


@settings(
    max_examples=COUNT * 5 // 12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
@given(
    st.sampled_from(DOCUMENTS),
    st.lists(
        st.tuples(st.integers(0, 10_000), st.sampled_from([*ODD, "delete"])),
        min_size=1,
        max_size=3,
    ),
)
def test_odd_configs(document: Any, changes: list[tuple[int, Any]]) -> None:
    """What is read is also written, in all styles, but for the formatting."""
    document = copy.deepcopy(document)
    for number, value in changes:
        found = places(document)
        if not found:
            break
        owner, key = found[number % len(found)]
        if value == "delete":
            del owner[key]
        else:
            owner[key] = copy.deepcopy(value)
    started = time.process_time()
    try:
        model = read_model_text(json.dumps(document), "model.json")
        program = rebuild_program(model, "model", None)
        for style in Style:
            ast.parse(unformatted(program, style))
    except KgenError as error:
        assert str(error)
    assert time.process_time() - started < LONGEST


def unformatted(program: Program, style: Style) -> str:
    """Returns a module as the templates write it: Black takes most of the time."""
    with mock.patch.object(environment, "format_source", lambda source: source):
        return pipeline.generate(program, Options(style)).source


@settings(max_examples=COUNT // 6, deadline=None, database=None)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", b"{"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model"
            path.write_bytes(start + data)
            with pytest.raises(KgenError):
                open_model(path)
