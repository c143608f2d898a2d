"""Each line knows which layers it stands for, and each layer has lines in every style."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest
from support import load_preset, load_program_of

from keras_kgen.backends.view import Role
from keras_kgen.errors import UsageError
from keras_kgen.frontends import presets
from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import TracedModule, generate, trace
from keras_kgen.tracing.source_map import SourceMap

GOLDEN = Path(__file__).parent.parent / "golden"
SOURCES = (
    *presets.names(),
    *sorted(path.parent.name for path in GOLDEN.glob("*/model.json")),
)
# What a line may do that makes or runs a layer.
MAKING = {Role.INPUT, Role.CREATES, Role.APPLIES, Role.CALLS}


@functools.cache
def program_of(name: str) -> Program:
    folder = GOLDEN / name
    if not folder.is_dir():
        return load_preset(name)
    (path,) = (p for p in folder.iterdir() if p.suffix != ".py")
    return load_program_of(path)


@functools.cache
def traced(name: str, style: Style, *, flat: bool = False) -> TracedModule:
    """Returns a module with its map; skips what the style cannot express."""
    try:
        return trace(program_of(name), Options(style=style, flat=flat))
    except UsageError as error:
        pytest.skip(str(error))


def names_at(found: SourceMap, line: int) -> set[str]:
    names = {element.key: element.name for element in found.elements}
    return {names[key] for span in found.at(line) for key in span.elements}


def line_of(module: TracedModule, text: str) -> int:
    """Returns the number of the only line with a text."""
    lines = module.module.source.splitlines()
    (number,) = (i for i, line in enumerate(lines, 1) if text in line)
    return number


@pytest.mark.parametrize("flat", [False, True], ids=["blocks", "flat"])
@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("name", SOURCES)
def test_each_element_is_made_somewhere(name: str, style: Style, flat: bool) -> None:
    found = traced(name, style, flat=flat).source_map
    for element in found.elements:
        assert MAKING & {span.role for span in found.of(element.key)}, element


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("name", SOURCES)
def test_each_line_with_a_layer_stands_for_it(name: str, style: Style) -> None:
    module = traced(name, style)
    classes = {e.key: e.class_name for e in module.source_map.elements}
    model = module.module.source.partition("\ndef load_data")[0]
    for number, line in enumerate(model.splitlines(), 1):
        made = set(re.findall(r"\blayers\.([A-Z]\w+)\(", line))
        spans = module.source_map.at(number)
        # A wrapper has a layer of its own in its arguments.
        if made:
            known = {classes[key] for span in spans for key in span.elements}
            assert known & (made | {"Bidirectional"}), line


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("name", SOURCES)
def test_the_source_is_that_of_generate(name: str, style: Style) -> None:
    module = traced(name, style).module
    assert module == generate(program_of(name), Options(style=style))


@pytest.mark.parametrize("name", SOURCES)
def test_elements_are_the_same_in_all_styles(name: str) -> None:
    first = traced(name, Style.FUNCTIONAL).source_map.elements
    assert traced(name, Style.SUBCLASS).source_map.elements == first
    assert len({element.key for element in first}) == len(first)


def test_a_line_of_a_block_stands_for_the_layer_in_each_instance() -> None:
    module = traced("fashion_resnet", Style.SUBCLASS)
    found = module.source_map
    line = line_of(module, "x = self.conv2(x)")
    assert names_at(found, line) == {"conv2d_3", "conv2d_6", "conv2d_9"}
    keys = {element.name: element.key for element in found.elements}
    numbers = [found.blocks[keys[f"conv2d_{i}"]][0].number for i in (3, 6, 9)]
    assert numbers == [1, 2, 3]


def test_rows_of_a_table_stand_for_their_times(tmp_path: Path) -> None:
    rows = "".join(f"  - Dense({10_000_000 + i**3})\n" for i in range(12))
    path = tmp_path / "model.yaml"
    path.write_text(f"name: m\ninputs: [8]\nlayers:\n{rows}")
    module = trace(load_program_of(path), Options(style=Style.FUNCTIONAL))
    line = line_of(module, "10000008")
    assert names_at(module.source_map, line) == {"dense_2"}
    assert {span.role for span in module.source_map.at(line)} == {Role.TABLE}


def test_items_of_a_list_stand_for_themselves() -> None:
    module = traced("mnist_mlp", Style.SEQUENTIAL)
    line = line_of(module, "layers.Flatten()")
    assert names_at(module.source_map, line) == {"flatten"}


def test_a_model_within_the_model_is_an_element_with_its_own_inside() -> None:
    module = traced("mnist_siamese", Style.FUNCTIONAL)
    elements = {element.key: element for element in module.source_map.elements}
    (nested,) = (e for e in elements.values() if e.kind == "nested")
    inner = [e for e in elements.values() if e.path == (nested.name,)]
    assert [e.key for e in inner[1:3]] == [f"{nested.key}/0", f"{nested.key}/1"]
    line = line_of(module, "left_code = encoder(left)")
    assert {e.name for e in inner} <= names_at(module.source_map, line)


def test_constants_stand_for_what_reads_them() -> None:
    module = traced("fashion_resnet", Style.FUNCTIONAL)
    assert names_at(module.source_map, line_of(module, "INPUT_SHAPE = (")) == {
        "input_layer"
    }


def test_elements_count_their_parameters() -> None:
    elements = traced("fashion_resnet", Style.FUNCTIONAL).source_map.elements
    norm = next(e for e in elements if e.class_name == "BatchNormalization")
    counts = norm.parameters
    assert counts is not None
    assert (counts.trainable, counts.non_trainable) == (64, 64)
    assert norm.shapes == ((None, 28, 28, 32),)
    assert [e.name for e in elements if e.key in norm.inbound] == ["conv2d"]
