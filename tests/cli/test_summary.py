"""`kgen summary` prints what `model.summary()` prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from keras_kgen.cli import main
from keras_kgen.passes.summarize import readable_size

WIDE = {"COLUMNS": "200"}

BRANCHES = """
name: branches
inputs: {image: [8, 8, 3], size: [2]}
shared:
  norm: BatchNormalization()
layers:
  - x = Conv2D(4, 3, padding="same", use_bias=False)(image)
  - x = norm()(x)
  - x = ReLU()(x)
  - y = norm()(x)
  - z = Add()([x, y])
  - Flatten()(z)
  - Concatenate()([_, size])
  - Dense(3, trainable=False)
"""

STATES = """
name: states
inputs: [5, 8]
layers:
  - x, h, c = LSTM(4, return_state=True)
  - Dense(1)(h)
"""


def branches(keras: Any) -> Any:
    layers = keras.layers
    image = keras.Input((8, 8, 3), name="image")
    size = keras.Input((2,), name="size")
    norm = layers.BatchNormalization(name="batch_normalization")
    x = layers.Conv2D(4, 3, padding="same", use_bias=False)(image)
    x = layers.ReLU()(norm(x))
    y = norm(x)
    x = layers.Flatten()(layers.Add()([x, y]))
    x = layers.Dense(3, trainable=False)(layers.Concatenate()([x, size]))
    return keras.Model([image, size], x, name="branches")


def states(keras: Any) -> Any:
    inputs = keras.Input((5, 8))
    _, h, _ = keras.layers.LSTM(4, return_state=True)(inputs)
    return keras.Model(inputs, keras.layers.Dense(1)(h), name="states")


def mnist_mlp(keras: Any) -> Any:
    layers = keras.layers
    inputs = keras.Input((28, 28))
    x = layers.Flatten()(inputs)
    x = layers.BatchNormalization()(layers.Dense(128, activation="relu")(x))
    x = layers.BatchNormalization()(layers.Dense(128, activation="relu")(x))
    x = layers.Dense(10, activation="softmax")(x)
    return keras.Model(inputs, x, name="mnist_mlp")


def run(*arguments: str, text: str = "", env: dict[str, str] = WIDE) -> Result:
    return CliRunner().invoke(main, ["summary", *arguments], input=text, env=env)


@pytest.mark.parametrize("columns", ["80", "100", "200"])
@pytest.mark.parametrize(
    ("arguments", "text", "make"),
    [
        ((), "", mnist_mlp),
        (("mnist_mlp",), "", mnist_mlp),
        (("-",), BRANCHES, branches),
        (("-",), STATES, states),
    ],
)
def test_table_is_that_of_keras(
    arguments: tuple[str, ...],
    text: str,
    make: Callable[[Any], Any],
    columns: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keras = pytest.importorskip("keras")
    monkeypatch.setenv("COLUMNS", columns)
    keras.utils.clear_session()
    printed: list[str] = []
    make(keras).summary(print_fn=printed.append)
    result = run(*arguments, text=text, env={"COLUMNS": columns})
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert result.stdout == "".join(printed)


def test_preset_without_a_source() -> None:
    result = run()
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-3:] == [
        " Total params: 119,306 (466.04 KB)",
        " Trainable params: 118,794 (464.04 KB)",
        " Non-trainable params: 512 (2.00 KB)",
    ]


def test_layers_of_the_command_line() -> None:
    result = run("--input", "28,28", "-l", "Flatten", "-l", "Dense(10)")
    assert result.exit_code == 0
    assert "(None, 784)" in result.stdout
    assert " Total params: 7,850 (30.66 KB)" in result.stdout


def test_layer_without_a_rule_shows_a_question_mark() -> None:
    result = run(
        "--input", "4", "-l", "TFSMLayer('model')", "-l", "Dense(10)", "-l", "ReLU"
    )
    assert result.exit_code == 0
    rows = [line.split("│")[1:-1] for line in result.stdout.splitlines() if "│" in line]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["input_layer (InputLayer)", "(None, 4)", "0"],
        ["tfsm_layer (TFSMLayer)", "?", "?"],
        ["dense (Dense)", "?", "?"],
        ["re_lu (ReLU)", "?", "0"],
    ]
    assert result.stderr == (
        "note: the shapes of TFSMLayer are not known: its outputs and weights are in a "
        "SavedModel, which kgen does not open.\n"
        "note: what follows from them is shown as ?, and the totals leave it out.\n"
    )


def test_wrong_shape_prints_the_error_and_no_table() -> None:
    result = run("--input", "784", "-l", "Conv2D(3, 3)")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        "-l 1, column 1: error: Conv2D needs an input of rank 4 (batch, height, width, channels). "
        "Received: shape (None, 784); put it before any Flatten(), "
        "or Reshape((height, width, channels)) before it\n"
    )


def test_wrong_argument_prints_the_error() -> None:
    result = run("--input", "784", "-l", "Dense(unit=3)")
    assert result.exit_code == 1
    assert "did you mean 'units'?" in result.stderr


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0.00 B"), (1023, "1023.00 B"), (477224, "466.04 KB"), (5 * 2**30, "5.00 GB")],
)
def test_sizes_are_written_as_keras_writes_them(size: int, text: str) -> None:
    assert readable_size(size) == text
