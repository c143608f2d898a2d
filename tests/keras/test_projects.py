"""Projects pass their own tests, train, resume, evaluate and predict."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from kgen_runner import Kgen
from support import Arrays, run_module, small_data

from keras_kgen.frontends import presets

keras = pytest.importorskip("keras")
pytest.importorskip("matplotlib")

DRIVER = Path(__file__).with_name("run_projects.py")
# One for each kind of data, and what the array of a file to predict from is made of.
PRESETS = ("mnist_mlp", "imdb_lstm", "mnist_siamese", "unet_small", "housing_wide_deep")


def pass_own_tests(folder: Path) -> None:
    """Runs the tests of a project; they need neither data nor a network."""
    result = run_module(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert result.returncode == 0, result.stdout[-3000:]
    assert "skipped" not in result.stdout


def run(folder: Path, *arguments: str) -> str:
    result = run_module(folder, "-m", *arguments)
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout


def inputs_of(preset: str, data: Arrays) -> Arrays:
    samples = data["x_test"][:7]
    if preset == "mnist_siamese":
        return {"x_left": samples, "x_right": samples[::-1]}
    return {"x": samples}


@pytest.mark.parametrize("preset", PRESETS)
def test_project_works(
    preset: str, kgen: Kgen, folder: Path, mnist: tuple[Arrays, bool]
) -> None:
    assert kgen("new", preset, "--project", ".").exit_code == 0
    pass_own_tests(folder)
    data = small_data(preset, mnist[0])
    np.savez("data.npz", **data)
    np.savez("inputs.npz", **inputs_of(preset, data))
    train = (f"{preset}.train", "--data", "data.npz", "--batch-size", "16")
    run(folder, *train, "--epochs", "1")
    run(folder, *train, "--epochs", "2", "--resume")
    history = (folder / "runs" / preset / "history.csv").read_text()
    assert len(history.splitlines()) == 3
    assert "test loss: " in run(folder, f"{preset}.evaluate", "--data", "data.npz")
    own = ("--data", "data.npz") if preset.startswith("housing") else ()
    run(folder, f"{preset}.predict", "inputs.npz", *own)
    with np.load("predictions.npz") as predictions:
        assert len(predictions["y"]) == 7
        assert np.isfinite(predictions["y"]).all()


def test_predictions_need_a_run(kgen: Kgen, folder: Path) -> None:
    assert kgen("new", "--project", ".").exit_code == 0
    np.savez("inputs.npz", x=np.zeros((2, 28, 28), "uint8"))
    result = run_module(folder, "-m", "mnist_mlp.predict", "inputs.npz")
    assert result.returncode == 1
    assert result.stderr.strip().endswith("run python -m mnist_mlp.train first.")


def test_rescued_model_predicts_at_once(kgen: Kgen, folder: Path) -> None:
    """The weights of a saved model go into the package, and are used before the first run."""
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(5, activation="relu")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2)(hidden), name="little")
    model.save("little.keras")
    result = kgen("new", "little.keras", "--weights", "--project", "here")
    assert result.exit_code == 0, result.stderr
    here = folder / "here"
    assert (here / "little" / "little.weights.npz").exists()
    pass_own_tests(here)
    x = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
    np.savez(here / "inputs.npz", x=x)
    run(here, "little.predict", "inputs.npz")
    with np.load(here / "predictions.npz") as predictions:
        np.testing.assert_allclose(
            predictions["y"], model.predict(x, verbose=0), rtol=1e-4, atol=1e-5
        )


@pytest.mark.long
def test_every_preset_in_a_fresh_environment(
    kgen: Kgen, folder: Path, mnist: tuple[Arrays, bool]
) -> None:
    """The first command of each README, then training and more of it; one environment."""
    subprocess.run([sys.executable, "-m", "venv", "own"], check=True)
    installed, given = [], []
    for preset in presets.names():
        here = folder / f"the_{preset}"
        assert kgen("new", preset, "--project", str(here)).exit_code == 0
        np.savez(here / "data.npz", **small_data(preset, mnist[0]))
        installed += ["-e", f"{here}[tensorflow,test]"]
        given += [str(here), preset, ""]
    run_fresh(folder, "-m", "pip", "install", "-q", *installed)
    run_fresh(folder, "-m", "black", "-q", "--check", *given[::3])
    run_fresh(folder, "-m", "ruff", "check", *given[::3])
    output = run_fresh(folder, str(DRIVER), *given)
    assert output.count("test loss: ") == len(presets.names())
    for here, preset in zip(given[::3], given[1::3], strict=True):
        history = Path(here, "runs", preset, "history.csv").read_text()
        assert len(history.splitlines()) == 3


def run_fresh(folder: Path, *arguments: str) -> str:
    """Runs the Python of the environment, which sees nothing of this one."""
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    result = subprocess.run(
        [str(folder / "own" / "bin" / "python"), *arguments],
        cwd=folder,
        env={**clean, "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return result.stdout
