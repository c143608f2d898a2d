"""Specs that leave choices to a search, and the modules that make them.

`pytest tests/test_tuning.py --update-golden` rewrites the modules.
"""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from kgen_runner import Kgen

from keras_kgen.errors import UsageError
from keras_kgen.frontends.detect import load_program, read_spec
from keras_kgen.frontends.documents import read_yaml
from keras_kgen.ir.choose import with_values
from keras_kgen.ir.expressions import Literal
from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.passes.find_problems import find_problems
from keras_kgen.pipeline import generate

GOLDEN = Path(__file__).parent / "golden" / "tuning"
SPEC = GOLDEN / "tuned_digits.yaml"
BEST = {
    "width": 64,
    "activation": "gelu",
    "rate": 0.30000000000000004,
    "repeats": 2,
    "hidden_layers": 0,
    "use_bias": False,
    "learning_rate": 0.002,
    "batch_size": 128,
    "patience": 3,
}


def read(text: str) -> Program:
    return read_spec(read_yaml(text, "model.yaml"), "model", find_problems)


def module_of(text: str, style: Style = Style.FUNCTIONAL) -> str:
    return generate(read(text), Options(style, version="0.0.0")).source


def spec(*lines: str, rest: str = "") -> str:
    listed = "\n".join(f"  - {line}" for line in lines)
    return f"inputs: [8]\nlayers:\n{listed}\n  - Dense(3)\ndata: file\n{rest}"


@pytest.mark.parametrize("style", list(Style), ids=lambda style: style.value)
def test_module_is_what_was_read_and_found_good(
    style: Style, pytestconfig: pytest.Config
) -> None:
    program = load_program(str(SPEC), lambda: "", find_problems)
    source = generate(program, Options(style, version="0.0.0"), SPEC.name).source
    path = GOLDEN / f"{style.value}.py"
    if pytestconfig.getoption("--update-golden"):
        path.write_text(source, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == source


@pytest.mark.parametrize("style", list(Style), ids=lambda style: style.value)
def test_model_does_not_depend_on_the_defaults(style: Style) -> None:
    """What holds for the defaults alone, such as equal widths, gets into no class."""
    text = SPEC.read_text(encoding="utf-8")
    changed = text.replace("choice(32, 64, 128)", "choice(32, 64, 128, default=128)")
    changed = changed.replace("range(1, 3)\n", "range(1, 3, default=3)\n")
    assert changed.count("default=") == text.count("default=") + 2
    codes = [module_of(item, style) for item in (text, changed)]
    codes[1] = codes[1].replace("width=128", "width=32")
    codes[1] = codes[1].replace("repeats=3", "repeats=1")
    ends = [code.index("def compile_model") for code in codes]
    assert codes[0][: ends[0]] == codes[1][: ends[1]]


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (["Dense(choice(8, 16))"], ["units"]),
        (["Dense(choice(8, 16))", "Dense(choice(8, 16))"], ["units", "units_2"]),
        (["Dense(choice(8, 16))", "PReLU()"], ["units"]),
        (
            ["Dense(8, choice('relu', 'gelu'))", "Activation(choice('relu', 'gelu'))"],
            ["activation", "activation_activation"],
        ),
        (["Dense(8, kernel_regularizer=L2(log_range(1e-5, 1e-2)))"], ["l2"]),
        (["Dense(choice(8, 16, name='width'))"] * 2, ["width"]),
        (["Reshape((choice(8, 8 ), 1))"], []),
        (
            ["Reshape((1, 8))", "Reshape((choice(1, 2), -1))", "Flatten"],
            ["target_shape"],
        ),
        (["Dense(8)", "_ * choice(0.5, 1.0)"], ["value"]),
        (["{Dense: {units: 'choice(8, 16)'}}"], ["units"]),
        (["{layer: 'Dense(choice(8, 16))', name: x}"], ["units"]),
        (["Dense(8, name='x', dtype=choice('float32', 'float64'))"], ["dense_dtype"]),
    ],
)
def test_names(lines: list[str], names: list[str]) -> None:
    """A hyperparameter is called like its argument, or as the spec says."""
    text = spec(*(line if line[0] == "{" else json.dumps(line) for line in lines))
    if not names:
        with pytest.raises(Exception, match="each of them once"):
            read(text)
        return
    assert [item.name for item in read(text).hyperparameters] == names


