"""What a spec says in a word: `precision`, `seed`, `loop` and `distribute`."""

from __future__ import annotations

from collections.abc import Sequence

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.distributions import DISTRIBUTIONS, REFUSED
from keras_kgen.catalogue.modes import LOOPS, MAX_SEED, PRECISIONS
from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.documents import Document, Scalar, Table
from keras_kgen.ir.expressions import Literal
from keras_kgen.ir.program import Setting

_SEEDS = range(MAX_SEED + 1)


def read_precision(table: Table, diagnostics: Diagnostics) -> str:
    """Returns the policy of layers that have no `dtype` of their own."""
    return _word(table, "precision", PRECISIONS, diagnostics)


def read_loop(table: Table, diagnostics: Diagnostics) -> str:
    """Returns who runs a training step."""
    return _word(table, "loop", LOOPS, diagnostics)


def read_seed(table: Table, diagnostics: Diagnostics) -> int | None:
    """Returns what random numbers start from, None where that is left open."""
    document = table.get("seed")
    value = _value(document)
    if document is None or value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value in _SEEDS:
        return value
    message = f"seed must be a whole number from 0 to {MAX_SEED}"
    diagnostics.error(f"{message}.{_received(document)}", document.location)
    return None


def read_distribution(table: Table, diagnostics: Diagnostics) -> Setting | None:
    """Returns the name of one of the ways that Keras has to train on several devices."""
    document = table.get("distribute")
    if document is None:
        return None
    name = _value(document)
    if isinstance(name, str) and name in DISTRIBUTIONS:
        return Setting(Literal(name), document.location)
    if isinstance(name, str) and name in REFUSED:
        diagnostics.error(f"distribute: {REFUSED[name]}", document.location)
        return None
    ways = ", ".join(f"{item.name} ({item.library})" for item in DISTRIBUTIONS.values())
    near = registry.hint(name, DISTRIBUTIONS) if isinstance(name, str) else ""
    diagnostics.error(f"distribute: takes one of {ways}{near}", document.location)
    return None


def _word(
    table: Table, key: str, known: Sequence[str], diagnostics: Diagnostics
) -> str:
    """Returns one of a few words, the first where another or none is given."""
    document = table.get(key)
    value = _value(document)
    if document is None or value is None or value in known:
        return str(value or known[0])
    if isinstance(value, str):
        tail = registry.hint(value, known) or f"; expected {', '.join(known)}"
        diagnostics.error(f"unknown {key} {value!r}{tail}", document.location)
    else:
        message = f"{key} must be one of {', '.join(known)}.{_received(document)}"
        diagnostics.error(message, document.location)
    return known[0]


def _value(document: Document | None) -> bool | int | float | str | None:
    """Returns a plain value; a list or mapping is none of those that are known."""
    if document is None:
        return None
    return document.value if isinstance(document, Scalar) else False


def _received(document: Document) -> str:
    return f" Received: {document.value!r}" if isinstance(document, Scalar) else ""
