"""Tells what a source is, by its name and its bytes, and reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from keras_kgen.catalogue import registry
from keras_kgen.collector import without_collector
from keras_kgen.errors import Diagnostics, KgenError, Location, SourceError, UsageError
from keras_kgen.frontends import presets
from keras_kgen.frontends.documents import (
    Document,
    Items,
    Scalar,
    Table,
    read_json,
    read_toml,
    read_yaml,
)
from keras_kgen.ir.program import Program
from keras_kgen.pysource.names import snake_case

if TYPE_CHECKING:
    from keras_kgen.frontends.saved.model import SavedModel
    from keras_kgen.ir.choose import Check

READERS: dict[str, Callable[[str, str], Document]] = {
    ".yaml": read_yaml,
    ".yml": read_yaml,
    ".json": read_json,
    ".toml": read_toml,
}
# The names that Keras gives to models by itself.
_MADE_UP = re.compile(r"(functional|model|sequential)(_\d+)?")
_MODEL_ENDINGS = (".keras", ".h5", ".hdf5")


def load_program(
    source: str,
    standard_input: Callable[[], str],
    check: Check | None = None,
    data: Document | None = None,
) -> Program:
    """Reads a source into a program.

    Args:
        source: A preset's name, a file, or `-` for standard input.
        standard_input: Gives the text of standard input.
        check: Reports more problems, together with those of reading.
        data: The user's own data, which take the place of those of the source.

    Raises:
        SourceError: the source is wrong.
        UsageError: there is no such source, or kgen does not read its kind.
    """
    if source == "-":
        return read_spec(read_yaml(standard_input(), "<stdin>"), "model", check, data)
    path = Path(source)
    if ":" in source and not path.exists():
        from keras_kgen.frontends import live

        if live.is_live(source):
            model = live.import_model(source)
            program = rebuild_program(model, live.module_name(source), check)
            return _with_data(program, data)
    preset = presets.find(source)
    if preset is not None and not path.is_file():
        text = preset.read_text("utf-8")
        return read_spec(read_yaml(text, preset.name), source, check, data)
    if _is_model(path):
        return _with_data(_load_model(path, source, check), data)
    if path.suffix.lower() not in READERS:
        raise UsageError(_unknown(source, path))
    return read_spec(read_document(path), snake_case(path.stem), check, data)


def read_document(path: Path) -> Document:
    """Reads the file of a spec, which has one of the endings of `READERS`.

    Raises:
        SourceError: the file cannot be read.
    """
    return READERS[path.suffix.lower()](_read_file(path), str(path))


def load_data(data: Document, name: str | None, check: Check | None = None) -> Program:
    """Returns a model that kgen proposes for the user's own data.

    Args:
        data: The `data:` of a spec.
        name: The model's name.
        check: Reports more problems, together with those of reading.

    Raises:
        SourceError: the data cannot be used.
    """
    key = Scalar("data", data.location)
    document = Table(((key, data),), data.location)
    program = read_spec(document, name or "model", check)
    assert program.training.own is not None
    stem = Path(program.training.own.path).stem
    return program if name else replace(program, name=snake_case(stem))


def _with_data(program: Program, data: Document | None) -> Program:
    """Returns a saved model's program with the user's own data."""
    if data is None:
        return program
    from keras_kgen.frontends.data.inspect import inspect_data
    from keras_kgen.frontends.settings import read_training

    diagnostics = Diagnostics()
    own = inspect_data(data, diagnostics)
    table = Table(((Scalar("data", data.location), data),), data.location)
    setting = read_training(table, diagnostics).data
    training = replace(program.training, data=setting, own=own)
    return replace(program, training=training, notes=(*program.notes, *diagnostics))


def read_spec(
    document: Document,
    name: str,
    check: Check | None,
    data: Document | None = None,
) -> Program:
    """Reads a spec; what reads them is imported where there is one."""
    from keras_kgen.frontends import spec

    if data is not None and isinstance(document, Table):
        kept = (entry for entry in document.entries if entry[0].value != "data")
        entries = (*kept, (Scalar("data", data.location), data))
        document = Table(entries, document.location)
    return spec.read_spec(document, name, check)


def _is_model(path: Path) -> bool:
    """Whether a path is a saved model, or is called like one."""
    if path.suffix.lower() in _MODEL_ENDINGS or path.is_dir():
        return True
    if path.suffix.lower() in (".yaml", ".yml", ".toml") or not path.is_file():
        return False
    from keras_kgen.frontends.saved.containers import is_saved_model

    return is_saved_model(path)


@without_collector()
def _load_model(path: Path, source: str, check: Check | None) -> Program:
    return rebuild_program(_open_layers(path, source), path.stem, check)


def rebuild_program(model: SavedModel, name: str, check: Check | None) -> Program:
    """Returns the program of a saved model.

    Args:
        model: What was read; it must have layers.
        name: What the model is called where only Keras has given it a name.
        check: Reports more problems, together with those of rebuilding.

    Raises:
        SourceError: the model cannot be said in Keras 3.
    """
    from keras_kgen.frontends.saved.rebuild import rebuild

    diagnostics = Diagnostics()
    program = rebuild(model, diagnostics)
    if _MADE_UP.fullmatch(program.name):
        program = replace(program, name=snake_case(name))
    program = replace(program, notes=(*model.notes, *diagnostics))
    if check is not None:
        check(program, diagnostics)
    diagnostics.raise_errors()
    notes = (*model.notes, *diagnostics)
    # The very program that was checked need not be checked again.
    return program if program.notes == notes else replace(program, notes=notes)


def _open_layers(path: Path, source: str) -> SavedModel:
    from keras_kgen.frontends.saved.containers import open_model

    model = open_model(path, source)
    if model.network is None:
        raise UsageError(
            f"{source}: the file holds weights only; give the file that holds the layers, "
            f"a model.json for instance, and --weights {source}"
        )
    return model


def open_weights(source: str, file: str = "") -> tuple[SavedModel, SavedModel]:
    """Opens the saved model that is a source, and the file that has its weights.

    Args:
        source: A file.
        file: The file of the weights; "" means the source.

    Raises:
        SourceError: a file is damaged.
        UsageError: the source is no saved model, or there are no weights in the file.
    """
    from keras_kgen.frontends.saved.containers import open_model

    path = Path(source)
    if not source:
        raise UsageError("--weights goes with a saved model")
    if source == "-" or not _is_model(path):
        raise UsageError(f"--weights goes with a saved model; {source!r} is none")
    model = _open_layers(path, source)
    weights = open_model(Path(file), file) if file else model
    if weights.weights is None:
        raise UsageError(
            f"{file or source}: there are no weights in this file; "
            "--weights FILE names the one that has them"
        )
    return model, weights


def load_lines(
    lines: Sequence[str],
    shape: str | None,
    name: str | None,
    check: Check | None = None,
    data: Document | None = None,
) -> Program:
    """Reads layers that were given on the command line.

    Args:
        lines: The layers, in the call syntax of specs.
        shape: The input's shape, `28,28,1` for instance, without the batch.
        name: The model's name.
        check: Reports more problems, together with those of reading.
        data: The user's own data, which have a shape where none is given.

    Raises:
        SourceError: a line is wrong.
        UsageError: the shape is missing.
    """
    place = Location("--input", 1, 1)
    inputs: tuple[tuple[Scalar, Document], ...] = ()
    if shape is not None:
        inputs = ((Scalar("inputs", place), _shape(shape, place)),)
    elif data is None:
        raise UsageError("-l needs the shape of one input too: --input 28,28,1")
    # A bare name is a layer without arguments: -l Flatten
    texts = [line if "(" in line else f"{line}()" for line in lines]
    layers = tuple(
        Scalar(text, Location(f"-l {number}", 1, 1), text)
        for number, text in enumerate(texts, 1)
    )
    document = Table(
        (*inputs, (Scalar("layers", place), Items(layers, Location("-l", 1, 1)))),
        place,
    )
    return read_spec(document, name or "model", check, data)


def _shape(text: str, place: Location) -> Items:
    plain = text.strip("[]() ")
    if re.fullmatch(r"\d+(x\d+)+", plain):
        plain = plain.replace("x", ",")
    dims = [dim for dim in plain.split(",") if dim.strip()]
    return Items(tuple(Scalar(_dim(dim), place) for dim in dims), place)


def _dim(text: str) -> int | str | None:
    text = text.strip()
    if text.lower() in ("none", "null", "?"):
        return None
    return int(text) if text.isdecimal() else text


def _read_file(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError.of(
            "the file is not UTF-8 text", Location(str(path))
        ) from error
    except FileNotFoundError as error:
        raise UsageError(f"{path}: there is no such file") from error
    except OSError as error:
        raise KgenError(f"{path}: {error.strerror}") from error


def _unknown(source: str, path: Path) -> str:
    if path.is_file():
        kinds = ", ".join(READERS)
        return f"{source}: unknown kind of file; a spec ends in {kinds}"
    listed = "; `kgen presets` lists the presets"
    tail = registry.hint(source, presets.names()) or listed
    return f"{source!r} is neither a preset nor a spec file{tail}"
