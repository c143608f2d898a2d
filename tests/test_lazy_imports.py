"""Commands start fast: they import only what they use, and never Keras."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"keras", "tensorflow", "torch", "jax", "numpy", "h5py", "matplotlib"}
COMMANDS = {
    "help": ["--help"],
    "version": ["--version"],
    "new_help": ["new", "--help"],
    "new": ["new", "--style", "subclass", "-o", "-"],
    "new_resnet": ["new", "fashion_resnet", "-o", "-"],
    "notebook": ["new", "--notebook", "-"],
    "project": ["new", "--project", "here"],
    "error": ["new", "no_such_preset"],
    "check": ["check"],
    "update": ["update"],
    "summary": ["summary"],
    "compare": ["compare"],
    "compare_page": ["compare", "--html", "page.html"],
    "draw": ["draw", "-o", "-"],
    "layers": ["layers", "Dense"],
    "presets": ["presets"],
    "schema": ["schema"],
    "templates": ["templates"],
}
CHILD = """
import sys
from keras_kgen.cli import main
try:
    main({arguments!r})
finally:
    with open({report!r}, "w") as file:
        print(*sorted({{name.partition(".")[0] for name in sys.modules}}), file=file)
"""


def imported_by(arguments: list[str], folder: Path) -> set[str]:
    """Returns the top-level modules in a child process that ran the command."""
    report = folder / "modules.txt"
    code = CHILD.format(arguments=arguments, report=str(report))
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONUTF8": "1"},
        timeout=120,
    )
    assert "Traceback" not in result.stderr, result.stderr
    return set(report.read_text().split())


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_imports_keras_or_numpy(name: str, tmp_path: Path) -> None:
    modules = imported_by(COMMANDS[name], tmp_path)
    assert "keras_kgen" in modules
    assert not modules & HEAVY


@pytest.mark.parametrize("name", ["new", "new_resnet", "error", "draw"])
def test_new_prints_without_rich(name: str, tmp_path: Path) -> None:
    assert "rich" not in imported_by(COMMANDS[name], tmp_path)


@pytest.mark.parametrize("name", ["help", "version", "new_help"])
def test_help_imports_click_alone(name: str, tmp_path: Path) -> None:
    modules = imported_by(COMMANDS[name], tmp_path)
    assert "click" in modules
    assert not modules & {"black", "jinja2", "yaml", "rich"}


@pytest.mark.parametrize("name", ["summary", "presets"])
def test_what_writes_no_code_needs_no_formatter(name: str, tmp_path: Path) -> None:
    assert "black" not in imported_by(COMMANDS[name], tmp_path)


def test_a_model_as_json_needs_no_reader_of_other_files(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(
        '{"class_name": "Sequential", "config": [{"class_name": "Dense", "config": '
        '{"name": "d", "units": 2, "batch_input_shape": [null, 3]}}]}'
    )
    code = (
        "import sys\nfrom keras_kgen.cli import main\n"
        "main(['new', 'model.json', '-o', '-'], standalone_mode=False)\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    saved = "keras_kgen.frontends.saved"
    others = ("archives", "functions", "hdf5.file", "tensorflow_js", "weights")
    assert f"{saved}.rebuild" in result.stderr.split()
    unused = {f"{saved}.{name}" for name in others} | {"keras_kgen.frontends.spec"}
    assert not unused.intersection(result.stderr.split())
