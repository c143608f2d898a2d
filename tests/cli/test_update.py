"""`kgen update`: what changes, what stays, and what is refused."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from kgen_runner import Kgen
from kills import Killed, killed_after
from living import MODEL, TRAIN, change_spec, files, make, newer_kgen, swap

from keras_kgen.updating.journal import locked

TESTS = Path(__file__).parent.parent
# A line for the end of each kind of file.
MINE = {".svg": "<!-- mine -->", ".md": "mine", ".json": "mine"}


def regenerated(kgen: Kgen, project: Path) -> dict[str, bytes]:
    """Returns the files of a new project from the spec of another, but for the header."""
    fresh = Path("fresh")
    result = kgen("new", str(project / "model.yaml"), "--project", "fresh", "--force")
    assert result.exit_code == 0, result.stderr
    origin = b"from model.yaml,", b"from the preset mnist_mlp,"
    return {name: data.replace(*origin) for name, data in files(fresh).items()}


def test_files_without_edits_follow_the_spec(kgen: Kgen, folder: Path) -> None:
    project = make(kgen)
    change_spec(project)
    spec = (project / "model.yaml").read_bytes()
    result = kgen("update", "here")
    assert result.exit_code == 0
    assert result.stderr == (
        f"here/{MODEL}: updated\nhere/{TRAIN}: updated\nhere/model.svg: updated\n"
        "here/tests/test_model.py: updated\nnext: cd here && pytest\n"
    )
    assert {**files(project), "model.yaml": b""} == {
        **regenerated(kgen, project),
        "model.yaml": b"",
    }
    assert (project / "model.yaml").read_bytes() == spec
    assert kgen("check", "here").exit_code == 0
    assert kgen("update", "here").stderr == "here: no file changes\n"


def test_nothing_of_edits_in_every_file_is_lost(kgen: Kgen, folder: Path) -> None:
    """Edits at the beginning and the end of each file, and a spec that changes it, too."""
    project = make(kgen)
    edited = {}
    for name, data in files(project).items():
        if name == "model.yaml":
            continue
        mine = MINE.get(Path(name).suffix, "# mine").encode()
        edited[name] = mine + b" 1\n" + data + mine + b" 2\n"
        (project / name).write_bytes(edited[name])
    change_spec(project)
    result = kgen("update", "here")
    assert result.exit_code == 0
    fresh = regenerated(kgen, project)
    for name in edited:
        mine = MINE.get(Path(name).suffix, "# mine").encode()
        expected = mine + b" 1\n" + fresh[name] + mine + b" 2\n"
        assert (project / name).read_bytes() == expected, name
    again = kgen("check", "here", "--allow-edits")
    assert (again.exit_code, again.stdout) == (0, "")


def test_conflicts_are_marked_listed_and_resolved_first(
    kgen: Kgen, folder: Path
) -> None:
    project = make(kgen)
    swap(project / TRAIN, "learning_rate=1e-3", "learning_rate=mine")
    change_spec(project)
    result = kgen("update", "here")
    assert result.exit_code == 1
    assert f"here/{TRAIN}:21: conflict\n" in result.stderr
    assert result.stderr.endswith("next: resolve the conflict, then kgen check here\n")
    text = (project / TRAIN).read_text()
    assert text.splitlines()[20:25] == [
        "<<<<<<< your edits",
        "        optimizer=keras.optimizers.Adam(learning_rate=mine),",
        "=======",
        "        optimizer=keras.optimizers.Adam(learning_rate=5e-4),",
        ">>>>>>> kgen 0.1.0",
    ]
    before = files(project)
    result = kgen("update", "here")
    assert result.exit_code == 1
    assert result.stderr == f"here/{TRAIN}:21:1: error: resolve this conflict first\n"
    assert files(project) == before
    for arguments in ((), ("--allow-edits",)):
        result = kgen("check", "here", *arguments)
        assert result.exit_code == 1
        problem = f"here/{TRAIN}:21: error: this conflict is not resolved"
        assert problem in result.stderr
    lines = text.splitlines(keepends=True)
    (project / TRAIN).write_text("".join(lines[:20] + lines[21:22] + lines[25:]))
    result = kgen("update", "here")
    assert (result.exit_code, result.stderr) == (0, "here: no file changes\n")
    assert "learning_rate=mine" in (project / TRAIN).read_text()


def test_a_dry_run_writes_nothing(kgen: Kgen, folder: Path) -> None:
    project = make(kgen)
    change_spec(project)
    swap(project / TRAIN, "EPOCHS = 5", "EPOCHS = 7")
    before, record = files(project), (project / ".kgen.json").read_bytes()
    result = kgen("update", "here", "--dry-run")
    assert result.exit_code == 0
    assert "-HIDDEN_UNITS = (128, 128)\n+HIDDEN_UNITS = (256, 256)\n" in result.stdout
    assert "EPOCHS = 7" not in result.stdout
    assert f"here/{TRAIN}: merged with your edits\n" in result.stderr
    assert result.stderr.endswith("nothing was written\n")
    assert files(project) == before
    assert (project / ".kgen.json").read_bytes() == record


def test_what_was_deleted_stays_so(kgen: Kgen, folder: Path) -> None:
    project = make(kgen)
    (project / ".pre-commit-config.yaml").unlink()
    (project / "tests/test_model.py").unlink()
    change_spec(project)
    result = kgen("update", "here")
    assert result.exit_code == 0
    words = "deleted by you, and stays so; kgen would now write another text"
    assert f"here/tests/test_model.py: {words}\n" in result.stderr
    assert ".pre-commit-config.yaml" not in result.stderr
    assert not (project / "tests/test_model.py").exists()
    assert kgen("check", "here", "--allow-edits").exit_code == 0


def test_a_deleted_file_that_comes_back_is_merged_from_what_it_was(
    kgen: Kgen, folder: Path
) -> None:
    project = make(kgen)
    path = project / "tests/test_model.py"
    text = path.read_text()
    path.unlink()
    change_spec(project)
    assert kgen("update", "here").exit_code == 0
    path.write_text(text + "# mine\n")
    assert kgen("update", "here").exit_code == 0
    merged = path.read_text()
    assert "== 271_370" in merged
    assert merged.endswith("# mine\n")


def test_files_that_are_new_in_a_newer_kgen(
    kgen: Kgen, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make(kgen)
    (project / "docs").mkdir()
    (project / "docs/b.md").write_text("mine\n")
    (project / "docs/same.md").write_text("same\n")
    new = {"docs/a/a.md": "a\n", "docs/b.md": "b\n", "docs/same.md": "same\n"}
    newer_kgen(monkeypatch, lambda texts: {**texts, **new})
    result = kgen("update", "here")
    assert result.exit_code == 1
    assert "here/docs/a/a.md: new\nhere/docs/b.md:1: conflict\n" in result.stderr
    assert "same.md" not in result.stderr
    assert (project / "docs/a/a.md").read_text() == "a\n"
    assert (project / "docs/b.md").read_text() == (
        "<<<<<<< your edits\nmine\n=======\nb\n>>>>>>> kgen 99.0\n"
    )


def test_files_that_a_newer_kgen_no_longer_writes(
    kgen: Kgen, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make(kgen)
    (project / "README.md").write_text("mine\n")
    gone = ("README.md", "tests/test_data.py")
    newer_kgen(
        monkeypatch,
        lambda texts: {k: text for k, text in texts.items() if k not in gone},
    )
    result = kgen("update", "here")
    assert result.exit_code == 0
    kept = "kept, for you have edited it; kgen no longer writes it"
    assert f"here/README.md: {kept}\n" in result.stderr
    assert "here/tests/test_data.py: removed\n" in result.stderr
    assert (project / "README.md").read_text() == "mine\n"
    assert not (project / "tests/test_data.py").exists()
    assert kgen("update", "here").stderr == "here: no file changes\n"


def test_a_newer_kgen_that_writes_the_same_is_remembered(
    kgen: Kgen, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make(kgen)
    newer_kgen(monkeypatch, lambda texts: texts)
    assert kgen("update", "here").stderr == "here: no file changes but .kgen.json\n"
    assert json.loads((project / ".kgen.json").read_text())["kgen"] == "99.0"
    monkeypatch.setattr("keras_kgen.updating.session.__version__", "0.1.0")
    result = kgen("update", "here")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: kgen 99.0 wrote this project, and this is kgen 0.1.0: "
        "pip install --upgrade keras-kgen\n"
    )


def test_line_ends_and_modes_stay(kgen: Kgen, folder: Path) -> None:
    project = make(kgen)
    path = project / TRAIN
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n") + b"mine")
    path.chmod(0o751)
    (project / MODEL).chmod(0o640)
    change_spec(project)
    assert kgen("update", "here").exit_code == 0
    data = path.read_bytes()
    assert b"learning_rate=5e-4" in data
    assert data.count(b"\n") == data.count(b"\r\n")
    assert data.endswith(b"\r\nmine")
    assert stat.S_IMODE(path.stat().st_mode) == 0o751
    assert stat.S_IMODE((project / MODEL).stat().st_mode) == 0o640


def test_what_is_no_text_is_left_alone(kgen: Kgen, folder: Path) -> None:
    project = make(kgen)
    original = (project / TRAIN).read_bytes()
    latin = original + "# \xe4\n".encode("latin-1")
    (project / TRAIN).write_bytes(latin)
    change_spec(project)
    result = kgen("update", "here")
    assert result.exit_code == 1
    assert f"here/{TRAIN}: left as it is: it is not UTF-8 text\n" in result.stderr
    assert (project / TRAIN).read_bytes() == latin
    assert "256" in (project / MODEL).read_text()
    (project / TRAIN).write_bytes(original + "# ä\n".encode())
    assert kgen("update", "here").exit_code == 0
    text = (project / TRAIN).read_text()
    assert "learning_rate=5e-4" in text
    assert text.endswith("# ä\n")


def test_links_are_left_alone(kgen: Kgen, folder: Path) -> None:
    project = make(kgen)
    (project / TRAIN).rename(folder / "outside.py")
    (project / TRAIN).symlink_to(folder / "outside.py")
    before = (folder / "outside.py").read_bytes()
    change_spec(project)
    result = kgen("update", "here")
    assert result.exit_code == 1
    assert f"here/{TRAIN}: left as it is: it is a symbolic link\n" in result.stderr
    assert (folder / "outside.py").read_bytes() == before
    assert (project / TRAIN).is_symlink()


def test_the_package_keeps_its_name(kgen: Kgen, folder: Path) -> None:
    project = make(kgen)
    swap(project / "model.yaml", "name: mnist_mlp", "name: digits")
    result = kgen("update", "here")
    assert result.exit_code == 0
    assert not (project / "digits").exists()
    assert 'name="digits"' in (project / MODEL).read_text()


def test_the_style_is_remembered(kgen: Kgen, folder: Path) -> None:
    """A style that was asked for stays; else an expert chooses again."""
    project = make(kgen, "--style", "subclass", "--flat")
    change_spec(project)
    assert kgen("update", "here").exit_code == 0
    text = (project / MODEL).read_text()
    assert "keras.Model)" in text
    assert "class DenseBlock" not in text
    project = make(kgen, "--force")
    branch = "  - x = Dense(10)\n  - Add()([x, x])\n  - Dense(10, activ"
    swap(project / "model.yaml", "  - Dense(10, activ", branch)
    assert kgen("update", "here").exit_code == 0
    assert "keras.Model(inputs" in (project / MODEL).read_text()


def test_weights_stay_as_they_are(kgen: Kgen, folder: Path) -> None:
    project = make(kgen)
    record = json.loads((project / ".kgen.json").read_text())
    record["options"]["weights"] = "mnist_mlp.weights.npz"
    (project / ".kgen.json").write_text(json.dumps(record))
    weights = project / "mnist_mlp" / "mnist_mlp.weights.npz"
    weights.write_bytes(b"\xff weights")
    change_spec(project)
    result = kgen("update", "here")
    assert result.exit_code == 0
    assert weights.read_bytes() == b"\xff weights"
    assert f"note: {weights} stays as it is: weights of layers" in result.stderr
    assert "weights" not in kgen("update", "here").stderr


def test_two_updates_at_once(kgen: Kgen, folder: Path) -> None:
    project = make(kgen)
    change_spec(project)
    before = files(project)
    with locked(project):
        for command in ("update", "check"):
            result = kgen(command, "here")
            assert result.exit_code == 1
            assert result.stderr == (
                "error: another kgen is at work in here: wait until it is done\n"
            )
    assert files(project) == before
    assert kgen("update", "here").exit_code == 0


def edited_project(kgen: Kgen) -> Path:
    """Makes a project with edits, a file that was deleted, and a spec that has changed."""
    project = make(kgen, "--force")
    swap(project / TRAIN, "EPOCHS = 5", "EPOCHS = 7  # mine")
    (project / MODEL).write_text((project / MODEL).read_text() + "# mine\n")
    (project / "notes.txt").write_text("mine")
    change_spec(project)
    return project


def test_a_kill_at_any_call_loses_nothing(kgen: Kgen, folder: Path) -> None:
    """The next command finds the old project, or completes the new one."""
    project = edited_project(kgen)
    old = files(project)
    with killed_after(10_000) as calls:
        kgen("update", "here")
    new = files(project)
    assert old != new
    found = []
    for last in range(0, calls.count, 6):
        edited_project(kgen)
        with killed_after(last), suppress(Killed):
            kgen("update", "here")
        checked = kgen("check", "here", "--allow-edits")
        found.append(files(project))
        assert checked.exit_code == (0 if found[-1] == new else 1)
    assert old in found
    assert new in found
    assert all(state in (old, new) for state in found)


def test_a_process_that_is_killed_loses_nothing(kgen: Kgen, folder: Path) -> None:
    """The same with SIGKILL, in a process of its own."""
    project = edited_project(kgen)
    old = files(project)
    with killed_after(10_000) as calls:
        kgen("update", "here")
    new = files(project)
    states = []
    for part in (0.3, 0.6, 0.75, 0.95):
        edited_project(kgen)
        code = (
            "import kills; from keras_kgen.cli import main; "
            f"kills.kill_this_process_after({int(part * calls.count)}); "
            "main(['update', 'here'])"
        )
        path = os.pathsep.join(filter(None, (str(TESTS), *sys.path)))
        child = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert child.returncode == -signal.SIGKILL, child.stderr
        assert kgen("check", "here").exit_code == 1
        states.append(files(project))
    assert all(state in (old, new) for state in states)
