"""What a spec says on training: `compile`, `data`, `fit` and `callbacks`."""

from __future__ import annotations

from keras_kgen.errors import Diagnostics, Location
from keras_kgen.frontends.arguments import find_object, read_document
from keras_kgen.frontends.documents import Document, Items, Scalar, Table
from keras_kgen.ir.expressions import Expression, Literal, ObjectCall
from keras_kgen.ir.program import Setting, Training


def read_training(table: Table, diagnostics: Diagnostics) -> Training:
    """Reads the keys `compile`, `data`, `fit` and `callbacks` of a spec."""
    reader = _TrainingReader(diagnostics)
    data = table.get("data")
    return Training(
        compile=reader.settings(table.get("compile"), "compile"),
        data=(
            Setting(reader.value(data, "data"), data.location, places(None, data))
            if data
            else None
        ),
        fit=reader.settings(table.get("fit"), "fit"),
        callbacks=reader.callbacks(table.get("callbacks")),
    )


def places(key: Scalar | None, value: Document, path: str = "") -> dict[str, Location]:
    """Returns where the parts of a setting stand, by path.

    `key` is its own key, `a` the value of `a` in a mapping, `a.key` the key of that.
    """
    found = {} if key is None else {f"{path}.key".removeprefix("."): key.location}
    if path:
        found[path] = value.location
    if isinstance(value, Table):
        for name, inner_key, inner in value:
            found.update(places(inner_key, inner, f"{path}.{name}".removeprefix(".")))
    return found


class _TrainingReader:
    def __init__(self, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics

    def settings(self, document: Document | None, name: str) -> dict[str, Setting]:
        if document is None:
            return {}
        if not isinstance(document, Table):
            self.diagnostics.error(f"{name}: takes a mapping", document.location)
            return {}
        return {
            name: Setting(self.value(value, name), value.location, places(key, value))
            for name, key, value in document
        }

    def callbacks(self, document: Document | None) -> tuple[Setting, ...]:
        if document is None:
            return ()
        items = document.items if isinstance(document, Items) else (document,)
        return tuple(Setting(self.callback(item), item.location) for item in items)

    def callback(self, document: Document) -> Expression:
        before = len(self.diagnostics)
        value = self.value(document, "callbacks")
        if len(self.diagnostics) > before:
            return value
        if isinstance(value, Literal) and isinstance(value.value, str):
            entry = find_object(value.value, "callbacks")
            if entry is not None and entry.family == "callbacks":
                return ObjectCall("callbacks", entry.name, (), document.location)
        if not isinstance(value, ObjectCall) or value.family != "callbacks":
            self.diagnostics.error(
                "expected a callback such as EarlyStopping(patience=3)",
                document.location,
            )
        return value

    def value(self, document: Document, argument: str) -> Expression:
        return read_document(document, argument, (), self.diagnostics)
