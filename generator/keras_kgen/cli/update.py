"""`kgen update`: brings a project up to its spec, and keeps what its owner has edited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keras_kgen.cli.differences import say_what_was_ended, show_diff
from keras_kgen.errors import Diagnostics, Location

if TYPE_CHECKING:
    from keras_kgen.updating.plan import FilePlan
    from keras_kgen.updating.session import Session


@click.command("update")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option(
    "--dry-run", is_flag=True, help="Show the diff of what would change; write nothing."
)
def command(folder: Path, dry_run: bool) -> None:
    """Bring the project in DIR up to its model.yaml, and keep your edits.

    Change model.yaml, or install a newer kgen; then each file is merged from three: what
    kgen wrote, what you have made of it, and what kgen writes now. Where both have changed
    the same lines, the file has both between <<<<<<< and >>>>>>>, as with git; kgen lists
    these conflicts, exits with 1, and refuses the next update until they are resolved.

    model.yaml is yours and is never written. What you have deleted stays deleted, and what
    kgen no longer writes is removed only if you have not touched it. Weights in the package
    stay as they are.

    All files are changed or none: a run that is killed leaves the project as it was, or the
    next `kgen check` or `kgen update` ends it. DIR is the current folder if it is not given.

    \b
    Examples:
      kgen update --dry-run        what would change
      kgen update
      kgen update sentiment
    """
    from keras_kgen.updating.session import apply, opened, refuse_older

    with opened(folder) as session:
        say_what_was_ended(session)
        refuse_older(session.record)
        _refuse_open_conflicts(session)
        for note in session.notes:
            click.echo(str(note), err=True)
        if dry_run:
            _show(session)
        is_written = not dry_run and apply(session)
        _report(session, dry_run, is_written)
    if any(plan.conflicts or _is_stuck(plan) for plan in session.plans):
        raise click.exceptions.Exit(1)


def _refuse_open_conflicts(session: Session) -> None:
    """Refuses a project in which the last update left conflicts.

    Raises:
        SourceError: with each file that has some.
    """
    from keras_kgen.updating.plan import unresolved

    problems = Diagnostics()
    for plan in unresolved(session.plans):
        place = Location(str(session.folder / plan.path), plan.unresolved, 1)
        problems.error("resolve this conflict first", place)
    problems.raise_errors()


def _show(session: Session) -> None:
    for plan in session.plans:
        if plan.changes and not plan.path.endswith(".svg"):
            show_diff(plan.path, plan.ours.text, plan.result)


def _report(session: Session, dry_run: bool, is_written: bool) -> None:
    """Says what has become of each file, and what to do next."""
    for plan in session.plans:
        for line in _lines(session.folder, plan):
            click.echo(line, err=True)
    _say_what_becomes_of_weights(session)
    conflicts = sum(len(plan.conflicts) for plan in session.plans)
    folder = session.folder
    if dry_run:
        click.echo("nothing was written", err=True)
    elif not any(plan.changes for plan in session.plans):
        click.echo(_nothing(folder, is_written), err=True)
    elif conflicts:
        them = "the conflict" if conflicts == 1 else f"the {conflicts} conflicts"
        click.echo(f"next: resolve {them}, then kgen check {folder}", err=True)
    else:
        there = "" if folder == Path() else f"cd {folder} && "
        click.echo(f"next: {there}pytest", err=True)


def _say_what_becomes_of_weights(session: Session) -> None:
    settings = session.record.settings
    model = f"{settings.package}/model.py"
    has_new_model = any(plan.path == model and plan.changes for plan in session.plans)
    if settings.weights and has_new_model:
        place = session.folder / settings.package / settings.weights
        text = f"{place} stays as it is: weights of layers that have changed do not fit"
        click.echo(f"note: {text}", err=True)


def _nothing(folder: Path, is_written: bool) -> str:
    from keras_kgen.updating.record import NAME

    return f"{folder}: no file changes" + (f" but {NAME}" if is_written else "")


def _lines(folder: Path, plan: FilePlan) -> Iterator[str]:
    """Gives what there is to say of a file."""
    from keras_kgen.updating.plan import Fate

    path = folder / plan.path
    if plan.changes and not plan.conflicts:
        yield f"{path}: {plan.fate.value}"
    for line in plan.conflicts:
        yield f"{path}:{line}: conflict"
    if _is_stuck(plan):
        yield f"{path}: left as it is: {plan.ours.problem}"
    if plan.fate is Fate.DELETED and plan.is_outdated:
        yield f"{path}: deleted by you, and stays so; kgen would now write another text"
    if plan.fate is Fate.KEPT:
        yield f"{path}: kept, for you have edited it; kgen no longer writes it"


def _is_stuck(plan: FilePlan) -> bool:
    """Whether an update would write a file that it cannot read."""
    return plan.is_behind and not plan.changes
