"""`kgen check`: whether a project is what its spec gives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from keras_kgen.cli.differences import say_what_was_ended, show_diff

if TYPE_CHECKING:
    from keras_kgen.updating.plan import FilePlan
    from keras_kgen.updating.session import Session


@click.command("check")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option(
    "--allow-edits",
    is_flag=True,
    help="Pass where your own edits are all that differs, so `kgen update` has nothing to do.",
)
def command(folder: Path, allow_edits: bool) -> None:
    """Say whether the project in DIR is what its model.yaml gives, and show what differs.

    kgen writes the project once more, with the options that it was made with, and compares.
    The diff goes from the files in DIR to what the spec gives; above each file stands why it
    differs: you have edited it, the spec has changed, or this kgen writes it in another way.

    Exits with 0 if every file matches, else with 1. In continuous integration,
    `kgen check --allow-edits` fails when somebody has changed model.yaml and not run
    `kgen update`, and lets edits of the code pass.

    DIR is the current folder if it is not given. Nothing is written, but that an update
    which was killed is carried out first.

    \b
    Examples:
      kgen check
      kgen check sentiment
      kgen check sentiment --allow-edits
      kgen check sentiment | less
    """
    from keras_kgen.updating.session import opened

    with opened(folder) as session:
        say_what_was_ended(session)
        is_good = _report(session, allow_edits)
    if not is_good:
        raise click.exceptions.Exit(1)


def _report(session: Session, allow_edits: bool) -> bool:
    """Shows what differs; returns whether that is nothing."""
    from keras_kgen.updating.plan import unresolved
    from keras_kgen.updating.record import SPEC

    plans = session.plans
    different = [plan for plan in plans if not plan.matches]
    shown = [p for p in different if p.is_behind] if allow_edits else different
    for plan in shown:
        click.echo(f"# {plan.path}: {_reason(plan, session.causes)}")
        if _has_diff(plan):
            show_diff(
                plan.path, plan.ours.text, plan.result if allow_edits else plan.theirs
            )
    open_conflicts = list(unresolved(plans))
    for plan in open_conflicts:
        place = f"{session.folder / plan.path}:{plan.unresolved}"
        click.echo(f"{place}: error: this conflict is not resolved", err=True)
    _summarize(session, len(shown), different, f"what {SPEC} gives")
    return not shown and not open_conflicts


def _summarize(
    session: Session, shown: int, different: list[FilePlan], wanted: str
) -> None:
    total = len(session.plans)
    if not different:
        click.echo(f"{session.folder}: all {total} files are {wanted}", err=True)
        return
    count = f"{len(different)} of {total} files"
    click.echo(f"{session.folder}: {count} differ from {wanted}", err=True)
    if any(plan.is_behind for plan in different):
        click.echo(f"next: kgen update {session.folder}", err=True)
    else:
        click.echo("these are your edits: kgen update has nothing to do", err=True)


def _reason(plan: FilePlan, causes: str) -> str:
    """Returns why a file is not what the spec gives."""
    if plan.ours.problem:
        return f"not compared: {plan.ours.problem}"
    if plan.theirs is None:
        return "no longer written by kgen" + (" (edited)" if plan.is_edited else "")
    if plan.base is None:
        return f"new, for {causes}"
    if plan.ours.text is None:
        return "deleted by you"
    reasons = ["edited by you"] if plan.is_edited else []
    if plan.is_outdated:
        reasons.append(causes)
    return ", and ".join(reasons)


def _has_diff(plan: FilePlan) -> bool:
    """Whether a diff says more than the reason does; lines of a drawing do not."""
    is_there = plan.ours.text is not None or plan.base is None
    return is_there and plan.theirs is not None and not plan.path.endswith(".svg")
