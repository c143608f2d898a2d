"""What `kgen layers` works out for its examples is what Keras has: shapes and weights."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from support import run_source

from keras_kgen.api import generate
from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import Entry
from keras_kgen.cli.worked_examples import example_spec, work_out

keras = pytest.importorskip("keras")
# Keras cannot build a model of these: it asks for a vocabulary, which `adapt` learns, before
# they are called, and Equalization gives the very tensor back that it gets.
UNBUILT = ("Equalization", "IntegerLookup", "StringLookup", "TextVectorization")
ENTRIES = [e for e in registry.entries("layers") if e.name not in UNBUILT]


@pytest.mark.parametrize("group", sorted({e.group for e in ENTRIES if work_out(e)}))
def test_examples_are_what_keras_says(group: str, folder: Path) -> None:
    for entry in ENTRIES:
        if entry.group == group and work_out(entry) is not None:
            check(entry, folder / f"{entry.name.lower()}.json")


def check(entry: Entry, path: Path) -> None:
    example = work_out(entry)
    assert example is not None
    path.write_text(json.dumps(example_spec(entry)), encoding="utf-8")
    model = run_source(generate(path, style="functional")).build_model()
    assert tuple(tuple(item.shape) for item in model.inputs) == example.inputs
    assert tuple(model.outputs[0].shape) == example.output, entry.name
    counted = sum(weight.size for weight in example.weights)
    assert model.count_params() == counted, entry.name
    fixed = sum(weight.size for weight in example.weights if not weight.trainable)
    theirs = sum(math.prod(weight.shape) for weight in model.non_trainable_weights)
    assert theirs == fixed, entry.name
