"""Cells, and the JSON of a notebook that has them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# Version 4.5 is the first in which cells have ids.
_FORMAT = {"nbformat": 4, "nbformat_minor": 5}
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell.

    Attributes:
        key: What its id begins with: small letters and hyphens.
        source: Markdown or Python.
        metadata: What programs read that show the notebook.
        shown: What stands below it before it has run, by media type.
    """

    key: str
    source: str
    is_code: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict)


def write_cells(cells: Iterable[Cell]) -> str:
    """Returns the JSON of a notebook, the same for the same cells."""
    times: Counter[str] = Counter()
    written = []
    for cell in cells:
        times[cell.key] += 1
        number = f"-{times[cell.key]}" if times[cell.key] > 1 else ""
        written.append(_cell(cell, cell.key + number))
    notebook = {"cells": written, "metadata": _METADATA, **_FORMAT}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _cell(cell: Cell, name: str) -> dict[str, Any]:
    common = {"id": name, "metadata": cell.metadata, "source": _lines(cell.source)}
    if not cell.is_code:
        return {"cell_type": "markdown", **common}
    outputs = [_output(cell.shown)] if cell.shown else []
    return {"cell_type": "code", "execution_count": None, "outputs": outputs, **common}


def _output(shown: Mapping[str, str]) -> dict[str, Any]:
    data = {kind: _lines(text) for kind, text in shown.items()}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def _lines(text: str) -> list[str]:
    return text.rstrip("\n").splitlines(keepends=True)
