"""Notebooks on the user's own data are notebooks, and their code is code, for each kind."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from kgen_runner import Kgen
from own_data import KINDS, make


def cells_of(path: Path) -> dict[str, str]:
    """Returns the code of a notebook by the ids of its cells."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return {
        cell["id"]: "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    }


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_valid_and_shows_data_and_results(
    kind: str, folder: Path, kgen: Kgen
) -> None:
    nbformat = pytest.importorskip("nbformat")
    result = kgen("new", *make(kind, folder), "--notebook", "own.ipynb")
    assert result.exit_code == 0, result.stderr
    nbformat.validate(nbformat.read(folder / "own.ipynb", as_version=4))
    cells = cells_of(folder / "own.ipynb")
    for source in cells.values():
        ast.parse(source)
    assert {"load", "start", "history", "test", "predict", "reload"} <= set(cells)
    assert set(cells) & {"table", "series", "images", "texts", "recordings", "arrays"}
    assert set(cells) & {"classes", "values", "forecast"}


def test_only_uneven_classes_are_counted(folder: Path, kgen: Kgen) -> None:
    for kind in ("people", "photos"):
        assert kgen("new", *make(kind, folder), "--notebook", f"{kind}.ipynb")
    assert "balance" in cells_of(folder / "people.ipynb")
    assert "balance" not in cells_of(folder / "photos.ipynb")


def test_data_are_found_from_the_folder_of_the_notebook(
    folder: Path, kgen: Kgen
) -> None:
    (folder / "work").mkdir()
    kgen("new", *make("photos", folder), "--notebook", "work/own.ipynb")
    assert 'DATA = "../photos"' in cells_of(folder / "work" / "own.ipynb")["settings"]
