"""The wheel and the editable install both find the templates and the data."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPT = """
from keras_kgen.frontends.detect import load_program
from keras_kgen.pipeline import generate
import keras_kgen
print(keras_kgen.__file__)
print(generate(load_program("mnist_mlp", str)).source)
"""


def run(*arguments: str, cwd: Path, path: str = "") -> str:
    environment = {key: v for key, v in os.environ.items() if key != "PYTHONPATH"}
    if path:
        environment["PYTHONPATH"] = path
    result = subprocess.run(
        arguments, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from a copy of the checkout."""
    pytest.importorskip("build")
    folder = tmp_path_factory.mktemp("wheel")
    for name in (
        "generator",
        "templates",
        "setup.cfg",
        "pyproject.toml",
        "README.md",
        "LICENSE",
    ):
        run("cp", "-r", str(ROOT / name), str(folder), cwd=folder)
    run(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", "dist", ".",
        cwd=folder,
    )  # fmt: skip
    (path,) = (folder / "dist").glob("keras_kgen-*.whl")
    return path


def test_wheel_generates(wheel: Path, tmp_path: Path) -> None:
    """Installed from the wheel, far from the checkout, kgen writes the same module."""
    site = tmp_path / "site"
    run(
        sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
        "--target", str(site), str(wheel),
        cwd=tmp_path,
    )  # fmt: skip
    output = run(sys.executable, "-c", SCRIPT, cwd=tmp_path, path=str(site))
    location, _, module = output.partition("\n")
    assert location.startswith(str(site))
    expected = run(
        sys.executable, "-c", SCRIPT, cwd=tmp_path, path=str(ROOT / "generator")
    )
    assert module == expected.partition("\n")[2]
    assert "class" in module or "keras.Sequential" in module


def test_wheel_holds_templates_presets_and_catalogue(wheel: Path) -> None:
    from zipfile import ZipFile

    names = ZipFile(wheel).namelist()
    for folder, ending in (
        ("templates", ".jinja"),
        ("templates", ".css"),
        ("templates", ".js"),
        ("generator/keras_kgen/presets", ".yaml"),
        ("generator/keras_kgen/catalogue/data", ".json"),
    ):
        for path in (ROOT / folder).glob(f"*{ending}"):
            assert any(name.endswith(path.name) for name in names), path
    assert "keras_kgen/py.typed" in names


def test_wheel_holds_every_module(wheel: Path) -> None:
    from zipfile import ZipFile

    names = set(ZipFile(wheel).namelist())
    modules = (ROOT / "generator").rglob("*.py")
    assert {str(path.relative_to(ROOT / "generator")) for path in modules} <= names
