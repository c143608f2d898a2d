"""Every public object of Keras goes from a spec into a module that compiles and fits a step."""

from __future__ import annotations

import importlib.util
import json
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import run_source

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import Family
from keras_kgen.catalogue.unwritable import UNWRITABLE
from keras_kgen.errors import Diagnostics, SourceError
from keras_kgen.frontends.detect import load_program
from keras_kgen.ir.graph import TensorRef
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import analyse, check, generate

keras = pytest.importorskip("keras")
pytest.importorskip("matplotlib")

SAMPLES, FEATURES, CLASSES = 8, 4, 3
# Calls of the classes that Keras cannot make without arguments.
CALLS = {
    "CosineDecay": "CosineDecay(0.1, 10)",
    "CosineDecayRestarts": "CosineDecayRestarts(0.1, 10)",
    "ExponentialDecay": "ExponentialDecay(0.1, 10, 0.9)",
    "InverseTimeDecay": "InverseTimeDecay(0.1, 10, 0.9)",
    "IoU": "IoU(3, [0])",
    "LossScaleOptimizer": "LossScaleOptimizer(Adam())",
    "MeanIoU": "MeanIoU(3)",
    "MultiOptimizer": 'MultiOptimizer(OptimizerMap(SGD(), {"dense.*": Adam()}))',
    "OneHotIoU": "OneHotIoU(3, [0])",
    "OneHotMeanIoU": "OneHotMeanIoU(3)",
    "PiecewiseConstantDecay": "PiecewiseConstantDecay([1, 2], [0.3, 0.2, 0.1])",
    "PolynomialDecay": "PolynomialDecay(0.1, 10)",
    "PrecisionAtRecall": "PrecisionAtRecall(recall=0.5)",
    "RecallAtPrecision": "RecallAtPrecision(precision=0.5)",
    "SensitivityAtSpecificity": "SensitivityAtSpecificity(0.5)",
    "SpecificityAtSensitivity": "SpecificityAtSensitivity(0.5)",
    "STFT": "STFT()",
}
# Losses and metrics whose targets are the numbers of classes.
SPARSE = (
    "CategoricalGeneralizedCrossEntropy",
    "Circle",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "sparse_categorical_crossentropy",
    "circle",
)
# What goes by several names, and what the shape of the targets decides.
BY_SHAPE = ("acc", "accuracy", "ce", "crossentropy")


@pytest.fixture(autouse=True)
def fresh_keras() -> None:
    """As elsewhere, without collecting the garbage of these small models each time."""
    keras.utils.clear_session(free_memory=False)
    keras.saving.get_custom_objects().clear()
    keras.utils.set_random_seed(1)


def module_of(
    spec: dict[str, Any], style: Style = Style.FUNCTIONAL
) -> types.ModuleType:
    text = json.dumps({"data": "file", **spec})
    program = load_program("-", lambda: text)
    return run_source(generate(program, Options(style)).source)


def error_of(spec: dict[str, Any]) -> str:
    with pytest.raises(SourceError) as caught:
        module_of(spec)
    return str(caught.value)


def fit_one_step(module: types.ModuleType, x: Any, y: Any) -> dict[str, float]:
    """Returns what Keras reports of one step of training."""
    model = module.build_model()
    module.compile_model(model)
    history = model.fit(x, y, batch_size=SAMPLES, verbose=0).history
    return {key: float(np.mean(values[0])) for key, values in history.items()}


def features() -> np.ndarray:
    return np.random.default_rng(0).random((SAMPLES, FEATURES), "float32")


def labels() -> np.ndarray:
    return np.arange(SAMPLES) % CLASSES


def vectors() -> np.ndarray:
    return np.eye(CLASSES, dtype="float32")[labels()]


def classes(family: Family) -> list[str]:
    """Returns a call of each class of a family that a spec can use."""
    return [
        CALLS.get(entry.name, f"{entry.name}()")
        for entry in registry.entries(family)
        if entry.kind == "class"
        and not entry.is_abstract
        and entry.name not in (*UNWRITABLE, "OptimizerMap")
    ]


def strings(family: Family) -> list[str]:
    known = registry.identifiers(family)
    return [text for text, name in known.items() if name not in UNWRITABLE]


def is_sparse(text: str, family: Family) -> bool:
    name = text.partition("(")[0]
    return registry.identifiers(family).get(name, name) in SPARSE


