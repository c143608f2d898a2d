"""What `kgen new --project` writes: a folder with a package and its tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keras_kgen.cli.request import Request, show_notes
from keras_kgen.errors import Diagnostic, OutputError, Severity

if TYPE_CHECKING:
    from keras_kgen.projects.generate import Project
    from keras_kgen.updating.record import Settings
    from keras_kgen.writer import Content


def write_project(request: Request, folder: Path) -> None:
    """Writes a project, all of it or nothing.

    Args:
        request: What to write, in one style or in what an expert would choose, now and later.
        folder: Where the project goes.

    Raises:
        Exit: with 1, files that were to be compared differ.
        OutputError: the folder is not empty and may not be written over, or the system
            refuses.
        SourceError: with everything that is wrong with the program.
        UsageError: the style cannot express the model, or its name is that of a library.
    """
    from keras_kgen.frontends.data.paths import relocate
    from keras_kgen.projects.generate import package_name
    from keras_kgen.updating.record import NAME, Settings
    from keras_kgen.updating.regenerate import as_spec_gives, generate_as

    if not request.force and not request.check:
        _refuse_contents(folder)
    package = package_name(request.program)
    settings = Settings(
        package,
        request.origin,
        request.style,
        request.flat,
        f"{package}.weights.npz" if request.weights else "",
        _seen_from(folder, request.templates),
    )
    project = generate_as(relocate(request.program, folder), settings, folder)
    given = as_spec_gives(project, settings, folder)
    texts = project.files if project.unwritten else given.files
    files: dict[Path, Content] = {folder / path: text for path, text in texts.items()}
    if request.weights is not None:
        files[folder / package / settings.weights] = request.weights
    if not request.check:
        files[folder / NAME] = _record(given, settings)
    if request.write(files):
        _show_next(project, folder, len(files))
    show_notes((*project.notes, *_missing_code(project)))


def _show_next(project: Project, folder: Path, count: int) -> None:
    """Says what was written, and what to do with it."""
    from keras_kgen.updating.record import SPEC

    click.echo(f"wrote {count} files to {folder}", err=True)
    install = f'pip install -e ".[{project.backend},test]" && pytest'
    click.echo(f"next: cd {folder} && {install}", err=True)
    click.echo(f"later: change {folder / SPEC}, then kgen update {folder}", err=True)


def _seen_from(folder: Path, templates: Path | None) -> str:
    """Returns how a project finds a folder of templates: both may move together."""
    if templates is None:
        return ""
    return Path(os.path.relpath(templates, os.path.realpath(folder))).as_posix()


def _record(given: Project, settings: Settings) -> str:
    """Returns what `kgen check` and `kgen update` go by."""
    from keras_kgen import __version__
    from keras_kgen.updating.record import SPEC, Record, render_record, spec_digest

    texts = {path: text for path, text in given.files.items() if path != SPEC}
    digest = spec_digest(given.files[SPEC])
    return render_record(Record(__version__, digest, settings, texts))


def _missing_code(project: Project) -> Iterator[Diagnostic]:
    """Gives a note where the code holds what the spec cannot."""
    if project.unwritten:
        names = ", ".join(project.unwritten)
        text = f"model.yaml cannot hold the code of {names}: it counts as your edit"
        yield Diagnostic(text, severity=Severity.NOTE)


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
