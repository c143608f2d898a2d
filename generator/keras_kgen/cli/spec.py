"""`kgen spec`: shows any source as a YAML spec."""

from __future__ import annotations

import click

from keras_kgen.cli.sources import load, source_arguments
from keras_kgen.cli.tuning import load_tuned


@click.command("spec")
@source_arguments
@click.option(
    "--tuned",
    metavar="RESULT",
    help="Put the best values of a search in place of the choices: its run directory.",
)
def command(
    source: str | None,
    shape: str | None,
    layers: tuple[str, ...],
    tuned: str | None,
) -> None:
    """Show SOURCE as a canonical YAML spec: one form for everything, defaults left out.

    SOURCE is a preset (see `kgen presets`), a spec file (.yaml, .yml, .json, .toml), a model
    that any generation of Keras saved (.keras, .h5, .hdf5, the JSON of to_json(), a
    model.json of TensorFlow.js) or - for standard input. Without SOURCE and without -l it is
    the preset mnist_mlp.

    FILE.py:OBJECT and package.module:OBJECT are models in memory, or functions that return one;
    only these import your code, and need Keras.

    \b
    Examples:
      kgen spec mnist_mlp > my_model.yaml
      kgen spec model.toml
      kgen spec old_model.h5 > my_model.yaml
      kgen spec model.yaml --tuned runs/model > best.yaml
      kgen spec --input 28,28 -l Flatten -l 'Dense(10)'
    """
    from keras_kgen.errors import Diagnostic, Diagnostics, Severity
    from keras_kgen.pipeline import analyse, check
    from keras_kgen.rendering.spec import render_spec, unwritten

    if tuned is None:
        program, _ = load(source, layers, shape)
    else:
        program = load_tuned(source, layers, shape, tuned)
    diagnostics = Diagnostics()
    checked = check(program, diagnostics)
    analyse(checked, diagnostics)
    diagnostics.raise_errors()
    click.echo(render_spec(checked), nl=False)
    for name, module in unwritten(checked):
        message = f"the spec imports {name} from {module}: write it in {module}.py"
        click.echo(str(Diagnostic(message, severity=Severity.NOTE)), err=True)
