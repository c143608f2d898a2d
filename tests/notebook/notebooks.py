"""What the tests of notebooks share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate_notebook

Notebook = dict[str, Any]


def notebook_of(program: Program, style: Style | None = None) -> Notebook:
    """Returns the notebook of a program."""
    notebook: Notebook = json.loads(generate_notebook(program, Options(style)).source)
    return notebook


def sources(notebook: Notebook, kind: str) -> Iterator[str]:
    """Yields the sources of the cells of a kind, `code` or `markdown`."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == kind:
            yield "".join(cell["source"])


def cell_of(notebook: Notebook, name: str) -> str:
    """Returns the source of the cell with an id."""
    (cell,) = (cell for cell in notebook["cells"] if cell["id"] == name)
    return "".join(cell["source"])
