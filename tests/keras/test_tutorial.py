"""What docs/tutorial.md does with Keras, done block by block."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from documents import FILE, ROOT, SHOWN, write_files
from kgen_runner import Kgen
from support import Arrays, run_module, small_data

pytest.importorskip("keras")
DOCUMENT = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
# `<!-- python: kgen new digits.yaml -->`, then code that runs beside what that writes.
PYTHON = re.compile(
    r"<!-- python: kgen (?P<arguments>.*?) -->\n```python\n(?P<text>.*?)```", re.DOTALL
)


@pytest.mark.parametrize("block", PYTHON.findall(DOCUMENT), ids=lambda block: block[0])
def test_python_runs(block: tuple[str, str], kgen: Kgen, folder: Path) -> None:
    arguments, text = block
    write_files(DOCUMENT, folder)
    assert kgen(*shlex.split(arguments)).exit_code == 0
    result = run_module(folder, "-c", text)
    assert result.returncode == 0, result.stderr


def test_proof_is_real(kgen: Kgen, folder: Path, pytestconfig: pytest.Config) -> None:
    write_files(DOCUMENT, folder)
    (match,) = (m for m in SHOWN.finditer(DOCUMENT) if "verify" in m["arguments"])
    text = kgen(*shlex.split(match["arguments"])).stdout
    if pytestconfig.getoption("--update-documents"):
        start, end = match.span("text")
        updated = DOCUMENT[:start] + text + DOCUMENT[end:]
        (ROOT / "docs" / "tutorial.md").write_text(updated, encoding="utf-8")
    else:
        assert match["text"] == text


@pytest.mark.parametrize("name", [match["name"] for match in FILE.finditer(DOCUMENT)])
def test_specs_are_trained(
    name: str, kgen: Kgen, folder: Path, mnist: tuple[Arrays, bool]
) -> None:
    """A spec of the tutorial trains, and resumes, as the tutorial says."""
    pytest.importorskip("matplotlib")
    write_files(DOCUMENT, folder)
    np.savez(folder / "data.npz", **small_data("mnist", mnist[0]))
    assert kgen("new", name, "-o", "model.py").exit_code == 0
    for more in (["--epochs", "1"], ["--epochs", "2", "--resume"]):
        result = run_module(folder, "model.py", "--data", "data.npz", *more)
        assert result.returncode == 0, result.stderr
        assert "reloaded" in result.stdout
