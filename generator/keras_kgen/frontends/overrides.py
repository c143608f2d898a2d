"""Options of the command line that take the place of what a spec says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from keras_kgen.errors import Diagnostics, Location
from keras_kgen.frontends.data.request import is_own, own_table
from keras_kgen.frontends.documents import Document, Items, Scalar, Table
from keras_kgen.frontends.settings import read_training
from keras_kgen.frontends.spec import Check
from keras_kgen.ir.program import Program


def override(
    program: Program,
    check: Check,
    *,
    data: str | None = None,
    optimizer: str | None = None,
    loss: str | None = None,
    metrics: tuple[str, ...] = (),
    callbacks: tuple[str, ...] = (),
    epochs: int | None = None,
    batch_size: int | None = None,
) -> Program:
    """Returns the program with the training settings that were given.

    Callbacks are added to those of the program; everything else takes their place.

    Args:
        program: The program.
        check: Reports more problems, together with those of reading.
        data, optimizer, loss, metrics, callbacks, epochs, batch_size: As in a spec; what
            is None or empty is left as it is.

    Raises:
        SourceError: a setting cannot be read.
    """
    settings = {
        "compile": _table(optimizer=optimizer, loss=loss, metrics=metrics),
        "fit": _table(epochs=epochs, batch_size=batch_size),
        "data": _document("data", data),
        "callbacks": _document("callbacks", callbacks),
    }
    entries = (
        (Scalar(key, _place(key)), value)
        for key, value in settings.items()
        if value is not None
    )
    document = Table(tuple(entries), Location("command line"))
    diagnostics = Diagnostics()
    new = read_training(document, diagnostics)
    old = program.training
    changed = replace(
        program,
        training=replace(
            old,
            compile={**old.compile, **new.compile},
            data=new.data or old.data,
            fit={**old.fit, **new.fit},
            callbacks=(*old.callbacks, *new.callbacks),
        ),
    )
    check(changed, diagnostics)
    diagnostics.raise_errors()
    return changed


def own_document(
    data: str | None, *, target: str | None, window: int | None, horizon: int | None
) -> Document | None:
    """Returns the `data:` that options stand for, None where it is no data of the user's.

    Args:
        data: A file, a folder or a pattern.
        target, window, horizon: As in a spec.
    """
    place = Location("--data")
    if data is None or not is_own(Scalar(data, place)):
        return None
    options = _table(target=target, window=window, horizon=horizon)
    return own_table(Scalar(data, place), options)


def _table(**values: str | int | Sequence[str] | None) -> Table | None:
    documents = {key: _document(key, value) for key, value in values.items()}
    entries = tuple(
        (Scalar(key, document.location), document)
        for key, document in documents.items()
        if document is not None
    )
    return Table(entries, Location("command line")) if entries else None


def _document(key: str, value: str | int | Sequence[str] | None) -> Document | None:
    place = _place(key)
    if value is None or value == ():
        return None
    if isinstance(value, str | int):
        return Scalar(value, place, value if isinstance(value, str) else None)
    return Items(tuple(Scalar(item, place, item) for item in value), place)


def _place(key: str) -> Location:
    """Returns the option that gives a setting: `--batch-size` for batch_size."""
    option = {"metrics": "metric", "callbacks": "callback"}.get(key, key)
    return Location(f"--{option.replace('_', '-')}", 1, 1)
