"""Rescued models with their weights give what the saved models gave, in every style."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kgen_runner import Kgen
from support import flat_arrays, run_module, run_source

keras = pytest.importorskip("keras")
layers = keras.layers
pytestmark = pytest.mark.keras
LEGACY = Path(os.environ.get("KGEN_TEST_DATA", "")) / "legacy"
MODELS: dict[str, Callable[[], Any]] = {}


def a_model(function: Callable[[], Any]) -> Callable[[], Any]:
    """Adds a model to those that are saved and rescued."""
    MODELS[function.__name__] = function
    return function


@a_model
def images() -> Any:
    inputs = keras.Input((12, 12, 3))
    x = layers.Conv2D(4, 3, activation="relu")(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.SeparableConv2D(5, 3, depth_multiplier=2)(x)
    x = layers.BatchNormalization(scale=False)(x)
    x = layers.DepthwiseConv2D(3)(x)
    x = layers.Conv2DTranspose(3, 2, strides=2)(x)
    x = layers.Flatten()(layers.Dropout(0.5)(x))
    return keras.Model(inputs, layers.Dense(2)(x))


@a_model
def chain() -> Any:
    return keras.Sequential(
        [
            keras.Input((9, 4)),
            layers.Conv1D(6, 3),
            layers.LSTM(5, return_sequences=True),
            layers.GRU(4, return_sequences=True),
            layers.GRU(3, reset_after=False, return_sequences=True),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.Bidirectional(
                layers.GRU(3), backward_layer=layers.GRU(3, go_backwards=True)
            ),
            layers.Dense(2),
        ]
    )


@a_model
def words() -> Any:
    inputs = keras.Input((7,), dtype="int32")
    x = layers.Embedding(9, 6)(inputs)
    x = layers.Add()([x, layers.MultiHeadAttention(2, 3)(x, x)])
    x = layers.LayerNormalization()(x)
    x = layers.Add()([x, layers.GroupQueryAttention(4, 4, 2)(x, x)])
    x = layers.TimeDistributed(layers.Dense(5, activation="relu"))(x)
    x = layers.GlobalAveragePooling1D()(layers.Dropout(0.1)(x))
    return keras.Model(inputs, layers.Dense(2)(x))


@a_model
def cells() -> Any:
    inputs = keras.Input((6, 4))
    x = layers.RNN([layers.LSTMCell(3), layers.GRUCell(4), layers.LSTMCell(2)])(inputs)
    x = layers.SpectralNormalization(layers.Dense(3))(x)
    return keras.Model(inputs, layers.UnitNormalization()(x))


@a_model
def frames() -> Any:
    inputs = keras.Input((3, 6, 6, 2))
    x = layers.ConvLSTM2D(3, 3, return_sequences=True)(inputs)
    x = layers.TimeDistributed(layers.Conv2D(2, 3))(x)
    return keras.Model(inputs, layers.Flatten()(x))


@a_model
def models_in_models() -> Any:
    a = keras.Input((4,))
    x = layers.BatchNormalization()(layers.Dense(4)(a))
    deep = keras.Model(a, layers.Dense(3)(x), name="deep")
    b = keras.Input((4,))
    y = layers.BatchNormalization()(deep(layers.Dense(4)(b)))
    outer = keras.Model(b, y, name="outer")
    c = keras.Input((4,))
    z = layers.Dense(4)(c)
    return keras.Model(c, layers.Dense(2)(outer(layers.BatchNormalization()(z))))


@a_model
def frozen_models_in_models() -> Any:
    base = keras.Sequential(
        [keras.Input((4,)), layers.BatchNormalization(), layers.Dense(3)], name="base"
    )
    base.layers[0].trainable = False
    c = keras.Input((4,))
    x = layers.BatchNormalization(trainable=False)(base(c))
    return keras.Model(c, layers.Dense(2)(x))


@a_model
def shared_layers() -> Any:
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    encode = layers.Dense(4, name="encode")
    head = keras.Sequential([keras.Input((4,)), layers.Dense(3)], name="head")
    x = layers.Subtract()([encode(a), layers.Dense(4)(encode(b))])
    outputs = {"far": head(x), "near": head(encode(x)) * 2.0}
    return keras.Model({"a": a, "b": b}, outputs)


@a_model
def models_at_each_step() -> Any:
    a = keras.Input((6, 6, 2))
    x = layers.Conv2D(2, 3, padding="same")(a)
    x = layers.Add()([layers.BatchNormalization()(x), a])
    x = layers.Flatten()(layers.Concatenate(axis=3)([x, a]))
    image = keras.Model(a, layers.Dense(3, name="code")(x), name="image")
    head = keras.Sequential([layers.Dense(4), layers.Dense(3)], name="head")
    steps = keras.Input((4, 6, 6, 2))
    y = layers.TimeDistributed(head)(layers.TimeDistributed(image)(steps))
    return keras.Model(steps, layers.LSTM(2)(y))


@a_model
def statistics() -> Any:
    inputs = keras.Input((4,))
    x = layers.PReLU()(layers.Normalization()(inputs))
    return keras.Model(inputs, layers.Dense(2, use_bias=False)(x))


def scramble(model: Any) -> None:
    """Sets weights that no initializer gives, of which no two are alike."""
    rng = np.random.default_rng(5)
    model.set_weights([rng.uniform(0.3, 0.9, w.shape) for w in model.weights])
    for layer in model.layers:
        if isinstance(layer, layers.Normalization):
            layer.finalize_state()


def batch_for(model: Any) -> Any:
    rng = np.random.default_rng(6)

    def values(tensor: Any) -> Any:
        shape = (3, *tensor.shape[1:])
        found = rng.integers(9, size=shape) if "int" in tensor.dtype else None
        return rng.normal(size=shape).astype("float32") if found is None else found

    is_chain = isinstance(model, keras.Sequential)
    return keras.tree.map_structure(
        values, model.inputs[0] if is_chain else model.input
    )


def save(model: Any, container: str) -> list[str]:
    """Saves a model in the current folder; returns what `kgen new` is to read."""
    if container != "weights.h5":
        model.save(f"saved.{container}")
        return [f"saved.{container}", "--weights"]
    Path("saved.json").write_text(model.to_json())
    model.save_weights("saved.weights.h5")
    return ["saved.json", "--weights", "saved.weights.h5"]


def rescued(folder: Path) -> list[tuple[str, Any]]:
    """Returns the models of all modules in a folder with their weights, by file name."""
    found = []
    (weights,) = folder.glob("*.weights.npz")
    for path in sorted(folder.glob("*.py")):
        keras.utils.clear_session()
        keras.saving.get_custom_objects().clear()
        module = run_source(path.read_text(), path.stem)
        model = module.build_model()
        module.load_weights(model, weights)
        found.append((path.stem, model))
    return found


# Weights alone are saved by path too, as they are in a .keras file.
CASES = [(name, container) for name in MODELS for container in ("keras", "h5")]
CASES += [(name, "weights.h5") for name in ("words", "models_in_models")]


@pytest.mark.parametrize(("name", "container"), CASES)
def test_weights_of_keras_3(
    kgen: Kgen, folder: Path, name: str, container: str
) -> None:
    model = MODELS[name]()
    scramble(model)
    given = batch_for(model)
    wanted = flat_arrays(model(given, training=False))
    # The arrays are in the same order whatever the file is, so one style does for others.
    style = "all" if container == "keras" else "functional"
    result = kgen("new", *save(model, container), "--style", style, "-o", "new/")
    assert result.exit_code == 0, result.output
    models = rescued(folder / "new")
    assert len(models) >= 2 or style != "all"
    for style, found in models:
        outputs = flat_arrays(found(given, training=False))
        for one, other in zip(outputs, wanted, strict=True):
            np.testing.assert_array_equal(one, other, err_msg=style)


def test_arrays_have_the_names_of_the_weights(kgen: Kgen, folder: Path) -> None:
    model = MODELS["models_in_models"]()
    scramble(model)
    assert kgen("new", *save(model, "keras"), "-o", "new/").exit_code == 0
    ((_, found),) = rescued(folder / "new")
    (path,) = (folder / "new").glob("*.npz")
    with np.load(path, allow_pickle=False) as file:
        assert file.files == sorted(file.files)
        names = [name.partition("_")[2] for name in file.files]
        for name, weight in zip(file.files, found.get_weights(), strict=True):
            np.testing.assert_array_equal(file[name], weight)
    plain = [re.sub(r"_\d+/", "/", name) for name in names]
    assert plain[:3] == ["dense/kernel", "dense/bias", "batch_normalization/gamma"]
    assert [name.rpartition("/")[2] for name in names] == [
        w.name for w in found.weights
    ]


def test_a_rescued_module_trains_from_its_weights(
    kgen: Kgen,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    inputs = keras.Input((4,))
    model = keras.Model(inputs, layers.Dense(2)(inputs), name="little")
    model.compile("sgd", "mse")
    scramble(model)
    model.save("little.keras")
    assert kgen("new", "little.keras", "--weights").exit_code == 0
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    y = np.asarray(model(x))
    np.savez("data.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    module = run_source(Path("little.py").read_text())
    module.__file__ = "little.py"
    arguments = ["little.py", "--data", "data.npz", "--epochs", "1"]
    monkeypatch.setattr("sys.argv", arguments)
    module.main()
    # The model is right already: nothing is left to learn.
    assert "test loss: 0.0000, reloaded: 0.0000" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", None])
def test_weights_that_do_not_fit_are_no_traceback(
    kgen: Kgen, folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    keras.Sequential([keras.Input((4,)), layers.Dense(2)]).save("little.keras")
    assert kgen("new", "little.keras", "--weights").exit_code == 0
    module = run_source(Path("little.py").read_text())
    module.__file__ = "little.py"
    if content is None:
        np.savez("other.npz", np.zeros((2, 2)))
    else:
        Path("other.npz").write_bytes(content)
    arguments = ["little.py", "--data", "data.npz", "--weights", "other.npz"]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit, match="No weights for this model: "):
        module.main()


# -- what needs tf_keras

# Hundreds of megabytes of weights, and all styles of all models, take their time:
# KGEN_LARGE_MODELS=1 tries them too.
ALL = bool(os.environ.get("KGEN_LARGE_MODELS"))
_LARGE = (
    "fabrik__ZF_UNET_224.json",
    "fabrik__resnet50.json",
    "fabrik__vgg16.json",
    "fabrik__zfnet.json",
)
_LEGACY_MODELS = (
    "chain",
    "attention",
    "images",
    "models_in_models",
    "frozen_models_in_models",
    "normalization",
)


def legacy_files() -> list[dict[str, Any]]:
    """Returns what the index says of the models that people have saved."""
    path = LEGACY / "index.json"
    return json.loads(path.read_text()) if path.is_file() else []


def jobs() -> list[dict[str, str]]:
    """Returns the files that tf_keras opens, each with the file that has its weights."""
    found = []
    for item in legacy_files():
        path = LEGACY / item["file"]
        if item["tf_keras"] != "opens" or (path.name in _LARGE and not ALL):
            continue
        beside = path.with_suffix(".h5")
        weights = str(beside) if beside.is_file() else ""
        found.append({"model": str(path), "weights": weights, "target": path.name})
    return found


JOBS = jobs()


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what tf_keras saves, and with what it makes of the files.

    It runs in a process of its own; of several workers one runs it for all of them.
    """
    if importlib.util.find_spec("tf_keras") is None:
        pytest.skip("tf_keras is not installed")
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "legacy"
    errors = folder / "errors.txt"
    try:
        folder.mkdir()
    except FileExistsError:
        while not errors.exists():
            time.sleep(0.5)
    else:
        (folder / "jobs.json").write_text(json.dumps(JOBS))
        script = Path(__file__).with_name("legacy_reference.py")
        result = run_module(folder, str(script), "jobs.json")
        errors.write_text(result.stderr if result.returncode else "")
    assert not errors.read_text()
    return folder


