"""Files are told by their bytes, and what is no model gets a message."""

from __future__ import annotations

import array
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
from frontends.saved.texts import layer, sequential

from keras_kgen.errors import SourceError, UsageError
from keras_kgen.frontends.saved.containers import is_saved_model, open_model
from keras_kgen.frontends.saved.model import Container
from keras_kgen.frontends.saved.weights import WeightFormat

MODEL = sequential(layer("Dense", name="d", batch_input_shape=[None, 2], units=3))


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize(
    "text",
    [MODEL, json.dumps(MODEL), json.dumps(json.dumps(MODEL)), f"\ufeff  {MODEL}"],
    ids=["plain", "twice", "thrice", "mark"],
)
@pytest.mark.parametrize("name", ["model.json", "model.h5", "model"])
def test_json_by_any_name(tmp_path: Path, text: str, name: str) -> None:
    path = write(tmp_path / name, text)
    assert is_saved_model(path)
    model = open_model(path)
    assert model.container is Container.JSON
    assert model.network is not None and len(model.network.layers) == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "this is no saved model: expected a .keras archive, an HDF5 file or JSON"),
        ("layers:\n  - Dense(3)\n", "this is no saved model: expected a .keras"),
        (pickle.dumps({}, 4), "this is a pickle, which kgen never reads"),
        (b"\x1f\x8b\x08", "this file is compressed with gzip"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
        ("{}", "'class_name' is missing"),
        ("[]", "expected a mapping. Received: []"),
        ('{"class_name": "Sequential", "config": []}', "the model has no layers"),
        (
            '{"name": "Sequential", "layers": [{"name": "Dense"}]}',
            "older than Keras 1.0",
        ),
        ('{"a": 1, "a": 2}', "the key 'a' is given twice"),
        (b'{"class_name": "\xff"}', "the text is not UTF-8"),
        ('{"class_name": "\\ud800"}', "half a letter"),
        ("[" * 100_000, "nested too deeply"),
        ("[" * 300 + "]" * 300, "nested too deeply"),
        ('{"a": 1' + "0" * 5000 + "}", "is too large"),
        ('{"format": "graph-model", "modelTopology": {}}', "operations and no layers"),
        (
            '{"class_name": "Sequential", "config": 3}',
            "expected a mapping. Received: 3",
        ),
        (b"PK\x03\x04 and no more", "the archive is cut off or damaged"),
        (b"\x89HDF\r\n\x1a\n", "a record of it ends too early"),
    ],
)
def test_messages(tmp_path: Path, data: str | bytes, message: str) -> None:
    path = write(tmp_path / "model.keras", data)
    with pytest.raises(SourceError, match=message.replace("[", r"\[")) as error:
        open_model(path, "model.keras")
    assert str(error.value).startswith("model.keras")


def test_folders(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="this folder holds no model"):
        open_model(tmp_path)
    write(tmp_path / "saved_model.pb", b"\x08\x01\x12")
    with pytest.raises(SourceError, match="SavedModel, which holds operations"):
        open_model(tmp_path)
    with pytest.raises(SourceError, match="SavedModel, which holds operations"):
        open_model(tmp_path / "saved_model.pb")
    with pytest.raises(UsageError, match="No such file"):
        open_model(tmp_path / "none.h5")


def zipped(path: Path, entries: dict[str, Any], **options: Any) -> Path:
    with zipfile.ZipFile(path, "w", **options) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return path


@pytest.mark.parametrize(
    "name", ["../evil.py", "/etc/cron.d/x", "..\\x", "a/../../b", "C:/x"]
)
def test_entries_that_point_out(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "m.keras", {"config.json": MODEL, name: "x"})
    with pytest.raises(SourceError, match="which points out of it"):
        open_model(path)
    assert list(tmp_path.iterdir()) == [path]


def test_bombs(tmp_path: Path) -> None:
    bomb = {"config.json": b" " * (65 << 20)}
    path = zipped(tmp_path / "m.keras", bomb, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(SourceError, match="claims 68157440 bytes, which is too much"):
        open_model(path)
    data = bytearray(path.read_bytes())
    place = data.rfind(b"PK\x01\x02") + 24  # the size in the directory
    data[place : place + 4] = (1000).to_bytes(4, "little")
    write(path, bytes(data))
    with pytest.raises(SourceError, match=r"config.json is damaged|this is not JSON"):
        open_model(path)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"a.npy": b""}, "NumPy arrays and no model"),
        ({"x/saved_model.pb": b""}, "unpacked, this is a TensorFlow SavedModel"),
        ({"readme.txt": b""}, "it has no config.json"),
        (
            {"config.json": MODEL, "metadata.json": "x"},
            "metadata.json: error: this is not",
        ),
        ({"config.json": MODEL, "model.weights.h5": b"x"}, "this file cannot be read"),
    ],
)
def test_other_archives(tmp_path: Path, entries: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        open_model(zipped(tmp_path / "m.keras", entries))


def tensorflow_js(folder: Path, paths: list[str], **more: Any) -> Path:
    weights = [
        {"name": "d/kernel", "shape": [2, 3], "dtype": "float32"},
        {"name": "d/bias", "shape": [3], "dtype": "float32", **more},
    ]
    model = {
        "format": "layers-model",
        "modelTopology": {"keras_version": "2.4.0", "model_config": json.loads(MODEL)},
        "weightsManifest": [{"paths": paths, "weights": weights}],
    }
    return write(folder / "model.json", json.dumps(model))


def test_tensorflow_js(tmp_path: Path) -> None:
    numbers = array.array("f", range(9)).tobytes()
    write(tmp_path / "shard1.bin", numbers[:10])
    write(tmp_path / "shard2.bin", numbers[10:])
    tensorflow_js(tmp_path, ["shard1.bin", "shard2.bin"])
    model = open_model(tmp_path)
    assert model.container is Container.TENSORFLOW_JS
    assert model.generation == 2
    assert model.weights is not None
    assert model.weights.format is WeightFormat.MANIFEST
    (found,) = model.weights.layers
    assert [weight.shape for weight in found.weights] == [(2, 3), (3,)]
    assert b"".join(weight.read() for weight in found.weights) == numbers


def test_tensorflow_js_packs_numbers(tmp_path: Path) -> None:
    packed = {"quantization": {"dtype": "uint8", "scale": 0.5, "min": -1.0}}
    write(tmp_path / "a.bin", array.array("f", range(6)).tobytes() + bytes([0, 2, 4]))
    weights = open_model(tensorflow_js(tmp_path, ["a.bin"], **packed)).weights
    assert weights is not None
    bias = weights.layers[0].weights[1]
    assert array.array("f", bias.read()).tolist() == [-1.0, 0.0, 1.0]


def test_tensorflow_js_needs_its_shards(tmp_path: Path) -> None:
    assert open_model(tensorflow_js(tmp_path, ["a.bin"])).weights is None
    write(tmp_path / "a.bin", b"123")
    weights = open_model(tensorflow_js(tmp_path, ["a.bin"])).weights
    assert weights is not None
    with pytest.raises(
        SourceError, match="d/kernel: error: this weight cannot be read"
    ):
        weights.layers[0].weights[0].read()


@pytest.mark.parametrize(
    "name", ["../a.bin", "/etc/passwd", "http://x/y", "a\\b", ".."]
)
def test_tensorflow_js_shards_stay_beside_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="must be in files beside"):
        open_model(tensorflow_js(tmp_path, [name]))
