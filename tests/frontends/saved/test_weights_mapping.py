"""Weights go to the layers that they belong to, whichever way a file arranges them."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kgen_runner import Kgen

h5py = pytest.importorskip("h5py")

Arrays = Mapping[str, Any]
Layer = dict[str, Any]
_RNG = np.random.default_rng(8)


def some(*shape: int) -> Any:
    return _RNG.normal(size=shape).astype("float32")


def layer(class_name: str, name: str, **config: Any) -> Layer:
    return {"class_name": class_name, "config": {**config, "name": name}}


def sequential(*layers: Layer, name: str = "little") -> Layer:
    return {
        "class_name": "Sequential",
        "config": {"name": name, "layers": list(layers)},
    }


def text(model: Layer, version: str = "2.2.4") -> str:
    return json.dumps({**model, "keras_version": version, "backend": "tensorflow"})


def write_groups(root: Any, groups: Sequence[tuple[str, Arrays]]) -> None:
    """Writes weights by layer, as all generations of Keras did."""
    root.attrs["layer_names"] = [name.encode() for name, _ in groups]
    for name, arrays in groups:
        group = root.create_group(name)
        group.attrs["weight_names"] = [key.encode() for key in arrays]
        for key, array in arrays.items():
            group[key] = array


def write_h5(
    path: str,
    groups: Sequence[tuple[str, Arrays]],
    version: str = "2.2.4",
    model: Layer | None = None,
    backend: str = "tensorflow",
) -> None:
    """Writes an HDF5 file, a whole model or weights alone."""
    with h5py.File(path, "w") as file:
        root = file
        if model is not None:
            file.attrs["model_config"] = json.dumps(model).encode()
            file.attrs["keras_version"] = version.encode()
            file.attrs["backend"] = backend.encode()
            root = file.create_group("model_weights")
        elif version:
            root.attrs["keras_version"] = version.encode()
            root.attrs["backend"] = backend.encode()
        write_groups(root, groups)


def read_npz() -> dict[str, Any]:
    """Returns the arrays of the one file with weights."""
    (path,) = Path().glob("*.weights.npz")
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


DENSE = sequential(
    layer("Dense", "one", units=3, batch_input_shape=[None, 4]),
    layer("Dense", "two", units=2),
)
ONE = {"one/kernel:0": some(4, 3), "one/bias:0": some(3)}
TWO = {"two/kernel:0": some(3, 2), "two/bias:0": some(2)}


# -- which layer


def test_by_name(kgen: Kgen, folder: Path) -> None:
    write_h5("model.h5", [("two", TWO), ("one", ONE)], model=DENSE)
    result = kgen("new", "model.h5", "--weights")
    assert result.exit_code == 0, result.output
    assert "wrote little.py\nwrote little.weights.npz\n" in result.stderr
    found = read_npz()
    assert list(found) == [
        "000_one/kernel",
        "001_one/bias",
        "002_two/kernel",
        "003_two/bias",
    ]
    for one, other in zip(found.values(), [*ONE.values(), *TWO.values()], strict=True):
        np.testing.assert_array_equal(one, other)


def test_by_order_where_the_names_differ(kgen: Kgen, folder: Path) -> None:
    """One name is the same by chance, and says nothing."""
    Path("model.json").write_text(text(DENSE))
    write_h5("other.h5", [("first", ONE), ("one", TWO)])
    result = kgen("new", "model.json", "--weights", "other.h5")
    assert result.exit_code == 0, result.output
    assert "other.h5: note: the layers have other names" in result.stderr
    found = list(read_npz().values())
    np.testing.assert_array_equal(found[2], TWO["two/kernel:0"])


def test_models_in_models(kgen: Kgen, folder: Path) -> None:
    """What is trained comes first; names that say nothing do not matter."""
    inner = sequential(
        layer("BatchNormalization", "norm", batch_input_shape=[None, 4]),
        layer("Dense", "dense", units=3, use_bias=False),
        name="inner",
    )
    inner["config"]["batch_input_shape"] = [None, 4]
    model = sequential(inner, layer("Dense", "dense", units=2))
    gamma, beta, mean, variance = (some(4) for _ in range(4))
    kernel, last, bias = some(4, 3), some(3, 2), some(2)
    arrays = (gamma, beta, kernel, mean, variance)
    groups = {
        "inner": {f"weight_{i}": array for i, array in enumerate(arrays)},
        "dense": {"dense/kernel:0": last, "dense/bias:0": bias},
    }
    write_h5("model.h5", list(groups.items()), model=model)
    result = kgen("new", "model.h5", "--weights")
    assert result.exit_code == 0, result.output
    wanted = (gamma, beta, mean, variance, kernel, last, bias)
    found = read_npz()
    for one, other in zip(found.values(), wanted, strict=True):
        np.testing.assert_array_equal(one, other)
    names = [name.partition("_")[2] for name in found]
    assert names[3:6] == [
        "inner/norm/moving_variance",
        "inner/dense/kernel",
        "dense_1/kernel",
    ]


def test_layers_of_nested_models_may_stand_alone(kgen: Kgen, folder: Path) -> None:
    inner = sequential(
        layer("Dense", "one", units=3, batch_input_shape=[None, 4]), name="inner"
    )
    model = sequential(inner, layer("Dense", "two", units=2))
    write_h5("model.h5", [("one", ONE), ("two", TWO)], "1.2.2", model)
    result = kgen("new", "model.h5", "--weights")
    assert result.exit_code == 0, result.output
    found = read_npz()
    np.testing.assert_array_equal(found["000_inner/one/kernel"], ONE["one/kernel:0"])


def test_tensorflow_js(kgen: Kgen, folder: Path) -> None:
    arrays = {name.removesuffix(":0"): a for name, a in {**ONE, **TWO}.items()}
    entries = [
        {"name": name, "shape": list(array.shape), "dtype": "float32"}
        for name, array in arrays.items()
    ]
    topology = {"keras_version": "2.2.4", "model_config": DENSE}
    manifest = [{"paths": ["shard.bin"], "weights": entries}]
    model = {"modelTopology": topology, "weightsManifest": manifest}
    Path("model.json").write_text(json.dumps(model))
    Path("shard.bin").write_bytes(b"".join(a.tobytes() for a in arrays.values()))
    result = kgen("new", "model.json", "--weights")
    assert result.exit_code == 0, result.output
    found = read_npz()
    for one, other in zip(found.values(), arrays.values(), strict=True):
        np.testing.assert_array_equal(one, other)


# -- Keras 1


def split_gates(array: Any, order: str) -> list[Any]:
    """Returns the gates, i, f, c and o or z, r and h, in the order of Keras 1."""
    letters = "ifco" if len(order) == 4 else "zrh"
    gates = dict(zip(letters, np.split(array, len(order), axis=-1), strict=True))
    return [gates[letter] for letter in order]


def gate_arrays(name: str, order: str, arrays: Sequence[Any]) -> dict[str, Any]:
    split = [split_gates(array, order) for array in arrays]
    return {
        f"{name}_{kind}_{letter}": split[row][column]
        for column, letter in enumerate(order)
        for row, kind in enumerate("WUb")
    }


def test_a_model_of_keras_1(kgen: Kgen, folder: Path) -> None:
    """What Keras 3 would have goes into the file as Keras 1 had it, and comes back."""
    wanted = [
        some(3, 4, 5),
        some(5),
        *(some(5) for _ in range(3)),
        some(5) ** 2,
        *(some(5, 24), some(6, 24), some(24)),
        *(some(6, 12), some(4, 12), some(12)),
        *(some(4, 3), some(3)),
        *(some(3, 8), some(2, 8), some(8)),
        *(some(3, 8), some(2, 8), some(8)),
    ]
    recurrent = {"return_sequences": True, "inner_activation": "sigmoid"}
    model = {
        "class_name": "Sequential",
        "config": [
            layer(
                "Convolution1D",
                "convolution1d_1",
                nb_filter=5,
                filter_length=3,
                batch_input_shape=[None, 9, 4],
            ),
            layer("BatchNormalization", "batchnormalization_1", mode=0, axis=-1),
            layer("LSTM", "lstm_1", output_dim=6, **recurrent),
            layer("GRU", "gru_1", output_dim=4, **recurrent),
            layer("TimeDistributedDense", "timedistributeddense_1", output_dim=3),
            layer(
                "Bidirectional",
                "bidirectional_1",
                merge_mode="concat",
                layer=layer("LSTM", "lstm_2", output_dim=2, **recurrent),
            ),
        ],
    }
    statistics = dict(zip(("gamma", "beta", "running_mean"), wanted[2:5], strict=True))
    statistics["running_std"] = wanted[5]
    groups = {
        "convolution1d_1": {
            "convolution1d_1_W": wanted[0][:, None],
            "convolution1d_1_b": wanted[1],
        },
        "batchnormalization_1": {
            f"batchnormalization_1_{key}": array for key, array in statistics.items()
        },
        "lstm_1": gate_arrays("lstm_1", "icfo", wanted[6:9]),
        "gru_1": gate_arrays("gru_1", "zrh", wanted[9:12]),
        "timedistributeddense_1": {"t_W": wanted[12], "t_b": wanted[13]},
        "bidirectional_1": {
            **gate_arrays("forward", "icfo", wanted[14:17]),
            **gate_arrays("backward", "icfo", wanted[17:20]),
        },
    }
    write_h5("model.h5", list(groups.items()), "1.2.2", model)
    result = kgen("new", "model.h5", "--weights")
    assert result.exit_code == 0, result.output
    found = read_npz()
    for (name, one), other in zip(found.items(), wanted, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=name)


@pytest.mark.parametrize("backend", ["theano", "tensorflow", ""])
def test_images_of_theano(kgen: Kgen, folder: Path, backend: str) -> None:
    """A file that has weights alone and no version is one of Keras 1."""
    model = {
        "class_name": "Sequential",
        "config": [
            layer(
                "Convolution2D",
                "conv",
                nb_filter=6,
                nb_row=3,
                nb_col=2,
                dim_ordering="th",
                batch_input_shape=[None, 5, 8, 8],
            )
        ],
    }
    kernel, bias = some(3, 2, 5, 6), some(6)
    turned = kernel[::-1, ::-1] if backend == "theano" else kernel
    arrays = {"conv_W": turned.transpose(3, 2, 0, 1), "conv_b": bias}
    Path("model.json").write_text(json.dumps({**model, "keras_version": "1.1.0"}))
    with h5py.File("weights.h5", "w") as file:
        if backend:
            file.attrs["backend"] = backend.encode()
        write_groups(file, [("conv", arrays)])
    result = kgen("new", "model.json", "--weights", "weights.h5")
    assert result.exit_code == 0, result.output
    assert ("if it was Theano" in result.stderr) == (not backend)
    found = read_npz()
    np.testing.assert_array_equal(found["000_conv/kernel"], kernel)


# -- files


def test_the_same_source_gives_the_same_bytes(kgen: Kgen, folder: Path) -> None:
    write_h5("model.h5", [("one", ONE), ("two", TWO)], model=DENSE)
    assert kgen("new", "model.h5", "--weights").exit_code == 0
    first = Path("little.weights.npz").read_bytes()
    assert kgen("new", "model.h5", "--weights", "--force").exit_code == 0
    assert Path("little.weights.npz").read_bytes() == first
    with zipfile.ZipFile("little.weights.npz") as archive:
        assert archive.testzip() is None
        for entry in archive.infolist():
            assert not entry.filename.startswith("/") and ".." not in entry.filename


def test_all_styles_share_one_file(kgen: Kgen, folder: Path) -> None:
    write_h5("model.h5", [("one", ONE), ("two", TWO)], model=DENSE)
    result = kgen("new", "model.h5", "--weights", "--style", "all", "-o", "new/")
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (folder / "new").iterdir()) == [
        "little.weights.npz",
        "little_functional.py",
        "little_sequential.py",
        "little_subclass.py",
    ]
    for path in (folder / "new").glob("*.py"):
        assert '"little.weights.npz"' in path.read_text()


@pytest.mark.parametrize("dtype", ["<f8", ">f4", "<f2"])
def test_types_of_numbers(kgen: Kgen, folder: Path, dtype: str) -> None:
    one = {name: array.astype(dtype) for name, array in ONE.items()}
    write_h5("model.h5", [("one", one), ("two", TWO)], model=DENSE)
    assert kgen("new", "model.h5", "--weights").exit_code == 0
    found = read_npz()["000_one/kernel"]
    assert found.dtype == np.dtype(dtype).newbyteorder("<")
    np.testing.assert_array_equal(found, one["one/kernel:0"])


def test_names_cannot_lead_out_of_the_archive(kgen: Kgen, folder: Path) -> None:
    name = "../../etc/\x07 passwd"
    model = sequential(layer("Dense", name, units=3, batch_input_shape=[None, 4]))
    write_h5("model.h5", [("dense", ONE)], model=model)
    result = kgen("new", "model.h5", "--weights")
    assert result.exit_code == 0, result.output
    for found in read_npz():
        assert ".." not in found and found.isprintable() and " " not in found


# -- what does not fit


def fails(kgen: Kgen, code: int, *arguments: str) -> str:
    """Returns the message of a run that must fail and leave nothing behind."""
    before = sorted(Path().iterdir())
    result = kgen("new", *arguments)
    assert result.exit_code == code, result.output
    assert sorted(Path().iterdir()) == before
    assert isinstance(result.stderr, str)
    return result.stderr


def test_shapes_that_differ(kgen: Kgen, folder: Path) -> None:
    wrong = {"one/kernel:0": some(4, 5), "one/bias:0": some(5)}
    write_h5("model.h5", [("one", wrong), ("two", {})], model=DENSE)
    assert fails(kgen, 1, "model.h5", "--weights") == (
        "model.h5: error: the file has weights of other layers than the model. "
        "Expected: one, two. Found: one\n"
    )
    write_h5("model.h5", [("one", wrong), ("two", ONE)], model=DENSE)
    assert fails(kgen, 1, "model.h5", "--weights") == (
        "model.h5: config.layers[0]: error: one: the weights in model.h5 do not fit. "
        "Expected: kernel (4, 3), bias (3,). Received: kernel (4, 5), bias (5,)\n"
        "model.h5: config.layers[1]: error: two: the weights in model.h5 do not fit. "
        "Expected: kernel (3, 2), bias (2,). Received: kernel (4, 3), bias (3,)\n"
    )


def test_weights_of_a_layer_that_has_none(kgen: Kgen, folder: Path) -> None:
    model = sequential(*DENSE["config"]["layers"], layer("ReLU", "relu"))
    groups = [("one", ONE), ("two", TWO)]
    extra = ("relu", {"relu/alpha:0": some(2)})
    write_h5("model.h5", [*groups, extra], model=model)
    assert fails(kgen, 1, "model.h5", "--weights") == (
        "model.h5: config.layers[2]: error: relu: the weights in model.h5 do not fit. "
        "Expected: none. Received: alpha (2,)\n"
    )
    state = ("relu", {"relu/StateVar:0": np.zeros(3, "int64")})
    write_h5("model.h5", [*groups, state], model=model)
    assert kgen("new", "model.h5", "--weights").exit_code == 0


def test_text_in_place_of_numbers(kgen: Kgen, folder: Path) -> None:
    wrong = {"one/kernel:0": np.full((4, 3), b"text"), "one/bias:0": some(3)}
    write_h5("model.h5", [("one", wrong), ("two", TWO)], model=DENSE)
    message = fails(kgen, 1, "model.h5", "--weights")
    assert "it holds text or objects where numbers must be" in message


def test_gates_that_cannot_be_joined(kgen: Kgen, folder: Path) -> None:
    model = sequential(
        layer("LSTM", "lstm", output_dim=2, batch_input_shape=[None, 5, 3])
    )
    arrays = {f"lstm_{i}": some(1 + i, 2) for i in range(12)}
    write_h5("model.h5", [("lstm", arrays)], "1.2.0", model)
    assert "lstm: the weights in model.h5 do not fit" in fails(
        kgen, 1, "model.h5", "--weights"
    )


def test_claims_of_gigabytes_take_no_memory(kgen: Kgen, folder: Path) -> None:
    """What was never written takes no room in a file, whatever its shape."""
    units = 1 << 20
    model = sequential(
        layer("CuDNNLSTM", "lstm", units=units, batch_input_shape=[None, 5, units])
    )
    write_h5("model.h5", [("lstm", {})], model=model)
    with h5py.File("model.h5", "a") as file:
        group = file["model_weights/lstm"]
        shapes = {"W": (units, 4 * units), "U": (units, 4 * units), "b": (8 * units,)}
        for name, shape in shapes.items():
            group.create_dataset(name, shape=shape, dtype="<f4", chunks=True)
        group.attrs["weight_names"] = [name.encode() for name in shapes]
    assert Path("model.h5").stat().st_size < 100_000
    assert "lstm: the weights in model.h5 do not fit" in fails(
        kgen, 1, "model.h5", "--weights"
    )


def test_a_damaged_file_leaves_nothing_behind(kgen: Kgen, folder: Path) -> None:
    """The last array is compressed, and broken: what went before is taken back."""
    broken = {**TWO, "two/bias:0": some(2)}
    write_h5("model.h5", [("one", ONE), ("two", broken)], model=DENSE)
    with h5py.File("model.h5", "a") as file:
        group = file["model_weights/two"]
        del group["two/kernel:0"]
        data = group.create_dataset(
            "two/kernel:0", data=some(3, 2), compression="gzip", chunks=(3, 2)
        )
        place = data.id.get_chunk_info(0).byte_offset
    with Path("model.h5").open("r+b") as stream:
        stream.seek(place)
        stream.write(struct.pack("<q", -1))
    message = fails(kgen, 1, "model.h5", "--weights")
    assert message.count("error: this weight cannot be read") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mnist_mlp", "--weights"], "'mnist_mlp' is none"),
        (["--weights"], "--weights goes with a saved model\n"),
        (
            ["-l", "Dense(2)", "--input", "4", "--weights"],
            "--weights goes with a saved model\n",
        ),
        (["model.json", "--weights"], "there are no weights in this file"),
        (["model.json", "--weights", "lost.h5"], "lost.h5: No such file"),
        (["model.json", "--weights", "some.h5", "-o", "-"], "-o takes a path"),
        (["some.h5", "--weights"], "and --weights some.h5"),
    ],
)
def test_usage(kgen: Kgen, folder: Path, arguments: list[str], message: str) -> None:
    Path("model.json").write_text(text(DENSE))
    write_h5("some.h5", [("one", ONE), ("two", TWO)])
    assert message in fails(kgen, 2, *arguments)


def test_a_model_behind_the_option_is_the_source(kgen: Kgen, folder: Path) -> None:
    write_h5("model.h5", [("one", ONE), ("two", TWO)], model=DENSE)
    assert kgen("new", "--weights", "model.h5").exit_code == 0
    assert len(read_npz()) == 4


def test_only_modules_with_weights_load_them(kgen: Kgen, folder: Path) -> None:
    write_h5("model.h5", [("one", ONE), ("two", TWO)], model=DENSE)
    assert "weights" not in kgen("new", "model.h5", "-o", "-").stdout


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1, 1, 3), "layers.PReLU(shared_axes=[1, 2]"), ((8, 8, 3), "layers.PReLU(name")],
)
def test_the_axes_of_slopes_that_keras_1_did_not_save(
    size: tuple[int, ...], expected: str, kgen: Kgen, folder: Path
) -> None:
    """Keras 1.2 saved PReLU without its shared_axes; the shape of its slopes tells them."""
    slopes = layer("PReLU", "slopes", init="zero", batch_input_shape=[None, 8, 8, 3])
    arrays = {"slopes_alphas": some(*size)}
    write_h5("model.h5", [("slopes", arrays)], "1.2.2", sequential(slopes))
    result = kgen("new", "model.h5", "--weights")
    assert result.exit_code == 0, result.output
    assert expected in Path("little.py").read_text()
