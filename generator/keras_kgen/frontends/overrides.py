"""Options of the command line that take the place of what a spec says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from keras_kgen.errors import Diagnostics, Location
from keras_kgen.frontends.data.request import is_own, own_table
from keras_kgen.frontends.documents import Document, Items, Scalar, Table
from keras_kgen.frontends.modes import read_precision
from keras_kgen.frontends.settings import read_training
from keras_kgen.ir.choose import Check, check_choices, without_idle
from keras_kgen.ir.expressions import Literal
from keras_kgen.ir.program import Program, Setting

# What `--jit` says of `jit_compile`; `auto` leaves it out.
_JIT = {"on": True, "off": False}


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
    precision: str | None = None,
    jit: str | None = None,
    seed: int | None = None,
    loop: str | None = None,
    distribute: str | None = None,
) -> Program:
    """Returns the program with the training settings that were given.

    Callbacks are added to those of the program; everything else takes their place.

    Args:
        program: The program.
        check: Reports more problems, together with those of reading.
        data, optimizer, loss, metrics, callbacks, epochs, batch_size, precision, seed, loop,
            distribute: As in a spec; what is None or empty is left as it is.
        jit: Whether `jit_compile` is `on` or `off`; `auto` leaves it to Keras.

    Raises:
        SourceError: a setting cannot be read.
    """
    settings = {
        "compile": _table(optimizer=optimizer, loss=loss, metrics=metrics),
        "fit": _table(epochs=epochs, batch_size=batch_size),
        "data": _document("data", data),
        "callbacks": _document("callbacks", callbacks),
        "precision": _document("precision", precision),
        "seed": _document("seed", seed),
        "loop": _document("loop", loop),
        "distribute": _document("distribute", distribute),
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
    new_precision = read_precision(document, diagnostics)
    changed = replace(
        program,
        precision=new_precision if precision else program.precision,
        training=replace(
            old,
            compile=_with_jit({**old.compile, **new.compile}, jit),
            data=new.data or old.data,
            fit={**old.fit, **new.fit},
            callbacks=(*old.callbacks, *new.callbacks),
            seed=old.seed if seed is None else new.seed,
            loop=new.loop if loop else old.loop,
            distribute=new.distribute or old.distribute,
        ),
    )
    changed = without_idle(changed)
    check_choices(changed, check, diagnostics)
    diagnostics.raise_errors()
    return changed


def _with_jit(settings: Mapping[str, Setting], jit: str | None) -> dict[str, Setting]:
    """Returns the settings of `compile` with what `--jit` says in place of their own."""
    kept = {k: s for k, s in settings.items() if k != "jit_compile" or jit is None}
    if jit in _JIT:
        kept["jit_compile"] = Setting(Literal(_JIT[jit]), Location("--jit", 1, 1))
    return kept


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