# -- losses and metrics


@pytest.mark.parametrize("write", [classes, strings])
def test_losses(write: Any) -> None:
    """Each loss trains an output of its own, all of them in one model."""
    losses = {f"o{index}": text for index, text in enumerate(write("losses"))}
    layers = ["x = Reshape((4, 1))"]
    targets = {}
    for output, loss in losses.items():
        is_ctc = "ctc" in loss.lower()
        given = "x" if is_ctc else "input"
        layers.append(f'{output} = Dense({CLASSES}, activation="softmax")({given})')
        targets[output] = labels() if is_sparse(loss, "losses") else vectors()
        if is_ctc:
            targets[output] = np.ones((SAMPLES, 2), "int32")
    module = module_of(
        {
            "inputs": [FEATURES],
            "layers": layers,
            "outputs": list(losses),
            "compile": {"loss": losses, "run_eagerly": True},
        }
    )
    scores = fit_one_step(module, features(), targets)
    assert {f"{output}_loss" for output in losses} <= scores.keys()
    assert all(np.isfinite(value) for value in scores.values())


@pytest.mark.parametrize("write", [classes, strings])
def test_metrics(write: Any) -> None:
    """The metrics of vectors score one output, those of class numbers another."""
    metrics = write("metrics")
    sparse = [m for m in metrics if is_sparse(m, "metrics") or m in BY_SHAPE]
    dense = [m for m in metrics if m not in sparse or m in BY_SHAPE]
    spec = {
        "inputs": [FEATURES],
        "layers": [
            f'sparse = Dense({CLASSES}, activation="softmax")(input)',
            f'dense = Dense({CLASSES}, activation="softmax")(input)',
        ],
        "outputs": ["sparse", "dense"],
        "compile": {
            "loss": ["sparse_categorical_crossentropy", "mse"],
            "metrics": [sparse, dense],
            "run_eagerly": True,
        },
    }
    scores = fit_one_step(
        module_of(spec), features(), {"sparse": labels(), "dense": vectors()}
    )
    assert set(known_scores(spec)) == set(scores)
    # Beside the metrics: the loss, and that of each output.
    assert len(scores) == len(sparse) + len(dense) + 3


def known_scores(spec: dict[str, Any]) -> list[str]:
    """Returns the names of scores that kgen would let a callback watch."""
    message = error_of(spec | {"callbacks": ["EarlyStopping('###')"]})
    return message.partition("it has ")[2].split(", ")


def test_binary_names_follow_the_shape() -> None:
    module = module_of(
        {
            "inputs": [FEATURES],
            "layers": ['Dense(1, activation="sigmoid")'],
            "compile": {"loss": "crossentropy", "metrics": ["acc"]},
        }
    )
    assert fit_one_step(module, features(), labels() % 2).keys() == {"loss", "acc"}


# -- optimizers and schedules


def one_output(**settings: Any) -> dict[str, Any]:
    return {
        "inputs": [FEATURES],
        "layers": [f"Dense({CLASSES})"],
        "compile": {"loss": "mse", "run_eagerly": True, **settings},
    }


@pytest.mark.parametrize("write", [classes, strings])
def test_optimizers(write: Any) -> None:
    """One step of each changes the weights."""
    for optimizer in write("optimizers"):
        module = module_of(one_output(optimizer=optimizer))
        model = module.build_model()
        before = model.get_weights()
        module.compile_model(model)
        model.fit(features(), vectors(), batch_size=SAMPLES, verbose=0)
        changed = zip(before, model.get_weights(), strict=True)
        assert any(not np.array_equal(old, new) for old, new in changed), optimizer


def test_schedules() -> None:
    for schedule in classes("schedules"):
        module = module_of(one_output(optimizer=f"SGD(learning_rate={schedule})"))
        assert "loss" in fit_one_step(module, features(), vectors()), schedule


# -- objects in the arguments of layers


