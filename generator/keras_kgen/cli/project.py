"""What `kgen new --project` writes: a folder with a package and its tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keras_kgen.errors import Diagnostic, OutputError, Severity

if TYPE_CHECKING:
    from keras_kgen.ir.program import Program
    from keras_kgen.options import Options
    from keras_kgen.projects.generate import Project
    from keras_kgen.updating.record import Settings
    from keras_kgen.writer import Content


def write_project(
    program: Program,
    options: Options,
    origin: str,
    folder: Path,
    weights: Content | None,
    *,
    force: bool = False,
    check: bool = False,
) -> tuple[Diagnostic, ...]:
    """Writes a project, all of it or nothing; returns the notes for the user.

    Args:
        program: What a front end has read.
        options: Style and such; no style is what an expert would choose, now and later.
        origin: Where the program comes from, in words.
        folder: Where the project goes.
        weights: What writes the weights of a saved model, if there are any.
        force: Whether files that exist may be replaced.
        check: Compare with what is there, and write nothing.

    Raises:
        Exit: with 1, the files to be compared differ.
        OutputError: the folder is not empty and `force` is false, or the system refuses.
        SourceError: with everything that is wrong with the program.
        UsageError: the style cannot express the model, or its name is that of a library.
    """
    from keras_kgen.cli.differences import check_files
    from keras_kgen.frontends.data.paths import relocate
    from keras_kgen.projects.generate import package_name
    from keras_kgen.updating.record import AUTO, NAME, SPEC, Settings
    from keras_kgen.updating.regenerate import as_spec_gives, generate_as
    from keras_kgen.writer import write_files

    if not force and not check:
        _refuse_contents(folder)
    package = package_name(program)
    file = f"{package}.weights.npz" if weights is not None else ""
    settings = Settings(
        package,
        origin,
        options.style.value if options.style else AUTO,
        options.flat,
        file,
        _seen_from(folder, options.templates),
    )
    project = generate_as(relocate(program, folder), settings, folder)
    given = as_spec_gives(project, settings, folder)
    texts = project.files if project.unwritten else given.files
    files: dict[Path, Content] = {folder / path: text for path, text in texts.items()}
    if weights is not None:
        files[folder / package / file] = weights
    if check:
        check_files(files)
        return project.notes
    files[folder / NAME] = _record(given, settings)
    write_files(files, force=force)
    click.echo(f"wrote {len(files)} files to {folder}", err=True)
    install = f'pip install -e ".[{project.backend},test]" && pytest'
    click.echo(f"next: cd {folder} && {install}", err=True)
    click.echo(f"later: change {folder / SPEC}, then kgen update {folder}", err=True)
    return (*project.notes, *_missing_code(project))


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
