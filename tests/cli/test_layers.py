"""`kgen layers`."""

from __future__ import annotations

import io

import pytest
from click.testing import CliRunner, Result

from keras_kgen.catalogue import registry
from keras_kgen.cli import layers


def run(*arguments: str) -> Result:
    return CliRunner().invoke(layers.command, list(arguments))


def test_without_a_name_every_layer_is_listed_by_group() -> None:
    result = run()
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert "layers: convolutional" in lines
    row = next(line for line in lines if line.startswith("  Conv2D "))
    assert row.split(maxsplit=1) == ["Conv2D", "2D convolution layer."]
    listed = {line.split()[0] for line in lines if line.startswith("  ")}
    known = registry.entries("layers")
    assert listed == {e.name for e in known if layers._is_listed(e)}
    assert not listed & {"Layer", "Wrapper", "add"}


def test_piped_output_is_plain_and_whole() -> None:
    lines = run().output.splitlines()
    assert not any("\x1b" in line or "…" in line for line in lines)
    assert all(line == line.rstrip() for line in lines)
    summary = registry.find("RandomColorJitter")[0].summary
    assert len(summary) > 80
    assert any(line.endswith(summary) for line in lines)


def test_table_is_coloured_on_a_terminal() -> None:
    from rich.console import Console

    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, color_system="256")
    console.print(layers._table([registry.find("Dense")[0]]))
    assert "\x1b[36m" in stream.getvalue()


def test_one_layer_in_full() -> None:
    assert run("Dropout").output == """\
Applies dropout to the input.

keras.layers.Dropout(rate, noise_shape=None, seed=None, **kwargs)

rate         The share of the values that is dropped in training.
noise_shape  Along which axes the same values are dropped.
seed         Makes the random numbers the same each time.

takes also: activity_regularizer=None, trainable=True, dtype=None, autocast=True, \
name=None
called with: inputs, training=False

In a spec:

    - Dropout(0.5)
"""


@pytest.mark.parametrize("name", ["Conv2D", "Convolution2D", "keras.layers.Conv2D"])
def test_any_spelling_finds_the_layer(name: str) -> None:
    output = run(name).output
    assert "keras.layers.Conv2D(\n    filters,\n    kernel_size,\n" in output
    assert "\nalso called: Convolution2D\n" in output
    assert output.endswith("In a spec:\n\n    - Conv2D(32, 3)\n")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Adam", "    compile:\n      optimizer: Adam()"),
        ("ExponentialDecay", "learning_rate=ExponentialDecay(0.001, 1000, 0.9))"),
        ("EarlyStopping", "    callbacks:\n      - EarlyStopping()"),
        ("L2", "    - Dense(64, kernel_regularizer=L2())"),
        ("softplus", '    - Dense(64, activation="softplus")'),
        ("MultiHeadAttention", "    - MultiHeadAttention(8, 64)(_, _)"),
        ("Add", "    - Add()([_, shortcut])"),
        ("LSTMCell", "    - RNN(LSTMCell(64))"),
    ],
)
def test_spec_line_to_copy(name: str, line: str) -> None:
    assert f"{line}\n" in run(name).output


@pytest.mark.parametrize("name", ["Lambda", "FlaxLayer", "Layer", "InputSpec"])
def test_no_spec_line_where_a_spec_cannot_say_it(name: str) -> None:
    assert "In a spec" not in run(name).output


def test_spec_lines_are_yaml() -> None:
    yaml = pytest.importorskip("yaml")
    for family in ("layers", "optimizers", "metrics", "callbacks", "schedules"):
        for entry in registry.entries(family):
            line = layers.spec_line(entry)
            if line.startswith("- "):
                assert yaml.safe_load(line) == [line[2:]]
            elif line:
                (key,) = yaml.safe_load(line)
                assert key in {"compile", "callbacks"}


def test_a_name_in_several_families_shows_all() -> None:
    output = run("Hinge").output
    assert "keras.losses.Hinge(" in output and "keras.metrics.Hinge(" in output
    assert "keras.metrics.Hinge(" not in run("Hinge", "--family", "losses").output


def test_a_string_shows_what_it_stands_for() -> None:
    assert "keras.losses.mean_squared_error(" in run("mse").output
    accuracies = run("accuracy").output
    assert "BinaryAccuracy(" in accuracies
    assert "SparseCategoricalAccuracy(" in accuracies


def test_family() -> None:
    result = run("--family", "schedules")
    assert result.output.startswith("schedules\n  CosineDecay  ")
    assert "LearningRateSchedule " not in result.output


def test_search_looks_at_names_and_summaries() -> None:
    output = run("--search", "LONG SHORT").output
    assert "LSTM" in output
    assert "optimizers\n" in run("--search", "adam").output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["conv2d"], "has nothing called 'conv2d'; did you mean 'Conv2D'?"),
        (["layers.Dens"], "has nothing called 'layers.Dens'; did you mean 'Dense'?"),
        (["qqqq"], "has nothing called 'qqqq'"),
        (["Adam", "--family", "layers"], "has nothing called 'Adam'"),
    ],
)
def test_unknown_name(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(
        f"error: Keras {registry.keras_version()} {message}"
    )


def test_search_without_a_match() -> None:
    result = run("--search", "qqqq")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "error: nothing in the catalogue matches 'qqqq'\n"


def test_name_and_search_exclude_each_other() -> None:
    result = run("Dense", "--search", "dense")
    assert result.exit_code == 2
    assert "either NAME or --search" in result.stderr
