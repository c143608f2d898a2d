"""Generated modules learn, save, reload, resume and draw, run as a user runs them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import (
    Arrays,
    load_preset,
    preset_styles,
    run_module,
    run_source,
    small_data,
)

from keras_kgen.frontends import presets
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

keras = pytest.importorskip("keras")
pytest.importorskip("matplotlib")

# Presets whose loss falls slowly get more steps.
EPOCHS = {"cifar_vgg": 3, "imdb_transformer": 3, "fashion_resnet": 3}


def test_accuracy(
    mnist: tuple[Arrays, bool],
    preset_and_goal: tuple[str, Style, float],
    tmp_path: Path,
) -> None:
    """One epoch on all of MNIST is enough for the accuracy that a textbook promises."""
    preset, style, goal = preset_and_goal
    arrays, is_complete = mnist
    np.savez(tmp_path / "data.npz", **arrays)
    module = run_source(generate(load_preset(preset), Options(style)).source)
    (x_train, y_train), test = module.load_data(tmp_path / "data.npz")
    model = module.build_model()
    module.compile_model(model)
    model.fit(
        x_train, y_train, epochs=1 if is_complete else 20, batch_size=128, verbose=0
    )
    _, accuracy = model.evaluate(*test, verbose=0)
    assert accuracy >= (goal if is_complete else 0.9)


@pytest.fixture(
    params=[
        *(("mnist_mlp", style, 0.95) for style in Style),
        *(("mnist_convnet", style, 0.97) for style in Style),
    ],
    ids=lambda item: f"{item[0]}-{item[1].value}",
)
def preset_and_goal(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.mark.parametrize("preset", presets.names())
def test_module_trains_reloads_and_resumes(
    preset: str, mnist: tuple[Arrays, bool], tmp_path: Path
) -> None:
    """`python module.py`, then `--resume`: the loss falls, the history goes on."""
    np.savez(tmp_path / "data.npz", **small_data(preset, mnist[0]))
    source = generate(load_preset(preset), Options(Style.SUBCLASS)).source
    (tmp_path / f"{preset}.py").write_text(source)
    epochs = EPOCHS.get(preset, 2)
    common = (f"{preset}.py", "--data", "data.npz", "--batch-size", "16")

    result = run_module(tmp_path, *common, "--epochs", str(epochs))
    assert result.returncode == 0, result.stderr[-3000:]
    assert "reloaded" in result.stdout
    run = tmp_path / "runs" / preset
    losses = read_losses(run)
    assert len(losses) == epochs
    assert losses[-1] < losses[0]
    saved = (run / "model.keras").read_bytes()

    result = run_module(tmp_path, *common, "--epochs", str(epochs + 1), "--resume")
    assert result.returncode == 0, result.stderr[-3000:]
    resumed = read_losses(run)
    assert resumed[:-1] == losses
    # A model that started afresh would be where the first epoch was.
    assert resumed[-1] < losses[0]
    assert (run / "model.keras").read_bytes() != saved
    assert (run / "history.png").read_bytes().startswith(b"\x89PNG")


def read_losses(run: Path) -> list[float]:
    with open(run / "history.csv", newline="") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def test_tensorboard_logs_hold_scalars_graph_and_histograms(
    mnist: tuple[Arrays, bool], tmp_path: Path
) -> None:
    pytest.importorskip("tensorflow")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    np.savez(tmp_path / "data.npz", **small_data("mnist_mlp", mnist[0]))
    for style in Style:
        source = generate(load_preset("mnist_mlp"), Options(style)).source
        name = f"mnist_{style.value}.py"
        (tmp_path / name).write_text(source)
        arguments = (
            name,
            "--data",
            "data.npz",
            "--epochs",
            "1",
            "--run-dir",
            style.value,
        )
        result = run_module(tmp_path, *arguments)
        assert result.returncode == 0, result.stderr[-3000:]
        logs = EventAccumulator(str(tmp_path / style.value / "logs" / "train"))
        logs.Reload()
        tags = logs.Tags()
        assert "epoch_loss" in tags["tensors"]
        assert "epoch_accuracy" in tags["tensors"]
        assert any("kernel" in tag for tag in tags["tensors"])
        assert tags["graph"]


@pytest.mark.parametrize(("preset", "style"), preset_styles())
def test_graph_shows_every_layer(
    preset: str, style: Style, mnist: tuple[Arrays, bool], tmp_path: Path
) -> None:
    """What TensorBoard draws has a box for each layer, in every style."""
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow has a graph of operations")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    np.savez(tmp_path / "data.npz", **small_data(preset, mnist[0]))
    module = run_source(generate(load_preset(preset), Options(style)).source)
    (x, _), _ = module.load_data(tmp_path / "data.npz")
    model = module.build_model()
    module.write_graph(model, x, tmp_path / "logs")
    logs = EventAccumulator(str(tmp_path / "logs"))
    logs.Reload()
    graph = tf.compat.v1.GraphDef.FromString(logs.Graph().SerializeToString())
    drawn = {part for node in graph.node for part in node.name.split("/")}
    for layer in model.layers:
        if layer.weights:
            assert any(part.startswith(layer.name) for part in drawn), layer.name


def test_optimizer_state_is_resumed(mnist: tuple[Arrays, bool], tmp_path: Path) -> None:
    """Training in two parts counts the optimizer's steps through."""
    data = small_data("mnist_mlp", mnist[0])
    np.savez(tmp_path / "data.npz", **data)
    (tmp_path / "m.py").write_text(generate(load_preset("mnist_mlp")).source)
    common = ("m.py", "--data", "data.npz", "--run-dir", "run")
    assert run_module(tmp_path, *common, "--epochs", "1").returncode == 0
    assert run_module(tmp_path, *common, "--epochs", "3", "--resume").returncode == 0
    module = run_source((tmp_path / "m.py").read_text())
    model = keras.models.load_model(tmp_path / "run" / "model.keras")
    assert module is not None
    steps = -(-int(len(data["x_train"]) * 0.9) // 128)
    assert int(model.optimizer.iterations) == 3 * steps


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--resume",), "nothing to resume"),
        (("--data", "missing.npz"), "missing.npz"),
        (("--data", "wrong.npz"), "x_train"),
        (("--data", "shape.npz"), "(n, 28, 28)"),
    ],
)
def test_mistakes_are_explained(
    arguments: tuple[str, ...], message: str, tmp_path: Path, mnist: tuple[Arrays, bool]
) -> None:
    np.savez(tmp_path / "wrong.npz", images=np.zeros(3))
    np.savez(tmp_path / "data.npz", **small_data("mnist_mlp", mnist[0]))
    flat = np.zeros((4, 784), "uint8")
    labels = np.zeros(4, "uint8")
    np.savez(
        tmp_path / "shape.npz", x_train=flat, y_train=labels, x_test=flat, y_test=labels
    )
    (tmp_path / "m.py").write_text(generate(load_preset("mnist_mlp")).source)
    given = arguments if "--data" in arguments else ("--data", "data.npz", *arguments)
    result = run_module(tmp_path, "m.py", *given)
    assert result.returncode == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.glob("runs/**/*.*"))


def test_summary_option_needs_no_data(tmp_path: Path) -> None:
    source = generate(load_preset("mnist_mlp"), Options(Style.SUBCLASS)).source
    (tmp_path / "m.py").write_text(source)
    result = run_module(tmp_path, "m.py", "--summary")
    assert result.returncode == 0, result.stderr
    assert "119,306" in result.stdout
