"""Initializers, losses, optimizers and the like as expressions."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import Entry, Family
from keras_kgen.errors import Location
from keras_kgen.frontends.saved import old_objects
from keras_kgen.frontends.saved.context import Config, Context, Found, members
from keras_kgen.frontends.saved.model import ObjectKind, SavedLayer, SavedObject
from keras_kgen.frontends.saved.names import (
    ClassName,
    class_name_of,
    current_name,
    find_class,
)
from keras_kgen.frontends.saved.tree import Json, brief
from keras_kgen.frontends.saved.values import constant, is_list, unwrapped
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Literal,
    ObjectCall,
    Sequence,
)

# Which family an argument's object belongs to, by the end of its name.
_FAMILY_BY_ENDING: tuple[tuple[str, Family], ...] = (
    ("initializer", "initializers"),
    ("regularizer", "regularizers"),
    ("constraint", "constraints"),
    ("activation", "activations"),
    ("backward_layer", "layers"),
    ("layer", "layers"),
    ("cells", "layers"),
    ("cell", "layers"),
    ("inner_optimizer", "optimizers"),
    ("optimizer", "optimizers"),
    ("learning_rate", "schedules"),
    ("loss", "losses"),
    ("metrics", "metrics"),
)
# Families whose members a config may name by a string.
_NAMED: tuple[Family, ...] = (
    "initializers",
    "regularizers",
    "constraints",
    "activations",
    "losses",
    "metrics",
    "optimizers",
)
_FALLBACKS: tuple[Family, ...] = (
    "layers",
    "initializers",
    "regularizers",
    "constraints",
    "schedules",
    "losses",
    "metrics",
    "optimizers",
)
_BYTECODE = frozenset({"__lambda__"})
ReadLayer = Callable[[Json], SavedLayer]


@functools.lru_cache(maxsize=4096)
def family_of(argument: str) -> Family | None:
    """Returns the family of the objects that an argument takes, None where it takes values."""
    return next((f for end, f in _FAMILY_BY_ENDING if argument.endswith(end)), None)


class ObjectReader:
    """Reads the arguments of one layer, or of `compile`.

    Args:
        context: The file.
        read_layer: Reads a layer that is an argument.
        keeps_rest: Whether a list keeps what can be said where one of its items cannot.
    """

    def __init__(
        self, context: Context, read_layer: ReadLayer, keeps_rest: bool = False
    ) -> None:
        self.context = context
        self.read_layer = read_layer
        self.keeps_rest = keeps_rest
        self.found = Found()

    def arguments(self, config: Config, entry: Entry | None) -> tuple[Argument, ...]:
        """Returns arguments as expressions.

        Args:
            config: The arguments by the names of Keras 3.
            entry: What takes them; None takes everything.
        """
        read = []
        for name, json in config.items():
            if entry is not None and not entry.accepts(name):
                self.context.dropped(entry.name, name, json)
                continue
            value = self.value(json, name)
            if value is not None:
                read.append(Argument(value, name, json.location))
        return tuple(read)

    def value(self, json: Json, argument: str, place: str = "") -> Expression | None:
        """Returns a value as an expression; None where none can say it.

        Args:
            json: The value.
            argument: The argument, which tells what kind of object is meant.
            place: The argument with its index, for what is found on the way.
        """
        place = place or argument
        family = family_of(argument)
        if argument == "dtype" and not isinstance(json.value, dict):
            return constant(json)
        if argument != "dtype":
            json = unwrapped(json)
        if isinstance(json.value, str) and family in _NAMED:
            return self._named(json, family, place)
        if isinstance(json.value, list):
            return self._items(json, argument, place)
        if isinstance(json.value, dict):
            return self._object_once(json, argument, family, place)
        return constant(json, argument)

    def _object_once(
        self, json: Json, argument: str, family: Family | None, place: str
    ) -> Expression | None:
        """Reads a mapping; most layers of a model say the same ones, in other places."""
        known = self.context.objects
        key = (argument, repr(json.value), self.keeps_rest)
        if key not in known:
            before = self._remarks()
            value = self._mapping(json, argument, family, place)
            is_all = value is not None and self._remarks() == before
            known[key] = (value, json.path) if value is not None and is_all else None
            return value
        found = known[key]
        if found is None:
            return self._mapping(json, argument, family, place)
        value, path = found
        return Move(path, json.location).value(value)

    def _remarks(self) -> tuple[int, int, int]:
        """Counts what has been found besides expressions."""
        found = self.found
        return len(found.objects), len(found.inner), len(self.context.diagnostics)

    def _items(self, json: Json, argument: str, place: str) -> Expression | None:
        items = [
            self.value(item, argument, f"{place}[{index}]")
            for index, item in enumerate(json.items())
        ]
        known = tuple(item for item in items if item is not None)
        if len(known) < len(items) and not self.keeps_rest:
            return None
        return Sequence(known, is_list(argument))

    def _mapping(
        self, json: Json, argument: str, family: Family | None, place: str
    ) -> Expression | None:
        if argument == "dtype":
            return self._dtype(json)
        table = json.table()
        if "class_name" in table:
            plain = constant(json, argument)
            return plain if plain is not None else self._object(json, family, place)
        old = old_objects.named_object(json, family)
        if old is not None:
            return self._object(old, family, place)
        plain = constant(json) if family is None else None
        if plain is not None:
            return plain
        pairs = [
            (Literal(key), self.value(item, argument, f"{place}[{key!r}]"))
            for key, item in json.entries()
        ]
        known = tuple((key, value) for key, value in pairs if value is not None)
        if len(known) < len(pairs) and not self.keeps_rest:
            return None
        return Dictionary(known)

    def _named(self, json: Json, family: Family, place: str) -> Expression | None:
        """Reads the name of a function or of a class: `relu`, `he_normal`."""
        name = json.text()
        if family == "activations" and self._is_former_activation(name):
            return self._unsayable(ObjectKind.FORMER, ClassName(name), json, place)
        current = current_name(family, name)
        if current is not None:
            return Literal(_spelling(family, name, current))
        return self._unsayable(ObjectKind.FUNCTION, ClassName(name), json, place)

    def _is_former_activation(self, name: str) -> bool:
        return name in old_objects.FORMER_ACTIVATIONS and self.context.generation < 3

    def _object(
        self, json: Json, family: Family | None, place: str
    ) -> Expression | None:
        name = class_name_of(json)
        if name.name in _BYTECODE:
            return self._unsayable(ObjectKind.BYTECODE, ClassName(""), json, place)
        if name.name == "function":
            return self._function(json, name, family, place)
        wrapped = old_objects.wrapped_function(json, name.name)
        if wrapped is not None and family is not None:
            return self._named(wrapped, family, place)
        families = _FALLBACKS if family is None else (family, "layers")
        for candidate in families:
            entry = find_class(candidate, name)
            if entry is not None and candidate == "layers":
                return self._layer(json, place)
            if entry is not None:
                return self._call(json, entry)
        if family == "layers":
            return self._layer(json, place)
        return self._custom(json, name, family, place)

    def _custom(
        self, json: Json, name: ClassName, family: Family | None, place: str
    ) -> Expression | None:
        if name.is_own and isinstance(json.table().get("config"), str):
            return self._function(json, name, family, place)
        return self._unsayable(ObjectKind.CLASS, name, json, place)

    def _function(
        self, json: Json, name: ClassName, family: Family | None, place: str
    ) -> Expression | None:
        """Reads a function that Keras 3 saved with its module."""
        config = json.need("config")
        if not isinstance(config.value, str):
            return self._unsayable(ObjectKind.FUNCTION, name, json, place)
        own = name.module.partition(".")[0] in ("keras", "tf_keras", "tensorflow")
        current = current_name(family, config.text()) if family and own else None
        if family and current is not None:
            return Literal(_spelling(family, config.text(), current))
        function = ClassName(config.text(), name.module, name.registered_name)
        return self._unsayable(ObjectKind.FUNCTION, function, json, place)

    def _layer(self, json: Json, place: str) -> Expression | None:
        layer = self.read_layer(json)
        self.found.inner.append((place, layer))
        call = layer_call(layer)
        if call is None:
            name = ClassName(layer.class_name, layer.module, layer.registered_name)
            return self._unsayable(ObjectKind.LAYER, name, json, place)
        return call

    def _call(self, json: Json, entry: Entry) -> Expression | None:
        given = json.get("config")
        config = members(given) if given is not None else {}
        config = old_objects.updated(entry, config, self.context)
        old_objects.note_unsaved(entry, config, json.location, self.context)
        before = len(self.found.objects)
        entry, config = old_objects.simplified(entry, config)
        arguments = self.arguments(config, entry)
        if len(self.found.objects) > before:
            return None
        if old_objects.says_nothing(entry, arguments):
            return Literal(None)
        return ObjectCall(entry.family, entry.name, arguments, json.location)

    def _dtype(self, json: Json) -> Expression | None:
        """Reads a data type, or the name of a policy."""
        if isinstance(json.value, dict) and "class_name" in json.value:
            config = json.get("config")
            name = (
                config.get("name")
                if config and isinstance(config.value, dict)
                else None
            )
            if name is None:
                self.context.diagnostics.warning(
                    f"the data type {brief(json.value)} is left out", json.location
                )
                return None
            return Literal(name.text())
        return constant(json)

    def _unsayable(
        self, kind: ObjectKind, name: ClassName, json: Json, place: str
    ) -> Expression | None:
        """Keeps an object that no expression says; the answer is always None."""
        table = json.value if isinstance(json.value, dict) else {}
        config = table.get("config")
        item = SavedObject(
            kind,
            name.name,
            name.module,
            name.registered_name,
            config if isinstance(config, dict) else {},
            json.location,
        )
        self.found.objects.append((place, item))
        return None


class Move:
    """Gives what was read in one place of a file as it is in another, where the same stands.

    Args:
        start: The path of the one place.
        to: The other place.
    """

    def __init__(self, start: str, to: Location) -> None:
        self.length = len(start)
        self.path = to.path
        self.source = to.source

    def arguments(self, arguments: tuple[Argument, ...]) -> tuple[Argument, ...]:
        """Returns arguments as they are in the other place."""
        moved = []
        for argument in arguments:
            value = argument.value
            if not isinstance(value, Literal):
                value = self.value(value)
            place = self.place(argument.location)
            moved.append(Argument(value, argument.name, place))
        return tuple(moved)

    def value(self, value: Expression) -> Expression:
        """Returns an expression as it is in the other place."""
        match value:
            case Literal():
                return value
            case ObjectCall(family, class_name, arguments, location, module):
                given = self.arguments(arguments)
                place = self.place(location)
                return ObjectCall(family, class_name, given, place, module)
            case Sequence(items, is_list):
                moved = tuple(map(self.value, items))
                is_same = all(map(operator.is_, moved, items))
                return value if is_same else Sequence(moved, is_list)
            case Dictionary(pairs):
                return Dictionary(tuple((key, self.value(v)) for key, v in pairs))
        return value

    def place(self, place: Location | None) -> Location | None:
        """Returns a place within the one as it is within the other."""
        if place is None:
            return None
        return Location(self.source, 0, 0, self.path + place.path[self.length :])


def layer_call(layer: SavedLayer) -> ObjectCall | None:
    """Returns a layer that is an argument as an expression, None where none can say it."""
    if registry.lookup("layers", layer.class_name) is None or layer.network is not None:
        return None
    if layer.objects or layer.kind.value not in ("layer", "input"):
        return None
    name = (Argument(Literal(layer.name), "name"),) if layer.name else ()
    return ObjectCall(
        "layers", layer.class_name, (*layer.arguments, *name), layer.location
    )


def _spelling(family: Family, written: str, current: str) -> str:
    """Returns the string for a function or class: as written where Keras 3 knows it so."""
    known = registry.identifiers(family)
    if known.get(written) == current and family != "activations":
        return written
    if known.get(current) == current or family in ("activations", "metrics"):
        return current
    return next((key for key, value in known.items() if value == current), current)
