"""What `kgen new` is to write: a program, and how."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keras_kgen.cli.differences import check_files
from keras_kgen.options import Options, OwnStyle, Style

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keras_kgen.errors import Diagnostic
    from keras_kgen.ir.program import Program
    from keras_kgen.writer import Content

AUTO, ALL = "auto", "all"
# What --style takes besides styles.
CHOICES = (AUTO, ALL)
_OURS = tuple(style.value for style in Style)


@dataclass(frozen=True, slots=True)
class Request:
    """What to write.

    Attributes:
        program: What a front end has read.
        origin: Where it comes from, in words.
        style: The name of a style, or one of `CHOICES`.
        flat, explain, templates: As in `Options`.
        weights: What writes the weights of a saved model, None where none are wanted.
        force: Whether files that exist may be replaced.
        check: Compare with what is there, and write nothing.
    """

    program: Program
    origin: str
    style: str = AUTO
    flat: bool = False
    explain: bool = False
    templates: Path | None = None
    weights: Content | None = None
    force: bool = False
    check: bool = False

    def styles(self) -> tuple[Style | OwnStyle, ...]:
        """Returns the styles to write."""
        from keras_kgen.pipeline import choose_style

        if self.style == ALL:
            return tuple(Style)
        if self.style == AUTO:
            return (choose_style(self.program),)
        return (find(self.style),)

    def options(self, style: Style | OwnStyle, weights: str = "") -> Options:
        """Returns how to write one style.

        Args:
            style: The style.
            weights: The file of weights beside the module; "" is none.
        """
        return Options(
            style,
            self.flat,
            weights=weights,
            explain=self.explain,
            templates=self.templates,
        )

    def write(self, files: Mapping[Path, Content]) -> bool:
        """Writes files, all or none of them; or compares them, and returns False.

        Raises:
            Exit: with 1, files that were to be compared differ.
            OutputError: a file exists and may not be replaced, or the system refuses.
        """
        from keras_kgen.writer import write_files

        if self.check:
            check_files(files)
            return False
        write_files(files, force=self.force)
        return True


def find(style: str) -> Style | OwnStyle:
    """Returns the style of a name, which may be that of another package.

    Raises:
        KgenError: it cannot be imported.
        UsageError: there is none of that name.
    """
    if style in _OURS:
        return Style(style)
    from keras_kgen.styles import find_style

    return find_style(style, *CHOICES)


def show_notes(notes: Iterable[Diagnostic]) -> None:
    """Prints notes to standard error, each of them once."""
    for note in dict.fromkeys(notes):
        click.echo(str(note), err=True)


def show_written(paths: Iterable[Path]) -> None:
    """Prints which files were written."""
    for path in paths:
        click.echo(f"wrote {path}", err=True)


def print_source(source: str) -> None:
    """Prints what would be in a file, with the same ends of lines everywhere."""
    stream = sys.stdout.buffer
    stream.write(source.encode("utf-8"))
    stream.flush()