@pytest.mark.parametrize(
    ("name", "container"),
    [(name, container) for name in _LEGACY_MODELS for container in ("h5", "keras")]
    + [("chain", "weights.h5")],
)
def test_weights_of_tf_keras(
    kgen: Kgen, folder: Path, answers: Path, name: str, container: str
) -> None:
    path = answers / f"{name}.{container}"
    source = [str(path), "--weights"]
    if container == "weights.h5":
        source = [str(path.with_name(f"{name}.json")), "--weights", str(path)]
    result = kgen("new", *source, "--style", "functional", "-o", "new/")
    assert result.exit_code == 0, result.output
    with np.load(answers / f"{name}.npz") as file:
        given, wanted = file["given"], file["wanted"]
    ((_, model),) = rescued(folder / "new")
    outputs = flat_arrays(model(given, training=False))
    np.testing.assert_allclose(outputs[0], wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("job", JOBS, ids=[job["target"] for job in JOBS])
def test_outputs_are_those_of_tf_keras(
    kgen: Kgen, folder: Path, answers: Path, job: dict[str, str]
) -> None:
    """A file without weights gets weights that the test makes up."""
    target = answers / job["target"]
    weights = job["weights"] or f"{target}.h5"
    options = [] if weights == job["model"] else [weights]
    style = "all" if job["weights"] or ALL else "functional"
    arguments = ["--weights", *options, "--style", style, "-o", "new/"]
    result = kgen("new", job["model"], *arguments)
    assert result.exit_code == 0, result.output
    with np.load(f"{target}.npz") as file:
        given = [file[name] for name in file.files if name.startswith("x")]
        wanted = [file[name] for name in file.files if name.startswith("y")]
    models = rescued(folder / "new")
    assert len(models) >= 2 or style != "all"
    # The subclassed models do not say how they are called; the functional ones do.
    batch = keras.tree.pack_sequence_as(models[0][1].input, given)
    for name, model in models:
        outputs = flat_arrays(model(batch, training=False))
        for one, other in zip(outputs, wanted, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5, err_msg=name)


# -- the other files with weights

OTHERS = [
    item["file"]
    for item in legacy_files()
    if item["tf_keras"] != "opens" and item["file"].endswith((".h5", ".keras"))
    if not item["weights_only"]
]


@pytest.mark.parametrize("name", OTHERS)
def test_weights_of_other_files(kgen: Kgen, folder: Path, name: str) -> None:
    """Files of Keras 3, and one with a Lambda layer, which nobody can run."""
    source = str(LEGACY / name)
    result = kgen("new", source, "--weights", "--style", "all", "-o", "new/")
    assert result.exit_code == 0, result.output
    models = rescued(folder / "new")
    assert len(models) >= 2
    if "Lambda" in result.stderr:
        for _, model in models[1:]:
            pairs = zip(model.get_weights(), models[0][1].get_weights(), strict=True)
            for one, other in pairs:
                np.testing.assert_array_equal(one, other)
        return
    saved = keras.models.load_model(source, compile=False)
    given = batch_for(saved)
    for style, model in models:
        outputs = flat_arrays(model(given, training=False))
        for one, other in zip(outputs, flat_arrays(saved(given)), strict=True):
            np.testing.assert_array_equal(one, other, err_msg=style)
