"""`kgen compare`: shows a model in all styles beside each other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keras_kgen.cli.sources import load, source_arguments
from keras_kgen.errors import Diagnostic, Severity, UsageError
from keras_kgen.options import Style

if TYPE_CHECKING:
    from rich.console import Console

    from keras_kgen.comparing.comparison import Comparison
    from keras_kgen.ir.program import Program

_PAIR = 2


@click.command("compare")
@source_arguments
@click.option(
    "--style",
    "wanted",
    multiple=True,
    metavar="STYLE",
    help="A style to show, or several as functional,subclass; all where none is given.",
)
@click.option("--diff", is_flag=True, help="Show two styles as a unified diff.")
@click.option("--full", is_flag=True, help="Show whole modules, training included.")
@click.option(
    "--html",
    "page",
    metavar="FILE",
    help="Write a page that shows it all, in one file that works by itself; - prints it.",
)
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def command(
    source: str | None,
    shape: str | None,
    layers: tuple[str, ...],
    wanted: tuple[str, ...],
    diff: bool,
    full: bool,
    page: str | None,
    force: bool,
) -> None:
    """Show SOURCE in the three styles of Keras, line by line, and what differs and why.

    The styles stand side by side where the window has 120 columns or more, and one after the
    other where it has fewer. Lines that make or call the same layer are in one row. What
    trains the model is left out without --full.

    With --html, kgen writes a page in place of that: pointing at a layer shows it in every
    style, in the table of layers and in a drawing of the model.

    SOURCE is what `kgen new` takes.

    \b
    Examples:
      kgen compare
      kgen compare fashion_resnet --style functional,subclass
      kgen compare mnist_mlp --style sequential --style functional --diff
      kgen compare model.yaml --html model.html
      kgen compare old_model.h5 --html old_model.html
    """
    styles = _styles(wanted)
    if page is not None and (diff or full or wanted):
        raise UsageError(
            "--html shows everything: it goes without --style, --diff, --full"
        )
    program, origin = load(source, layers, shape)
    from keras_kgen.comparing.build import compare

    comparison = compare(program, origin)
    if page is not None:
        _write_page(program, comparison, page, force)
        return
    _print(comparison, styles, diff, full)
    _show_notes(comparison)


def _styles(wanted: tuple[str, ...]) -> tuple[Style, ...]:
    """Returns the styles that the options name, all of them where they name none.

    Raises:
        UsageError: there is no such style.
    """
    names = [name.strip() for given in wanted for name in given.split(",")]
    known = [style.value for style in Style]
    for name in names:
        if name not in known:
            raise UsageError(
                f"there is no style {name!r}: --style takes {', '.join(known)}"
            )
    return tuple(map(Style, dict.fromkeys(names))) or tuple(Style)


def _pair(comparison: Comparison, styles: tuple[Style, ...]) -> tuple[Style, ...]:
    """Returns the two styles of a diff.

    Raises:
        UsageError: they are not two, or one cannot express the model.
    """
    for style in styles:
        if style in comparison.refusals and len(styles) <= _PAIR:
            reason = comparison.refusals[style]
            raise UsageError(f"there is no {style.value} style: {reason}")
    able = tuple(style for style in styles if style in comparison.listings)
    if len(able) != _PAIR:
        raise UsageError("--diff compares two styles: --style functional,subclass")
    return able


def _print(
    comparison: Comparison, styles: tuple[Style, ...], is_diff: bool, is_full: bool
) -> None:
    from rich.console import Console

    from keras_kgen.cli.summary import print_summary
    from keras_kgen.comparing.terminal import (
        print_code,
        print_diff,
        print_differences,
    )

    console = Console(highlight=False)
    with _plain_where_piped(console):
        if is_diff:
            print_diff(console, comparison, _pair(comparison, styles), is_full)
            return
        print_code(console, comparison, styles, is_full)
        console.print()
        print_summary(comparison.summary, console)
        print_differences(console, comparison)


@contextmanager
def _plain_where_piped(console: Console) -> Iterator[None]:
    """Lets no line end in blanks where the output goes to a file or a pipe."""
    if console.is_terminal:
        yield
        return
    with console.capture() as capture:
        yield
    click.echo("\n".join(line.rstrip() for line in capture.get().splitlines()))


def _write_page(
    program: Program, comparison: Comparison, output: str, force: bool
) -> None:
    from keras_kgen.comparing.page import render_page
    from keras_kgen.drawing.draw import Format, draw
    from keras_kgen.errors import Diagnostics
    from keras_kgen.pipeline import structure
    from keras_kgen.writer import write_files

    model = structure(program, Diagnostics())
    drawing = draw(model, Format.SVG, expanded=True)
    page = render_page(comparison, drawing)
    if output == "-":
        sys.stdout.buffer.write(page.encode("utf-8"))
        sys.stdout.buffer.flush()
    else:
        write_files({Path(output): page}, force=force)
        click.echo(f"wrote {output}", err=True)
    _show_notes(comparison)


def _show_notes(comparison: Comparison) -> None:
    for style, reason in comparison.refusals.items():
        text = f"no {style.value} style: {reason}"
        click.echo(str(Diagnostic(text, severity=Severity.NOTE)), err=True)
    shown = (note for notes in comparison.notes.values() for note in notes)
    for note in dict.fromkeys(shown):
        click.echo(note, err=True)
