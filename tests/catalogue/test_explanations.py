"""Explanations are there for everything, short, plain and kgen's own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from keras_kgen.catalogue import explanations, registry, rules
from keras_kgen.catalogue.entry import FAMILIES, Entry, Family
from keras_kgen.catalogue.explanations import Explanation, explain, what_it_does
from keras_kgen.cli.worked_examples import work_out

GENERATOR = Path(__file__).parents[2] / "generator"
DATA: dict[str, dict[str, Any]] = json.loads(
    explanations._FILE.read_text(encoding="utf-8")
)
# Families of which every member says why it is there and what to change.
FULL: tuple[Family, ...] = ("layers", "losses", "optimizers", "callbacks", "schedules")
# Functions of `keras.ops` that models use often.
COMMON_OPS = (
    "add",
    "matmul",
    "mean",
    "concatenate",
    "reshape",
    "softmax",
    "image.resize",
)
LONGEST = {"what": 100, "why": 240, "change": 240, "parameters": 240, "shape": 300}


def members(*families: Family) -> list[Entry]:
    return [entry for family in families for entry in registry.entries(family)]


def explained() -> list[tuple[Entry, Explanation]]:
    found = [(entry, explain(entry.family, entry.name)) for entry in members(*FAMILIES)]
    return [(entry, words) for entry, words in found if words is not None]


def label(value: object) -> str:
    return f"{value.family}.{value.name}" if isinstance(value, Entry) else ""


def test_everything_but_rare_ops_is_explained() -> None:
    missing = [
        f"{entry.family}.{entry.name}"
        for entry in members(*FAMILIES)
        if explain(entry.family, entry.name) is None
        if entry.family != "ops"
    ]
    assert not missing
    assert all(explain("ops", name) for name in COMMON_OPS)
    assert len(DATA["ops"]) >= 100


@pytest.mark.parametrize("entry", members(*FULL), ids=label)
def test_members_of_the_main_families_say_why_and_what_to_change(entry: Entry) -> None:
    words = explain(entry.family, entry.name)
    assert words is not None
    assert words.why and words.change
    if entry.is_layer:
        assert words.shape


def test_only_what_keras_has_is_explained() -> None:
    assert list(DATA) == [family for family in DATA if family in FAMILIES]
    for family in FAMILIES:
        known = {entry.name for entry in registry.entries(family)}
        assert set(DATA[family]) <= known
        assert list(DATA[family]) == sorted(DATA[family])


def test_a_name_may_stand_for_another_one() -> None:
    assert explain("losses", "mean_squared_error") == explain(
        "losses", "MeanSquaredError"
    )
    for records in DATA.values():
        for name, record in records.items():
            if isinstance(record, str):
                assert isinstance(records[record], dict), name


def test_texts_are_sentences_of_a_readable_length() -> None:
    wrong = []
    for entry, words in explained():
        for field, longest in LONGEST.items():
            text = getattr(words, field)
            is_prose = field in ("what", "why", "change")
            clean = text.isascii() and text == " ".join(text.split())
            ends = not is_prose or not text or text.endswith((".", "?"))
            if not clean or not ends or len(text) > longest:
                wrong.append(f"{entry.family}.{entry.name}: {field}: {len(text)}")
    assert not wrong


def test_what_a_thing_does_is_one_sentence() -> None:
    for entry, words in explained():
        assert words.what, entry.name
        assert not re.search(r"\. [A-Z]", words.what), entry.name


def test_no_sentence_is_that_of_keras() -> None:
    """Neither the first line of a docstring nor one that begins with it."""
    for entry, words in explained():
        theirs = entry.summary.casefold().rstrip(".")
        for text in (words.what, words.why, words.change):
            assert not theirs or not text.casefold().startswith(theirs), entry.name


def test_no_two_layers_are_explained_alike() -> None:
    texts = [words.what for entry, words in explained() if entry.is_layer]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize(
    "entry",
    [e for e in members("layers") if e.is_layer and rules.has_rule(e.name)],
    ids=label,
)
def test_layers_with_weights_say_how_many(entry: Entry) -> None:
    words = explain("layers", entry.name)
    assert words is not None
    assert bool(words.parameters) == rules.has_weights(entry.name)


# The words of a rule, and a layer: its own arguments and what comes in.
RULES: dict[str, dict[str, int]] = {
    "Dense": {"inputs": 784, "units": 64},
    "Embedding": {"input_dim": 10000, "output_dim": 64},
    "ReversibleEmbedding": {"input_dim": 10000, "output_dim": 64},
    "Conv1D": {"kernel_size": 3, "channels": 16, "groups": 1, "filters": 32},
    "Conv2D": {
        "kernel height": 3,
        "kernel width": 3,
        "channels": 1,
        "groups": 1,
        "filters": 32,
    },
    "Conv1DTranspose": {"kernel_size": 3, "channels": 16, "filters": 32},
    "Conv2DTranspose": {
        "kernel height": 3,
        "kernel width": 3,
        "channels": 16,
        "filters": 32,
    },
    "Conv3D": {
        "kernel depth": 3,
        "kernel height": 3,
        "kernel width": 3,
        "channels": 4,
        "groups": 1,
        "filters": 32,
    },
    "DepthwiseConv1D": {"kernel_size": 3, "channels": 16, "depth_multiplier": 1},
    "DepthwiseConv2D": {
        "kernel height": 3,
        "kernel width": 3,
        "channels": 16,
        "depth_multiplier": 1,
    },
    "SeparableConv1D": {
        "kernel_size": 3,
        "channels": 16,
        "depth_multiplier": 1,
        "filters": 32,
    },
    "SeparableConv2D": {
        "kernel height": 3,
        "kernel width": 3,
        "channels": 16,
        "depth_multiplier": 1,
        "filters": 32,
    },
    "BatchNormalization": {"channels": 32},
    "GroupNormalization": {"channels": 32},
    "LayerNormalization": {"size of the last axis": 64},
    "RMSNormalization": {"size of the last axis": 64},
    "LSTM": {"features": 8, "units": 64},
    "GRU": {"features": 8, "units": 64},
    "SimpleRNN": {"features": 8, "units": 64},
    "LSTMCell": {"features": 8, "units": 64},
    "GRUCell": {"features": 8, "units": 64},
    "SimpleRNNCell": {"features": 8, "units": 64},
    "ConvLSTM1D": {"kernel_size": 3, "channels": 2, "filters": 32},
    "ConvLSTM2D": {
        "kernel height": 3,
        "kernel width": 3,
        "channels": 1,
        "filters": 32,
    },
    "Normalization": {"features": 8},
    "STFTSpectrogram": {"frame_length": 256, "fft_length": 256},
}


@pytest.mark.parametrize("name", RULES)
def test_rules_in_words_count_the_weights_of_the_example(name: str) -> None:
    entry = registry.lookup("layers", name)
    words = explain("layers", name)
    assert entry is not None and words is not None
    example = work_out(entry)
    assert example is not None
    formula = re.split(r"[:;,]", words.parameters.replace(" (bias)", ""))[0]
    for word, value in sorted(RULES[name].items(), key=lambda item: -len(item[0])):
        formula = formula.replace(word, str(value))
    assert not re.search("[a-z]", formula), formula
    assert eval(formula) == sum(weight.size for weight in example.weights)


def test_what_is_not_explained_has_the_sentence_of_keras() -> None:
    entry = registry.lookup("ops", "trapezoid")
    assert entry is not None and explain("ops", "trapezoid") is None
    assert what_it_does(entry) == entry.summary


def test_nothing_is_explained_that_is_not_there() -> None:
    assert explain("layers", "Den") is None
    assert explain("flavours", "Dense") is None


def test_the_file_is_read_once_and_late() -> None:
    script = (
        "from keras_kgen.catalogue import explanations as e; "
        "assert e._load.cache_info().currsize == 0; "
        "e.explain('layers', 'Dense'); e.explain('losses', 'Huber'); "
        "assert e._load.cache_info().misses == 1"
    )
    subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        env={"PYTHONPATH": str(GENERATOR), "PYTHONDONTWRITEBYTECODE": "1"},
    )
