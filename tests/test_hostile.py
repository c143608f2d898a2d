"""Text of a stranger comes out as data or as an error, never as code."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kgen_runner import Kgen

from keras_kgen import pipeline
from keras_kgen.errors import KgenError, SourceError
from keras_kgen.frontends.documents import read_yaml
from keras_kgen.frontends.spec import read_spec
from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.pysource.literals import printable
from keras_kgen.pysource.names import is_scope_name
from keras_kgen.rendering import environment

PAYLOAD = '__import__("os").system("x")'
STRINGS = (
    "plain",
    "it's",
    'say "hi"',
    "'''",
    '"""',
    '""""',
    '"""; import os; os.system("x"); """',
    f'"\n{PAYLOAD}\n"',
    "ends in a backslash \\",
    "\\",
    '\\"""',
    "\\N{DASH} \\x41 \\u2028",
    "two\nlines",
    "bare\rreturn",
    f"x\r{PAYLOAD}",
    "nul\x00 bell\x07 escape\x1b[31m",
    "tab\tfeed\x0c vertical\x0b",
    f"next\x85line\u2028separator\u2029paragraph {PAYLOAD}",
    "right\u202eto\u2066left\u200f",
    "lone \ud800 surrogate \udfff",
    "emoji \U0001f600 \u00e9 \u4e2d",
    "{" + PAYLOAD + "}",
    "{{ module.__class__ }} {% for x in y %}{% endfor %} {# c #}",
    "{0} {x!r:>{width}} }{ {{ }} %s %(a)s",
    PAYLOAD,
    f"lambda: {PAYLOAD}",
    "# comment",
    "-*- coding: utf-7 -*-",
    "",
    " ",
    "class",
    "None",
    "keras",
    "self",
    "super",
    "9lives",
    "long " * 400,
    "x" * 5000,
)
Build = Callable[[str], dict[str, Any]]


def base(**changes: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "name": "harmless",
        "inputs": {"left": [4], "right": [4]},
        "layers": ["a = Dense(4)(left)", "b = Dense(4)(right)", "c = Add()([a, b])"],
        "outputs": {"first": "a", "second": "c"},
        "compile": {"loss": "mse"},
    }
    return {**spec, **changes}


def chain(**changes: Any) -> dict[str, Any]:
    return {
        "name": "harmless",
        "inputs": [4],
        "layers": ["Dense(4)"],
        "compile": {"loss": "mse"},
        **changes,
    }


# Where the text stands; the second half may be refused, whatever the text is.
KEPT: dict[str, Build] = {
    "model name": lambda text: base(name=text),
    "chain name": lambda text: chain(name=text),
    "description": lambda text: base(description=text),
    "layer name": lambda text: base(layers=named_layers(f"Dense(4, name={text!r})")),
    "mapped layer name": lambda text: chain(
        layers=[{"Dense": {"units": 4, "name": text}}]
    ),
    "output key": lambda text: base(outputs={text: "a", "second": "c"}),
    "folder of logs": lambda text: chain(callbacks=[f"TensorBoard({text!r})"]),
    "file of a callback": lambda text: chain(callbacks=[f"BackupAndRestore({text!r})"]),
    "metric name": lambda text: chain(
        compile={"loss": "mse", "metrics": [f"MeanSquaredError(name={text!r})"]}
    ),
}
OTHER: dict[str, Build] = {
    "activation": lambda text: chain(layers=[f"Dense(4, activation={text!r})"]),
    "mapped activation": lambda text: chain(
        layers=[{"Dense": {"units": 4, "activation": text}}]
    ),
    "units": lambda text: chain(layers=[{"Dense": {"units": text}}]),
    "argument name": lambda text: chain(layers=[{"Dense": {"units": 4, text: 1}}]),
    "layer": lambda text: chain(layers=[text]),
    "mapped layer": lambda text: chain(layers=[{text: {"units": 4}}]),
    "tensor name": lambda text: chain(layers=[{"layer": "Dense(4)", "name": text}]),
    "named line": lambda text: chain(layers=[f"{text} = Dense(4)"]),
    "input name": lambda text: chain(inputs={text: [4]}),
    "input dtype": lambda text: chain(inputs={"shape": [4], "dtype": text}),
    "size": lambda text: chain(inputs=[text]),
    "block": lambda text: chain(blocks={text: ["Dense(4)"]}),
    "block name": lambda text: chain(
        blocks={f"{text}(units)": ["Dense(units)"]}, layers=[f"{text}(4)"]
    ),
    "parameter": lambda text: chain(blocks={f"block({text})": ["Dense(4)"]}),
    "default": lambda text: chain(
        blocks={f"block(units={text!r})": ["Dense(units)"]}, layers=["block()"]
    ),
    "shared name": lambda text: chain(shared={text: "Dense(4)"}),
    "optimizer": lambda text: chain(compile={"optimizer": text, "loss": "mse"}),
    "loss": lambda text: chain(compile={"loss": text}),
    "metric": lambda text: chain(compile={"loss": "mse", "metrics": [text]}),
    "compile key": lambda text: chain(compile={"loss": "mse", text: 1}),
    "fit key": lambda text: chain(fit={text: 1}),
    "epochs": lambda text: chain(fit={"epochs": text}),
    "shuffle": lambda text: chain(fit={"shuffle": text}),
    "data": lambda text: chain(data=text),
    "target": lambda text: chain(data={"name": "mnist", "target": text}),
    "callback": lambda text: chain(callbacks=[text]),
    "key": lambda text: chain(**{text: 1}) if text not in chain() else chain(),
}
SLOTS = {**KEPT, **OTHER}
# TensorFlow takes few characters in names: a model's is replaced, a layer's refused.
MODEL_NAMES = ("model name", "chain name")
LAYER_NAMES = tuple(slot for slot in KEPT if "layer name" in slot)


