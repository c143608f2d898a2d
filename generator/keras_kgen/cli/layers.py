"""`kgen layers`: browse what Keras offers."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable

import click

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import FAMILIES, Entry, Family
from keras_kgen.catalogue.explanations import what_it_does
from keras_kgen.cli.columns import beside, column_width

# Where the output goes to a file or a pipe; longer lines than those of a page tire the eye.
_PIPED_WIDTH = 80
_PAGE_WIDTH = 100
# What is longer in a list stands on a line of its own, unless lines are much wider.
_NAME_WIDTH = 24
# Wide enough that no line is cut or folded where the output goes to a file or a pipe.
_UNLIMITED = 10_000


@click.command("layers")
@click.argument("name", required=False)
@click.option(
    "--family",
    type=click.Choice(FAMILIES),
    help="Look at one family only; layers where nothing else is asked for.",
)
@click.option("--search", metavar="TEXT", help="List what has TEXT in its description.")
@click.pass_context
def command(
    context: click.Context, name: str | None, family: Family | None, search: str | None
) -> None:
    """Browse the layers of Keras, and its losses, optimizers, callbacks and so on.

    NAME is any spelling that Keras has: Conv2D, Convolution2D, keras.layers.Conv2D.
    """
    families = (family,) if family else FAMILIES
    if name is not None and search is not None:
        raise click.UsageError("give either NAME or --search, not both")
    if name is not None:
        found = _find(name, families)
        if not found:
            click.echo(f"error: {_unknown(name, families)}", err=True)
            context.exit(1)
        _show_pages(found)
        return
    listed = _listed(families if family or search is not None else ("layers",), search)
    if not listed:
        click.echo(
            f"error: nothing in the catalogue matches {search!r}; try a shorter word, or "
            "kgen layers for the whole list",
            err=True,
        )
        context.exit(1)
    _show_list(listed)


def _find(name: str, families: Iterable[Family]) -> list[Entry]:
    """Returns the entries of a name, or of a string that stands for one (`mse`)."""
    families = tuple(families)
    found = registry.find(name, families)
    if found:
        return list(found)
    return [
        entry
        for family in families
        for entry in registry.entries(family)
        if entry.name in _meant(family, name)
    ]


def _meant(family: Family, text: str) -> tuple[str, ...]:
    """Returns the entries that a string stands for: three for `accuracy`."""
    direct = registry.identifiers(family).get(text)
    several = registry.compile_identifiers(family).get(text)
    return several or ((direct,) if direct else ())


def _unknown(name: str, families: Iterable[Family]) -> str:
    candidates = [known for family in families for known in registry.names(family)]
    message = f"Keras {registry.keras_version()} has nothing called {name!r}"
    return message + registry.hint(name.rpartition(".")[2], candidates)


def _listed(families: Iterable[Family], search: str | None) -> list[Entry]:
    text = (search or "").casefold()
    return [
        entry
        for family in families
        for entry in registry.entries(family)
        if _is_listed(entry) and text in _searchable(entry)
    ]


def _is_listed(entry: Entry) -> bool:
    """Whether users browse for it: no base class, and of `keras.layers` only layers."""
    return entry.is_layer if entry.family == "layers" else not entry.is_abstract


def _searchable(entry: Entry) -> str:
    words = (entry.name, *entry.aliases, what_it_does(entry), entry.summary)
    return " ".join(words).casefold()


def _show_pages(entries: list[Entry]) -> None:
    # A list of names does without what works examples out.
    from keras_kgen.cli.entry_page import describe

    width = min(_columns() or _PIPED_WIDTH, _PAGE_WIDTH)
    _show("\n\n\n".join(describe(entry, width) for entry in entries))


def _show_list(entries: list[Entry]) -> None:
    columns = _columns()
    _show(_list(entries, columns) if columns else _list(entries, _UNLIMITED))


def _show(text: str) -> None:
    # None leaves it to click, which colours what a terminal shows.
    click.echo(text, color=False if os.environ.get("NO_COLOR") else None)


def _columns() -> int:
    """Returns how wide the terminal is, 0 where the output goes elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


def _list(entries: list[Entry], width: int) -> str:
    """Returns a line for each entry, with a heading for each group."""
    limit = max(_NAME_WIDTH, width // 3)
    column = column_width((entry.name for entry in entries), limit)
    groups = (
        "\n".join(
            [
                click.style(heading, bold=True),
                *(beside(e.name, "", what_it_does(e), column, width) for e in members),
            ]
        )
        for heading, members in _grouped(entries).items()
    )
    return "\n\n".join(groups)


def _grouped(entries: list[Entry]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda e: (FAMILIES.index(e.family), e.group)):
        heading = f"{entry.family}: {entry.group}" if entry.group else entry.family
        groups.setdefault(heading, []).append(entry)
    return groups
