"""`kgen templates`: lists what templates of the user's own may take the place of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

    from keras_kgen.rendering.listing import Listed

_WIDTH = 88


@click.command("templates")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the templates and their blocks, or print the template called NAME.

    A file of the same name in the folder of `kgen new --templates DIR` takes the place of a
    template, or extends it and takes the place of single blocks.

    \b
    Examples:
      kgen templates
      kgen templates module.py.jinja
      kgen templates _training.jinja > house_style/_training.jinja
    """
    from keras_kgen.catalogue.registry import hint
    from keras_kgen.errors import UsageError
    from keras_kgen.rendering.listing import list_templates

    listed = {item.name: item for item in list_templates()}
    if name is None:
        _show(listed.values())
    elif name in listed:
        click.echo(listed[name].text, nl=False)
    else:
        raise UsageError(f"there is no template {name!r}{hint(name, listed)}")


def _show(listed: Iterable[Listed]) -> None:
    from keras_kgen.cli.columns import INDENT, wrap

    for item in listed:
        click.secho(item.name, fg="cyan")
        for kind, names in (("blocks", item.blocks), ("macros", item.macros)):
            if names:
                text = f"{kind}: {', '.join(names)}"
                click.echo(wrap(text, _WIDTH, INDENT, INDENT))
