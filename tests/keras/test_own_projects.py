"""Projects for the user's own data pass their tests, train, resume, evaluate and predict."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from kgen_runner import Kgen
from own_data import KINDS, make, write_csv
from own_forms import FORMS
from support import run_module

pytest.importorskip("keras")
pytest.importorskip("tensorflow")
pytest.importorskip("matplotlib")
pytestmark = pytest.mark.keras

DRIVER = Path(__file__).with_name("run_projects.py")
# What runs each time, and what runs with the long tests.
USUAL = ("people", "photos")
OTHERS = tuple(kind for kind in KINDS if kind not in USUAL)


def unlabelled(kind: str, folder: Path) -> str:
    """Returns data to predict from, made of those to learn from."""
    if kind == "people":
        with open(folder / "people.csv", newline="") as file:
            rows = [row[:-1] for row in csv.reader(file)]
        return str(write_csv(folder / "new.csv", rows))
    if kind == "pixels":
        with np.load(folder / "pixels.npz") as file:
            np.savez(folder / "new.npz", x=file["x_test"])
        return str(folder / "new.npz")
    names = {
        "houses": "houses.csv",
        "photos": "photos/disc's",
        "reviews": "reviews/bad",
        "weather": "weather.csv",
        "points": "points.npz",
        "sounds": "sounds/low",
        "records": "digits-1.tfrecord",
    }
    return str(folder / names[kind])


def write_projects(kinds: Sequence[str], folder: Path, kgen: Kgen) -> list[str]:
    """Writes a project for each kind; returns the arguments of the driver."""
    given = []
    for kind in kinds:
        project = folder / f"the_{kind}"
        result = kgen("new", *make(kind, folder), "--project", project.name)
        assert result.exit_code == 0, result.stderr
        given += [str(project), kind, unlabelled(kind, folder)]
    return given


def work(kinds: Sequence[str], folder: Path, kgen: Kgen) -> None:
    """Puts projects through all that they can do, and looks at what they leave behind."""
    result = run_module(folder, str(DRIVER), *write_projects(kinds, folder, kgen))
    output = result.stdout[-3000:] + result.stderr[-3000:]
    assert result.returncode == 0, output
    assert result.stdout.count("test loss: ") == len(kinds)
    for kind in kinds:
        here = folder / f"the_{kind}"
        history = (here / "runs" / kind / "history.csv").read_text()
        assert len(history.splitlines()) == 3
        assert (here / "runs" / kind / "history.png").exists()
        assert list(here.glob("predictions.*"))


def test_projects_of_a_table_and_of_images_work(folder: Path, kgen: Kgen) -> None:
    work(USUAL, folder, kgen)
    rows = read(folder / "the_people" / "predictions.csv")
    assert rows[0] == ["prediction", ">50K"]
    assert len(rows) == 301
    rows = read(folder / "the_photos" / "predictions.csv")
    assert rows[0] == ["file", "prediction", "wide bars"]
    assert {name for name, _, _ in rows[1:]} == {f"{i}.png" for i in range(40)}


def read(path: Path) -> list[list[str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.mark.long
def test_projects_of_all_other_kinds_work(folder: Path, kgen: Kgen) -> None:
    work(OTHERS, folder, kgen)
    rows = read(folder / "the_weather" / "predictions.csv")
    assert (rows[0], rows[1][0], rows[-1][0]) == (["row", "temperature"], "25", "601")
    with np.load(folder / "the_pixels" / "predictions.npz") as file:
        assert file["y"].shape == (48, 3)


@pytest.mark.long
def test_projects_of_other_forms_work(folder: Path, kgen: Kgen) -> None:
    """Several features, gaps, other columns, weights for rows of words, given folders."""
    given = []
    for name, maker in FORMS.items():
        place = folder / name
        place.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(place)
            project = f"../the_{name}"
            result = kgen("new", *maker(place), "--name", name, "--project", project)
        assert result.exit_code == 0, result.stderr
        given += [str(folder / f"the_{name}"), name, ""]
    result = run_module(folder, str(DRIVER), *given)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
