"""SVG, DOT and Mermaid hold what was planned, and a stranger's text as text."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from drawing.drawings import SAVED, chain, model_of, preset, saved, spec
from support import load_program_of

from keras_kgen.backends.module import Model
from keras_kgen.drawing.draw import Format, draw
from keras_kgen.drawing.figures import Drawing, boxes
from keras_kgen.drawing.fold import Folding
from keras_kgen.drawing.plan import plan_drawing
from keras_kgen.drawing.style import class_of
from keras_kgen.drawing.svg import write_svg

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    '"><script>alert(1)</script>',
    "</text></svg><svg onload=alert(1)>",
    "&lt;b&gt; &amp; &#0; ]]>",
    '"]; n0 --> n1; click n0 "javascript:alert(1)"',
    '\\" \\N \\l label="x" } digraph { a -> b',
    "%%{init: {'theme': 'x'}}%%",
    "end",
    "subgraph x",
    "1. list",
    "- list `code` **bold** #quot; <br>",
    "${x} {{ y }} {% z %}",
    "a\ufffeb\uffffc",
    "right\u202eto left",
    "\u4e2d\u6587 \U0001f600",
)
CHILD = """
import sys
from drawing.drawings import SAVED, saved
from keras_kgen.drawing.draw import Format, draw
for name in SAVED:
    for form in Format:
        sys.stdout.buffer.write(draw(saved(name), form).encode())
