"""Modules for the user's own data learn, save, reload and resume, and nothing leaks."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from kgen_runner import Kgen
from own_data import KINDS, make, make_texts
from own_forms import FORMS
from support import run_module, run_source

keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")
pytestmark = pytest.mark.keras

# Epochs, and a metric with the value that is better than chance.
GOALS = {
    "people": (6, "accuracy", 0.7),
    "houses": (8, "mae", 150_000),
    "photos": (2, "accuracy", 0.8),
    "reviews": (8, "accuracy", 0.7),
    "weather": (3, "mae", 4.0),
    "points": (5, "accuracy", 0.7),
    "pixels": (3, "accuracy", 0.6),
    "sounds": (6, "accuracy", 0.7),
    "records": (3, "accuracy", 0.6),
}
Parts = list[list[tuple[np.ndarray, np.ndarray]]]


@pytest.mark.parametrize("kind", KINDS)
def test_module_learns_reloads_and_resumes(kind: str, folder: Path, kgen: Kgen) -> None:
    """`python module.py`, then `--resume`: the loss falls, the score beats chance."""
    epochs, metric, wanted = GOALS[kind]
    result = kgen("new", *make(kind, folder))
    assert result.exit_code == 0, result.stderr
    first = run_module(folder, f"{kind}.py", "--epochs", str(epochs))
    assert first.returncode == 0, first.stderr[-3000:]
    assert "reloaded" in first.stdout
    losses = history(folder, kind, "loss")
    assert len(losses) == epochs
    assert losses[-1] < losses[0]
    assert is_better(score_of(first.stdout, metric), wanted, metric)
    resumed = run_module(folder, f"{kind}.py", "--epochs", str(epochs + 1), "--resume")
    assert resumed.returncode == 0, resumed.stderr[-3000:]
    assert history(folder, kind, "loss")[:-1] == losses
    assert history(folder, kind, "loss")[-1] < losses[0]


def history(folder: Path, kind: str, key: str) -> list[float]:
    with open(folder / "runs" / kind / "history.csv", newline="") as file:
        return [float(row[key]) for row in csv.DictReader(file)]


def score_of(output: str, metric: str) -> float:
    line = next(x for x in output.splitlines() if x.startswith(f"test {metric}: "))
    return float(line.split()[2].rstrip(","))


def is_better(score: float, wanted: float, metric: str) -> bool:
    return score > wanted if metric == "accuracy" else score < wanted


def load(kind: str, folder: Path, kgen: Kgen) -> tuple[ModuleType, Parts]:
    """Returns the module of a kind, and the samples of each part by their batches."""
    result = kgen("new", *make(kind, folder))
    assert result.exit_code == 0, result.stderr
    module = run_source((folder / f"{kind}.py").read_text(), kind)
    return module, samples(module)


def samples(module: ModuleType, is_new: bool = True) -> Parts:
    return [list(pairs(part)) for part in load_parts(module, is_new)]


def load_parts(module: ModuleType, is_new: bool = True) -> Any:
    arguments: tuple[Any, ...] = (module.DATA, 16)
    if "run_dir" in module.load_data.__code__.co_varnames:
        arguments = (*arguments, Path("run"), is_new)
    return module.load_data(*arguments)


def pairs(dataset: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for x, y in dataset:
        yield from zip(np.asarray(x), np.asarray(y), strict=True)


def keys(part: list[tuple[np.ndarray, np.ndarray]]) -> list[bytes]:
    return sorted(x.tobytes() for x, _ in part)


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("houses", 300),
        ("photos", 80),
        ("points", 300),
        ("pixels", 240),
        ("sounds", 60),
        ("records", 240),
        ("reviews", 120),
    ],
)
def test_no_sample_is_in_two_parts(
    kind: str, count: int, folder: Path, kgen: Kgen
) -> None:
    """All samples are used, each in one part, and the same part the next time."""
    module, parts = load(kind, folder, kgen)
    assert sum(map(len, parts)) == count
    assert all(len(part) >= 0.05 * count for part in parts)
    again = samples(module)
    assert [keys(part) for part in again] == [keys(part) for part in parts]
    if kind != "reviews":  # words that are unknown look alike
        found = [set(keys(part)) for part in parts]
        assert sum(map(len, found)) == count
        assert len(set.union(*found)) == count


def test_columns_are_scaled_by_the_training_rows(folder: Path, kgen: Kgen) -> None:
    module, parts = load("people", folder, kgen)
    columns, _ = module.read_table("people.csv")
    train, validation, test = module.split(300)
    assert sorted([*train, *validation, *test]) == list(range(300))
    space = keras.models.load_model(folder / "run" / "features.keras")
    mean = float(np.squeeze(space.preprocessors["age"].mean))
    assert mean == pytest.approx(np.nanmean(columns["age"][train]), rel=1e-5)
    assert mean != pytest.approx(np.nanmean(columns["age"]), rel=1e-5)
    assert all(np.isfinite(x).all() for part in parts for x, _ in part)
    # A resumed run takes what the run directory holds.
    again = samples(module, is_new=False)
    assert [keys(part) for part in again] == [keys(part) for part in parts]


def test_the_vocabulary_is_that_of_the_training_texts(folder: Path, kgen: Kgen) -> None:
    """Each text has a word of its own: those that are held out are not known."""
    load("reviews", folder, kgen)
    words = (folder / "run" / "vocabulary.txt").read_text().splitlines()
    own = [word for word in words if word.startswith("own")]
    assert len(own) == 84


def test_windows_do_not_reach_into_another_part(folder: Path, kgen: Kgen) -> None:
    """The third column counts the rows: parts follow each other and share none."""
    module, parts = load("weather", folder, kgen)
    values = module.read_series("weather.csv")
    step = module.COLUMNS.index("step")
    rows = [
        {int(row) for x, _ in part for row in np.round(x[:, step] / 3)}
        for part in parts
    ]
    assert max(rows[0]) < min(rows[1])
    assert max(rows[1]) < min(rows[2])
    for part in parts:
        for x, y in part:
            assert len(x) == 24
            assert y == values[round(x[-1, step] / 3) + 1, 0]
    assert np.isfinite(values).all()


def test_folders_for_training_and_testing_are_kept_apart(
    folder: Path, kgen: Kgen
) -> None:
    make_texts(folder, 40, ("train", "test"))
    assert kgen("new", "--data", "reviews").exit_code == 0
    module = run_source((folder / "reviews.py").read_text(), "reviews")
    parts = samples(module)
    assert [len(part) for part in parts] == [72, 8, 80]
    words = (folder / "run" / "vocabulary.txt").read_text()
    assert "owntrain" in words
    assert "owntest" not in words


@pytest.mark.parametrize("kind", ["people", "photos", "weather", "points", "records"])
def test_wrong_data_are_explained(kind: str, folder: Path, kgen: Kgen) -> None:
    assert kgen("new", *make(kind, folder)).exit_code == 0
    module = run_source((folder / f"{kind}.py").read_text(), kind)
    module.DATA = "nothing"
    with pytest.raises(SystemExit, match="nothing"):
        samples(module)


@pytest.mark.parametrize("maker", FORMS.values(), ids=FORMS)
def test_other_forms_train(
    maker: Callable[[Path], tuple[str, ...]], folder: Path, kgen: Kgen
) -> None:
    result = kgen("new", *maker(folder), "-o", "model.py")
    assert result.exit_code == 0, result.stderr
    module = run_source((folder / "model.py").read_text(), "model")
    train, validation, test = load_parts(module)
    model = module.build_model()
    module.compile_model(model)
    if hasattr(module, "adapt"):
        module.adapt(model, train)
    model.fit(train, validation_data=validation, shuffle=False, verbose=0)
    assert np.isfinite(model.evaluate(test, verbose=0, return_dict=True)["loss"])
