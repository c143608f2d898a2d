"""What `kgen new --project` writes: a folder with a package and its tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keras_kgen.errors import OutputError

if TYPE_CHECKING:
    from keras_kgen.errors import Diagnostic
    from keras_kgen.ir.program import Program
    from keras_kgen.options import Options
    from keras_kgen.writer import Content


def write_project(
    program: Program,
    options: Options,
    origin: str,
    folder: Path,
    weights: Content | None,
    force: bool,
) -> tuple[Diagnostic, ...]:
    """Writes a project, all of it or nothing; returns the notes for the user.

    Args:
        program: What a front end has read.
        options: Style and such.
        origin: Where the program comes from, in words.
        folder: Where the project goes.
        weights: What writes the weights of a saved model, if there are any.
        force: Whether files that exist may be replaced.

    Raises:
        OutputError: the folder is not empty and `force` is false, or the system refuses.
        SourceError: with everything that is wrong with the program.
        UsageError: the style cannot express the model, or its name is that of a library.
    """
    from keras_kgen.projects.generate import generate_project, package_name
    from keras_kgen.writer import write_files

    if not force:
        _refuse_contents(folder)
    package = package_name(program)
    if weights is not None:
        options = replace(options, weights=f"{package}.weights.npz")
    project = generate_project(program, options, origin)
    files: dict[Path, Content] = {
        folder / path: text for path, text in project.files.items()
    }
    if weights is not None:
        files[folder / package / options.weights] = weights
    write_files(files, force=force)
    click.echo(f"wrote {len(files)} files to {folder}", err=True)
    install = 'pip install -e ".[tensorflow,test]" && pytest'
    click.echo(f"next: cd {folder} && {install}", err=True)
    return project.notes


def _refuse_contents(folder: Path) -> None:
    """Raises an error if anything stands where the project is to go."""
    try:
        is_empty = not folder.exists() or not any(folder.iterdir())
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror}") from error
    if not is_empty:
        raise OutputError(
            f"{folder} is not empty; --force replaces the files of the project in it"
        )
