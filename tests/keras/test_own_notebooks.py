"""Notebooks on the user's own data run from top to bottom."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from kgen_runner import Kgen
from own_data import KINDS, make

pytest.importorskip("keras")
pytest.importorskip("tensorflow")
nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytestmark = pytest.mark.keras

# What runs each time; the others run with the long tests.
USUAL = ("people", "photos")
CASES = [
    kind if kind in USUAL else pytest.param(kind, marks=pytest.mark.long)
    for kind in KINDS
]
DRAWN = {"history", "series", "images", "recordings", "balance"} | {
    "classes",
    "values",
    "forecast",
}


@pytest.mark.parametrize("kind", CASES)
def test_it_runs_from_top_to_bottom(
    kind: str, folder: Path, kgen: Kgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MPLBACKEND", raising=False)
    (folder / "work").mkdir()
    path = folder / "work" / "own.ipynb"
    result = kgen("new", *make(kind, folder), "--notebook", str(path))
    assert result.exit_code == 0, result.stderr
    notebook = nbformat.read(path, as_version=4)
    (settings,) = (cell for cell in notebook.cells if cell.id == "settings")
    settings.source = re.sub(r"(?m)^EPOCHS = \d+", "EPOCHS = 1", settings.source)
    nbclient.NotebookClient(
        notebook,
        timeout=900,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    code = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
    assert "predict the same" in printed(code["reload"])
    assert "reloaded: " in printed(code["test"])
    for name in DRAWN & set(code):
        assert has_picture(code[name]), name
    for name in {"table", "texts", "arrays"} & set(code):
        assert printed(code[name]), name


def printed(cell: Any) -> str:
    return "".join(output.get("text", "") for output in cell.outputs)


def has_picture(cell: Any) -> bool:
    return any("image/png" in output.get("data", {}) for output in cell.outputs)
