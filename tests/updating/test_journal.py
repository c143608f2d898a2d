"""Files change all together or not at all, whatever happens and whenever."""

from __future__ import annotations

import errno
import json
import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from kills import Killed, killed_after

from keras_kgen.errors import KgenError, OutputError
from keras_kgen.updating.journal import STAGE, Change, change_files, locked

OLD = {"a.py": b"old a", "gone.py": b"old gone", "mine.txt": b"mine", "s/b.py": b"b"}
NEW = {"a.py": b"new a", "mine.txt": b"mine", "s/b.py": b"new b", "n/m/c.py": b"new c"}
CHANGES = (
    Change("a.py", b"old a", b"new a", 0o755),
    Change("gone.py", b"old gone", None, 0o644),
    Change("s/b.py", b"b", b"new b", 0o644),
    Change("n/m/c.py", None, b"new c"),
)
MANY = 10_000


def make(folder: Path) -> Path:
    """Makes the files as they are before."""
    for name, data in OLD.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def change(folder: Path) -> None:
    with locked(folder):
        change_files(folder, CHANGES)


def kill(folder: Path, last: int) -> int:
    """Changes files, or ends what was begun, until a kill; returns how many calls it took."""
    with killed_after(last) as calls:
        with suppress(Killed):
            change(folder)
        return calls.count


def test_all_files_change(tmp_path: Path) -> None:
    change(make(tmp_path))
    assert contents(tmp_path) == NEW
    assert stat.S_IMODE((tmp_path / "a.py").stat().st_mode) == 0o755
    assert not (tmp_path / STAGE).exists()


def test_a_kill_at_any_call_leaves_all_or_nothing(tmp_path: Path) -> None:
    """After the next run there is one of both states, and the kill decided which."""
    count = kill(make(tmp_path / "whole"), MANY)
    assert count > 30
    states = []
    for last in range(count):
        folder = make(tmp_path / str(last))
        kill(folder, last)
        with locked(folder):
            states.append(contents(folder))
        assert not (folder / STAGE).exists()
    first_new = states.index(NEW)
    assert all(state == OLD for state in states[:first_new])
    assert all(state == NEW for state in states[first_new:])
    assert 0 < first_new < count - 5


def test_a_kill_while_a_kill_is_made_good_changes_nothing(tmp_path: Path) -> None:
    count = kill(make(tmp_path / "whole"), MANY)
    for last in range(0, count, 3):
        for second in range(0, count, 4):
            folder = make(tmp_path / f"{last}_{second}")
            kill(folder, last)
            begun = (folder / STAGE / "journal.json").exists()
            with killed_after(second), suppress(Killed), locked(folder):
                pass
            with locked(folder):
                found = contents(folder)
            assert found == NEW if begun else found in (OLD, NEW)


def test_before_the_journal_is_there_no_file_is_touched(tmp_path: Path) -> None:
    """Without a next run the old files are whole until then."""
    count = kill(make(tmp_path / "whole"), MANY)
    for last in range(count):
        folder = make(tmp_path / str(last))
        kill(folder, last)
        if not (folder / STAGE / "journal.json").exists():
            left = {k: v for k, v in contents(folder).items() if STAGE not in k}
            assert left in (OLD, NEW)


@pytest.mark.parametrize("name", ["fsync", "mkdir", "rename", "chmod", "open"])
def test_what_the_system_refuses_is_said_and_undone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make(tmp_path)
    real = getattr(os, name)

    def fail(*arguments: object, **keywords: object) -> object:
        if name == "open" and arguments[0] == folder:
            return real(*arguments, **keywords)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, name, fail)
        with pytest.raises(OutputError, match="No space left on device"):
            change(folder)
    assert contents(folder) == OLD
    assert not (folder / STAGE).exists()


def test_what_is_refused_late_is_ended_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make(tmp_path)

    def fail(source: Path, target: Path) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy", str(target))

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(
            OutputError, match=r"a\.py: Device or resource busy; the next"
        ):
            change(folder)
    with locked(folder) as was_killed:
        assert was_killed
    assert contents(folder) == NEW


def test_an_interruption_waits_until_all_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make(tmp_path)
    real = os.replace
    calls = []

    def interrupt(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        change(folder)
    assert contents(folder) == NEW


def test_an_early_interruption_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make(tmp_path)

    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "rename", interrupt)
    with pytest.raises(KeyboardInterrupt):
        change(folder)
    assert contents(folder) == OLD


def test_a_file_that_was_edited_since_it_was_read_is_not_replaced(
    tmp_path: Path,
) -> None:
    folder = make(tmp_path)
    (folder / "s/b.py").write_bytes(b"just saved")
    with pytest.raises(OutputError, match=r"b\.py has changed while kgen was at work"):
        change(folder)
    assert contents(folder) == {**OLD, "s/b.py": b"just saved"}


def test_a_file_that_was_edited_after_a_kill_is_not_replaced(tmp_path: Path) -> None:
    folder = make(tmp_path)
    for last in range(MANY):
        kill(folder, last)
        if (folder / STAGE / "journal.json").exists():
            break
    (folder / "s/b.py").write_bytes(b"just saved")
    before = contents(folder)
    with pytest.raises(OutputError, match=r"b\.py has been edited since: move it away"):
        change(folder)
    assert contents(folder) == before
    (folder / "s/b.py").rename(folder / "s/mine.py")
    with locked(folder) as was_killed:
        assert was_killed
    assert contents(folder) == {**NEW, "s/mine.py": b"just saved"}


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    folder = make(tmp_path)
    with (
        locked(folder),
        pytest.raises(OutputError, match="another kgen is at work in"),
    ):
        change(folder)
    assert contents(folder) == OLD
    change(folder)
    assert contents(folder) == NEW


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", ".git/config", "link/x"])
def test_nothing_is_written_outside(path: str, tmp_path: Path) -> None:
    folder = make(tmp_path / "project")
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(OutputError, match="cannot write"), locked(folder):
        change_files(folder, [Change(path, None, b"evil")])
    assert not (tmp_path / "x").exists()


def journal(folder: Path, text: str) -> None:
    (folder / STAGE).mkdir()
    (folder / STAGE / "journal.json").write_text(text)
    (folder / STAGE / "0000").write_bytes(b"evil")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "3",
        "[3]",
        '["abcd"]',
        "[[]]",
        "[" * 100_000,
        json.dumps([["../x", None, "0", "0000"]]),
        json.dumps([[".git/config", None, "0", "0000"]]),
        json.dumps([["a.py", None, "0", "../0000"]]),
        json.dumps([["a.py", None, "0", 0]]),
        json.dumps([[3, None, "0", "0000"]]),
    ],
)
def test_a_journal_that_is_not_ours_is_refused(text: str, tmp_path: Path) -> None:
    folder = make(tmp_path)
    journal(folder, text)
    before = contents(folder)
    with pytest.raises(KgenError, match=r"journal\.json: error: this is no journal"):
        change(folder)
    assert contents(folder) == before


def test_what_is_not_as_it_was_made_ready_is_refused(tmp_path: Path) -> None:
    folder = make(tmp_path)
    journal(folder, json.dumps([["new.py", None, "0" * 64, "0000"]]))
    with pytest.raises(OutputError, match="0000 is not what kgen made ready"):
        change(folder)
    assert not (folder / "new.py").exists()


def test_a_file_in_the_way_is_said_so(tmp_path: Path) -> None:
    folder = make(tmp_path)
    (folder / STAGE).symlink_to(tmp_path.parent)
    with pytest.raises(OutputError, match=f"{STAGE} is in the way"):
        change(folder)
