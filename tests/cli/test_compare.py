"""`kgen compare` in windows of all widths, in colour and without, and into a pipe."""

from __future__ import annotations

import ast
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from kgen_runner import Kgen

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
# A line of code behind its number.
NUMBERED = re.compile(r"^ *(\d+)(?: (.*))?$")
HOSTILE = """
name: '[bold]x[/bold] </script>'
description: '[link=https://x.org]click[/link]'
inputs: [4]
layers:
  - Dense(3)
"""


def run(columns: int, *arguments: str, **environment: str) -> str:
    """Returns what a child process prints to a pipe."""
    result = subprocess.run(
        [sys.executable, "-m", "keras_kgen", "compare", *arguments],
        env={**os.environ, "COLUMNS": str(columns), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return result.stdout


def run_in_terminal(columns: int, *arguments: str, **environment: str) -> str:
    """Returns what a child process prints to a terminal."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "keras_kgen", "compare", *arguments],
        env={
            **os.environ,
            "COLUMNS": str(columns),
            "TERM": "xterm-256color",
            **environment,
        },
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the child has closed its side
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    assert child.wait(120) == 0
    return b"".join(parts).decode("utf-8").replace("\r\n", "\n")


def code_of(text: str) -> str:
    """Returns the code of the first style that is shown above the others."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if set(line) == {"─"}) + 1
    found = []
    for line in lines[start:]:
        match = NUMBERED.match(line)
        if match is None:
            break
        found.append(match[2] or "")
    return "\n".join(found)


def test_pipe_has_one_style_after_the_other_as_it_is() -> None:
    text = run(80, "mnist_mlp")
    assert "\x1b" not in text
    assert not any(line.endswith(" ") for line in text.splitlines())
    names = [
        line for line in text.splitlines() if line.startswith(("Seq", "Fun", "Sub"))
    ]
    assert names == ["Sequential  an expert's choice here", "Functional", "Subclass"]
    code = ast.parse(code_of(text))
    assert {"DenseBlock", "build_model"} <= {
        item.name
        for item in code.body
        if isinstance(item, ast.ClassDef | ast.FunctionDef)
    }


def test_pipe_cuts_and_folds_no_line() -> None:
    longest = '    x = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)('
    assert any(
        line.endswith(longest) for line in run(40, "fashion_resnet").splitlines()
    )
    wide = run(120, "fashion_resnet")
    assert any(longest in line for line in wide.splitlines())
    assert "│" in wide


def test_summary_and_differences_follow_the_code() -> None:
    text = run(80, "mnist_mlp")
    order = [
        "Sequential  an expert's choice here",
        'Model: "mnist_mlp"',
        " Total params: 119,306 (466.04 KB)",
        "What differs, and why",
        "How shapes become known",
        "What each style can do with this model",
        "The choice here: sequential",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize("columns", [80, 120, 200])
@pytest.mark.parametrize("name", ["mnist_mlp", "fashion_resnet"])
def test_terminal_shows_no_line_that_is_too_long(columns: int, name: str) -> None:
    text = ESCAPES.sub("", run_in_terminal(columns, name))
    assert max(map(len, text.splitlines())) <= columns
    side_by_side = re.search(r"Sequential .*│ Functional .*│ Subclass", text)
    assert bool(side_by_side) == (columns >= 120)


@pytest.mark.parametrize("columns", [120, 200])
def test_lines_of_a_layer_share_a_row(columns: int) -> None:
    text = ESCAPES.sub("", run_in_terminal(columns, "fashion_resnet"))
    rows = [line.split(" │ ") for line in text.splitlines()]
    shown = [row for row in rows if len(row) == 3 and "Dropout(" in row[1]]
    ((left, middle, right),) = shown
    assert "layers.Dropout(0.3)," in left
    assert "x = layers.Dropout(0.3)(x)" in middle
    assert "self.dropout =" in right


def test_terminal_has_colour_unless_it_is_not_wanted() -> None:
    assert ESCAPES.search(run_in_terminal(120, "mnist_mlp"))
    plain = run_in_terminal(120, "mnist_mlp", NO_COLOR="1")
    colours = re.compile(r"\x1b\[(?:[0-9;]*;)?(3\d|4\d|9\d)(?:;[0-9;]*)?m")
    assert not colours.search(plain)
    assert colours.search(run(120, "mnist_mlp", FORCE_COLOR="1"))


def test_style_picks_styles_in_two_ways(kgen: Kgen) -> None:
    text = kgen("compare", "--style", "functional,subclass").stdout
    assert (
        text == kgen("compare", "--style", "functional", "--style", "subclass").stdout
    )
    assert "\nFunctional\n" in text
    assert "keras.Sequential(" not in text


def test_full_shows_the_training_too(kgen: Kgen) -> None:
    short = kgen("compare", "--style", "functional").stdout
    full = kgen("compare", "--style", "functional", "--full").stdout
    assert "def load_data" not in short
    assert "def load_data" in full
    assert "import argparse" in full


def test_diff_is_a_unified_diff(kgen: Kgen) -> None:
    result = kgen("compare", "--diff", "--style", "functional,subclass")
    lines = result.stdout.splitlines()
    assert lines[:2] == ["--- mnist_mlp_functional.py", "+++ mnist_mlp_subclass.py"]
    assert "-    x = layers.Flatten()(inputs)" in lines
    assert "+        self.flatten = layers.Flatten()" in lines
    assert all(line[:1] in "-+@ " for line in lines)


def test_diff_takes_the_styles_that_there_are(kgen: Kgen) -> None:
    lines = kgen("compare", "mnist_siamese", "--diff").stdout.splitlines()
    assert lines[0] == "--- mnist_siamese_functional.py"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--diff",), "--diff compares two styles: --style functional,subclass"),
        (
            ("--style", "functinal"),
            "there is no style 'functinal': --style takes sequential, functional, subclass",
        ),
        (
            ("--html", "x.html", "--diff"),
            "--html shows everything: it goes without --style, --diff, --full",
        ),
        (
            ("mnist_siamese", "--diff", "--style", "sequential,functional"),
            "there is no sequential style: a Sequential model has one input, and this model "
            "has 2",
        ),
    ],
)
def test_wrong_usage_is_told(
    arguments: tuple[str, ...], message: str, kgen: Kgen, folder: Path
) -> None:
    result = kgen("compare", *arguments)
    assert result.exit_code == 2
    assert result.stderr == f"error: {message}\n"
    assert result.stdout == ""
    assert not list(folder.iterdir())


def test_a_style_that_cannot_is_shown_as_the_reason(kgen: Kgen) -> None:
    result = kgen("compare", "mnist_siamese")
    assert result.exit_code == 0
    assert "No Sequential style: a Sequential model has one input" in result.stdout
    assert result.stdout.count("Sequential  ") == 0


def test_a_wrong_source_prints_the_error_and_no_code(kgen: Kgen, folder: Path) -> None:
    result = kgen("compare", "-", "--html", "x.html", input="layers: [Dens(3)]")
    assert result.exit_code == 1
    assert "did you mean 'Dense'?" in result.stderr
    assert result.stdout == ""
    assert not list(folder.iterdir())


def test_a_page_is_not_replaced_without_force(kgen: Kgen, folder: Path) -> None:
    (folder / "x.html").write_text("mine")
    result = kgen("compare", "--html", "x.html")
    assert result.exit_code == 1
    assert (folder / "x.html").read_text() == "mine"
    assert kgen("compare", "--html", "x.html", "--force").exit_code == 0
    assert (folder / "x.html").read_text().startswith("<!doctype html>")


def test_a_page_may_go_to_standard_output(kgen: Kgen, folder: Path) -> None:
    result = kgen("compare", "--html", "-")
    assert result.stdout.startswith("<!doctype html>")
    assert result.stderr == ""
    assert not list(folder.iterdir())


def test_pages_are_the_same_each_time(kgen: Kgen) -> None:
    first, second = (kgen("compare", "unet_small", "--html", "-") for _ in range(2))
    assert first.stdout == second.stdout


def test_diff_is_coloured_where_colour_is_wanted() -> None:
    text = run(80, "--diff", "--style", "functional,subclass", FORCE_COLOR="1")
    assert "\x1b[31m-    x = layers.Flatten()(inputs)\x1b[0m" in text
    assert "\x1b[32m+        self.flatten = layers.Flatten()\x1b[0m" in text


def test_markup_of_a_stranger_is_text(kgen: Kgen) -> None:
    result = kgen("compare", "-", input=HOSTILE)
    assert result.exit_code == 0
    assert 'Model: "[bold]x[/bold] </script>"' in result.stdout
