"""Notebooks run from top to bottom, with Keras."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import Arrays, load_preset, small_data

from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate_notebook

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

CASES = [
    ("mnist_mlp", Style.SEQUENTIAL),
    ("mnist_convnet", Style.FUNCTIONAL),
    ("mnist_convnet", Style.SUBCLASS),
    ("mnist_multitask", Style.FUNCTIONAL),
    ("mnist_siamese", Style.FUNCTIONAL),
    ("mnist_autoencoder", Style.SEQUENTIAL),
    ("imdb_lstm", Style.SEQUENTIAL),
    ("reuters_mlp", Style.SEQUENTIAL),
    ("housing_wide_deep", Style.FUNCTIONAL),
    ("convlstm_frames", Style.SEQUENTIAL),
    ("unet_small", Style.FUNCTIONAL),
]


@pytest.mark.parametrize(("preset", "style"), CASES)
def test_it_runs_from_top_to_bottom(
    preset: str,
    style: Style,
    mnist: tuple[Arrays, bool],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MPLBACKEND", raising=False)
    np.savez(tmp_path / "data.npz", **small_data(preset, mnist[0]))
    source = generate_notebook(load_preset(preset), Options(style)).source
    notebook = nbformat.reads(source, as_version=4)
    _set(notebook, EPOCHS=1, BATCH_SIZE=64, DATA="data.npz")
    run(notebook, tmp_path)
    code = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
    assert "predict the same" in text_of(code["reload"])
    assert "reloaded: " in text_of(code["test"])
    pictures = [name for name, cell in code.items() if has_picture(cell)]
    assert {"history", *shown(code)} <= set(pictures)
    values = [name for name, cell in code.items() if has_value(cell)]
    assert values == []


def shown(code: dict[str, Any]) -> set[str]:
    """Returns the cells that are there to draw something."""
    drawing = (
        "look-images",
        "look-pairs",
        "look-masks",
        "look-frames",
        "look-features",
    )
    results = ("classes", "unsure", "rebuilt", "masks", "frames", "values")
    return {name for name in (*drawing, *results) if name in code}


def _set(notebook: Any, **settings: object) -> None:
    """Edits the settings of a notebook as a reader would."""
    (cell,) = (cell for cell in notebook.cells if cell.id == "settings")
    for name, value in settings.items():
        line = f"{name} = {value!r}"
        cell.source, count = re.subn(rf"(?m)^{name} = \S+", line, cell.source)
        assert count == 1


def run(notebook: Any, folder: Path) -> None:
    client = nbclient.NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()


def text_of(cell: Any) -> str:
    return "".join(output.get("text", "") for output in cell.outputs)


def has_picture(cell: Any) -> bool:
    return any("image/png" in output.get("data", {}) for output in cell.outputs)


def has_value(cell: Any) -> bool:
    """Whether the last line of a cell gave something that Jupyter then prints."""
    return any(output.output_type == "execute_result" for output in cell.outputs)
