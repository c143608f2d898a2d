"""What the documents show is what kgen prints; `pytest --update-documents` rewrites it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from documents import (
    DOCUMENTS,
    FILE,
    ROOT,
    SHOWN,
    function_of,
    install,
    model_of,
    take_steps,
    write_files,
)
from kgen_runner import Kgen

NEEDS_KERAS = ("verify",)


def blocks() -> list[tuple[str, str, str]]:
    return [
        (name, match["part"], match["arguments"])
        for name in DOCUMENTS
        for match in SHOWN.finditer((ROOT / name).read_text(encoding="utf-8"))
        if not match["arguments"].startswith(NEEDS_KERAS)
    ]


@pytest.mark.parametrize(("name", "part", "arguments"), blocks())
def test_shown_output_is_real(
    name: str,
    part: str,
    arguments: str,
    kgen: Kgen,
    folder: Path,
    pytestconfig: pytest.Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = (ROOT / name).read_text(encoding="utf-8")
    (match,) = (
        m
        for m in SHOWN.finditer(document)
        if (m["part"], m["arguments"]) == (part, arguments)
    )
    write_files(document, folder)
    if (folder / "pyproject.toml").exists():
        install(folder)
        monkeypatch.syspath_prepend(folder)
    take_steps(document[: match.start()], folder, kgen)
    if part == "errors of ":
        above = re.findall(r"```yaml\n(.*?)```", document[: match.start()], re.DOTALL)
        (folder / "model.yaml").write_text(above[-1])
    if "unet.json" in arguments:
        model = ROOT / "tests" / "golden" / "unet" / "model.json"
        (folder / "unet.json").write_text(model.read_text(encoding="utf-8"))
    result = kgen(*shlex.split(arguments))
    streams = {"errors of ": result.stderr, "all of ": result.output}
    text = streams.get(part, result.stdout)
    if part == "model of ":
        text = model_of(text)
    elif part.startswith("def "):
        text = function_of(text, part.split()[1])
    if pytestconfig.getoption("--update-documents"):
        start, end = match.span("text")
        updated = document[:start] + text + document[end:]
        (ROOT / name).write_text(updated, encoding="utf-8")
    else:
        assert match["text"] == text


def test_shown_drawing_is_real(kgen: Kgen, pytestconfig: pytest.Config) -> None:
    path = ROOT / "docs" / "images" / "fashion_resnet.svg"
    drawn = kgen("draw", "fashion_resnet", "-o", "-").stdout
    if pytestconfig.getoption("--update-documents"):
        path.write_text(drawn, encoding="utf-8", newline="\n")
    assert path.read_text(encoding="utf-8") == drawn


def whole_specs() -> list[tuple[str, str]]:
    """Returns each whole spec that a document shows, but for those with mistakes."""
    return [
        (name, spec)
        for name in DOCUMENTS
        for spec in re.findall(
            r"(?<!mistakes -->\n)```yaml\n(.*?)```",
            (ROOT / name).read_text(encoding="utf-8"),
            re.DOTALL,
        )
        if "layers:" in spec and "inputs:" in spec
    ]


@pytest.mark.parametrize(("name", "spec"), whole_specs())
def test_shown_specs_are_read(name: str, spec: str, kgen: Kgen, folder: Path) -> None:
    for style in ("functional", "subclass"):
        result = kgen("new", "-", "-o", "-", "--style", style, input=spec)
        assert result.exit_code == 0, (name, result.stderr)


def test_commands_of_the_readme_exist(kgen: Kgen) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in set(re.findall(r"^\| `kgen (\w+)", text, re.MULTILINE)):
        assert kgen(command, "--help").exit_code == 0


def test_the_style_that_is_shown_has_about_fifty_lines() -> None:
    text = (ROOT / "docs" / "styles.md").read_text(encoding="utf-8")
    (code,) = (m["text"] for m in FILE.finditer(text) if m["name"] == "kgen_add.py")
    (package,) = (m["text"] for m in FILE.finditer(text) if "toml" in m["name"])
    assert len(f"{code}{package}".splitlines()) < 65


@pytest.mark.parametrize("name", [*DOCUMENTS, "CONTRIBUTING.md"])
def test_links_lead_somewhere(name: str) -> None:
    path = ROOT / name
    for target in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), target
