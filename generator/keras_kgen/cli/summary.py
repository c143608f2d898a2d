"""`kgen summary`: shows layers, shapes and parameters as `model.summary()` does."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from keras_kgen.cli.sources import load, source_arguments

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from keras_kgen.ir.tensors import Shape
    from keras_kgen.passes.summarize import Connection, Row, Summary

# Column titles, alignments and right borders as parts of the width, as Keras has them.
_CHAIN = (
    ("Layer (type)", "left", 0.45),
    ("Output Shape", "left", 0.80),
    ("Param #", "right", 1.0),
)
_BRANCHES = (
    ("Layer (type)", "left", 0.3),
    ("Output Shape", "left", 0.56),
    ("Param #", "right", 0.74),
    ("Connected to", "left", 1.0),
)
_CHAIN_WIDTH = 88
_BRANCHES_WIDTH = 108
# Narrower columns than this cannot be read.
_LEAST_WIDTH = 40
# The colours that Keras gives to numbers, to sizes that are not fixed and to classes.
_NUMBER, _OPEN, _CLASS = "color(34)", "color(45)", "color(33)"


@click.command("summary")
@source_arguments
def command(source: str | None, shape: str | None, layers: tuple[str, ...]) -> None:
    """Show the layers of SOURCE, their shapes and parameters, without Keras.

    SOURCE is a preset (see `kgen presets`), a spec file (.yaml, .yml, .json, .toml), a model
    that any generation of Keras saved (.keras, .h5, .hdf5, the JSON of to_json(), a
    model.json of TensorFlow.js) or - for standard input. Without SOURCE and without -l it is
    the preset mnist_mlp.

    FILE.py:OBJECT and package.module:OBJECT are models in memory, or functions that return one;
    only these import your code, and need Keras.

    \b
    Examples:
      kgen summary
      kgen summary model.yaml
      kgen summary old_model.h5
      kgen summary --input 28,28 -l Flatten -l 'Dense(10, activation="softmax")'
    """
    program, _ = load(source, layers, shape)
    from rich.console import Console

    from keras_kgen.errors import Diagnostics
    from keras_kgen.ir.expand import expand
    from keras_kgen.passes.infer_shapes import infer_shapes
    from keras_kgen.passes.normalize import normalize
    from keras_kgen.passes.summarize import summarize
    from keras_kgen.passes.widen_outputs import widen_outputs
    from keras_kgen.passes.widen_scaling import widen_scaling

    graph = expand(widen_outputs(widen_scaling(normalize(program))))
    summary = summarize(graph, infer_shapes(graph, Diagnostics()))
    print_summary(summary, Console(highlight=False))
    for name, reason in summary.unknown.items():
        click.echo(f"note: the shapes of {name} are not known: {reason}.", err=True)
    if summary.unknown:
        click.echo(
            "note: what follows from them is shown as ?, and the totals leave it out.",
            err=True,
        )


def print_summary(summary: Summary, console: Console) -> None:
    """Prints a summary as `model.summary()` does."""
    from rich.markup import escape

    console.print(f'[bold]Model: "{escape(summary.name)}"[/]')
    console.print(_table(summary))
    for label, count, size in (
        ("Total", summary.counts.total, summary.sizes.total),
        ("Trainable", summary.counts.trainable, summary.sizes.trainable),
        ("Non-trainable", summary.counts.non_trainable, summary.sizes.non_trainable),
    ):
        console.print(_total(label, count, size))


def _total(label: str, count: int, size: int) -> str:
    from keras_kgen.passes.summarize import readable_size

    return f"[bold] {label} params: [/][{_NUMBER}]{count:,}[/] ({readable_size(size)})"


def _table(summary: Summary) -> Table:
    """Returns the table in the widths of `keras/src/utils/summary_utils.py`."""
    from rich.table import Table

    columns = _CHAIN if summary.is_chain else _BRANCHES
    width = _CHAIN_WIDTH if summary.is_chain else _BRANCHES_WIDTH
    width = min(width, max(shutil.get_terminal_size().columns - 4, _LEAST_WIDTH))
    table = Table(width=width, show_lines=True)
    start = 0
    for title, justify, end in columns:
        column = int(end * width) - start
        start += column
        table.add_column(title, justify=justify, width=column)  # type: ignore[arg-type]
    for row in summary.rows:
        table.add_row(*_cells(row)[: len(columns)])
    return table


def _cells(row: Row) -> tuple[str, str, str, str]:
    from rich.markup import escape

    parameters = "?" if row.parameters is None else f"[{_NUMBER}]{row.parameters:,}[/]"
    return (
        f"{escape(row.name)} ([{_CLASS}]{escape(row.class_name)}[/])",
        _shapes(row.shapes),
        parameters,
        ", ".join(map(_connection, row.connections)) or "-",
    )


def _shapes(shapes: tuple[Shape, ...]) -> str:
    if not shapes:
        return "?"
    texts = [f"({', '.join(map(_size, shape))})" for shape in shapes]
    return texts[0] if len(texts) == 1 else f"\\[{', '.join(texts)}]"


def _size(size: int | None) -> str:
    return f"[{_OPEN if size is None else _NUMBER}]{size}[/]"


def _connection(connection: Connection) -> str:
    from rich.markup import escape

    node, tensor = connection.node_index, connection.tensor_index
    return f"{escape(connection.name)}[[{_NUMBER}]{node}[/]][[{_NUMBER}]{tensor}[/]]"
