"""Options of the command line that take the place of what a spec says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from keras_kgen.errors import Diagnostics, Location
from keras_kgen.frontends.documents import Document, Items, Scalar, Table
from keras_kgen.frontends.spec import read_training
from keras_kgen.ir.program import Program


@dataclass(frozen=True, slots=True)
class Overrides:
    """What was given; None and empty stand for not given."""

    data: str | None = None
    optimizer: str | None = None
    loss: str | None = None
    metrics: tuple[str, ...] = ()
    callbacks: tuple[str, ...] = ()
    epochs: int | None = None
    batch_size: int | None = None


def override(program: Program, given: Overrides) -> Program:
    """Returns the program with the training settings that were given.

    Raises:
        SourceError: a setting cannot be read.
    """
    document = Table(
        tuple(
            (Scalar(key, Location(f"--{key}")), value)
            for key, value in (
                (
                    "compile",
                    _table(
                        optimizer=given.optimizer, loss=given.loss, metric=given.metrics
                    ),
                ),
                ("fit", _table(epochs=given.epochs, batch_size=given.batch_size)),
                ("data", _document("data", given.data)),
                ("callbacks", _document("callback", given.callbacks)),
            )
            if value is not None
        ),
        Location("command line"),
    )
    if not document.entries:
        return program
    diagnostics = Diagnostics()
    new = read_training(document, diagnostics)
    diagnostics.raise_errors()
    old = program.training
    return replace(
        program,
        training=replace(
            old,
            compile={**old.compile, **new.compile},
            data=new.data or old.data,
            fit={**old.fit, **new.fit},
            callbacks=(*old.callbacks, *new.callbacks),
        ),
    )


def _table(**values: str | int | Sequence[str] | None) -> Table | None:
    entries = []
    for key, value in values.items():
        document = _document(key, value)
        if document is not None:
            name = "metrics" if key == "metric" else key
            entries.append((Scalar(name, document.location), document))
    return Table(tuple(entries), Location("command line")) if entries else None


def _document(key: str, value: str | int | Sequence[str] | None) -> Document | None:
    place = Location(f"--{key.replace('_', '-')}", 1, 1)
    if value is None or value == ():
        return None
    if isinstance(value, str | int):
        return Scalar(value, place, value if isinstance(value, str) else None)
    return Items(tuple(Scalar(item, place, item) for item in value), place)