@pytest.mark.parametrize(
    ("family", "argument"),
    [
        ("initializers", "kernel_initializer"),
        ("regularizers", "kernel_regularizer"),
        ("constraints", "kernel_constraint"),
        ("activations", "activation"),
    ],
)
def test_arguments_of_layers(family: Family, argument: str) -> None:
    """One layer for each object, as a call and as a string."""
    calls = classes(family) + [f'"{text}"' for text in strings(family)]
    lines = ["Reshape((2, 2))"]
    for call in calls:
        if "STFT" in call.upper():  # it makes windows for a signal of one channel
            lines += ["Dense(1)", f"Conv1D(4, 2, padding='same', {argument}={call})"]
        elif call != '"glu"':
            lines.append(f"Dense(4, {argument}={call})")
    module = module_of(
        {
            "inputs": [FEATURES],
            "layers": [*lines, "Flatten()", f"Dense({CLASSES})"],
            "compile": {"loss": "mse", "run_eagerly": True},
        }
    )
    assert "loss" in fit_one_step(module, features(), vectors())


def test_gated_activation() -> None:
    """It halves the last axis, which Keras does not see: nothing can follow it."""
    module = module_of(one_output() | {"layers": ['Dense(6, activation="glu")']})
    assert "loss" in fit_one_step(module, features(), vectors())


CALIBRATED = (
    'GPTQDTypePolicy("gptq/4/128", source_name="float32")',
    'AWQDTypePolicy("awq/4/128", source_name="float32")',
    '"gptq/4/128_from_float32"',
)


@pytest.mark.parametrize("policy", CALIBRATED)
def test_policies_that_need_a_calibration(policy: str) -> None:
    """Keras fails to call such a layer before `quantize` has made its weights."""
    message = error_of(one_output() | {"layers": [f"Dense(3, dtype={policy})"]})
    assert "Dense needs a policy that it can start from" in message
    given = eval(policy, vars(keras.dtype_policies))
    with pytest.raises(AttributeError, match="_kernel"):
        keras.layers.Dense(3, dtype=given)(features())


@pytest.mark.parametrize("style", Style)
def test_dtype_policies(style: Style) -> None:
    """Types of layers, as strings and as objects; kgen knows what comes out of each."""
    policies = {
        '"mixed_float16"': "float16",
        'DTypePolicy("mixed_bfloat16")': "bfloat16",
        'keras.DTypePolicy("float64")': "float64",
        'FloatDTypePolicy(name="float16")': "float16",
        "DTypePolicyMap()": "float32",
        'DTypePolicyMap(default_policy="mixed_float16")': "float16",
        '"int8_from_float32"': "float32",
        'QuantizedDTypePolicy("int8", source_name="mixed_bfloat16")': "bfloat16",
        'QuantizedFloat8DTypePolicy("float8", "mixed_float16")': "float16",
        'Int4DTypePolicy("int4/-1", source_name="float32")': "float32",
    }
    named = " ".join((*policies, *CALIBRATED))
    family = registry.entries("dtype_policies")
    assert all(f"{entry.name}(" in named for entry in family)
    layers = [f"Dense(4, dtype={policy})" for policy in policies]
    spec = {"inputs": [FEATURES], "layers": [*layers, "Dense(3)"], "data": "file"}
    program = load_program("-", lambda: json.dumps(spec))
    model = run_source(generate(program, Options(style)).source).build_model()
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    assert [layer.compute_dtype for layer in dense[:-1]] == list(policies.values())
    assert model(features()).shape == (SAMPLES, CLASSES)

    analysed = analyse(check(program, Diagnostics()), Diagnostics())
    nodes = [node for node in analysed.graph.nodes if node.layer is not None]
    refs = [TensorRef(analysed.graph.nodes.index(node)) for node in nodes]
    known = [analysed.specs[ref].dtype for ref in refs]
    assert known == [layer.compute_dtype for layer in dense]


# -- callbacks


CALLBACKS = {
    "EarlyStopping": "EarlyStopping(patience=2)",
    "ReduceLROnPlateau": "ReduceLROnPlateau(factor=0.5)",
}


