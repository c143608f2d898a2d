"""Every rule gives the shapes, types and weights that Keras gives, and refuses what it refuses.

The configurations are in `rules/`, a table for each family of layers.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from catalogue.rules.comparison import (
    FLAT,
    REFUSAL,
    SEQUENCE,
    Row,
    apply,
    as_spec,
    call_keras,
    keras_outcome,
    kgen_outcome,
    read,
)

from keras_kgen.catalogue.registry import entries, lookup
from keras_kgen.catalogue.rules import (
    _RULES,
    Result,
    ShapeError,
    apply_rule,
    full_config,
    has_rule,
    has_weights,
    preserves_shape,
    result_count,
    why_no_rule,
)
from keras_kgen.ir.tensors import UNKNOWN

FAMILIES = [
    importlib.import_module(f"catalogue.rules.{path.stem}")
    for path in sorted((Path(__file__).parent / "rules").glob("*.py"))
    if path.stem != "comparison" and not path.stem.startswith("test_")
]


def rows(title: str) -> list[Row]:
    """Returns the tables of that title of all families."""
    return [row for family in FAMILIES for row in getattr(family, title, ())]


ACCEPTED, REFUSED, STRICTER = map(rows, ("ACCEPTED", "REFUSED", "STRICTER"))


@pytest.fixture(scope="module")
def keras() -> Any:
    return pytest.importorskip("keras")


@pytest.mark.parametrize(("source", "inputs"), ACCEPTED)
def test_rule_gives_what_keras_gives(keras: Any, source: str, inputs: Any) -> None:
    expected = keras_outcome(keras, source, inputs)
    assert expected != REFUSAL
    assert kgen_outcome(source, inputs) == expected


@pytest.mark.parametrize(("source", "inputs"), REFUSED)
def test_keras_refuses_too(keras: Any, source: str, inputs: Any) -> None:
    assert keras_outcome(keras, source, inputs) == REFUSAL


@pytest.mark.parametrize(("source", "inputs"), REFUSED + STRICTER)
def test_rule_refuses(source: str, inputs: Any) -> None:
    with pytest.raises(ShapeError, match="Received: "):
        apply(source, inputs)


@pytest.mark.parametrize(("source", "inputs"), STRICTER)
def test_keras_builds_but_cannot_run(keras: Any, source: str, inputs: Any) -> None:
    layer, _ = call_keras(keras, source, inputs)
    zeros = {} if isinstance(inputs, dict) else as_zeros(keras, inputs)
    if isinstance(inputs, dict):
        zeros = {name: as_zeros(keras, item) for name, item in inputs.items()}
    with pytest.raises(Exception, match=r"\w"):
        layer(**zeros) if isinstance(inputs, dict) else layer(zeros)


def as_zeros(keras: Any, item: Any) -> Any:
    if isinstance(item, list):
        return [as_zeros(keras, inner) for inner in item]
    if isinstance(item, bool):
        return item
    return keras.ops.zeros([2 if size is None else size for size in item])


@pytest.mark.parametrize(("source", "inputs"), ACCEPTED)
def test_facts_about_the_class_agree_with_the_rule(source: str, inputs: Any) -> None:
    layer = read(source)
    result = apply(source, inputs)
    assert result is not None
    assert has_rule(layer.class_name)
    assert bool(result.weights) <= has_weights(layer.class_name)
    if preserves_shape(layer.class_name) and type(inputs) is tuple:
        assert result.outputs[0].shape == as_spec(inputs).shape
    # What these give is nested as what they are called with, or the last of them decides.
    if type(inputs) is tuple and layer.class_name != "Pipeline":
        config = full_config(layer.class_name, layer.arguments)
        assert result_count(layer.class_name, config) == len(result.outputs)


@pytest.mark.parametrize(
    ("source", "inputs"), [row for row in ACCEPTED if isinstance(row[1], dict)]
)
def test_results_are_counted_from_the_keywords(source: str, inputs: Any) -> None:
    layer, result = read(source), apply(source, inputs)
    assert result is not None
    config = full_config(layer.class_name, layer.arguments)
    count = result_count(layer.class_name, config, as_spec(inputs))
    assert count == len(result.outputs)


def test_every_rule_is_a_layer_of_the_catalogue() -> None:
    for name in _RULES:
        entry = lookup("layers", name)
        assert entry is not None and entry.name == name


def test_every_rule_is_in_a_table() -> None:
    assert {read(source).class_name for source, _ in ACCEPTED} == set(_RULES)


def test_every_layer_of_the_catalogue_has_a_rule_or_a_reason() -> None:
    layers = {entry.name for entry in entries("layers") if entry.is_layer}
    assert {n for n in layers if has_rule(n) == bool(why_no_rule(n))} == set()


def test_every_public_layer_of_keras_has_a_rule_or_a_reason(keras: Any) -> None:
    bases = (keras.layers.Layer, keras.layers.Wrapper)
    found = set()
    for name, value in vars(keras.layers).items():
        if isinstance(value, type) and issubclass(value, keras.layers.Layer):
            entry = lookup("layers", name)
            assert entry is not None, name
            if value not in bases:
                found.add(entry.name)
    assert {
        name for name in found if has_rule(name) == bool(why_no_rule(name))
    } == set()
    assert found == set(_RULES) | {name for name in found if why_no_rule(name)}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Lambda", "its function is Python code, which kgen does not run"),
        (
            "InputLayer",
            "it stands for an input, whose shape and type are written with it",
        ),
        ("Dense", None),
    ],
)
def test_reason(name: str, reason: str | None) -> None:
    assert why_no_rule(name) == reason


def test_class_without_a_rule_is_unknown() -> None:
    assert apply("Lambda(3)", FLAT) is None
    assert not has_rule("Lambda")
    assert has_weights("Lambda")
    assert not preserves_shape("Lambda")
    assert result_count("Lambda", {}) == 1


@pytest.mark.parametrize(
    "source", ["TimeDistributed(Lambda(3))", "Pipeline([Dense(3), Lambda(3)])"]
)
def test_wrapper_of_a_class_without_a_rule_is_unknown(source: str) -> None:
    assert apply(source, SEQUENCE) is None


def test_unknown_input_gives_unknown_outputs() -> None:
    config = full_config("LSTM", read("LSTM(3, return_state=True)").arguments)
    assert apply_rule("LSTM", config, (UNKNOWN,)) == Result((UNKNOWN,) * 3, None)
    assert apply_rule("ReLU", {}, (UNKNOWN,)) == Result((UNKNOWN,), ())


def test_vocabulary_of_a_file_is_not_read() -> None:
    result = apply("StringLookup(vocabulary='words.txt', output_mode='count')", FLAT)
    assert result is not None
    assert result.outputs[0].shape == (None, None)


def test_vocabulary_of_a_saved_layer_has_a_size() -> None:
    source = "StringLookup(vocabulary_size=5, output_mode='count')"
    result = apply(source, FLAT)
    assert result is not None
    assert result.outputs[0].shape == (None, 5)


@pytest.mark.parametrize(
    ("source", "inputs", "message"),
    [
        (
            "Conv2D(3, 3)",
            (None, 784),
            "Conv2D needs an input of rank 4 (batch, height, width, channels). "
            "Received: shape (None, 784); put it before any Flatten(), "
            "or Reshape((height, width, channels)) before it",
        ),
        (
            "Conv2D(3, 3, data_format='channels_first')",
            (None, 784),
            "Conv2D needs an input of rank 4 (batch, channels, height, width). "
            "Received: shape (None, 784)",
        ),
        (
            "Conv2D(3, 5)",
            (None, 4, 4, 1),
            "Conv2D needs an input of 5 x 5 or more, or padding='same'. "
            "Received: shape (None, 4, 4, 1)",
        ),
        (
            "Add()",
            [(None, 6), (None, 5)],
            "Add needs inputs of shapes that broadcast. "
            "Received: shapes (None, 6), (None, 5); make the sizes 6 and 5 equal",
        ),
        (
            "Dense(3)",
            (None, None),
            "Dense needs a defined size at axis -1 of its input. "
            "Received: shape (None, None); give the size in place of null under 'inputs'",
        ),
        (
            "Reshape((4, 2))",
            (None, 6),
            "Reshape needs a target_shape of 6 elements for an input of shape (None, 6). "
            "Received: target_shape=(4, 2), which has 8",
        ),
        (
            "Conv2D(3, (3, 3, 3))",
            (None, 8, 8, 1),
            "Conv2D needs a positive integer or 2 of them as 'kernel_size'. "
            "Received: kernel_size=(3, 3, 3)",
        ),
        (
            "RNN([LSTMCell(3), Dense(4)])",
            (None, 10, 6),
            "RNN needs recurrent cells as 'cell'. Received: Dense",
        ),
        (
            "GRUCell(3)",
            (None, 6),
            "GRUCell needs one tensor as 'states'. Received: nothing",
        ),
        (
            "SpectralNormalization(LSTM(3))",
            (None, 10, 6),
            "SpectralNormalization needs a layer with a kernel or embeddings. "
            "Received: LSTM",
        ),
        (
            "Pipeline([])",
            (None, 6),
            "Pipeline needs a list of layers as 'layers'. Received: layers=[]",
        ),
        (
            "Resizing(4, 5)",
            (None, 6),
            "Resizing needs an image or a batch of images. Received: shape (None, 6)",
        ),
        (
            "StringLookup(vocabulary=['a', 'b', 'a'])",
            (None, 6),
            "StringLookup needs each token of 'vocabulary' once. Received: 'a' again",
        ),
        (
            "CategoryEncoding()",
            (None, 6),
            "CategoryEncoding needs a positive integer as 'num_tokens'. "
            "Received: num_tokens=None",
        ),
    ],
)
def test_message(source: str, inputs: Any, message: str) -> None:
    with pytest.raises(ShapeError) as caught:
        apply(source, inputs)
    assert str(caught.value) == message
