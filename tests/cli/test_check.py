"""`kgen check` and `kgen new --check`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from kgen_runner import Kgen
from living import MODEL, TRAIN, change_spec, files, make, newer_kgen, swap
from own_data import make_table

ORIGINAL = "here: all 15 files are what model.yaml gives\n"
GOLDEN = Path(__file__).parent.parent / "golden"


@pytest.mark.parametrize("style", ["auto", "sequential", "functional", "subclass"])
@pytest.mark.parametrize(
    "source", ["imdb_lstm", str(GOLDEN / "inception_towers" / "model.json")]
)
def test_a_new_project_matches(
    source: str, style: str, kgen: Kgen, folder: Path
) -> None:
    for flat in ((), ("--flat",)):
        make(kgen, "--style", style, *flat, "--force", source=source)
        result = kgen("check", "here")
        assert (result.exit_code, result.stdout) == (0, ""), result.output
        assert result.stderr == ORIGINAL


def test_a_project_with_code_that_no_spec_holds(kgen: Kgen, folder: Path) -> None:
    """The code of a saved model's own class counts as an edit, and stays."""
    own = {
        "class_name": "Scale",
        "config": {"name": "scale", "factor": 3},
        "registered_name": "Custom>Scale",
        "module": None,
    }
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 4]}},
        own,
        {"class_name": "Dense", "config": {"units": 2, "name": "dense"}},
    ]
    model = {"class_name": "Sequential", "config": {"name": "m", "layers": layers}}
    Path("old.json").write_text(json.dumps(model))
    result = kgen("new", "old.json", "--project", "here")
    assert "note: model.yaml cannot hold the code of Scale: it counts as your edit" in (
        result.stderr
    )
    assert "# m/model.py: edited by you\n" in kgen("check", "here").stdout
    assert kgen("check", "here", "--allow-edits").exit_code == 0
    swap(Path("here/model.yaml"), "Dense(2", "Dense(3")
    assert kgen("update", "here").exit_code == 0
    source = Path("here/m/model.py").read_text()
    assert "class Scale(" in source
    assert "layers.Dense(3" in source


def test_what_differs_is_shown_with_the_reason(kgen: Kgen, folder: Path) -> None:
    project = make(kgen)
    change_spec(project)
    swap(project / TRAIN, "EPOCHS = 5", "EPOCHS = 7")
    (project / "README.md").unlink()
    before = files(project)
    result = kgen("check", "here")
    assert result.exit_code == 1
    assert result.stderr == (
        "here: 5 of 15 files differ from what model.yaml gives\nnext: kgen update here\n"
    )
    reasons = [line for line in result.stdout.splitlines() if line.startswith("# ")]
    assert reasons == [
        "# README.md: deleted by you",
        f"# {MODEL}: model.yaml has changed",
        f"# {TRAIN}: edited by you, and model.yaml has changed",
        "# model.svg: model.yaml has changed",
        "# tests/test_model.py: model.yaml has changed",
    ]
    assert (
        f"--- a/{MODEL}\n+++ b/{MODEL}\n@@ -9,7 +9,7 @@\n from keras import layers\n \n"
        " INPUT_SHAPE = (28, 28)\n-HIDDEN_UNITS = (128, 128)\n"
        "+HIDDEN_UNITS = (256, 256)\n"
    ) in result.stdout
    assert "-EPOCHS = 7\n+EPOCHS = 5\n" in result.stdout
    assert files(project) == before


def test_edits_can_be_allowed(kgen: Kgen, folder: Path) -> None:
    project = make(kgen)
    swap(project / TRAIN, "EPOCHS = 5", "EPOCHS = 7")
    result = kgen("check", "here")
    assert result.exit_code == 1
    assert "these are your edits: kgen update has nothing to do" in result.stderr
    result = kgen("check", "here", "--allow-edits")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "1 of 15 files differ" in result.stderr
    change_spec(project)
    result = kgen("check", "here", "--allow-edits")
    assert result.exit_code == 1
    assert "EPOCHS = 7" not in result.stdout.replace(" EPOCHS = 7", "")


