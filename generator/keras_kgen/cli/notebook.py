"""What `kgen new --notebook` writes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keras_kgen.cli.request import Request, print_source, show_notes, show_written

if TYPE_CHECKING:
    from keras_kgen.writer import Content

_OWN_DATA = (
    "no data set fits, so the notebook trains on your own file: DATA, among its settings, "
    "is an .npz file with the arrays x_train, y_train, x_test and y_test"
)


def write_notebook(request: Request, file: str) -> None:
    """Writes a notebook, and the weights that it starts from beside it.

    Args:
        request: What to write, in one style.
        file: The file, `-` to print.

    Raises:
        OutputError: a file exists and may not be replaced, or the system refuses.
        SourceError: with everything that is wrong with the program.
        UsageError: the style cannot express the model.
    """
    from keras_kgen.frontends.data.paths import relocate
    from keras_kgen.pipeline import generate_notebook

    path = Path(file)
    beside = path.with_suffix(".weights.npz")
    (style,) = request.styles()
    options = request.options(style, beside.name if request.weights else "")
    # Notebooks explain in cells of their own.
    options = replace(options, explain=False)
    # Jupyter runs a notebook in its own folder.
    program = relocate(request.program, path.parent)
    notebook = generate_notebook(program, options, request.origin)
    show_notes(notebook.notes)
    if file == "-":
        print_source(notebook.source)
        return
    files: dict[Path, Content] = {path: notebook.source}
    if request.weights is not None:
        files[beside] = request.weights
    if request.write(files):
        show_written(files)
        if notebook.needs_data:
            click.echo(f"note: {_OWN_DATA}", err=True)
        click.echo(f"next: jupyter lab {path}", err=True)
