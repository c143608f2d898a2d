"""`kgen draw`: draws the graph of a model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keras_kgen.cli.sources import load, source_arguments
from keras_kgen.errors import UsageError

if TYPE_CHECKING:
    from keras_kgen.drawing.draw import Format

_FORMATS = ("svg", "dot", "mmd")
_FOLDINGS = ("auto", "none", "all")


@click.command("draw")
@source_arguments
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="The file to write, .svg, .dot or .mmd; - prints. [default: NAME.svg]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="The format, where the ending of the file does not say it.",
)
@click.option(
    "--fold",
    type=click.Choice(_FOLDINGS),
    default="auto",
    show_default=True,
    help="What repeats itself is drawn once: never, always, or if the page needs it.",
)
@click.option("--expand", is_flag=True, help="Draw the models within the model too.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def command(
    source: str | None,
    shape: str | None,
    layers: tuple[str, ...],
    output: str | None,
    form: str | None,
    fold: str,
    expand: bool,
    force: bool,
) -> None:
    """Draw the layers of SOURCE and how they are connected, without Keras or Graphviz.

    SOURCE is a preset (see `kgen presets`), a spec file (.yaml, .yml, .json, .toml), a model
    that any generation of Keras saved (.keras, .h5, .hdf5, the JSON of to_json(), a
    model.json of TensorFlow.js) or - for standard input. Without SOURCE and without -l it is
    the preset mnist_mlp.

    FILE.py:OBJECT and package.module:OBJECT are models in memory, or functions that return one;
    only these import your code, and need Keras.

    A large model is folded until it fits a page: what a loop does 23 times is one box that
    says so, and a block that has several instances is drawn once, beside the model.

    \b
    Examples:
      kgen draw                                   writes mnist_mlp.svg
      kgen draw fashion_resnet -o resnet.svg
      kgen draw old_model.h5 --fold none          every layer, however many there are
      kgen draw mnist_siamese --expand            the model within the model, too
      kgen draw model.yaml -o model.dot && dot -Tpdf model.dot -o model.pdf
      kgen draw model.yaml -o - --format mmd      Mermaid, for a Markdown page
    """
    from keras_kgen.drawing.draw import draw
    from keras_kgen.drawing.fold import Folding
    from keras_kgen.errors import Diagnostics
    from keras_kgen.pipeline import module_name, structure
    from keras_kgen.writer import write_files

    wanted = _format(output, form)
    program, _ = load(source, layers, shape)
    model = structure(program, Diagnostics())
    text = draw(model, wanted, Folding(fold), expand)
    if output == "-":
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()
        return
    path = Path(output or f"{module_name(program)}.{wanted.value}")
    write_files({path: text}, force=force)
    click.echo(f"wrote {path}", err=True)


def _format(output: str | None, form: str | None) -> Format:
    """Returns the format that an option or the ending of the file asks for.

    Raises:
        UsageError: they disagree, or the ending is of no format.
    """
    from keras_kgen.drawing.draw import Format

    if output is None or output == "-":
        return Format(form or "svg")
    ending = Path(output).suffix.removeprefix(".").lower()
    if ending not in _FORMATS:
        raise UsageError(
            f"{output} is no name for a drawing: it ends in .svg, .dot or .mmd"
        )
    if form is not None and form != ending:
        raise UsageError(f"--format {form} and -o {output} do not go together")
    return Format(ending)
