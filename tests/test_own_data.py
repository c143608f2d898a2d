"""What kgen writes for data of every kind is what was read and found good.

`pytest tests/test_own_data.py --update-golden` rewrites `tests/golden/own_data/`: the code
for each kind, without the half that all modules share, and what kgen says about the data.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from kgen_runner import Kgen
from own_data import KINDS, make, make_images, make_table, write_csv

from keras_kgen import __version__

GOLDEN = Path(__file__).parent / "golden" / "own_data"


@pytest.mark.parametrize("kind", KINDS)
def test_code_and_notes_are_those_found_good(
    kind: str, folder: Path, kgen: Kgen, pytestconfig: pytest.Config
) -> None:
    result = kgen("new", *make(kind, folder), "-o", "-")
    assert result.exit_code == 0, result.stderr
    code = result.stdout.replace(f"kgen {__version__} ", "kgen 0.0.0 ", 1)
    found = {
        GOLDEN / f"{kind}.py": code[: code.index("\n\n\ndef compile_model(")] + "\n",
        GOLDEN / f"{kind}.txt": result.stderr,
    }
    for path, text in found.items():
        if pytestconfig.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("style", ["sequential", "functional", "subclass"])
def test_every_style_loads_alike(style: str, folder: Path, kgen: Kgen) -> None:
    arguments = make("people", folder)
    result = kgen("new", *arguments, "--style", style, "-o", "-")
    loading = result.stdout.partition("def load_data(")[2]
    auto = kgen("new", *arguments, "-o", "-").stdout.partition("def load_data(")[2]
    assert loading == auto


def test_a_spec_may_leave_out_its_inputs(folder: Path, kgen: Kgen) -> None:
    make_images(folder)
    spec = (
        "layers:\n  - Rescaling(1 / 255)\n  - Flatten()\n  - Dense(2)\ndata: photos\n"
    )
    (folder / "model.yaml").write_text(spec)
    result = kgen("new", "model.yaml", "-o", "-")
    assert result.exit_code == 0, result.stderr
    assert "INPUT_SHAPE = (16, 16, 3)" in result.stdout
    assert "SparseCategoricalCrossentropy(from_logits=True)" in result.stdout
    assert "no inputs given: they are [16, 16, 3]" in result.stderr


def test_a_spec_that_fits_is_kept(folder: Path, kgen: Kgen) -> None:
    make_images(folder)
    spec = (
        "inputs: [8, 8, 1]\nlayers:\n  - Flatten()\n  - Dense(2, activation='softmax')\n"
        "compile: {loss: categorical_crossentropy, metrics: [accuracy]}\n"
        "data: {folder: photos}\nfit: {validation_split: 0.25, epochs: 3}\n"
    )
    (folder / "model.yaml").write_text(spec)
    code = kgen("new", "model.yaml", "-o", "-").stdout
    assert "image_size=(8, 8)" in code
    assert 'color_mode="grayscale"' in code
    assert 'label_mode="categorical"' in code
    assert "VALIDATION_SPLIT = 0.25" in code
    assert "images / 255" in code


def test_the_options_take_the_place_of_the_data_of_a_spec(
    folder: Path, kgen: Kgen
) -> None:
    make_table(folder)
    spec = "inputs: [9]\nlayers: [Dense(2)]\ndata: mnist\n"
    (folder / "model.yaml").write_text(spec)
    options = ("--data", "people.csv", "--target", "income")
    result = kgen("new", "model.yaml", *options, "-o", "-")
    assert result.exit_code == 0, result.stderr
    assert 'TARGET = "income"' in result.stdout


def test_layers_of_the_command_line_need_no_input(folder: Path, kgen: Kgen) -> None:
    make_table(folder)
    options = ("--data", "people.csv", "--target", "income", "-o", "-")
    result = kgen("new", "-l", "Dense(8)", "-l", "Dense(1)", *options)
    assert result.exit_code == 0, result.stderr
    assert "INPUT_SHAPE = (9,)" in result.stdout


def test_shuffle_is_said_once(folder: Path, kgen: Kgen) -> None:
    make_table(folder)
    spec = "data: {file: people.csv, target: income}\nfit: {shuffle: true, epochs: 2}\n"
    (folder / "model.yaml").write_text(spec)
    code = kgen("new", "model.yaml", "-o", "-").stdout
    assert code.count("shuffle=False") == 1
    assert "shuffle=True" not in code


@pytest.mark.parametrize("option", ["--target", "--window", "--horizon"])
def test_options_need_a_table_of_ones_own(option: str, kgen: Kgen) -> None:
    for data in ((), ("--data", "mnist")):
        result = kgen("new", *data, option, "3", "-o", "-")
        assert result.exit_code == 2
        assert f"{option} goes with --data FILE" in result.stderr


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            "inputs: [4]\nlayers: [Dense(1)]\ndata: {file: people.csv, target: income}",
            "model.yaml:1:9: error: the input is (4,), but the samples are (9,): leave out "
            "inputs, and kgen fills them in",
        ),
        (
            "layers: ['Dense(3, activation=\"softmax\")']\n"
            "data: {file: people.csv, target: income}",
            "model.yaml:2:14: error: the model ends in 3 units but 'income' has 2 classes",
        ),
        (
            "layers: [Dense(1)]\ndata: {file: people.csv, target: incone}",
            "model.yaml:2:34: error: people.csv: there is no column 'incone'; did you mean "
            "'income'?",
        ),
        (
            "layers: [Dense(1)]\ndata: {file: people.csv}",
            "model.yaml:2:14: error: people.csv: say which column is to be predicted, "
            "target: NAME; the columns are id, age, hours, city, joined, name, income",
        ),
        (
            "layers: [Dense(1)]\ndata: {file: people.csv, traget: income}",
            "model.yaml:2:26: error: data of your own has no setting 'traget'; did you mean "
            "'target'?",
        ),
        (
            "layers: [Dense(1)]\ndata: nobody.csv",
            "model.yaml:2:7: error: nobody.csv: there is no such file; paths are relative "
            "to where kgen runs",
        ),
        (
            "layers: [Dense(1)]\ndata: {file: people.csv, target: income}\n"
            "fit: {validation_split: 0}",
            "model.yaml:3:25: error: validation_split is a share of the data, more than 0 "
            "and less than 0.8: the module also keeps 0.2 for testing",
        ),
    ],
)
def test_mismatches_are_located(
    spec: str, message: str, folder: Path, kgen: Kgen
) -> None:
    make_table(folder)
    (folder / "model.yaml").write_text(spec + "\n")
    result = kgen("new", "model.yaml", "-o", "-")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == message + "\n"


HOSTILE = [
    '"); import os; os.system("x") #',
    "{x!r}",
    "it's",
    '"""',
    "back\\slash",
    "two\nlines",
    "\u202eright\u2066",
    "%s {{ 1 }} {% x %}",
    "a/b",
    "class",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_stay_data(name: str, folder: Path, kgen: Kgen) -> None:
    rows = [[name, f"{name} 2", "y"]]
    rows += [[str(n % 7), name + "x" * (n % 2), f"{name}{n % 2}"] for n in range(60)]
    write_csv(folder / "t.csv", rows)
    result = kgen("new", "--data", "t.csv", "--target", "y", "-o", "-")
    assert result.exit_code == 0, result.stderr
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(result.stdout).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    known = name.replace("/", "_")
    assert constants["NUMBERS"] == [known]
    assert list(constants["CATEGORIES"]) == [f"{known} 2"]
    plain = " ".join(name.split())
    assert constants["CLASSES"] == [f"{plain}0", f"{plain}1"]


@pytest.mark.parametrize("name", [n for n in HOSTILE if "/" not in n])
def test_names_of_folders_stay_data(name: str, folder: Path, kgen: Kgen) -> None:
    make_images(folder, count=6)
    (folder / "photos" / "disc's").rename(folder / "photos" / name)
    result = kgen("new", "--data", "photos", "-o", "-")
    assert result.exit_code == 0, result.stderr
    tree = ast.parse(result.stdout)
    (classes,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CLASSES"
    )
    assert classes == sorted([name, "wide bars"])


@pytest.mark.parametrize(
    "path",
    ["x\0/y", "x" * 5000 + "/", "\ud800/x", "~/none/", "*\0/", "a\nb/", "*/*/*?[/"],
)
def test_any_text_may_be_a_path(path: str, folder: Path, kgen: Kgen) -> None:
    result = kgen("new", "--data", path, "--target", "y", "-o", "-")
    assert result.exit_code == 1
    assert "error: " in result.stderr
    assert result.stdout == ""