def posted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Catches what RemoteMonitor sends."""
    requests = pytest.importorskip("requests")
    sent: list[Any] = []
    monkeypatch.setattr(requests, "post", lambda *args, **_: sent.append(args))
    return sent


@pytest.mark.parametrize("call", classes("callbacks"))
def test_callback(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = call.removesuffix("()")
    sent = posted(monkeypatch) if name == "RemoteMonitor" else None
    spec = one_output(optimizer="SGD(use_ema=True)") | {"callbacks": [call]}
    if name in ("BackupAndRestore", "EarlyStopping"):
        spec["callbacks"] = [name]  # a name is enough
    if name == "OrbaxCheckpoint" and not importlib.util.find_spec("orbax"):
        assert "needs a package: pip install orbax-checkpoint" in notes_of(spec)
        return
    module = module_of(spec)
    model = module.build_model()
    module.compile_model(model)
    run = tmp_path / "run"
    module.train(model, (features(), vectors()), run, 1, SAMPLES, 0)
    assert (run / "model.keras").is_file()
    assert len(module.read_history(run)) == 1
    assert sent is None or len(sent) == 1


def notes_of(spec: dict[str, Any]) -> str:
    text = json.dumps({"data": "file", **spec})
    notes = generate(load_program("-", lambda: text)).notes
    return "\n".join(map(str, notes))


def test_columns_of_the_history_stay_when_callbacks_change(tmp_path: Path) -> None:
    """ReduceLROnPlateau adds a value to the logs of every callback after it."""
    rows = []
    for epoch, calls in enumerate([[], ["ReduceLROnPlateau()"], []]):
        module = module_of(one_output() | {"callbacks": calls})
        if epoch:
            model, done = module.load_run(tmp_path)
            assert done == epoch
        else:
            model = module.build_model()
            module.compile_model(model)
        data = (features(), vectors())
        module.train(model, data, tmp_path, epoch + 1, SAMPLES, epoch)
        rows = module.read_history(tmp_path)
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert all(set(row) == {"epoch", "loss", "val_loss"} for row in rows)


def test_epochs_without_validation_are_gaps_in_the_picture(tmp_path: Path) -> None:
    module = module_of(one_output() | {"fit": {"validation_freq": 2}})
    model = module.build_model()
    module.compile_model(model)
    module.train(model, (features(), vectors()), tmp_path, 3, SAMPLES, 0)
    module.plot_history(tmp_path)
    assert (tmp_path / "history.png").is_file()


def test_objects_in_the_mapping_form() -> None:
    spec = one_output(
        optimizer={"SGD": {"learning_rate": {"CosineDecay": [0.1, 10]}}},
        loss={"Huber": {"delta": 2.0}},
        metrics=[{"AUC": {"curve": "PR"}}, {"MeanAbsoluteError": None}],
    )
    spec["compile"]["optimizer"] = {"SGD": {"learning_rate": "CosineDecay(0.1, 10)"}}
    module = module_of(spec | {"callbacks": [{"EarlyStopping": {"patience": 3}}]})
    scores = fit_one_step(module, features(), vectors())
    assert scores.keys() == {"loss", "auc", "mean_absolute_error"}


@pytest.mark.parametrize("option", ["--epochs", "--batch-size"])
def test_command_line_refuses_nothing_to_do(
    option: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = module_of(one_output())
    for value in ("0", "-1"):
        monkeypatch.setattr("sys.argv", ["toy.py", option, value, "--data", "a.npz"])
        with pytest.raises(SystemExit) as caught:
            module.main()
        assert caught.value.code == 2
        assert "--epochs and --batch-size must be 1 or more" in capsys.readouterr().err


# -- one for each output


def two_outputs(**settings: Any) -> dict[str, Any]:
    """The names are not in the alphabetical order, in which Keras would read a list."""
    return {
        "inputs": [FEATURES],
        "layers": [
            f'word = Dense({CLASSES}, activation="softmax")(input)',
            "age = Dense(1)(input)",
        ],
        "outputs": ["word", "age"],
        "compile": settings,
    }


TWO_TARGETS = {
    "word": labels(),
    "age": np.linspace(0, 1, SAMPLES, dtype="float32")[:, None],
}
CROSSENTROPY = "sparse_categorical_crossentropy"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"word_loss", "age_loss", "word_accuracy", "age_mae"}),
        ({"loss": [CROSSENTROPY, "mse"]}, {"word_loss", "age_loss"}),
        ({"loss": {"age": "mse", "word": CROSSENTROPY}}, {"word_loss", "age_loss"}),
        (
            {"loss": [CROSSENTROPY, "mse"], "loss_weights": [1, 0.5]},
            {"word_loss", "age_loss"},
        ),
        (
            {"loss": [CROSSENTROPY, "mse"], "loss_weights": {"age": 2}},
            {"word_loss", "age_loss"},
        ),
        ({"loss": {"age": "Huber()"}}, set()),
        ({"loss": {"age": "Huber()"}, "loss_weights": {"age": 0.5}}, set()),
        ({"loss": [None, "mse"], "metrics": [None, "mae"]}, {"age_mae"}),
        (
            {"loss": [CROSSENTROPY, "mse"], "metrics": [["accuracy"], ["mae", "mse"]]},
            {"word_loss", "age_loss", "word_accuracy", "age_mae", "age_mse"},
        ),
        (
            {
                "loss": [CROSSENTROPY, "mse"],
                "metrics": ["accuracy", "mae"],
                "weighted_metrics": {"age": ["mse", "R2Score()"]},
            },
            {"word_loss", "age_loss", "word_accuracy", "age_mae"}
            | {"age_mse", "age_r2_score"},
        ),
        (
            {"loss": {"word": CROSSENTROPY, "age": "mse"}, "metrics": {"age": "mae"}},
            {"word_loss", "age_loss", "age_mae"},
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:Gradients do not exist")  # an output without loss
def test_parts_for_each_output(settings: dict[str, Any], expected: set[str]) -> None:
    for style in (Style.FUNCTIONAL, Style.SUBCLASS):
        module = module_of(two_outputs(**settings, run_eagerly=True), style)
        scores = fit_one_step(module, features(), TWO_TARGETS)
        assert scores.keys() == {"loss"} | expected


@pytest.mark.parametrize("outputs", ["[word, age]", {"a": "[word, age]"}])
@pytest.mark.parametrize(
    ("settings", "count"),
    [
        ({}, 5),
        ({"loss": [CROSSENTROPY, "mse"]}, 3),
        ({"loss": {"age": "mse", "word": CROSSENTROPY}, "loss_weights": [1, 2]}, 3),
        ({"loss": [CROSSENTROPY, "mse"], "loss_weights": {"age": 2}}, 3),
        ({"loss": [CROSSENTROPY, "mse"], "metrics": {"age": ["mae", "mse"]}}, 5),
        ({"loss": [CROSSENTROPY, "mse"], "metrics": [["accuracy"], ["mae"]]}, 5),
    ],
)
def test_parts_of_nested_outputs(
    outputs: Any, settings: dict[str, Any], count: int
) -> None:
    """A list stays a list, and what is within a dictionary stays there."""
    spec = two_outputs(**settings, run_eagerly=True) | {"outputs": outputs}
    targets: Any = list(TWO_TARGETS.values())
    targets = {"a": targets} if isinstance(outputs, dict) else targets
    for style in (Style.FUNCTIONAL, Style.SUBCLASS):
        scores = fit_one_step(module_of(spec, style), features(), targets)
        assert len(scores) == count


def test_weights_of_losses_count() -> None:
    settings = {"loss": [CROSSENTROPY, "mse"], "loss_weights": [0.25, 3]}
    module = module_of(two_outputs(**settings, run_eagerly=True))
    scores = fit_one_step(module, features(), TWO_TARGETS)
    total = 0.25 * scores["word_loss"] + 3 * scores["age_loss"]
    np.testing.assert_allclose(scores["loss"], total, rtol=1e-5)


def test_weights_go_with_a_loss_that_is_given_once() -> None:
    module = module_of(
        two_outputs(loss="mse", loss_weights={"age": 0.5}, run_eagerly=True)
    )
    targets = {**TWO_TARGETS, "word": vectors()}
    scores = fit_one_step(module, features(), targets)
    total = scores["word_loss"] + 0.5 * scores["age_loss"]
    np.testing.assert_allclose(scores["loss"], total, rtol=1e-5)


def test_callbacks_watch_one_of_several_outputs(tmp_path: Path) -> None:
    watched = "EarlyStopping('val_word_accuracy'"
    spec = two_outputs(run_eagerly=True) | {"callbacks": [f"{watched})"]}
    assert 'add mode="max" or mode="min"' in error_of(spec)
    module = module_of(spec | {"callbacks": [f"{watched}, mode='max')"]})
    model = module.build_model()
    module.compile_model(model)
    module.train(model, (features(), TWO_TARGETS), tmp_path, 2, SAMPLES, 0)
    assert len(module.read_history(tmp_path)) == 2
