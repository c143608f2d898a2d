"""Diffs on the terminal, and what `kgen new --check` says."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from keras_kgen.errors import OutputError

if TYPE_CHECKING:
    from keras_kgen.updating.session import Session
    from keras_kgen.updating.text import Text
    from keras_kgen.writer import Content

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
_HEAD = 2  # the lines of a diff that name the file
_PIECE = 1 << 20


def show_diff(path: str, before: Text | None, after: Text | None) -> None:
    """Prints a unified diff, in colours on a terminal."""
    from keras_kgen.updating.diffs import diff

    lines = diff(path, before, after)
    for line in islice(lines, _HEAD):
        click.secho(line, bold=True)
    for line in lines:
        click.secho(line, fg=_COLOURS.get(line[:1]))


def say_what_was_ended(session: Session) -> None:
    """Says that an update which was killed has now been carried out."""
    if session.was_killed:
        click.echo("an update that was killed has now been carried out", err=True)


def check_files(files: Mapping[Path, Content]) -> None:
    """Compares files with what would be written, and shows where they differ.

    Raises:
        Exit: with 1, something differs.
        OutputError: a file cannot be read.
    """
    different = [path for path, content in files.items() if _differs(path, content)]
    if different:
        count = f"{len(different)} of {len(files)} files differ"
        click.echo(f"{count} from what kgen writes", err=True)
        raise click.exceptions.Exit(1)
    names = ", ".join(map(str, files)) if len(files) < _HEAD else f"{len(files)} files"
    click.echo(f"{names}: as kgen writes it", err=True)


def _differs(path: Path, content: Content) -> bool:
    """Shows how a file differs from what is wanted; returns whether it does."""
    from keras_kgen.updating.text import Text

    try:
        if not isinstance(content, str):
            return _is_other_data(path, content)
        before = Text.of(path.read_bytes().decode("utf-8")) if path.exists() else None
    except UnicodeDecodeError:
        click.echo(f"# {path}: it is not UTF-8 text")
        return True
    except OSError as error:
        raise OutputError(f"cannot read {path}: {error.strerror}") from error
    after = Text.of(content)
    if before is not None and before.says_same(after):
        return False
    if before is None:
        click.echo(f"# {path}: there is no such file")
    show_diff(path.as_posix(), before, after)
    return True


def _is_other_data(path: Path, write: Content) -> bool:
    """Whether a file of data is another than would be written; it may be large."""
    import tempfile

    assert not isinstance(write, str)
    if not path.exists():
        click.echo(f"# {path}: there is no such file")
        return True
    with tempfile.TemporaryFile() as wanted, path.open("rb") as found:
        write(wanted)
        wanted.seek(0)
        if _have_same_bytes(wanted, found):
            return False
    click.echo(f"# {path}: other data")
    return True


def _have_same_bytes(left: IO[bytes], right: IO[bytes]) -> bool:
    while (piece := left.read(_PIECE)) == right.read(_PIECE):
        if not piece:
            return True
    return False
