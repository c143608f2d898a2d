"""`kgen presets`: lists the built-in specs."""

from __future__ import annotations

import click


@click.command("presets")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the built-in specs, or print the one called NAME.

    \b
    Examples:
      kgen presets
      kgen presets mnist_mlp > my_model.yaml
      kgen new imdb_lstm
    """
    from keras_kgen.catalogue.registry import suggest
    from keras_kgen.cli import standard_input
    from keras_kgen.errors import UsageError
    from keras_kgen.frontends import detect, presets

    if name is not None:
        path = presets.find(name)
        if path is None:
            hint = suggest(name, presets.names())
            tail = f"; did you mean {hint!r}?" if hint else ""
            raise UsageError(f"there is no preset {name!r}{tail}")
        click.echo(path.read_text("utf-8"), nl=False)
        return
    width = max(map(len, presets.names()))
    for preset in presets.names():
        program = detect.load_program(preset, standard_input)
        click.echo(f"{preset:{width}}  {program.description}")
