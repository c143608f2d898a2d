"""`kgen schema`: the JSON Schema of the spec language, for editors."""

from __future__ import annotations

import json

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of model specs.

    Point your editor at it for completion, hover texts and errors while you type:

    \b
        kgen schema > kgen.schema.json
        # yaml-language-server: $schema=kgen.schema.json
    """
    from keras_kgen.catalogue.schema import build_schema

    click.echo(json.dumps(build_schema(), indent=2, ensure_ascii=False))
