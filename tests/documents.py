"""The documents, and the output of commands that they show."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

from kgen_runner import Kgen

ROOT = Path(__file__).parent.parent
DOCUMENTS = (
    "README.md",
    *(f"docs/{path.name}" for path in sorted(ROOT.glob("docs/*.md"))),
)
# `<!-- kgen summary mnist_mlp -->`, then a code block. `model of` shows the model alone,
# `def train of` one function, `errors of` what goes to stderr for the YAML block above,
# `all of` both streams.
SHOWN = re.compile(
    r"<!-- (?P<part>model of |errors of |all of |def \w+ of |)kgen (?P<arguments>.*?) -->\n"
    r"```\w*\n(?P<text>.*?)```",
    re.DOTALL,
)
# `<!-- file model.yaml -->`, then what that file holds for the commands of the document.
FILE = re.compile(r"<!-- file (?P<name>\S+) -->\n```\w*\n(?P<text>.*?)```", re.DOTALL)

# What comes before a command is shown: `<!-- given kgen new ... -->`, and the edit of a file,
# `<!-- edit model.yaml -->`, then the lines that go and those that come in their place.
STEP = re.compile(
    r"<!-- given kgen (?P<arguments>.*?) -->"
    r"|<!-- edit (?P<name>\S+) -->\n```diff\n(?P<lines>.*?)```",
    re.DOTALL,
)


def write_files(document: str, folder: Path) -> None:
    """Writes the files that a document shows."""
    for match in FILE.finditer(document):
        path = folder / match["name"]
        path.parent.mkdir(exist_ok=True)
        path.write_text(match["text"], encoding="utf-8")


def install(folder: Path) -> None:
    """Makes a folder with a pyproject.toml what pip makes of it, for the entry points."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    about = (
        folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    )
    about.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 1.0\n"
    (about / "METADATA").write_text(metadata)
    with open(about / "entry_points.txt", "w") as file:
        for group, points in project["entry-points"].items():
            print(f"[{group}]", *map(" = ".join, points.items()), sep="\n", file=file)


def take_steps(document: str, folder: Path, kgen: Kgen) -> None:
    """Does what a document has done up to its end."""
    for match in STEP.finditer(document):
        if match["arguments"]:
            kgen(*shlex.split(match["arguments"]))
        else:
            path = folder / match["name"]
            text = path.read_text(encoding="utf-8")
            old, new = (_marked(match["lines"], sign) for sign in "-+")
            assert text.count(old) == 1, old
            path.write_text(text.replace(old, new), encoding="utf-8")


def _marked(lines: str, sign: str) -> str:
    """Returns the lines of a diff that begin with a sign, without it."""
    chosen = (line for line in lines.splitlines() if line.startswith(sign))
    return "".join(f"{line[1:]}\n" for line in chosen)


def model_of(module: str) -> str:
    """Returns the classes and functions of a module up to `load_data`."""
    start = re.search(r"^(@|def |class )", module, re.MULTILINE)
    assert start is not None
    return module[start.start() : module.index("\n\n\ndef load_data")] + "\n"


def function_of(module: str, name: str) -> str:
    """Returns one function of a module."""
    start = module.index(f"\ndef {name}(") + 1
    return module[start : module.index("\n\n\n", start)] + "\n"