def named_layers(line: str) -> list[str]:
    return [f"a = {line}(left)", "b = Dense(4)(right)", "c = Add()([a, b])"]


@pytest.fixture
def unformatted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out Black, which takes most of the time and does not change the meaning."""
    monkeypatch.setattr(environment, "format_source", lambda source: source)


def read(spec: dict[str, Any]) -> Program:
    return read_spec(read_yaml(json.dumps(spec), "model.json"), "model")


def generate(spec: dict[str, Any], style: Style, origin: str = "") -> str | None:
    """Returns the module, or None where kgen refuses the spec and says why."""
    try:
        return pipeline.generate(read(spec), Options(style), origin).source
    except KgenError as error:
        assert str(error)
        return None


def shape_of(source: str) -> tuple[list[str], set[str]]:
    """Returns the kinds of the top-level statements, and what is called.

    The names of classes, functions and attributes follow from the names of layers and
    models, so they are numbered or left out.
    """
    module = ast.parse(source)
    defined = [
        node.name
        for node in module.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    ]
    called = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name in defined:
                name = f"definition {defined.index(name)}"
            elif name.startswith("self."):
                name = ".".join(["self", "_", *name.split(".")[2:]])
            called.add(name)
    return [type(node).__name__ for node in module.body], called


def dotted(node: ast.expr) -> str:
    """Returns `keras.Model`, with `()` for what is called or indexed on the way."""
    if isinstance(node, ast.Name):
        return node.id
    return (
        f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else "()"
    )


def constants(source: str) -> set[Any]:
    nodes = ast.walk(ast.parse(source))
    return {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def prose(text: str) -> str:
    return " ".join(printable(text).split()).rstrip(".")


def check(slot: str, text: str, style: Style) -> None:
    source = generate(SLOTS[slot](text), style)
    if source is None or (slot in OTHER and not text.strip()):
        return
    expected = generate(SLOTS[slot]("harmless"), style)
    if expected is not None:
        assert shape_of(source) == shape_of(expected)
    if slot == "description":
        # Prose: its white space and its full stop may change.
        assert any(prose(text) in prose(found) for found in constants(source))
    elif slot in KEPT and (slot not in MODEL_NAMES or is_scope_name(text)):
        assert text.strip() in {found.strip() for found in constants(source)}
    assert "system" not in {name.rpartition(".")[2] for name in shape_of(source)[1]}


@pytest.mark.usefixtures("unformatted")
@pytest.mark.parametrize("style", [Style.FUNCTIONAL, Style.SUBCLASS])
@pytest.mark.parametrize("slot", SLOTS)
def test_hostile_text_is_data_or_an_error(slot: str, style: Style) -> None:
    for text in STRINGS:
        check(slot, text, style)


@pytest.mark.usefixtures("unformatted")
@pytest.mark.parametrize("slot", [slot for slot in KEPT if slot not in LAYER_NAMES])
def test_kept_text_is_not_simply_refused(slot: str) -> None:
    for text in ("harmless", "it's", 'say "hi"', "{" + PAYLOAD + "}", "{{ x }}"):
        assert generate(KEPT[slot](text), Style.FUNCTIONAL) is not None, text


@pytest.mark.parametrize("slot", ["model name", "description", "output key"])
@settings(
    max_examples=15,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.text(st.characters(), max_size=60))
def test_any_text_is_data_or_an_error(slot: str, text: str) -> None:
    for style in (Style.FUNCTIONAL, Style.SUBCLASS):
        check(slot, text, style)


@settings(
    max_examples=200,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(line=st.text("Dense(4)[]{}=_,.'\"\\:lambda*fx1\n \r\x00é", max_size=40))
def test_any_line_is_read_or_refused_with_its_place(line: str) -> None:
    try:
        read(chain(layers=[line]))
    except SourceError as error:
        assert all(found.location is not None for found in error.diagnostics)


@pytest.mark.usefixtures("unformatted")
@pytest.mark.parametrize("text", STRINGS)
def test_the_name_of_the_source_stays_in_the_docstring(text: str) -> None:
    source = generate(chain(), Style.FUNCTIONAL, origin=text)
    expected = generate(chain(), Style.FUNCTIONAL, origin="harmless")
    assert source is not None
    assert expected is not None
    assert shape_of(source) == shape_of(expected)
    assert ast.dump(ast.parse(source).body[1]) == ast.dump(ast.parse(expected).body[1])


@pytest.mark.parametrize(
    "name",
    [
        'a"""; import os; os.system("x"); """.yaml',
        "it's {{ x }} {1}.yaml",
        "two\nlines.yaml",
        "right\u202eleft \u2028.yaml",
        "back\\slash.yaml",
        "9.yaml",
        "-o.yaml",
    ],
)
def test_a_file_may_be_called_anything(name: str, folder: Path, kgen: Kgen) -> None:
    for path in (name, "harmless.yaml"):
        Path(path).write_text(json.dumps(chain()), encoding="utf-8")
    result = kgen("new", "-o", "-", "--", name)
    assert result.exit_code == 0, result.stderr
    harmless = kgen("new", "harmless.yaml", "-o", "-")
    assert shape_of(result.stdout) == shape_of(harmless.stdout)


EXPRESSIONS = (
    PAYLOAD,
    "lambda x: x",
    "[x for x in (1, 2)]",
    "{x for x in (1, 2)}",
    "(x for x in (1, 2))",
    "a.b.c",
    "().__class__",
    "f'{1}'",
    'f"{__import__(1)}"',
    "(x := 3)",
    "1 if 2 else 3",
    "1 < 2",
    "1 and 2",
    "10**10**10",
    "2**300",
    "1 << 70",
    "9**9**9**9",
    "'a' * 10**9",
    "[0] * 1000000000",
    "b'bytes'",
    "1j",
    "...",
    "{1, 2}",
    "x[0]",
    "*a",
    "**a",
    "await x",
    "yield 1",
    "open('/etc/passwd')",
    "Dense.__init__(4)",
    "getattr(Dense, 'x')",
    "(lambda: 1)()",
    "1" + "0" * 5000,
    "1" + "0" * 100,
    "9" * 4000 + " * " + "9" * 4000,
    "-" * 3000 + "1",
    "(" * 300 + "1" + ")" * 300,
    "[" * 150 + "1" + "]" * 150,
    "+".join(["1"] * 6000),
    "1e999",
    "1e308 * 10",
    "1 / 0",
    "5 % 0",
    "{'a': 1, **b}",
    "not_defined",
    "'unclosed",
)


@pytest.mark.parametrize("text", EXPRESSIONS, ids=lambda text: text[:30])
def test_an_expression_that_computes_is_refused_at_its_place(text: str) -> None:
    started = time.monotonic()
    with pytest.raises(SourceError) as error:
        program = read(chain(layers=[f"Dense({text})"]))
        pipeline.generate(program)
    assert time.monotonic() - started < 2
    for found in error.value.diagnostics:
        assert found.location is not None
        assert found.location.source == "model.json"
        assert found.location.line == 1
        assert len(str(found)) < 1000


@pytest.mark.parametrize("text", EXPRESSIONS, ids=lambda text: text[:30])
def test_the_command_line_refuses_it_too(text: str, kgen: Kgen, folder: Path) -> None:
    result = kgen("new", "--input", "4", "-l", f"Dense({text})", "-o", "-")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("-l 1, column ")


DOCUMENTS = {
    "python_tag": (
        "layers: [!!python/object/apply:os.system ['x']]",
        "python/object/apply",
    ),
    "python_name": ("layers: [!!python/name:os.system ]", "python/name"),
    "python_tag_on_mapping": (
        "inputs: [4]\nlayers: !!python/object:x.Y {Dense: 4}",
        "python/object",
    ),
    "own_tag": ("inputs: [!shape 4]\nlayers: [Dense(4)]", "tag"),
    "recursive_list": ("inputs: [4]\nlayers: &a [*a]", "inside its own anchor"),
    "recursive_mapping": ("inputs: [4]\nlayers: &a [{Dense: *a}]", "its own anchor"),
    "duplicate_key": ("inputs: [4]\ninputs: [5]\nlayers: [Dense(4)]", "twice"),
    "list_at_top": ("- Dense(4)", "expected a mapping"),
    "text_at_top": ("Dense(4)", "expected a mapping"),
    "number_at_top": ("42", "expected a mapping"),
    "empty": ("", "empty"),
    "comment_only": ("# nothing\n", "empty"),
    "two_documents": ("inputs: [4]\n---\nlayers: [Dense(4)]", "YAML"),
    "tab": ("inputs: [4]\nlayers:\n\t- Dense(4)", "YAML"),
    "control_character": ("name: a\x01b", "YAML"),
    "undefined_alias": ("inputs: *nothing", "YAML"),
    "list_as_key": ("? [a, b]\n: 1\ninputs: [4]\nlayers: [Dense(4)]", "key"),
    "unclosed": ("inputs: [4\nlayers: [Dense(4)]", "YAML"),
}


@pytest.mark.parametrize("case", DOCUMENTS)
def test_a_document_that_is_no_spec_is_refused(
    case: str, folder: Path, kgen: Kgen
) -> None:
    text, reason = DOCUMENTS[case]
    Path("model.yaml").write_bytes(text.encode())
    result = kgen("new", "model.yaml")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert reason in result.stderr
    assert result.stderr.startswith("model.yaml")
    assert [path.name for path in folder.iterdir()] == ["model.yaml"]


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe\x00", b"name: caf\xe9", "name: x".encode("utf-16"), b"\x80" * 100],
)
@pytest.mark.parametrize("ending", [".yaml", ".json", ".toml"])
def test_a_file_that_is_not_utf8_is_refused(
    data: bytes, ending: str, folder: Path, kgen: Kgen
) -> None:
    path = Path(f"model{ending}")
    path.write_bytes(data)
    result = kgen("new", str(path))
    assert result.exit_code == 1
    assert result.stderr == f"{path}: error: the file is not UTF-8 text\n"


def test_standard_input_that_is_not_utf8_is_refused(folder: Path, kgen: Kgen) -> None:
    result = kgen("new", "-", "-o", "-", input=b"name: caf\xe9")
    assert result.exit_code == 1
    assert "UTF-8" in result.stderr


def laughs(levels: int) -> str:
    lines = ["a0: &a0 [Dense(4), Dense(4), Dense(4), Dense(4), Dense(4), Dense(4)]"]
    for level in range(1, levels):
        before = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"a{level}: &a{level} [{before}]")
    return "\n".join([*lines, f"inputs: [4]\nlayers: *a{levels - 1}"])


@pytest.mark.parametrize("levels", [9, 30])
def test_a_billion_laughs_end_soon(levels: int, folder: Path, kgen: Kgen) -> None:
    Path("model.yaml").write_text(laughs(levels), encoding="utf-8")
    started = time.monotonic()
    result = kgen("new", "model.yaml")
    assert time.monotonic() - started < 20
    assert result.exit_code == 1
    assert "too many values" in result.stderr


@pytest.mark.parametrize("depth", [500, 20_000])
@pytest.mark.parametrize("text", ["[", '{"a":', "- "])
def test_deep_nesting_is_refused(
    text: str, depth: int, folder: Path, kgen: Kgen
) -> None:
    closing = {"[": "]", '{"a":': "}"}.get(text, "")
    filling = "1" if closing else "x"
    Path("model.yaml").write_text(
        "inputs: [4]\nlayers:\n  " + text * depth + filling + closing * depth,
        encoding="utf-8",
    )
    result = kgen("new", "model.yaml")
    assert result.exit_code == 1
    assert "error: " in result.stderr
    assert len(result.stderr) < 2000
