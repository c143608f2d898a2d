"""Everything that is wrong is found in one run, and one mistake gives one message."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from keras_kgen.catalogue import registry
from keras_kgen.errors import Diagnostics, SourceError
from keras_kgen.frontends import presets
from keras_kgen.frontends.documents import read_yaml
from keras_kgen.frontends.spec import read_spec
from keras_kgen.passes.find_problems import find_problems

TEXTS = {name: presets.find(name).read_text("utf-8") for name in presets.names()}  # type: ignore[union-attr]
_CALL = re.compile(r"^ +- .*?\b(?P<layer>[A-Z]\w+)\((?P<argument>\d+(?=[,)]))?")


def problems(text: str) -> list[str]:
    """Returns where and what is wrong with a spec."""
    try:
        read_spec(read_yaml(text, "model.yaml"), "model", find_problems)
    except SourceError as error:
        return [str(item) for item in error.diagnostics]
    return []


def spoilt() -> Iterator[tuple[str, int, str]]:
    """Yields each preset once for each line, with a mistake in that line."""
    for name, text in TEXTS.items():
        lines = text.splitlines()
        for index, line in enumerate(lines):
            found = _CALL.match(line)
            if found is None or registry.lookup("layers", found["layer"]) is None:
                continue
            start, end = found.span("layer")
            yield name, index, f"{line[:start]}Zyx{line[end:]}"
            if found["argument"]:
                start, end = found.span("argument")
                yield name, index, f"{line[:start]}'a'{line[end:]}"


SPOILT = list(spoilt())


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_nothing_is_wrong_with_a_preset(name: str) -> None:
    assert problems(TEXTS[name]) == []


@pytest.mark.parametrize(("name", "index", "line"), SPOILT)
def test_one_mistake_gives_one_message(name: str, index: int, line: str) -> None:
    lines = TEXTS[name].splitlines()
    lines[index] = line
    (message,) = problems("\n".join(lines))
    assert message.startswith(f"model.yaml:{index + 1}:")


def test_there_are_many_mistakes() -> None:
    assert len(SPOILT) > 100


def test_mistakes_do_not_hide_each_other() -> None:
    text = """
inputs: [28, 28]
blocks:
  tower(units):
    - Dense(units, zebra=1)
    - Conv2D(8, 3)
layers:
  - Dens(10)
  - a = Conv2D(8, 3)(input)
  - b = tower(8)(input)
  - c = tower()(input)
  - Add()([_, a, b])
"""
    assert [message.split(": ")[0] for message in problems(text)] == [
        "model.yaml:5:20",
        "model.yaml:8:5",
        "model.yaml:9:9",
        "model.yaml:11:9",
    ]


def test_notes_are_no_mistakes() -> None:
    diagnostics = Diagnostics()
    program = read_spec(read_yaml(TEXTS["mnist_mlp"], "model.yaml"), "model")
    diagnostics.note("all is well", program.inputs[0].location)
    find_problems(program, diagnostics)
    assert [str(item) for item in diagnostics] == [
        f"{program.inputs[0].location}: note: all is well"
    ]