@pytest.mark.parametrize(
    ("call", "line"),
    [
        ("choice(8, 16)", 'hp.Choice("units", [8, 16])'),
        ("choice(8, 16, default=16)", 'hp.Choice("units", [8, 16], default=16)'),
        ("range(1, 4)", 'hp.Int("units", 1, 4)'),
        ("range(8, 64, 8)", 'hp.Int("units", 8, 64, step=8)'),
        ("range(8, 64, step=8, default=16)", 'hp.Int("units", 8, 64, step=8, default=16)'),
    ],
)  # fmt: skip
def test_declarations_of_numbers(call: str, line: str) -> None:
    assert line in module_of(spec(json.dumps(f"Dense({call})")))


@pytest.mark.parametrize(
    ("layer", "line"),
    [
        ("Dropout(uniform(0.1, 0.5))", 'hp.Float("rate", 0.1, 0.5)'),
        ("Dropout(uniform(0, 0.5, 0.1))", 'hp.Float("rate", 0.0, 0.5, step=0.1)'),
        ("Dropout(choice(0, 0.5))", 'hp.Choice("rate", [0.0, 0.5])'),
        ("Dense(8, use_bias=boolean())", 'hp.Boolean("use_bias")'),
        ("Dense(8, use_bias=choice(True, False))", 'hp.Boolean("use_bias", default=True)'),
        ("Dense(8, 'relu', kernel_regularizer=L2(log_range(1e-4, 0.1)))",
         'hp.Float("l2", 1e-4, 0.1, sampling="log")'),
    ],
)  # fmt: skip
def test_declarations_of_others(layer: str, line: str) -> None:
    assert line in module_of(spec(json.dumps(layer)))


def test_texts_stay_data() -> None:
    hostile = "relu\"); import os; (\"'''\n"
    line = json.dumps(f"Own(choice('a', {hostile!r}))")
    text = spec(line, rest="imports: {Own: own.layers}\n")
    tree = ast.parse(module_of(text))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert hostile in texts


@pytest.mark.parametrize(
    ("tuner", "expected"),
    [
        ("random", ["keras_tuner.RandomSearch(", "max_trials=args.max_trials"]),
        ("bayesian", ["keras_tuner.BayesianOptimization(", "MAX_TRIALS = 10"]),
        ("hyperband", ["keras_tuner.Hyperband(", "max_epochs=args.epochs"]),
    ],
)
def test_tuners(tuner: str, expected: list[str]) -> None:
    code = module_of(spec("Dense(choice(8, 16))", rest=f"tune: {{tuner: {tuner}}}"))
    assert [text for text in expected if text not in code] == []
    assert ("max_trials" in code) == (tuner != "hyperband")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", 'objective="val_loss"'),
        ("objective: val_mae", 'keras_tuner.Objective("val_mae", direction="min")'),
        ("objective: mae, direction: max", 'Objective("mae", direction="max")'),
        ("executions_per_trial: 2", "executions_per_trial=2"),
        ("seed: 0", "seed=0"),
    ],
)
def test_settings_of_a_search(settings: str, expected: str) -> None:
    text = spec("Dense(choice(8, 16))", rest="compile: {loss: mse, metrics: [mae]}\n")
    code = module_of(f"{text}tune: {{{settings}}}" if settings else text)
    assert expected in code


def test_only_the_options_that_are_no_choice() -> None:
    rest = "fit: {epochs: 'range(1, 3)', batch_size: 'choice(8, 16)'}"
    code = module_of(spec("Dense(8)", rest=rest))
    assert "EPOCHS" not in code
    assert "BATCH_SIZE" not in code
    assert "if args.max_trials < 1:" in code
    assert "--max-trials must be 1 or more" in code


