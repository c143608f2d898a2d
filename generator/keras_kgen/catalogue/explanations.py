"""What each thing that Keras offers does and is good for, in kgen's own words."""

from __future__ import annotations

import functools
import json
from pathlib import Path

from keras_kgen.catalogue.entry import Entry
from keras_kgen.records import record

_FILE = Path(__file__).parent / "data" / "explanations.json"
# A record, or the name of the entry that the same words explain.
_Record = dict[str, str] | str


@record
class Explanation:
    """One layer, loss, optimizer and so on, for somebody who learns.

    Attributes:
        what: What it does, one sentence.
        why: Why a model has it, "" where that goes without saying.
        change: What to try with it, and what happens then.
        parameters: How the weights of a layer are counted, "" where it has none.
        shape: The shape that a layer makes of the one that it gets.
    """

    what: str
    why: str = ""
    change: str = ""
    parameters: str = ""
    shape: str = ""


@functools.cache
def explain(family: str, name: str) -> Explanation | None:
    """Returns the explanation of an entry of the catalogue, None where there is none.

    Args:
        family: The catalogue family, `layers` for instance.
        name: The canonical name.
    """
    records = _load().get(family, {})
    record = records.get(name)
    if isinstance(record, str):
        return explain(family, record)
    return None if record is None else Explanation(**record)


def what_it_does(entry: Entry) -> str:
    """Returns one sentence on an entry, kgen's where there is one, else that of Keras."""
    explanation = explain(entry.family, entry.name)
    return entry.summary if explanation is None else explanation.what


@functools.cache
def _load() -> dict[str, dict[str, _Record]]:
    data: dict[str, dict[str, _Record]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return data
