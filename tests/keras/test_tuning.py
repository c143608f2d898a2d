"""Modules that choose their hyperparameters, run as a user runs them."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("keras")
sys.path.insert(0, str(Path(__file__).parent))
import keras
from agreement import build, described
from kgen_runner import Kgen
from support import Arrays, run_module, run_source

from keras_kgen.frontends.detect import load_program
from keras_kgen.ir.choose import with_values
from keras_kgen.ir.expressions import Literal
from keras_kgen.options import Options, Style
from keras_kgen.passes.find_problems import find_problems
from keras_kgen.pipeline import generate

pytest.importorskip("matplotlib")

NAME = "tuned_digits"
SPEC = Path(__file__).parents[1] / "golden" / "tuning" / f"{NAME}.yaml"
# Small, and unlike the defaults; the last one has the greatest values.
VALUES: tuple[dict[str, Any], ...] = (
    {},
    {"width": 64, "repeats": 2, "hidden_layers": 0, "activation": "gelu"},
    {"width": 128, "rate": 0.4, "repeats": 3, "hidden_layers": 2, "use_bias": False},
)
needs_tuner = pytest.mark.skipif(
    importlib.util.find_spec("keras_tuner") is None,
    reason="needs KerasTuner: pip install keras-tuner",
)


@pytest.mark.parametrize("style", list(Style), ids=lambda style: style.value)
def test_models_are_those_of_plain_specs(
    style: Style, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`build_model(width=64)` gives what a spec with `Dense(64)` gives, and reloads."""
    # What builds models needs no tuner.
    stand_in = type(sys)("keras_tuner")
    stand_in.HyperModel = object  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keras_tuner", stand_in)
    program = load_program(str(SPEC), lambda: "", find_problems)
    source = generate(program, Options(style)).source
    for values in VALUES:
        chosen = {name: Literal(value) for name, value in values.items()}
        plain = with_values(program, {**program.defaults, **chosen})
        expected = build(plain, Style.FUNCTIONAL, True)
        model = run_source(source).build_model(**values)
        assert [w.shape for w in model.weights] == [w.shape for w in expected.weights]
        model.set_weights(expected.get_weights())
        x = np.random.default_rng(0).random((2, 28, 28), dtype="float32")
        wanted = keras.ops.convert_to_numpy(expected(x))
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(model(x)), wanted, rtol=1e-4, atol=1e-5
        )
        model.save(tmp_path / "model.keras")
        reloaded = keras.models.load_model(tmp_path / "model.keras")
        assert described(reloaded) == described(model)


@pytest.fixture
def digits(mnist: tuple[Arrays, bool], folder: Path) -> Path:
    """A folder with a few real digits and the spec."""
    counts = {"train": 600, "test": 200}
    arrays = {key: mnist[0][key][: counts[key[2:]]] for key in mnist[0]}
    np.savez(folder / "digits.npz", **arrays)
    shutil.copy(SPEC, folder)
    return folder


def results(run: Path) -> list[dict[str, Any]]:
    found = [json.loads(path.read_text()) for path in run.glob("search/*/trial.json")]
    assert all(trial["status"] == "COMPLETED" for trial in found)
    return found


def check_run(folder: Path, trials: int, output: str) -> None:
    """Checks the results of a search: the table, the best values, the model."""
    run = folder / "runs" / NAME
    found = results(run)
    assert len(found) == trials
    best = max(found, key=lambda trial: trial["score"])
    values = json.loads((run / "best_hyperparameters.json").read_text())
    chosen = best["hyperparameters"]["values"]
    assert values == {name: chosen[name] for name in values}
    table = output[output.index("trial  val_accuracy") :].splitlines()
    scores = [float(row.split()[1]) for row in table[1 : trials + 1]]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == pytest.approx(best["score"], abs=1e-3)
    assert output.count("test accuracy: ") == 1
    assert (run / "history.png").is_file()
    assert (run / "model.keras").is_file()


def check_best_spec(kgen: Kgen, folder: Path) -> None:
    """Checks that the best spec generates, and that its module trains."""
    spec = kgen("spec", SPEC.name, "--tuned", f"runs/{NAME}")
    assert spec.exit_code == 0, spec.output
    (folder / "best.yaml").write_text(spec.stdout)
    assert kgen("new", "best.yaml", "--style", "subclass").exit_code == 0
    options = ("--data", "digits.npz", "--epochs", "1")
    result = run_module(folder, f"{NAME}_best.py", *options)
    assert result.returncode == 0, result.stderr[-3000:]
    assert "reloaded" in result.stdout


@pytest.mark.long
@needs_tuner
def test_search_in_one_process(kgen: Kgen, digits: Path) -> None:
    """A search finishes, goes on with `--resume`, and its best spec trains."""
    assert kgen("new", SPEC.name, "--tuner", "bayesian").exit_code == 0
    options = (f"{NAME}.py", "--data", "digits.npz", "--epochs", "1")
    result = run_module(digits, *options, "--max-trials", "1")
    assert result.returncode == 0, result.stderr[-3000:]
    check_run(digits, 1, result.stdout)
    result = run_module(digits, *options, "--max-trials", "2", "--resume")
    assert result.returncode == 0, result.stderr[-3000:]
    check_run(digits, 2, result.stdout)
    check_best_spec(kgen, digits)


@pytest.mark.long
@needs_tuner
def test_search_with_hyperband(kgen: Kgen, digits: Path) -> None:
    options = ("--tuner", "hyperband", "--style", "subclass")
    assert kgen("new", SPEC.name, *options).exit_code == 0
    command = (f"{NAME}.py", "--data", "digits.npz", "--epochs", "2")
    result = run_module(digits, *command)
    assert result.returncode == 0, result.stderr[-3000:]
    check_run(digits, len(results(digits / "runs" / NAME)), result.stdout)


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def start(folder: Path, tuner: str, port: int) -> subprocess.Popen[str]:
    """Starts the module as the chief or as a worker."""
    environment = {
        **os.environ,
        "KERASTUNER_TUNER_ID": tuner,
        "KERASTUNER_ORACLE_IP": "127.0.0.1",
        "KERASTUNER_ORACLE_PORT": str(port),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "MPLBACKEND": "Agg",
    }
    arguments = ("--data", "digits.npz", "--epochs", "1", "--max-trials", "4")
    with open(folder / f"{tuner}.log", "w") as log:
        return subprocess.Popen(
            [sys.executable, f"{NAME}.py", *arguments],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )


@needs_tuner
def test_search_with_two_workers(kgen: Kgen, digits: Path) -> None:
    """A chief and two workers share a search; the chief trains the best model, once."""
    assert kgen("new", SPEC.name, "--style", "functional").exit_code == 0
    port = free_port()
    running = {name: start(digits, name, port) for name in ("chief", "one", "two")}
    try:
        codes = {name: process.wait(600) for name, process in running.items()}
    finally:
        for process in running.values():
            process.kill()
    logs = {name: (digits / f"{name}.log").read_text() for name in running}
    assert codes == dict.fromkeys(running, 0), "\n".join(logs.values())[-5000:]
    check_run(digits, 4, logs["chief"])
    assert "test accuracy" not in logs["one"] + logs["two"]
    check_best_spec(kgen, digits)
