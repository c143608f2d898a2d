"""What the files of every generated project must be like."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from black import Mode, format_str

FILES = {
    ".github/workflows/test.yml",
    ".gitignore",
    ".kgen.json",
    ".pre-commit-config.yaml",
    "README.md",
    "model.svg",
    "model.yaml",
    "pyproject.toml",
    "tests/conftest.py",
    "tests/test_data.py",
    "tests/test_model.py",
}
SOURCES = ("__init__", "data", "evaluate", "model", "predict", "train")


def written(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".npz"
    }


def check_files(files: dict[str, str], package: str, folder: Path) -> None:
    """Every file is there, parses, and is as Black and ruff would have it."""
    assert files.keys() == FILES | {f"{package}/{name}.py" for name in SOURCES}
    for path, text in files.items():
        assert text.endswith("\n") and not text.endswith("\n\n"), path
        assert not re.search(r"[ \t]+$", text, re.MULTILINE), path
        if path.endswith(".py"):
            ast.parse(text)
            assert format_str(text, mode=Mode()) == text, path
        elif path.endswith((".yml", ".yaml")):
            yaml.safe_load(text)
    check_project_table(tomllib.loads(files["pyproject.toml"]), package)
    readme = files["README.md"]
    for target in re.findall(r"\]\(([^)]+)\)", readme):
        assert target in files, target
    pytest.importorskip("ruff")
    result = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


def check_project_table(table: dict, package: str) -> None:
    project = table["project"]
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", project["name"])
    assert {"tensorflow", "jax", "torch", "test"} == project[
        "optional-dependencies"
    ].keys()
    for extra in (project["dependencies"], *project["optional-dependencies"].values()):
        assert all(re.fullmatch(r"\w+>=[\d.]+,<\d+", item) for item in extra)
    assert table["tool"]["setuptools"]["packages"] == [package]
    assert table["tool"]["pytest"] and table["tool"]["ruff"]
