"""Same input, same bytes; and the bytes are Python that formatter and linter accept."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import black
import pytest

from keras_kgen.frontends import presets

CHILD = """
import json, sys
from keras_kgen.errors import UsageError
from keras_kgen.frontends import presets
from keras_kgen.frontends.detect import load_program
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

sources = {}
for preset in presets.names():
    program = load_program(preset, str)
    for style in Style:
        for flat in (False, True):
            try:
                module = generate(program, Options(style, flat), f"the preset {preset}")
            except UsageError:
                continue
            key = f"{preset}-{style.value}-{'flat' if flat else 'rolled'}"
            sources[key] = module.source
sys.stdout.buffer.write(json.dumps(sources, sort_keys=True).encode())
"""
# A Sequential model has one input and one output.
BRANCHED = {"housing_wide_deep", "mnist_multitask", "mnist_siamese"}


@pytest.fixture(scope="module")
def runs() -> list[dict[str, str]]:
    """The module of every preset in every style, by `preset-style-form`, for two seeds."""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("0", "1")
    ]
    outputs = [child.communicate(timeout=600)[0] for child in children]
    assert [child.returncode for child in children] == [0, 0]
    return [json.loads(output) for output in outputs]


@pytest.fixture(scope="module")
def sources(runs: list[dict[str, str]]) -> dict[str, str]:
    return runs[0]


def of_preset(sources: dict[str, str], preset: str) -> dict[str, str]:
    return {key: text for key, text in sources.items() if key.startswith(f"{preset}-")}


def test_every_preset_comes_in_every_style(sources: dict[str, str]) -> None:
    expected = {
        f"{preset}-{style}-{form}"
        for preset in presets.names()
        for style in ("sequential", "functional", "subclass")
        for form in ("flat", "rolled")
        if style != "sequential" or preset not in BRANCHED
    }
    assert set(sources) == expected


def test_the_hash_seed_changes_nothing(runs: list[dict[str, str]]) -> None:
    first, second = runs
    assert first == second


@pytest.mark.parametrize("preset", presets.names())
def test_black_changes_nothing(sources: dict[str, str], preset: str) -> None:
    for key, text in of_preset(sources, preset).items():
        assert black.format_str(text, mode=black.Mode()) == text, key


@pytest.mark.parametrize("preset", presets.names())
def test_modules_are_python_in_unix_lines(sources: dict[str, str], preset: str) -> None:
    for key, text in of_preset(sources, preset).items():
        assert ast.get_docstring(ast.parse(text)), key
        assert "\r" not in text, key
        assert "\t" not in text, key
        assert text.endswith("\n"), key
        assert not text.endswith("\n\n"), key
        assert not any(line != line.rstrip() for line in text.split("\n")), key


def test_ruff_finds_nothing(sources: dict[str, str], tmp_path: Path) -> None:
    for key, text in sources.items():
        name = key.replace("-", "_")
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8", newline="\n")
    result = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_module_names_a_date_or_a_path(sources: dict[str, str]) -> None:
    year = str(date.today().year)
    home = str(Path.home())
    for key, text in sources.items():
        header = ast.get_docstring(ast.parse(text)) or ""
        assert year not in header, key
        assert home not in text, key
