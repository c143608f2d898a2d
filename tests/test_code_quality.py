"""Black, ruff and mypy have nothing to say about this repository."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = ("generator", "tests", "benchmarks")


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("black", ("--check", "--quiet", *SOURCES)),
        ("ruff", ("check", "--quiet", *SOURCES)),
        ("mypy", ("--config-file", "setup.cfg")),
    ],
)
def test_clean(module: str, arguments: tuple[str, ...]) -> None:
    pytest.importorskip(module)
    result = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