"""


def hostile(name: str, folder: Path) -> Model:
    """Returns a saved model with a layer, and a model, of that name."""
    layer = {"name": name, "units": 2, "batch_input_shape": [None, 3]}
    layers = [{"class_name": "Dense", "config": layer}]
    config = {"name": name, "layers": layers}
    path = folder / "model.json"
    path.write_text(json.dumps({"class_name": "Sequential", "config": config}))
    return model_of(load_program_of(path))


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text.encode("utf-8"))


def strings(dot: str) -> tuple[list[str], str]:
    """Returns the strings of DOT as Graphviz reads them, and what is outside of them."""
    pattern = r'"((?:[^"\\]|\\.)*)"'
    return re.findall(pattern, dot, re.DOTALL), re.sub(pattern, "S", dot, flags=re.S)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_stay_text_in_svg(name: str, tmp_path: Path) -> None:
    model = hostile(name, tmp_path)
    root = parsed(draw(model, Format.SVG))
    plain = parsed(draw(hostile("x", tmp_path), Format.SVG))
    assert [e.tag for e in root.iter()] == [e.tag for e in plain.iter()]
    assert [sorted(e.attrib) for e in root.iter()] == [
        sorted(e.attrib) for e in plain.iter()
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_stay_text_in_dot(name: str, tmp_path: Path) -> None:
    model = hostile(name, tmp_path)
    plain = hostile("x", tmp_path)
    found, outside = strings(draw(model, Format.DOT))
    assert outside == strings(draw(plain, Format.DOT))[1]
    for text in found:
        # A backslash is doubled, or ends the line of a label.
        assert not re.search(r"(?<!\\)(?:\\\\)*\\[^\\\"n]", text)
        assert not re.search(r"&(?!amp;)", text)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_stay_text_in_mermaid(name: str, tmp_path: Path) -> None:
    model = hostile(name, tmp_path)
    check_mermaid(draw(model, Format.MERMAID))


NODE = r'b?\d*n[io]?\d+(?:\("[^"]*"\)|\(\["[^"]*"\]\)|\[\["[^"]*"\]\])'
MERMAID = re.compile(
    "|".join(
        (
            r"flowchart TB",
            rf" +{NODE}",
            r' +subgraph \w+\["[^"]*"\]',
            r" +end",
            r" +\w+ --> \w+",
            r" +classDef kgen_\w+ fill:#\w{6},stroke:#\w{6},color:#\w{6}",
            r" +class [\w,]+ kgen_\w+",
        )
    )
)


def check_mermaid(text: str) -> None:
    first, *lines = text.splitlines()
    assert first.startswith("%% ") and "%%{" not in first
    for line in lines:
        assert MERMAID.fullmatch(line), line
        for label in re.findall(r'"([^"]*)"', line):
            assert not re.search(r"[\[\]{}<>`*_&|%\\]", re.sub(r"<br>|_", "", label))
            assert not re.match(r"\d+[.)] |[-+] ", label)
    opened = sum(line.lstrip().startswith("subgraph ") for line in lines)
    assert opened == sum(line.strip() == "end" for line in lines)


@pytest.mark.parametrize("folding", Folding)
@pytest.mark.parametrize("name", SAVED)
def test_mermaid_is_regular(name: str, folding: Folding) -> None:
    drawing = plan_drawing(saved(name), folding)
    text = draw(saved(name), Format.MERMAID, folding)
    check_mermaid(text)
    for figure in drawing.figures:
        for start, end in figure.lines:
            assert f" {start} --> {end}\n" in text


@pytest.mark.parametrize("name", SAVED)
def test_dot_holds_every_box_and_line(name: str) -> None:
    drawing = plan_drawing(saved(name))
    text = draw(saved(name), Format.DOT)
    assert text.count("{") == text.count("}")
    for figure in drawing.figures:
        for box in boxes(figure.items):
            assert re.search(rf'^ *"{box.key}" \[label=', text, re.MULTILINE)
        for start, end in figure.lines:
            assert f'"{start}" -> "{end}"\n' in text


def lines_of(root: ElementTree.Element) -> set[tuple[str, str]]:
    """Returns the lines of a drawing; one that goes on in another column is one line."""
    paths = [e for e in root.iter(f"{SVG}path") if e.get("class") == "line"]
    pairs = ((p.get("data-from"), e) for p in paths for e in p.get("data-to").split())
    lines = {(start.partition("-")[0], end.partition("-")[0]) for start, end in pairs}
    return {(start, end) for start, end in lines if start != end}


@pytest.mark.parametrize("folding", Folding)
@pytest.mark.parametrize("name", SAVED)
def test_svg_holds_every_box_and_line(name: str, folding: Folding) -> None:
    drawing = plan_drawing(saved(name), folding, expanded=True)
    root = parsed(write_svg(drawing))
    planned = [box for figure in drawing.figures for box in boxes(figure.items)]
    groups = [e for e in root.iter(f"{SVG}g") if "data-key" in e.attrib]
    keys = [e.get("data-key") for e in groups if "-" not in e.get("data-key")]
    assert sorted(keys) == sorted(box.key for box in planned)
    assert lines_of(root) == {
        line for figure in drawing.figures for line in figure.lines
    }


def test_svg_tells_which_layers_a_box_is() -> None:
    root = parsed(draw(chain(["Dense(64)"] * 50), Format.SVG))
    found = [e for e in root.iter(f"{SVG}g") if "data-key" in e.attrib]
    assert [e.get("data-layers") for e in found] == [
        "input0",
        " ".join(map(str, range(49))),
        "49",
        "output0",
    ]


def test_svg_is_accessible_and_scales() -> None:
    root = parsed(draw(preset("mnist_mlp"), Format.SVG))
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "kgen-title kgen-description"
    title, description = root.findall(f"{SVG}title") + root.findall(f"{SVG}desc")
    assert title.text == "mnist_mlp"
    assert description.text == ("A multilayer perceptron that classifies MNIST digits.")
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"


def test_svg_asks_nobody_for_anything() -> None:
    text = draw(preset("fashion_resnet"), Format.SVG)
    assert "href" not in text and "@import" not in text and "<script" not in text
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]


def test_every_family_has_colours_for_light_and_dark() -> None:
    drawing: Drawing = plan_drawing(preset("imdb_transformer"))
    text = write_svg(drawing)
    for box in boxes(drawing.figures[0].items):
        assert text.count(f".{class_of(box.family)} .shape") == 2
    assert "prefers-color-scheme: dark" in text


def test_the_hash_seed_changes_nothing() -> None:
    outputs = [
        subprocess.run(
            [sys.executable, "-c", CHILD],
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    ]
    assert outputs[0] == outputs[1] != b""


def test_names_of_blocks_stay_text() -> None:
    model = spec(
        "name: '<b>'\ninputs: [4]\ndescription: '\"a\" & <b>'\nlayers: [Dense(2)]"
    )
    root = parsed(draw(model, Format.SVG))
    assert root.findtext(f"{SVG}title") == "<b>"
    assert root.findtext(f"{SVG}desc") == '"a" & <b>'