def test_callbacks_that_write_files_are_for_the_best_model() -> None:
    rest = "callbacks: [EarlyStopping(), 'ModelCheckpoint(\"best.keras\")']"
    code = module_of(spec("Dense(choice(8, 16))", rest=rest))
    search, train = code.split("def show_results")
    assert "EarlyStopping" in search
    assert "ModelCheckpoint" not in search
    assert "ModelCheckpoint" in train


# -- commands


def test_best_values_take_the_place_of_the_choices(kgen: Kgen, folder: Path) -> None:
    shutil.copy(SPEC, folder)
    (folder / "best.json").write_text(json.dumps(BEST))
    result = kgen("spec", SPEC.name, "--tuned", "best.json")
    assert result.exit_code == 0
    assert "choice(" not in result.stdout
    assert "name: tuned_digits_best" in result.stdout
    assert "- Dropout(0.3)" in result.stdout
    assert result.stdout.count("- residual(64)") == 2
    (folder / "best.yaml").write_text(result.stdout)
    assert kgen("new", "best.yaml").exit_code == 0
    program = load_program(SPEC.name, lambda: "", find_problems)
    values = {name: Literal(value) for name, value in BEST.items()}
    assert not with_values(program, values).hyperparameters


def trial(score: float, width: int, status: str = "COMPLETED") -> dict[str, Any]:
    accuracy = {"direction": "max", "observations": [{"value": [score], "step": 0}]}
    loss = {"direction": "min", "observations": [{"value": [1 - score], "step": 0}]}
    return {
        "trial_id": "0",
        "hyperparameters": {"space": [], "values": {**BEST, "width": width}},
        "metrics": {"metrics": {"loss": loss, "val_accuracy": accuracy}},
        "score": score,
        "status": status,
    }


def write_trials(folder: Path, *trials: Any) -> None:
    for index, item in enumerate(trials):
        path = folder / "runs" / "search" / f"trial_{index}" / "trial.json"
        path.parent.mkdir(parents=True)
        path.write_text(item if isinstance(item, str) else json.dumps(item))


@pytest.mark.parametrize(
    "place", ["runs", "runs/search", "runs/search/trial_1/trial.json"]
)
def test_best_trial_of_an_unfinished_search(
    place: str, kgen: Kgen, folder: Path
) -> None:
    write_trials(folder, trial(0.7, 32), trial(0.9, 128), trial(0.95, 64, "RUNNING"))
    result = kgen("spec", str(SPEC), "--tuned", place)
    assert result.exit_code == 0, result.output
    assert "residual(128)" in result.stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "best.json:1:2: error: this is not JSON: Expecting property name"),
        ("[]", "best.json:1:1: error: expected the values of hyperparameters by name"),
        ("{}", "best.json:1:1: error: there is no value for 'width'"),
        (json.dumps({**BEST, "width": 65}), "best.json:1:11: error: 'width' cannot have"),
        (json.dumps({**BEST, "width": [64]}), "Expected a plain value"),
        (json.dumps({**BEST, "repeats": 2.5}), "'repeats' cannot have this value"),
        (json.dumps({**BEST, "rate": 0.5}), "'rate' cannot have this value"),
        (json.dumps({**BEST, "use_bias": 1}), "'use_bias' cannot have this value"),
        ('{"hyperparameters": {}}', "the trial has no values"),
    ],
)  # fmt: skip
def test_damaged_results(text: str, message: str, kgen: Kgen, folder: Path) -> None:
    (folder / "best.json").write_text(text)
    result = kgen("spec", str(SPEC), "--tuned", "best.json")
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({**trial(0.5, 64), "score": None}, "the trial has no score"),
        ({**trial(0.5, 64), "score": 0.6}, "no metric of the trial has its score"),
        ({**trial(0.5, 64), "metrics": 3}, "no metric of the trial has its score"),
        ("nothing", "this is not JSON"),
    ],
)
def test_damaged_trials(item: Any, message: str, kgen: Kgen, folder: Path) -> None:
    write_trials(folder, item)
    result = kgen("spec", str(SPEC), "--tuned", "runs")
    assert result.exit_code == 1
    assert message in result.stderr


