"""`kgen new`: what it writes, where, and how it ends."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from kgen_runner import Kgen

YAML = """\
name: tiny
inputs: [4]
layers:
  - Dense(8, activation="relu")
  - Dense(1)
compile: {loss: mse, metrics: [mae]}
fit: {epochs: 3}
"""
JSON = json.dumps(
    {
        "name": "tiny",
        "inputs": [4],
        "layers": ['Dense(8, activation="relu")', "Dense(1)"],
        "compile": {"loss": "mse", "metrics": ["mae"]},
        "fit": {"epochs": 3},
    }
)
TOML = """\
name = "tiny"
inputs = [4]
layers = ['Dense(8, activation="relu")', "Dense(1)"]
[compile]
loss = "mse"
metrics = ["mae"]
[fit]
epochs = 3
"""
TWO_INPUTS = """\
inputs: {left: [4], right: [4]}
layers: ["Add()([left, right])", Dense(1)]
compile: {loss: mse}
"""


@pytest.fixture
def spec(folder: Path) -> str:
    (folder / "model.yaml").write_text(YAML)
    return "model.yaml"


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_without_arguments_it_writes_the_first_preset(folder: Path, kgen: Kgen) -> None:
    result = kgen("new")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr == "wrote mnist_mlp.py\nnext: python mnist_mlp.py\n"
    assert names(folder) == {"mnist_mlp.py"}


def test_dash_prints_code_and_nothing_else(spec: str, folder: Path, kgen: Kgen) -> None:
    result = kgen("new", spec, "-o", "-")
    assert result.exit_code == 0
    assert result.stderr == ""
    kgen("new", spec)
    assert result.stdout_bytes == (folder / "tiny.py").read_bytes()


def test_notes_go_to_stderr(folder: Path, kgen: Kgen) -> None:
    arguments = ["new", "--input", "28,28", "-l", "Flatten", "-l", "Dense(10)"]
    result = kgen(*arguments, "-o", "-")
    assert result.exit_code == 0
    assert "note: no data given: the module trains on mnist" in result.stderr
    ast.parse(result.stdout)
    assert "note:" not in result.stdout


def test_an_existing_file_stays_unless_forced(
    spec: str, folder: Path, kgen: Kgen
) -> None:
    path = folder / "tiny.py"
    path.write_text("mine")
    result = kgen("new", spec)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        "error: tiny.py exists already; --force replaces, -o writes elsewhere\n"
    )
    assert path.read_text() == "mine"
    assert names(folder) == {"model.yaml", "tiny.py"}
    assert kgen("new", spec, "--force").exit_code == 0
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_one_existing_file_stops_all_styles(
    spec: str, folder: Path, kgen: Kgen
) -> None:
    (folder / "tiny_subclass.py").write_text("mine")
    result = kgen("new", spec, "--style", "all")
    assert result.exit_code == 1
    assert names(folder) == {"model.yaml", "tiny_subclass.py"}
    assert (folder / "tiny_subclass.py").read_text() == "mine"


@pytest.mark.parametrize(
    ("output", "written"),
    [
        ("other.py", "other.py"),
        ("models/", "models/tiny.py"),
        ("models/deep/other.py", "models/deep/other.py"),
        (".", "tiny.py"),
    ],
)
def test_output_is_a_file_or_a_folder(
    output: str, written: str, spec: str, folder: Path, kgen: Kgen
) -> None:
    result = kgen("new", spec, "-o", output)
    assert result.exit_code == 0
    assert (folder / written).is_file()
    assert f"wrote {written}\n" in result.stderr


def test_all_styles_are_written_beside_each_other(
    spec: str, folder: Path, kgen: Kgen
) -> None:
    result = kgen("new", spec, "--style", "all", "-o", "models")
    assert result.exit_code == 0
    styles = ("sequential", "functional", "subclass")
    assert names(folder / "models") == {f"tiny_{style}.py" for style in styles}
    for style in styles:
        text = (folder / f"models/tiny_{style}.py").read_text()
        assert f"in the {style} style" in text


def test_all_styles_leave_out_the_one_that_cannot_be(folder: Path, kgen: Kgen) -> None:
    (folder / "two.yaml").write_text(TWO_INPUTS)
    result = kgen("new", "two.yaml", "--style", "all")
    assert result.exit_code == 0
    assert names(folder) == {"two.yaml", "two_functional.py", "two_subclass.py"}
    assert "note: two cannot be written in the sequential style" in result.stderr


def test_all_styles_do_not_fit_into_one_file(
    spec: str, folder: Path, kgen: Kgen
) -> None:
    result = kgen("new", spec, "--style", "all", "-o", "x.py")
    assert result.exit_code == 2
    assert "-o takes a folder" in result.stderr
    assert names(folder) == {"model.yaml"}


@pytest.mark.parametrize("style", ["sequential", "functional", "subclass"])
def test_the_style_is_the_one_asked_for(style: str, spec: str, kgen: Kgen) -> None:
    result = kgen("new", spec, "--style", style, "-o", "-")
    expected = {
        "sequential": "keras.Sequential(",
        "functional": "keras.Model(inputs, outputs",
        "subclass": "(keras.Model):",
    }
    found = {name for name, text in expected.items() if text in result.stdout}
    assert found == {style}


@pytest.mark.parametrize(
    ("text", "style"), [(YAML, "sequential"), (TWO_INPUTS, "functional")]
)
def test_auto_is_what_an_expert_would_choose(
    text: str, style: str, folder: Path, kgen: Kgen
) -> None:
    auto = kgen("new", "-", "-o", "-", input=text)
    chosen = kgen("new", "-", "-o", "-", "--style", style, input=text)
    assert auto.stdout == chosen.stdout


def test_a_style_that_cannot_express_the_model_is_refused(
    folder: Path, kgen: Kgen
) -> None:
    (folder / "two.yaml").write_text(TWO_INPUTS)
    result = kgen("new", "two.yaml", "--style", "sequential")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: two cannot be written in the sequential style: a Sequential model has "
        "one input, and this model has 2; use --style functional or --style subclass\n"
    )
    assert names(folder) == {"two.yaml"}


@pytest.mark.parametrize(
    ("ending", "text"), [("json", JSON), ("toml", TOML), ("yml", YAML)]
)
def test_every_format_gives_the_same_module(
    ending: str, text: str, spec: str, folder: Path, kgen: Kgen
) -> None:
    (folder / f"model.{ending}").write_text(text)
    other = kgen("new", f"model.{ending}", "-o", "-")
    expected = kgen("new", spec, "-o", "-")
    assert other.exit_code == 0, other.stderr
    assert other.stdout == expected.stdout.replace("model.yaml", f"model.{ending}")


@pytest.mark.parametrize("text", [YAML, JSON])
def test_standard_input_is_a_spec(
    text: str, spec: str, folder: Path, kgen: Kgen
) -> None:
    result = kgen("new", "-", "-o", "-", input=text)
    expected = kgen("new", spec, "-o", "-")
    assert result.stdout == expected.stdout.replace("model.yaml", "standard input")


def test_layers_come_from_the_command_line(folder: Path, kgen: Kgen) -> None:
    arguments = ["--input", "28,28", "-l", "Flatten", "-l", "Dense(10)"]
    result = kgen("new", *arguments, "--loss", "mse", "--name", "my_net")
    assert result.exit_code == 0, result.stderr
    text = (folder / "my_net.py").read_text()
    assert "(28, 28)" in text
    assert "layers.Flatten()" in text
    assert 'name="my_net"' in text
    assert "from the command line" in text


@pytest.mark.parametrize("shape", ["28,28,1", "28x28x1", "(28, 28, 1)", "[28,28,1]"])
def test_the_input_may_be_written_in_several_ways(shape: str, kgen: Kgen) -> None:
    lines = ["-l", "Flatten", "-l", "Dense(1)", "--loss", "mse", "-o", "-"]
    result = kgen("new", "--input", shape, *lines)
    assert "INPUT_SHAPE = (28, 28, 1)\n" in result.stdout


def test_name_renames_module_and_model(spec: str, folder: Path, kgen: Kgen) -> None:
    assert kgen("new", spec, "--name", "Bigger Net").exit_code == 0
    # TensorFlow refuses a space in a model's name.
    assert 'name="bigger_net"' in (folder / "bigger_net.py").read_text()


def test_flat_writes_neither_blocks_nor_loops(kgen: Kgen) -> None:
    rolled = kgen("new", "fashion_resnet", "-o", "-").stdout
    flat = kgen("new", "fashion_resnet", "--flat", "-o", "-").stdout

    def model(source: str) -> list[ast.stmt]:
        body = ast.parse(source).body
        names = [getattr(node, "name", "") for node in body]
        return body[: names.index("load_data")]

    def definitions(source: str) -> list[str]:
        return [
            node.name for node in model(source) if isinstance(node, ast.FunctionDef)
        ]

    assert len(definitions(rolled)) > 1
    assert definitions(flat) == ["build_model"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--optimizer", "Adam(1e-4)"], "optimizer=keras.optimizers.Adam(1e-4)"),
        (["--optimizer", "sgd"], 'optimizer="sgd"'),
        (["--loss", "mae"], 'loss="mae"'),
        (["--loss", "Huber(delta=2.0)"], "loss=keras.losses.Huber(delta=2.0)"),
        (["--metric", "mse", "--metric", "mape"], 'metrics=["mse", "mape"]'),
        (["--epochs", "42"], "EPOCHS = 42\n"),
        (["--batch-size", "7"], "BATCH_SIZE = 7\n"),
        (
            ["--callback", "EarlyStopping(patience=2)"],
            "keras.callbacks.EarlyStopping(patience=2),",
        ),
    ],
    ids=lambda value: value[0].strip("-") if isinstance(value, list) else "",
)
def test_options_take_the_place_of_settings(
    arguments: list[str], expected: str, spec: str, kgen: Kgen
) -> None:
    assert expected not in kgen("new", spec, "-o", "-").stdout
    result = kgen("new", spec, "-o", "-", *arguments)
    assert result.exit_code == 0, result.stderr
    assert expected.replace("Adam(1e-4)", "Adam(") in result.stdout
    assert "1e-4" in result.stdout or "1e-4" not in expected


def test_data_option_chooses_the_data_set(kgen: Kgen) -> None:
    result = kgen("new", "mnist_mlp", "--data", "fashion_mnist", "-o", "-")
    assert result.exit_code == 0, result.stderr
    assert "keras.datasets.fashion_mnist.load_data()" in result.stdout
    assert "keras.datasets.mnist." not in result.stdout


def test_a_folder_with_the_name_of_a_data_set_is_no_trap(
    folder: Path, kgen: Kgen
) -> None:
    (folder / "mnist").mkdir()
    result = kgen("new", "--data", "mnist", "-o", "-")
    expected = "note: mnist is the data set of that name; for the folder write ./mnist"
    assert expected in result.stderr
    assert "keras.datasets.mnist" in result.stdout


def test_settings_that_no_option_names_stay(spec: str, kgen: Kgen) -> None:
    result = kgen("new", spec, "-o", "-", "--optimizer", "sgd", "--batch-size", "7")
    for kept in ('loss="mse"', 'metrics=["mae"]', "EPOCHS = 3\n"):
        assert kept in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["no_such_preset"], 2, "neither a preset nor a spec file"),
        (["mnist_mpl"], 2, "did you mean 'mnist_mlp'?"),
        (["missing.yaml"], 2, "missing.yaml: there is no such file"),
        (["model.txt"], 2, "model.txt: unknown kind of file"),
        (["."], 2, "this folder holds no model"),
        (
            ["--style", "oop"],
            2,
            "there is no style 'oop'; expected auto, all, sequential,",
        ),
        (["--nonsense"], 2, "No such option"),
        (["--epochs", "0"], 2, "not in the range"),
        (["--epochs", "many"], 2, "not a valid integer"),
        (["--batch-size", "-1"], 2, "not in the range"),
        (["-l", "Dense(1)"], 2, "-l needs the shape of one input too"),
        (["--input", "4"], 2, "--input goes with -l"),
        (["mnist_mlp", "-l", "Dense(1)", "--input", "4"], 2, "not both"),
        (["mnist_mlp", "imdb_lstm"], 2, "unexpected extra argument"),
        (
            ["--input", "4,y", "-l", "Dense(1)"],
            1,
            "--input, column 1: error: a shape is",
        ),
        (["--input", "4", "-l", "Dens(1)"], 1, "-l 1, column 1: error: unknown layer"),
        (["--input", "4", "-l", "Dense()"], 1, "Dense needs the argument 'units'"),
        (["--data", "mnits"], 1, "did you mean 'mnist'?"),
        (["--optimizer", "Adm(1e-3)"], 1, "did you mean 'Adam'?"),
        (["--callback", "EarlyStoping()"], 1, "did you mean 'EarlyStopping'?"),
        (["--name", ""], 2, "name"),
        (["--name", "keras"], 2, "keras.py would hide the library keras"),
        (["-o", "model.ipynb"], 2, "must end in .py"),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_request_says_what_is_wrong_and_writes_nothing(
    arguments: list[str], code: int, message: str, folder: Path, kgen: Kgen
) -> None:
    (folder / "model.txt").write_text(YAML)
    result = kgen("new", *arguments)
    assert result.exit_code == code, result.stderr
    assert message in result.stderr
    assert result.stdout == ""
    assert names(folder) == {"model.txt"}


@pytest.mark.parametrize("target", ["out.py", "-", "models/"])
def test_a_failing_spec_writes_nothing(target: str, folder: Path, kgen: Kgen) -> None:
    (folder / "bad.yaml").write_text("inputs: [4]\nlayers: [Dense(1), Dens(2)]\n")
    result = kgen("new", "bad.yaml", "--style", "all", "-o", target)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert names(folder) == {"bad.yaml"}


def test_a_folder_that_cannot_be_made_is_said_so(
    spec: str, folder: Path, kgen: Kgen
) -> None:
    (folder / "models").write_text("a file")
    result = kgen("new", spec, "-o", "models/")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: cannot write models")
    assert names(folder) == {"model.yaml", "models"}


def test_an_error_of_kgen_itself_is_not_hidden(
    spec: str, kgen: Kgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: str) -> str:
        raise AssertionError("a bug")

    monkeypatch.setattr("keras_kgen.rendering.environment.format_source", fail)
    with pytest.raises(AssertionError, match="a bug"):
        kgen("new", spec)


def test_a_notebook_is_written_in_place_of_a_module(folder: Path, kgen: Kgen) -> None:
    result = kgen("new", "mnist_mlp", "--notebook", "digits.ipynb")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr == "wrote digits.ipynb\nnext: jupyter lab digits.ipynb\n"
    assert names(folder) == {"digits.ipynb"}
    assert json.loads((folder / "digits.ipynb").read_text())["nbformat"] == 4


def test_a_notebook_is_printed_and_nothing_else(folder: Path, kgen: Kgen) -> None:
    result = kgen("new", "mnist_mlp", "--notebook", "-")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["nbformat"] == 4
    assert names(folder) == set()


def test_a_notebook_has_the_style_and_the_epochs_that_are_asked_for(
    folder: Path, kgen: Kgen
) -> None:
    options = ("--style", "subclass", "--epochs", "7")
    text = kgen("new", "mnist_mlp", "--notebook", "-", *options).stdout
    assert "EPOCHS = 7 " in text
    assert "class MnistMlp(keras.Model):" in text


def test_a_notebook_that_exists_is_replaced_by_force_only(
    folder: Path, kgen: Kgen
) -> None:
    (folder / "digits.ipynb").write_text("mine")
    result = kgen("new", "mnist_mlp", "--notebook", "digits.ipynb")
    assert result.exit_code == 1
    assert (folder / "digits.ipynb").read_text() == "mine"
    assert kgen("new", "--notebook", "digits.ipynb", "--force").exit_code == 0
    assert (folder / "digits.ipynb").read_text() != "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--notebook", "digits.py"),
            "digits.py is no name for a notebook: it must end in .ipynb",
        ),
        (
            ("--notebook", "digits.ipynb", "-o", "digits.py"),
            "--notebook FILE.ipynb is the file to write: leave -o out",
        ),
        (
            ("--notebook", "digits.ipynb", "--style", "all"),
            "a notebook has one style: choose one, not --style all",
        ),
        (
            ("--notebook", "-", "--weights"),
            "--weights writes a file beside the notebook: --notebook takes a path",
        ),
    ],
)
def test_what_a_notebook_does_not_go_together_with(
    arguments: tuple[str, ...], message: str, folder: Path, kgen: Kgen
) -> None:
    result = kgen("new", "mnist_mlp", *arguments)
    assert result.exit_code == 2
    assert result.stderr == f"error: {message}\n"
    assert names(folder) == set()


def test_a_notebook_on_own_data_says_so(spec: str, folder: Path, kgen: Kgen) -> None:
    result = kgen("new", spec, "--notebook", "tiny.ipynb")
    assert "the notebook trains on your own file: DATA" in result.stderr
