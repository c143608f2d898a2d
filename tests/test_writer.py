"""Files are replaced as a whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from keras_kgen import writer
from keras_kgen.errors import OutputError
from keras_kgen.writer import write_files


def everything(folder: Path) -> dict[str, str | None]:
    """Returns all that is in a folder: text by path, None for a folder or a dead link."""
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else None
        for path in folder.rglob("*")
    }


def test_writes_every_file_and_makes_missing_folders(tmp_path: Path) -> None:
    write_files({tmp_path / "a.py": "a\n", tmp_path / "new/deep/b.py": "b\n"})
    assert everything(tmp_path) == {
        "a.py": "a\n",
        "new": None,
        "new/deep": None,
        "new/deep/b.py": "b\n",
    }


def test_text_is_written_byte_by_byte_as_utf8(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    write_files({path: "é\n\U0001f600\n"})
    assert path.read_bytes() == "é\n\U0001f600\n".encode()


def test_files_are_as_readable_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_files({tmp_path / "a.py": ""})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.py").stat().st_mode) == 0o640


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling link"])
def test_nothing_that_exists_is_overwritten(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    if kind == "file":
        path.write_text("mine")
    elif kind == "folder":
        path.mkdir()
    else:
        target = tmp_path / "target"
        if kind == "link":
            target.write_text("mine")
        path.symlink_to(target)
    before = everything(tmp_path)
    with pytest.raises(OutputError, match="exists already; --force replaces"):
        write_files({path: "new", tmp_path / "b.py": "new"})
    assert everything(tmp_path) == before


def test_all_files_that_exist_are_named(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.py", "b.py", "c.py")]
    paths[0].write_text("mine")
    paths[2].write_text("mine")
    with pytest.raises(OutputError) as error:
        write_files(dict.fromkeys(paths, "new"))
    assert str(error.value) == (
        f"{paths[0]}, {paths[2]} exist already; --force replaces, -o writes elsewhere"
    )


def test_force_replaces_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("a long old text")
    write_files({path: "new"}, force=True)
    assert everything(tmp_path) == {"a.py": "new"}


def test_a_file_that_appears_meanwhile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.py"
    real = os.link

    def interfere_and_link(source: Path, target: Path) -> None:
        path.write_text("somebody else's")
        real(source, target)

    monkeypatch.setattr(os, "link", interfere_and_link)
    with pytest.raises(OutputError, match="exists already"):
        write_files({path: "new"})
    assert everything(tmp_path) == {"a.py": "somebody else's"}


@pytest.mark.parametrize("failure", [OSError(28, "No space left"), KeyboardInterrupt()])
@pytest.mark.parametrize("failing", [1, 2])
def test_a_failure_while_writing_leaves_nothing_behind(
    failing: int,
    failure: BaseException,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = os.fdopen
    calls = []

    def fail(handle: int, *arguments: object, **keywords: object) -> object:
        calls.append(handle)
        if len(calls) == failing:
            os.close(handle)
            raise failure
        return real(handle, *arguments, **keywords)

    monkeypatch.setattr(os, "fdopen", fail)
    files = {tmp_path / "a.py": "a", tmp_path / "new/deep/b.py": "b"}
    with pytest.raises((OutputError, KeyboardInterrupt)):
        write_files(files)
    assert everything(tmp_path) == {}


@pytest.mark.parametrize("force", [False, True])
def test_a_failure_while_moving_undoes_what_was_moved(
    force: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if force:
        (tmp_path / "a.py").write_text("old a")
        (tmp_path / "b.py").write_text("old b")
    before = everything(tmp_path)
    real = writer._move

    def fail(temporary: Path, path: Path, forced: bool) -> None:
        if path.name == "b.py":
            raise OSError(13, "Permission denied", str(path))
        real(temporary, path, forced)

    monkeypatch.setattr(writer, "_move", fail)
    with pytest.raises(OutputError, match=r"cannot write .*b\.py: Permission denied"):
        write_files({tmp_path / "a.py": "a", tmp_path / "b.py": "b"}, force=force)
    assert everything(tmp_path) == before


def test_a_file_system_without_hard_links_is_written_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*paths: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    write_files({tmp_path / "a.py": "a"})
    assert everything(tmp_path) == {"a.py": "a"}


def test_a_folder_that_is_a_file_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("mine")
    with pytest.raises(OutputError, match=r"cannot write .*models"):
        write_files({tmp_path / "models/a.py": "a"})
    assert everything(tmp_path) == {"models": "mine"}


def test_a_name_that_is_too_long_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*: File name too long"):
        write_files({tmp_path / "new" / f"{'x' * 300}.py": "a"})
    assert everything(tmp_path) == {}
