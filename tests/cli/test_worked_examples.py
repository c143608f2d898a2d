"""What a layer makes of a plausible input."""

from __future__ import annotations

import pytest

from keras_kgen.catalogue import registry, rules
from keras_kgen.catalogue.entry import Entry
from keras_kgen.cli.spec_lines import spec_line
from keras_kgen.cli.worked_examples import WorkedExample, work_out


def example_of(name: str) -> WorkedExample:
    entry = registry.lookup("layers", name)
    assert entry is not None
    example = work_out(entry)
    assert example is not None
    return example


def test_a_convolution() -> None:
    example = example_of("Conv2D")
    assert example.line == "Conv2D(32, 3)"
    assert example.inputs == ((None, 28, 28, 1),)
    assert example.output == (None, 26, 26, 32)
    assert [weight.shape for weight in example.weights] == [(3, 3, 1, 32), (32,)]


def test_several_inputs() -> None:
    example = example_of("Concatenate")
    assert example.line == "Concatenate()([x, shortcut])"
    assert example.inputs == ((None, 64), (None, 64))
    assert example.output == (None, 128)


def test_one_tensor_for_several_arguments() -> None:
    example = example_of("MultiHeadAttention")
    assert example.line == "MultiHeadAttention(8, 64)(x, x)"
    assert len(example.inputs) == 1


@pytest.mark.parametrize(
    "entry",
    [e for e in registry.entries("layers") if e.is_layer and rules.has_rule(e.name)],
    ids=lambda entry: entry.name,
)
def test_every_layer_with_a_rule_has_an_example(entry: Entry) -> None:
    example = work_out(entry)
    assert (example is not None) == bool(spec_line(entry))
    assert example is None or entry.name in example.line


@pytest.mark.parametrize("name", ["FlaxLayer", "Lambda", "Layer", "add"])
def test_no_example_without_a_rule(name: str) -> None:
    (entry,) = registry.find(name, ("layers",))
    assert work_out(entry) is None


def test_no_example_of_other_families() -> None:
    (entry,) = registry.find("Adam")
    assert work_out(entry) is None
