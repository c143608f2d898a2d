"""What a spec says on training: `compile`, `data`, `fit`, `callbacks` and so on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from keras_kgen.errors import Diagnostics, Location
from keras_kgen.frontends.arguments import find_object, is_rest, read_document
from keras_kgen.frontends.choices import Choices
from keras_kgen.frontends.data.request import is_own
from keras_kgen.frontends.documents import Document, Items, Scalar, Table
from keras_kgen.frontends.modes import read_distribution, read_loop, read_seed
from keras_kgen.frontends.objects import check_objects, written_out
from keras_kgen.ir.expressions import (
    Dictionary,
    Expression,
    Literal,
    ObjectCall,
    Sequence,
)
from keras_kgen.ir.program import Setting, Training

# What trials of a search are compared by, so that it is no choice.
COMPARED = ("loss", "loss_weights", "metrics", "weighted_metrics", "validation_split")


def read_training(
    table: Table,
    diagnostics: Diagnostics,
    imports: Mapping[str, str] | None = None,
    choices: Choices | None = None,
) -> Training:
    """Reads what a spec says on training: all keys from `compile` to `distribute`.

    Args:
        table: The spec.
        diagnostics: Where problems go.
        imports: The modules of the user's own classes, by the name of the class.
        choices: Where choices go, None where none may stand.
    """
    reader = _TrainingReader(diagnostics, imports or {}, choices)
    data = table.get("data")
    return Training(
        compile=reader.objects(reader.settings(table.get("compile"), "compile")),
        data=read_data(data, reader) if data else None,
        fit=reader.settings(table.get("fit"), "fit"),
        callbacks=reader.callbacks(table.get("callbacks")),
        seed=read_seed(table, diagnostics),
        loop=read_loop(table, diagnostics),
        distribute=read_distribution(table, diagnostics),
    )


def read_data(document: Document, reader: _TrainingReader) -> Setting:
    """Returns `data:`; the names of files and columns in it are texts, whatever they say."""
    own = is_own(document)
    value = plain_value(document) if own else reader.value(document, "data")
    return Setting(value, document.location, places(None, document))


def plain_value(document: Document) -> Expression:
    """Returns a value in which texts are texts, though they may look like calls."""
    if isinstance(document, Items):
        return Sequence(tuple(map(plain_value, document.items)), is_list=True)
    if isinstance(document, Table):
        pairs = ((Literal(key.value), plain_value(item)) for _, key, item in document)
        return Dictionary(tuple(pairs))
    return Literal(document.value)


def places(key: Scalar | None, value: Document, path: str = "") -> dict[str, Location]:
    """Returns where the parts of a setting stand, by path.

    `key` is its own key, `a` the value of `a` in a mapping, `a.key` the key of that, `0`
    the first item of a list.
    """
    found = {} if key is None else {f"{path}.key".removeprefix("."): key.location}
    if path:
        found[path] = value.location
    if isinstance(value, Table):
        for name, inner_key, inner in value:
            found.update(places(inner_key, inner, f"{path}.{name}".removeprefix(".")))
    if isinstance(value, Items):
        for index, item in enumerate(value.items):
            found.update(places(None, item, f"{path}.{index}".removeprefix(".")))
    return found


def _text(document: Document) -> object:
    return document.value if isinstance(document, Scalar) else None


class _TrainingReader:
    def __init__(
        self,
        diagnostics: Diagnostics,
        imports: Mapping[str, str],
        choices: Choices | None,
    ) -> None:
        self.diagnostics = diagnostics
        self.imports = imports
        self.choices = choices
        self.parameters = frozenset(choices.found if choices else ())

    def settings(self, document: Document | None, name: str) -> dict[str, Setting]:
        if document is None:
            return {}
        if not isinstance(document, Table):
            self.diagnostics.error(f"{name}: takes a mapping", document.location)
            return {}
        found = {}
        for key_name, key, value in document:
            if is_rest(key_name):
                continue
            before = len(self.diagnostics)
            choices = None if key_name in COMPARED else self.choices
            read = self.value(value, key_name, choices)
            if len(self.diagnostics) == before:
                found[key_name] = Setting(read, value.location, places(key, value))
        return found

    def objects(self, settings: dict[str, Setting]) -> dict[str, Setting]:
        """Returns the settings of `compile` whose objects are of the right kind."""
        found = {}
        for name, setting in settings.items():
            setting = replace(setting, value=written_out(setting.value, name))
            if check_objects(setting, name, self.diagnostics):
                found[name] = setting
        return found

    def callbacks(self, document: Document | None) -> tuple[Setting, ...]:
        if document is None:
            return ()
        items = document.items if isinstance(document, Items) else (document,)
        found = (self.callback(item) for item in items if not is_rest(_text(item)))
        return tuple(setting for setting in found if setting is not None)

    def callback(self, document: Document) -> Setting | None:
        before = len(self.diagnostics)
        value = written_out(
            self.value(document, "callbacks", self.choices), "callbacks"
        )
        if len(self.diagnostics) > before:
            return None
        if isinstance(value, Literal) and isinstance(value.value, str):
            entry = find_object(value.value, "callbacks")
            if entry is not None and entry.family == "callbacks":
                value = ObjectCall("callbacks", entry.name, (), document.location)
        setting = Setting(value, document.location)
        is_fine = check_objects(setting, "callbacks", self.diagnostics)
        return setting if is_fine else None

    def value(
        self, document: Document, argument: str, choices: Choices | None = None
    ) -> Expression:
        return read_document(
            document,
            argument,
            self.parameters,
            self.diagnostics,
            self.imports,
            choices,
        )