def test_there_is_no_result(kgen: Kgen, folder: Path) -> None:
    for place in ("missing", "."):
        result = kgen("spec", str(SPEC), "--tuned", place)
        assert result.exit_code == 2
    write_trials(folder, trial(0.5, 64, "RUNNING"))
    result = kgen("spec", str(SPEC), "--tuned", "runs")
    assert "no trial has come to its end" in result.stderr
    result = kgen("spec", "mnist_mlp", "--tuned", "runs")
    assert "here are none" in result.stderr


@pytest.mark.parametrize("command", ["summary", "draw", "compare", "spec"])
def test_other_commands_take_the_defaults(
    command: str, kgen: Kgen, folder: Path
) -> None:
    result = kgen(command, str(SPEC))
    assert result.exit_code == 0, result.output
    assert (
        result.stderr.count("note: the choices have their defaults here: width=32") == 1
    )
    assert "use_bias=True" in result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--notebook", "x.ipynb"),
        ("--project", "x"),
        ("--explain",),
        ("--flat", "--style", "subclass"),
        ("--tuner", "hyperband", "--max-trials", "3"),
    ],
)
def test_refused(options: tuple[str, ...], kgen: Kgen, folder: Path) -> None:
    result = kgen("new", str(SPEC), *options)
    assert result.exit_code == 2, result.output
    assert list(folder.iterdir()) == []


def test_command_line_has_the_last_word(kgen: Kgen, folder: Path) -> None:
    options = ("--tuner", "bayesian", "--max-trials", "7", "--optimizer", "Adam(1e-3)")
    result = kgen("new", str(SPEC), *options, "--batch-size", "32", "-o", "-")
    assert result.exit_code == 0, result.output
    assert "BayesianOptimization(" in result.stdout
    assert "MAX_TRIALS = 7" in result.stdout
    assert "BATCH_SIZE = 32" in result.stdout
    assert '"learning_rate"' not in result.stdout
    result = kgen("new", "mnist_mlp", "--tuner", "random", "-o", "-")
    assert result.exit_code == 2


def test_style_that_cannot_repeat_is_refused() -> None:
    """Lines of a block that no list of layers stands for would be written out."""
    text = spec("stack()").replace(
        "layers:",
        "blocks:\n  stack():\n    - repeat: range(1, 3)\n      layers:\n"
        "        - x = Dense(8)\n        - ops.relu(x) + x\nlayers:",
        1,
    )
    assert "for _ in range(repeats):" in module_of(text)
    with pytest.raises(UsageError, match="how often is a choice"):
        module_of(text, Style.SUBCLASS)


# -- repeated lines


REPEATED = (
    "inputs: [8]\nlayers:\n  - repeat: 3\n    layers:\n      - x = Dense(8)\n"
    "      - Dropout(0.1)\n  - Dense(3)\ndata: file\n"
)


def test_repeated_lines_are_a_loop() -> None:
    code = module_of(REPEATED)
    assert "for _ in range(3):" in code
    assert code.count("layers.Dense(8)") == 1


@pytest.mark.parametrize("style", list(Style), ids=lambda style: style.value)
def test_repeated_lines_are_the_lines(style: Style) -> None:
    lines = ["Dense(8)", "Dropout(0.1)"] * 3
    assert module_of(REPEATED, style) == module_of(spec(*lines), style)


def test_name_inside_means_the_time_before() -> None:
    code = module_of(
        "inputs: [8]\nlayers:\n  - x = Dense(8)\n  - repeat: 2\n    layers:\n"
        "      - y = Dense(8)(x)\n      - x = Add()([x, y])\n  - Dense(3)(x)\ndata: file\n"
    )
    loop = code[code.index("for _ in range(2):") : code.index("outputs =")]
    assert "y = layers.Dense(8)(x)" in loop
    assert "x = layers.Add()([x, y])" in loop


def test_block_may_be_called_repeat() -> None:
    text = (
        "inputs: [8]\nblocks:\n  repeat(units):\n    - Dense(units)\nlayers:\n"
        "  - repeat: {units: 4}\n  - Dense(3)\ndata: file\n"
    )
    assert "layers.Dense(units)" in module_of(text)
