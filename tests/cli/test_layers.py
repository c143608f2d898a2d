"""`kgen layers`."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner, Result

from keras_kgen.catalogue import explanations, registry
from keras_kgen.catalogue.entry import FAMILIES
from keras_kgen.cli import layers, spec_lines
from keras_kgen.cli.entry_page import describe


def run(*arguments: str) -> Result:
    return CliRunner().invoke(layers.command, list(arguments))


def test_without_a_name_every_layer_is_listed_by_group() -> None:
    result = run()
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert "layers: convolutional" in lines
    row = next(line for line in lines if line.startswith("  Conv2D "))
    assert row.split(maxsplit=1) == [
        "Conv2D",
        "Slides small learned windows (filters) over an image and records where each "
        "one fits.",
    ]
    listed = {line.split()[0] for line in lines if line.startswith("  ")}
    known = registry.entries("layers")
    assert listed == {e.name for e in known if layers._is_listed(e)}
    assert not listed & {"Layer", "Wrapper", "add"}


def test_piped_output_is_plain_and_whole() -> None:
    lines = run().output.splitlines()
    assert not any("\x1b" in line or "…" in line for line in lines)
    assert all(line == line.rstrip() for line in lines)
    summary = explanations.what_it_does(registry.find("RandomColorJitter")[0])
    assert any(line.endswith(f"  {summary}") and len(line) > 80 for line in lines)


def test_list_on_a_terminal() -> None:
    """Lines have the width of the terminal; names that are too long stand by themselves."""
    entries = [
        registry.find(name)[0]
        for name in (
            "ContrastLimitedAdaptiveHistogramEqualization",
            "RandomFlip",
            "Resizing",
        )
    ]
    shown = layers._list(entries, 60)
    assert "\x1b[36mRandomFlip\x1b[0m" in shown
    assert click.unstyle(shown) == """\
layers: preprocessing
  ContrastLimitedAdaptiveHistogramEqualization
              Raises the contrast of images tile by tile,
              with a limit against noise.
  RandomFlip  Mirrors images at random in training.
  Resizing    Scales images to one height and width."""


@pytest.mark.parametrize("width", [60, 80, 100])
def test_pages_keep_to_their_width(width: int) -> None:
    for family in FAMILIES:
        for entry in registry.entries(family):
            page = click.unstyle(describe(entry, width))
            prose = page.partition("In a spec:")[0]
            wide = [text for text in prose.splitlines()[1:] if len(text) > width]
            # A name with a long default, and a list without a space, are not torn apart.
            assert all(" " not in text.strip() for text in wide), wide
            assert all(text == text.rstrip() for text in page.splitlines())


def test_pages_are_coloured_on_a_terminal_only() -> None:
    page = describe(registry.find("Dense")[0], 80)
    assert "\x1b[1mArguments:\x1b[0m\n  \x1b[36munits\x1b[0m " in page
    assert run("Dense").output == f"{click.unstyle(page)}\n"


def test_no_colour_where_nobody_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    result = CliRunner().invoke(layers.command, ["Dense"], color=True)
    assert "\x1b" not in result.output
    monkeypatch.delenv("NO_COLOR")
    result = CliRunner().invoke(layers.command, ["Dense"], color=True)
    assert "\x1b" in result.output


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        (
            "Conv2D",
            (
                "  strides=(1, 1)             How far the window moves",
                "  Conv2D(32, 3): (None, 28, 28, 1) -> (None, 26, 26, 32)\n",
                "  Conv2D(32, 3): 3 * 3 * 1 * 32 + 32 = 320\n",
            ),
        ),
        (
            "BatchNormalization",
            ("32 + 32 + 32 + 32 = 128, of which 64 are not trained\n",),
        ),
        ("Add", ("(None, 64), (None, 64) -> (None, 64)\n",)),
        ("PReLU", ("  PReLU(): 32\n",)),
        ("Adam", ("  learning_rate=0.001 ", 'as text: "Adam", "adam"\n')),
    ],
)
def test_pages_work_an_example_out(name: str, texts: tuple[str, ...]) -> None:
    output = run(name).output
    assert all(text in output for text in texts)


def test_a_layer_without_weights_counts_none() -> None:
    assert "Weights:" not in run("Flatten").output


def test_a_rare_function_has_the_sentence_of_keras() -> None:
    (entry,) = registry.find("trapezoid")
    lines = run("trapezoid").output.splitlines()
    assert lines[0] == "keras.ops.trapezoid(y, ...)"
    assert lines[2] == entry.summary


def test_one_layer_in_full() -> None:
    assert run("RMSNormalization").output == """\
keras.layers.RMSNormalization(...)

Divides each vector by its root mean square, then scales it as learned.

A cheaper LayerNormalization: no mean is subtracted, nothing is added. Llama and
many other language models use it.

Arguments:
  axis=-1        The axes that are normalized together.
  epsilon=1e-06  A small number that keeps divisions safe.

takes also: activity_regularizer=None, trainable=True, dtype=None,
  autocast=True, name=None
called with: x

Shape:
  (batch, ...) -> (batch, ...): the shape stays as it is.
  RMSNormalization(): (None, 10, 64) -> (None, 10, 64)

Weights:
  size of the last axis: the scale
  RMSNormalization(): 64

To try:
  epsilon is the small number that keeps the division safe; axis says what is
  normalized together.

In a spec:

    - RMSNormalization()
"""


@pytest.mark.parametrize("name", ["Conv2D", "Convolution2D", "keras.layers.Conv2D"])
def test_any_spelling_finds_the_layer(name: str) -> None:
    output = run(name).output
    assert output.startswith("keras.layers.Conv2D(filters, kernel_size, ...)\n")
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


def test_why_a_spec_cannot_say_it() -> None:
    output = run("LambdaCallback").output
    assert "\n\nNot in a spec:\n  It calls Python functions, which a spec" in output
    assert output.endswith(".\n")


def test_spec_lines_are_yaml() -> None:
    yaml = pytest.importorskip("yaml")
    for family in ("layers", "optimizers", "metrics", "callbacks", "schedules"):
        for entry in registry.entries(family):
            line = spec_lines.spec_line(entry)
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
    assert result.stderr == (
        "error: nothing in the catalogue matches 'qqqq'; try a shorter word, or kgen layers for "
        "the whole list\n"
    )


def test_name_and_search_exclude_each_other() -> None:
    result = run("Dense", "--search", "dense")
    assert result.exit_code == 2
    assert "either NAME or --search" in result.stderr
