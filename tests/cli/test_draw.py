"""`kgen draw`."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from kgen_runner import Kgen


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_without_arguments_it_draws_the_first_preset(folder: Path, kgen: Kgen) -> None:
    result = kgen("draw")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr == "wrote mnist_mlp.svg\n"
    assert files(folder) == ["mnist_mlp.svg"]
    ElementTree.parse("mnist_mlp.svg")


@pytest.mark.parametrize(
    ("ending", "start"),
    [("svg", "<svg "), ("dot", 'digraph "mnist_mlp"'), ("mmd", "%% mnist_mlp\n")],
)
def test_the_ending_decides(ending: str, start: str, folder: Path, kgen: Kgen) -> None:
    assert kgen("draw", "mnist_mlp", "-o", f"a.{ending}").exit_code == 0
    text = Path(f"a.{ending}").read_text(encoding="utf-8")
    assert text.startswith(start)
    printed = kgen("draw", "mnist_mlp", "-o", "-", "--format", ending)
    assert printed.stdout == text
    assert printed.stderr == ""
    assert files(folder) == [f"a.{ending}"]


def test_it_draws_layers_of_the_command_line(folder: Path, kgen: Kgen) -> None:
    result = kgen(
        "draw", "--input", "8", "-l", "Dense(3)", "-o", "-", "--format", "mmd"
    )
    assert "Dense (dense)<br>3, 27 parameters" in result.stdout


def test_a_file_is_replaced_only_by_force(folder: Path, kgen: Kgen) -> None:
    Path("mnist_mlp.svg").write_text("mine")
    result = kgen("draw")
    assert result.exit_code == 1
    assert result.stderr == (
        "error: mnist_mlp.svg exists already; --force replaces, -o writes elsewhere\n"
    )
    assert Path("mnist_mlp.svg").read_text() == "mine"
    assert kgen("draw", "--force").exit_code == 0
    assert Path("mnist_mlp.svg").read_text(encoding="utf-8").startswith("<svg ")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ["-o", "model.png"],
            2,
            "error: model.png is no name for a drawing: it ends in .svg, .dot or .mmd\n",
        ),
        (
            ["-o", "model.svg", "--format", "dot"],
            2,
            "error: --format dot and -o model.svg do not go together\n",
        ),
        (["--input", "3", "-l", "Dense(unit=1)"], 1, "-l 1, column 7: error: "),
    ],
)
def test_mistakes_write_nothing(
    arguments: list[str], code: int, message: str, folder: Path, kgen: Kgen
) -> None:
    result = kgen("draw", *arguments)
    assert result.exit_code == code
    assert result.stderr.startswith(message)
    assert result.stdout == ""
    assert files(folder) == []


def test_folding_and_expanding(folder: Path, kgen: Kgen) -> None:
    def drawn(*arguments: str) -> str:
        return str(kgen("draw", *arguments, "-o", "-", "--format", "mmd").stdout)

    assert "residual_block" in drawn("fashion_resnet", "--fold", "all")
    assert drawn("fashion_resnet", "--fold", "none").count("Conv2D") == 10
    assert "Conv2D" not in drawn("mnist_siamese")
    assert drawn("mnist_siamese", "--expand").count("Conv2D") == 4
