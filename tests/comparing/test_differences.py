"""What kgen says of the styles of a model."""

from __future__ import annotations

import pytest
from support import load_preset

from keras_kgen.comparing.build import compare
from keras_kgen.comparing.comparison import Comparison, Difference
from keras_kgen.frontends import presets
from keras_kgen.frontends.detect import load_lines
from keras_kgen.options import Style

SEQUENTIAL, FUNCTIONAL, SUBCLASS = Style.SEQUENTIAL, Style.FUNCTIONAL, Style.SUBCLASS


def about(comparison: Comparison, topic: str) -> Difference:
    parts = (*comparison.differences, *comparison.abilities)
    (found,) = (part for part in parts if part.topic.startswith(topic))
    return found


def topics(comparison: Comparison) -> list[str]:
    return [part.topic for part in (*comparison.differences, *comparison.abilities)]


def test_branches_are_wrapped_in_a_layer_class() -> None:
    comparison = compare(load_preset("fashion_resnet"))
    found = about(comparison, "Where the data branch")
    assert found.cells[SEQUENTIAL].text.startswith("`ResidualBlock` is a Layer class")
    assert "here `shortcut`." in found.cells[FUNCTIONAL].text
    names = {row.name for row in comparison.rows if row.key in found.layers}
    assert names == {"add", "add_1", "add_2"}


def test_a_chain_has_no_branches_and_sequential_is_the_choice() -> None:
    comparison = compare(load_preset("mnist_convnet"))
    assert "Where the data branch" not in topics(comparison)
    assert comparison.choice is SEQUENTIAL
    assert "A list says all of that" in comparison.reason


def test_a_list_with_classes_for_blocks_is_not_the_shortest() -> None:
    reason = compare(load_preset("mnist_mlp")).reason
    assert reason.endswith(
        "here `DenseBlock`. Where a function will do, the functional style is shorter: 16 "
        "lines in place of 37."
    )


def test_only_classes_with_joins_hide_branches() -> None:
    """The U-Net's double convolutions are a class too, but a chain."""
    found = about(compare(load_preset("unet_small")), "Where the data branch")
    names = found.cells[SEQUENTIAL].text.partition(" are ")[0]
    assert names == "`UpBlock` and `SkipConnections`"


def test_a_style_that_cannot_is_a_reason() -> None:
    comparison = compare(load_preset("mnist_siamese"))
    assert list(comparison.listings) == [FUNCTIONAL, SUBCLASS]
    assert "a Sequential model has one input" in comparison.refusals[SEQUENTIAL]
    assert all(SEQUENTIAL not in part.cells for part in comparison.differences)
    assert comparison.choice is FUNCTIONAL
    assert comparison.reason.startswith(
        "A list cannot say what this model is: a Sequential model has one input, and "
        "this model has 2."
    )


def test_shared_layers_are_named_with_their_calls() -> None:
    found = about(compare(load_preset("mnist_siamese")), "Weights that are used twice")
    assert found.cells[FUNCTIONAL].text.startswith("`encoder`: made once")
    assert "called 2 times" in found.cells[FUNCTIONAL].text


def test_only_layers_that_take_training_are_named() -> None:
    found = about(compare(load_preset("fashion_resnet")), "Training or not")
    assert found.why.startswith("`BatchNormalization` and `Dropout` work differently")
    plain = load_lines(("Dense(10)",), "28", None)
    assert "Training or not" not in topics(compare(plain))


def test_the_order_of_attributes_is_explained() -> None:
    found = about(compare(load_preset("fashion_resnet")), "The order of the weights")
    assert found.cells[SUBCLASS].text.startswith(
        "`ResidualBlock.__init__()` sets `conv1` before `shortcut_conv`, although `call()` "
        "has `shortcut_conv` first"
    )


def test_only_tensors_are_said_to_branch() -> None:
    found = about(compare(load_preset("imdb_transformer")), "Where the data branch")
    assert found.cells[FUNCTIONAL].text.endswith(
        "here `positions`, `attention` and `attended`."
    )


def test_only_a_graph_counts_its_inputs() -> None:
    cells = about(compare(load_preset("mnist_mlp")), "What `model.layers` has").cells
    assert cells[FUNCTIONAL].text == "7 layers, one of them the `InputLayer`."
    assert cells[SEQUENTIAL].text.startswith("4 layers")
    cells = about(
        compare(load_preset("mnist_siamese")), "What `model.layers` has"
    ).cells
    assert cells[FUNCTIONAL].text == "5 layers, 2 of them `InputLayer`s."


def test_what_needs_its_code_to_load_is_named() -> None:
    found = about(compare(load_preset("mnist_mlp")), "Load it without its code")
    verdicts = {style: cell.verdict for style, cell in found.cells.items()}
    assert verdicts == {SEQUENTIAL: "no", FUNCTIONAL: "yes", SUBCLASS: "no"}
    assert "registers `DenseBlock` and `MnistMlp`" in found.cells[SUBCLASS].text
    assert (
        "`get_config()` keeps `units` and `hidden_units`" in found.cells[SUBCLASS].text
    )


def test_a_list_of_layers_can_do_all_that_a_graph_can() -> None:
    program = load_lines(("Flatten", "Dense(10)"), "28,28", None)
    comparison = compare(program)
    for topic in ("Load it", "Take the output", "Draw it"):
        assert about(comparison, topic).cells[SEQUENTIAL].verdict == "yes"


@pytest.mark.parametrize("name", presets.names())
def test_every_difference_is_said_of_every_style(name: str) -> None:
    comparison = compare(load_preset(name))
    for part in (*comparison.differences, *comparison.abilities):
        if not part.topic.startswith("The "):
            assert list(part.cells) == list(comparison.listings), part.topic
        assert part.why.endswith(".")
        for cell in part.cells.values():
            assert cell.text.endswith(".")
            assert cell.text.count("`") % 2 == 0