def test_the_current_folder_is_the_default(
    kgen: Kgen, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(make(kgen))
    assert kgen("check").stderr == ORIGINAL.replace("here", ".", 1)


def test_line_ends_and_marks_do_not_matter(kgen: Kgen, folder: Path) -> None:
    """As a checkout on Windows, or an editor there, leaves them."""
    project = make(kgen)
    for name, data in files(project).items():
        path = project / name
        path.write_bytes(b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"))
    assert kgen("check", "here").stderr == ORIGINAL


def test_another_kgen_is_named(
    kgen: Kgen, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(kgen)
    newer_kgen(monkeypatch, lambda texts: {**texts, "README.md": "# New\n"})
    result = kgen("check", "here")
    assert result.exit_code == 1
    assert result.stdout.startswith(
        "# README.md: kgen 0.1.0 wrote it and this is kgen 99.0\n--- a/README.md\n"
    )


def test_another_formatter_is_named(
    kgen: Kgen, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(kgen)
    newer_kgen(monkeypatch, lambda texts: {**texts, "README.md": "# New\n"})
    monkeypatch.setattr("keras_kgen.updating.session.__version__", "0.1.0")
    reason = "# README.md: a library of kgen has changed, Black perhaps\n"
    assert kgen("check", "here").stdout.startswith(reason)


def test_a_missing_last_newline_is_shown(kgen: Kgen, folder: Path) -> None:
    project = make(kgen)
    path = project / "README.md"
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    result = kgen("check", "here")
    assert result.exit_code == 1
    assert "\n\\ No newline at end of file\n" in result.stdout


@pytest.mark.parametrize("make_odd", ["binary", "link", "folder", "pipe"])
def test_what_cannot_be_compared_is_said(
    make_odd: str, kgen: Kgen, folder: Path
) -> None:
    project = make(kgen)
    path = project / "README.md"
    path.unlink()
    secret = folder / "secret"
    secret.write_text("do not show this")
    if make_odd == "binary":
        path.write_bytes(b"\xff\xfe")
    elif make_odd == "link":
        path.symlink_to(secret)
    elif make_odd == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    reasons = {
        "binary": "it is not UTF-8 text",
        "link": "it is a symbolic link",
        "folder": "it is no plain file",
        "pipe": "it is no plain file",
    }
    result = kgen("check", "here")
    assert result.exit_code == 1
    assert result.stdout == f"# README.md: not compared: {reasons[make_odd]}\n"


def test_folders_that_are_links_are_not_followed(kgen: Kgen, folder: Path) -> None:
    project = make(kgen)
    (project / "tests").rename(folder / "elsewhere")
    (project / "tests").symlink_to(folder / "elsewhere")
    result = kgen("check", "here")
    assert result.exit_code == 1
    assert (
        "tests/test_model.py: not compared: tests is a symbolic link" in result.stdout
    )


def test_errors_of_the_spec_are_located(kgen: Kgen, folder: Path) -> None:
    project = make(kgen)
    swap(project / "model.yaml", "Dense(10", "Dence(10")
    for command in ("check", "update"):
        before = files(project)
        result = kgen(command, "here")
        assert result.exit_code == 1
        assert result.stderr.startswith("here/model.yaml:12:5: error: ")
        assert "did you mean" in result.stderr
        assert files(project) == before


@pytest.mark.parametrize("command", ["check", "update"])
def test_what_is_no_project_is_said(command: str, kgen: Kgen, folder: Path) -> None:
    result = kgen(command, "nowhere")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: there is no folder nowhere\n",
    )
    project = make(kgen)
    (project / "model.yaml").rename("spec.yaml")
    result = kgen(command, "here")
    assert result.exit_code == 1
    assert result.stderr == "here/model.yaml: error: there is no such file\n"
    Path("spec.yaml").rename(project / "model.yaml")
    (project / ".kgen.json").write_text("{")
    result = kgen(command, "here")
    assert result.exit_code == 1
    assert result.stderr.startswith("here/.kgen.json:1:2: error: this is not JSON")


def test_an_older_project_can_catch_up(kgen: Kgen, folder: Path) -> None:
    """The command that the message names gives what is missing."""
    project = make(kgen)
    swap(project / TRAIN, "EPOCHS = 5", "EPOCHS = 7")
    (project / ".kgen.json").unlink()
    result = kgen("check", "here")
    assert result.exit_code == 1
    assert "`kgen new here/model.yaml --project FRESH`" in result.stderr
    assert kgen("new", "here/model.yaml", "--project", "FRESH").exit_code == 0
    Path("FRESH/.kgen.json").rename(project / ".kgen.json")
    change_spec(project)
    assert kgen("update", "here").exit_code == 0
    assert "EPOCHS = 7" in (project / TRAIN).read_text()
    assert "HIDDEN_UNITS = (256, 256)" in (project / MODEL).read_text()


CHECKED = [
    ("mnist_mlp", "-o", "m.py"),
    ("mnist_mlp", "--style", "all", "-o", "models/"),
    ("mnist_mlp", "--notebook", "m.ipynb"),
    ("mnist_mlp", "--project", "p"),
    ("mnist_mlp", "--explain", "--flat", "-o", "m.py"),
]


@pytest.mark.parametrize("arguments", CHECKED)
def test_new_checks_what_it_would_write(
    arguments: tuple[str, ...], kgen: Kgen, folder: Path
) -> None:
    result = kgen("new", *arguments, "--check")
    assert result.exit_code == 1
    assert "there is no such file\n--- /dev/null\n+++ b/" in result.stdout
    assert not list(folder.iterdir())
    assert kgen("new", *arguments).exit_code == 0
    result = kgen("new", *arguments, "--check")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "as kgen writes it" in result.stderr
    written = sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".ipynb"))
    path = written[-1]
    path.write_text(path.read_text() + "mine\n")
    result = kgen("new", *arguments, "--check")
    assert result.exit_code == 1
    assert "\n-mine\n" in result.stdout
    assert path.read_text().endswith("mine\n")


def test_new_checks_nothing_on_standard_output(kgen: Kgen, folder: Path) -> None:
    for arguments in (("-o", "-"), ("--notebook", "-")):
        result = kgen("new", *arguments, "--check")
        assert result.exit_code == 2
        assert result.stderr == "error: --check compares files: - is none\n"


def test_new_checks_what_it_cannot_read(kgen: Kgen, folder: Path) -> None:
    Path("m.py").write_bytes(b"\xff")
    result = kgen("new", "-o", "m.py", "--check")
    assert result.exit_code == 1
    assert result.stdout == "# m.py: it is not UTF-8 text\n"


def test_a_project_with_own_data_is_checked_from_anywhere(
    folder: Path, kgen: Kgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path in its spec starts in the project, wherever kgen runs."""
    make_table(folder)
    given = ("--data", "people.csv", "--target", "income")
    assert kgen("new", *given, "--project", "some/people").exit_code == 0
    for here in (folder, folder / "some", folder / "some" / "people"):
        monkeypatch.chdir(here)
        target = os.path.relpath(folder / "some" / "people", here)
        result = kgen("check", target)
        assert result.exit_code == 0, result.stderr


def test_own_templates_are_remembered(
    folder: Path, kgen: Kgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "project_init.py.jinja").write_text('"""Ours."""\n')
    result = kgen("new", "--project", "digits", "--templates", "mine")
    assert result.exit_code == 0, result.stderr
    monkeypatch.chdir(folder / "digits")
    assert kgen("check").exit_code == 0
    (folder / "mine" / "project_init.py.jinja").write_text('"""Theirs."""\n')
    assert kgen("check").exit_code == 1
    assert kgen("update").exit_code == 0
    assert Path("mnist_mlp/__init__.py").read_text() == '"""Theirs."""\n'
    (folder / "mine").rename(folder / "elsewhere")
    for command in ("check", "update"):
        result = kgen(command)
        assert result.exit_code == 2
        assert result.stderr == (
            "error: the project was written with the templates in ../mine, "
            "which is no folder now\n"
        )
