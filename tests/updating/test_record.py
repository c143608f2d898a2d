"""What a project remembers, and what damage or malice makes of it."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_kgen.errors import SourceError
from keras_kgen.updating.record import (
    Record,
    Settings,
    read_record,
    render_record,
    spec_digest,
)

SETTINGS = Settings(
    "digits", "the preset é", "subclass", True, "d.weights.npz", "../templates"
)
RECORD = Record("0.1.0", "abc", SETTINGS, {"b/c.py": "x = 'é'\n", "a.txt": ""})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


def message(text: str) -> str:
    with pytest.raises(SourceError) as error:
        read_record(text, "p/.kgen.json")
    return str(error.value)


def changed(change: Callable[[Any], Any]) -> str:
    document = json.loads(render_record(RECORD))
    change(document)
    return json.dumps(document)


def test_what_is_written_is_read() -> None:
    text = render_record(RECORD)
    assert read_record(text, "x") == RECORD
    assert text == render_record(read_record(text, "x"))
    assert text.endswith("}\n")
    plain = Record("1", "", Settings("p"), {})
    assert read_record(render_record(plain), "x") == plain


def test_the_order_of_files_does_not_matter() -> None:
    turned = Record("0.1.0", "abc", SETTINGS, dict(reversed(RECORD.texts.items())))
    assert render_record(turned) == render_record(RECORD)


def test_a_spec_is_the_same_however_its_lines_end() -> None:
    assert spec_digest("a\nb\n") == spec_digest("\ufeffa\r\nb\r\n") != spec_digest("a")


HINT = "; take .kgen.json from version control, as kgen wrote it"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d.clear(), "kgen: error: a text was expected"),
        (lambda d: d.update(kgen=3), "kgen: error: a text was expected"),
        (lambda d: d.update(format="1"), "format: error: a number was expected"),
        (lambda d: d.update(spec=None), "spec: error: a text was expected"),
        (
            lambda d: d.update(options=[]),
            "options: error: a mapping in braces was expected",
        ),
        (
            lambda d: d["options"].update(style=["functional"]),
            "options.style: error: a text was expected",
        ),
        (
            lambda d: d["options"].update(flat=1),
            "options.flat: error: true or false was expected",
        ),
        (
            lambda d: d["options"].update(package="../x"),
            "options.package: error: '../x' is no name of a package",
        ),
        (
            lambda d: d["options"].update(weights="../x.npz"),
            "options.weights: error: '../x.npz' is no file of weights",
        ),
        (
            lambda d: d["options"].update(origin="\ud800"),
            "options.origin: error: a text was expected",
        ),
        (lambda d: d.update(files=3), "files: error: a mapping in braces was expected"),
        (
            lambda d: d["files"].update({str(i): {} for i in range(1001)}),
            "files: error: there are too many",
        ),
        (
            lambda d: d["files"]["a.txt"].update(sha256="0"),
            "files['a.txt'].sha256: error: the text is not the one that was kept",
        ),
        (
            lambda d: d["files"]["a.txt"].update(zlib="!"),
            "files['a.txt'].zlib: error: this is no packed text",
        ),
        (
            lambda d: d["files"]["a.txt"].update(zlib="AAAA"),
            "files['a.txt'].zlib: error: this is no packed text",
        ),
        (
            lambda d: d["files"]["a.txt"].update(zlib=packed(b"\xff")),
            "files['a.txt'].zlib: error: this is no packed text",
        ),
        (
            lambda d: d["files"]["a.txt"].update(
                zlib=base64.b64encode(zlib.compress(b"x" * 99)[:9]).decode()
            ),
            "files['a.txt'].zlib: error: the text is cut short, or too long",
        ),
        (
            lambda d: d["files"]["a.txt"].update(zlib=packed(bytes((1 << 24) + 1))),
            "files['a.txt'].zlib: error: the text is cut short, or too long",
        ),
    ],
)
def test_damage_is_found_and_located(
    change: Callable[[Any], Any], expected: str
) -> None:
    assert message(changed(change)) == f"p/.kgen.json: {expected}{HINT}"


def packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "a/../../x",
        "/etc/passwd",
        "a//b",
        "",
        ".",
        "a/.",
        "C:/x",
        "a\\..\\x",
        "a\nb",
        "a\0b",
        ".git/hooks/pre-commit",
        "a/.GIT/config",
        ".kgen.json",
        "model.yaml",
        "a" * 2000,
    ],
)
def test_no_path_leads_out_of_the_project(path: str) -> None:
    def add(document: Any) -> None:
        document["files"][path] = document["files"]["a.txt"]

    text = message(changed(add))
    assert text.startswith(f"p/.kgen.json: files[{path!r}]: error: ")


def test_text_that_is_no_json_is_located() -> None:
    assert message("{\n<<<<<<< mine\n").startswith("p/.kgen.json:2:1: error: this is")
    assert "cannot be read" in message("[" * 100_000)
    assert "cannot be read" in message("9" * 5000)


def test_what_a_later_kgen_wrote_is_told_from_damage() -> None:
    later = changed(lambda d: d.update(format=2, kgen="3.0"))
    assert message(later) == (
        "p/.kgen.json: format: error: kgen 3.0 wrote this file, in a form that this one "
        "does not know"
    )
    option = changed(lambda d: d["options"].update(magic=True))
    assert message(option) == (
        "p/.kgen.json: options.magic: error: this kgen does not know the option, a later "
        "one may"
    )


@settings(max_examples=50)
@given(JSON, st.sampled_from(["", "format", "options", "files", "a.txt", "style"]))
def test_no_json_leads_to_a_traceback(value: Any, place: str) -> None:
    document = json.loads(render_record(RECORD))
    parents = {"": None, "a.txt": document["files"], "style": document["options"]}
    parent = parents.get(place, document)
    if parent is None:
        document = value
    else:
        parent[place] = value
    try:
        read_record(json.dumps(document), "x")
    except SourceError as error:
        assert str(error).startswith("x")
