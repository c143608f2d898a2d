"""The command `kgen`: Click turns arguments into options; each command has a module."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from keras_kgen import __version__
from keras_kgen.collector import without_collector
from keras_kgen.errors import KgenError, Location, SourceError

# Name and one line for `kgen --help`, so that help imports no command.
COMMANDS = {
    "new": "Write a Keras module, or a project around it.",
    "check": "Say whether a project is what its spec gives.",
    "update": "Bring a project up to its spec, and keep your edits.",
    "summary": "Show layers, shapes and parameters, without Keras.",
    "compare": "Show a model in all styles, side by side.",
    "draw": "Draw the layers and how they are connected.",
    "spec": "Show any source as a YAML spec.",
    "verify": "Build all styles with Keras and compare them.",
    "layers": "Browse Keras' layers and their arguments.",
    "presets": "List the built-in specs.",
    "templates": "List the templates that your own may replace.",
    "schema": "Print the JSON Schema of specs, for editors.",
}


class _Group(click.Group):
    """Imports the module of a command when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(
            f"keras_kgen.cli.{name}"
        ).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name not in COMMANDS and not name.startswith("-"):
            from keras_kgen.catalogue.registry import suggest

            hint = suggest(name, COMMANDS)
            tail = f" Did you mean {hint!r}?" if hint else ""
            ctx.fail(f"No such command {name!r}.{tail}")
        return super().resolve_command(ctx, args)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with without_collector():
                return super().invoke(ctx)
        except KgenError as error:
            _show(error)
            ctx.exit(error.exit_code)
        except RecursionError:
            click.echo("error: the source is nested too deeply", err=True)
            ctx.exit(1)


def _show(error: KgenError) -> None:
    text = str(error) if isinstance(error, SourceError) else f"error: {error}"
    click.echo(text, err=True)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kgen")
def main() -> None:
    """Turn a layer spec or a preset into a readable, runnable Keras module.

    \b
    Start here:
      kgen new --style subclass        writes mnist_mlp.py, a model that trains
      kgen presets                     lists the models to start from
      kgen new imdb_lstm --style all   writes a model in all three styles
      kgen new model.yaml -o -         prints the module for your own spec
    """


def standard_input() -> str:
    """Returns the text of standard input.

    Raises:
        SourceError: it is not UTF-8.
    """
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError.of("the text is not UTF-8", Location("<stdin>")) from error
