"""What a module has to import or define: classes and functions that Keras 3 does not have."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from keras_kgen.catalogue import former
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.frontends.saved.model import (
    Kind,
    ObjectKind,
    SavedLayer,
    SavedModel,
    SavedObject,
    SavedTraining,
    layers_in,
)
from keras_kgen.frontends.saved.output_shapes import Readers, output_tail
from keras_kgen.frontends.saved.skeletons import Made, make_skeleton
from keras_kgen.frontends.saved.tree import brief
from keras_kgen.ir.definitions import Definition, Former, Stub
from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    Literal,
    ObjectCall,
    Reference,
    Sequence,
    from_value,
    to_value,
)
from keras_kgen.pysource.names import (
    MODULE_NAMES,
    Namespace,
    class_case,
    is_identifier,
    snake_case,
)

if TYPE_CHECKING:
    from keras_kgen.frontends.saved.weight_shapes import Shapes

# Packages that have no classes of the author's, and a great deal that a file must not have
# called: `Popen` of subprocess. A script's own classes are in `__main__`.
_NOT_THE_AUTHORS = frozenset(
    [
        "IPython",
        "jax",
        "keras",
        "keras_core",
        "matplotlib",
        "numpy",
        "pip",
        "pkg_resources",
        "scipy",
        "setuptools",
        "tensorflow",
        "tensorboard",
        "tf_keras",
        "torch",
    ]
)
# Names longer than this say nothing.
_LONGEST = 60
# What a function of the author's takes, by the end of the argument that it is given as.
_TAKES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("constraint", ("w",)),
    ("loss", ("y_true", "y_pred")),
    ("metrics", ("y_true", "y_pred")),
)
# The base of a class of the author's, by the end of the argument that it is given as.
_FAMILIES = {
    "constraint": "constraints",
    "regularizer": "regularizers",
    "loss": "losses",
}
# What every layer does without being told.
_PLAIN: dict[str, Expression] = {
    "dtype": Literal("float32"),
    "trainable": Literal(True),
}
# What Keras added to the config of a first layer.
_INPUT_SHAPES = ("batch_input_shape", "batch_shape", "build_input_shape", "input_dtype")
# What a layer that Keras once had takes beyond kgen's source for it: where weights begin, which
# loaded ones replace, and a padding that `check_former` knows to be none.
_OF_BUILDING = ("alpha_initializer", "beta_initializer", "padding", "transform_bias")
# Arguments that every layer takes.
_OF_ALL = ("name", "dtype", "trainable")


class Definitions:
    """Collects what a module imports and defines while a model is rebuilt.

    Args:
        model: The saved model.
        diagnostics: Where notes go.
    """

    def __init__(self, model: SavedModel, diagnostics: Diagnostics) -> None:
        self.model = model
        self.diagnostics = diagnostics
        self.imports: dict[str, str] = {}
        self.found: dict[object, Definition] = {}
        self.made: dict[object, Made] = {}
        self.namespace = Namespace(reserved=MODULE_NAMES | {"random"})
        found = layers_in(model.network) if model.network else ()
        self.layers = tuple(item for layer in found for item in _with_inner(layer))

    @cached_property
    def readers(self) -> Readers:
        """Which layers read what a layer gives."""
        return Readers(self.model.network)

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """What the module defines, in the order in which it is needed."""
        return tuple(self.found.values())

    def named(self, name: str) -> Definition | None:
        """Returns what the module defines by that name, None where it imports it."""
        return next((item for item in self.found.values() if item.name == name), None)

    # -- layers

    def own_layer(self, layer: SavedLayer) -> tuple[str, tuple[Argument, ...]]:
        """Returns the class for a layer that Keras 3 does not have, and its arguments."""
        source = former.find(layer.class_name)
        given = tuple(a for a in self.arguments(layer) if not _says_nothing(a))
        if source is not None and source.is_layer and self.is_former(layer, source):
            return self.former_layer(layer, source, given)
        name = self.imported(layer.class_name, layer.module, layer.location)
        if name is not None:
            return name, self.by_name(given)
        made = self.skeleton(layer)
        return made.skeleton.name, made.arguments(given)

    def is_former(self, layer: SavedLayer, source: former.FormerSource) -> bool:
        """Whether a class is that of Keras, and not one of the author's by the same name."""
        if layer.kind is Kind.FORMER or layer.module.startswith("keras."):
            return True
        names = {a.name for a in layer.arguments} - set(_OF_ALL)
        return not layer.module and names == set(source.parameters)

    def former_layer(
        self,
        layer: SavedLayer,
        source: former.FormerSource,
        given: tuple[Argument, ...],
    ) -> tuple[str, tuple[Argument, ...]]:
        self.check_former(layer)
        kept = []
        for argument in given:
            name = argument.name or ""
            if name in source.parameters:
                value = _sized(layer.class_name, name, _as_tuple(argument.value))
                if name in source.required or to_value(value) != source.defaults[name]:
                    kept.append(replace(argument, value=value))
            elif name in _OF_ALL:
                kept.append(argument)
            elif argument.value != Literal(None) and name not in _OF_BUILDING:
                self.diagnostics.warning(
                    f"{layer.name}: {name} is left out: the {layer.class_name} that kgen "
                    "writes does not take it",
                    argument.location or layer.location,
                )
        return self.former(layer.class_name, layer.location), tuple(kept)

    def check_former(self, layer: SavedLayer) -> None:
        """Reports forms of a layer that kgen's source for it does not have."""
        padding = layer.config.get("padding", "valid")
        is_local = layer.class_name.startswith("LocallyConnected")
        if is_local and padding != "valid":
            self.diagnostics.error(
                f"{layer.name}: kgen writes {layer.class_name} with padding='valid' only. "
                f"Received: padding={brief(padding)}",
                layer.location,
            )

    def former(self, name: str, location: Location | None) -> str:
        """Returns what the module calls something that Keras once had."""
        key = ("former", name)
        if key not in self.found:
            self.found[key] = Former(self.namespace.take(name), name, location)
        return self.found[key].name

    def imported(self, name: str, module: str, location: Location | None) -> str | None:
        """Returns the name of a class or function to import, None where it cannot be."""
        parts = module.split(".")
        if not all(map(_is_public, (name, *parts))) or not _is_importable(parts[0]):
            return None
        if self.imports.get(name) == module:
            return name
        if name in self.namespace:
            return None
        self.namespace.take(name)
        self.imports[name] = module
        self.diagnostics.note(
            f"{name} is imported from {module}, as the file says: see that this is your own "
            "code before you run the module",
            location,
        )
        return name

    def skeleton(self, layer: SavedLayer) -> Made:
        """Returns the class that stands for a class of the author's."""
        from keras_kgen.frontends.saved.weight_shapes import weight_shapes

        whole = ("class", layer.class_name, layer.registered_name, None)
        if whole in self.made:
            return self.made[whole]
        same = [item for item in self.layers if _is_same_class(item, layer)] or [layer]
        shapes = [weight_shapes(self.model, item) for item in same]
        mine: Shapes | None = None
        if not _agree(shapes):
            # Weights of different shapes: one class could not build them all.
            mine = weight_shapes(self.model, layer)
            same = [i for i, s in zip(same, shapes, strict=True) if s == mine]
            shapes = [mine] * len(same)
        key = (*whole[:-1], mine)
        if key not in self.made:
            name = self.namespace.take(self.class_name(layer.class_name))
            given = [_parameters(item) for item in same]
            calls = [call for item in same for call in item.calls]
            tails = {output_tail(self.model, item, self.readers) for item in same}
            made = make_skeleton(
                name,
                layer.class_name,
                given,
                shapes[0],
                calls,
                layer.location,
                tail=tails.pop() if len(tails) == 1 else None,
            )
            self.made[key] = made
            self.found[key] = made.skeleton
            if layer.kind is Kind.FORMER:
                self.diagnostics.note(
                    f"Keras 3 has no {name}, and kgen has no code for it: write "
                    f"{name}.call() in the module",
                    layer.location,
                )
            else:
                self.note_class(name, layer.class_name, "call", layer.location)
        return self.made[key]

    def note_class(
        self, name: str, original: str, method: str, location: Location | None
    ) -> None:
        renamed = "" if name == original else f", for {brief(original)}"
        self.diagnostics.note(
            f"{name} is a class of the author's, and the file does not hold its code: write "
            f"{name}.{method}() in the module{renamed}",
            location,
        )

    def class_name(self, written: str) -> str:
        if _is_public(written):
            return written
        return class_case(written, "CustomLayer")[:_LONGEST]

    # -- functions

    def stub(
        self, found: SavedObject, user: str, wanted: str, parameters: tuple[str, ...]
    ) -> Reference:
        """Returns a function of the author's: imported, or defined so that it can be written.

        Args:
            found: What is known of it.
            user: What calls it, for messages.
            wanted: What to call it where it has no name.
            parameters: What it takes.
        """
        name = self.imported(found.name, found.module, found.location)
        if name is not None:
            return Reference(name, found.module)
        key = ("function", found.name, found.module, parameters)
        if not found.name or key not in self.found:
            # Keras 3 puts the package before the name.
            original = found.name.rpartition(">")[2]
            if not _is_public(original):
                wanted = snake_case(original or wanted, "function")[:_LONGEST]
            else:
                wanted = original
            stub = Stub(
                self.namespace.take(wanted), original, user, parameters, found.location
            )
            self.found[key if found.name else ("function", stub.name)] = stub
            self.diagnostics.note(
                f"{stub.name}() stands for {_called(stub)}, whose code the file does not hold "
                "in a form that can be read: write it in the module",
                found.location,
            )
            return Reference(stub.name, "")
        return Reference(self.found[key].name, "")

    # -- arguments

    def arguments(self, layer: SavedLayer) -> tuple[Argument, ...]:
        """Returns the arguments of a layer with what Keras 3 does not have as references."""
        missing = dict.fromkeys(place.partition("[")[0] for place, _ in layer.objects)
        added = []
        for name in missing:
            value = self.argument(layer, name)
            if value is not None:
                added.append(Argument(value, name, layer.location))
        return (*layer.arguments, *added) if added else layer.arguments

    def training_arguments(self, training: SavedTraining) -> tuple[Argument, ...]:
        """Returns the arguments of `compile` with the author's functions as references."""
        known = {a.name for a in training.arguments}
        added = []
        for place, item in training.objects:
            if place in known or "[" in place:
                self.left_out(place, item)
                continue
            value = self.value(item, place, "compile()", None)
            if value is not None:
                added.append(Argument(value, place, item.location))
        return (*training.arguments, *added)

    def argument(self, layer: SavedLayer, name: str) -> Expression | None:
        places = {place: item for place, item in layer.objects if _base(place) == name}
        inner = {place: item for place, item in layer.inner if _base(place) == name}
        user = f"{shown(layer.class_name)} layer {brief(layer.name)}"
        if set(places) == {name}:
            return self.value(places[name], name, user, inner.get(name))
        if inner and set(places) <= set(inner):
            items = [self.inner_layer(item) for item in inner.values()]
            known = tuple(item for item in items if item is not None)
            return Sequence(known, True) if len(known) == len(items) else None
        self.left_out(name, next(iter(places.values())))
        return None

    def value(
        self, found: SavedObject, argument: str, user: str, inner: SavedLayer | None
    ) -> Expression | None:
        """Returns an object that no expression of Keras 3 says; None leaves it out."""
        if found.kind is ObjectKind.LAYER:
            return None if inner is None else self.inner_layer(inner)
        if found.kind is ObjectKind.FORMER and former.find(found.name) is not None:
            return Reference(self.former(found.name, found.location), "")
        if argument.endswith("initializer"):
            # The model could not even be built, and loaded weights replace what it gives.
            self.left_out(argument, found)
            return None
        if found.kind is ObjectKind.CLASS:
            return self.own_object(found, argument)
        takes = (names for end, names in _TAKES if argument.endswith(end))
        wanted = f"{snake_case(user.rpartition(' ')[2])}_{argument}"
        return self.stub(
            found, f"the {argument} of {user}", wanted, next(takes, ("x",))
        )

    def own_object(self, found: SavedObject, argument: str) -> Expression | None:
        given = tuple(_config_arguments(found.config))
        name = self.imported(found.name, found.module, found.location)
        if name is not None:
            return ObjectCall(
                "imported", name, self.by_name(given), found.location, found.module
            )
        families = (f for end, f in _FAMILIES.items() if argument.endswith(end))
        family = next(families, None)
        if family is None:
            self.left_out(argument, found)
            return None
        key = ("object", found.name, found.registered_name, family)
        if key not in self.made:
            name = self.namespace.take(self.class_name(found.name))
            self.made[key] = make_skeleton(
                name, found.name, [given], (), (), found.location, family
            )
            self.found[key] = self.made[key].skeleton
            method = "call" if family == "losses" else "__call__"
            self.note_class(name, found.name, method, found.location)
        made = self.made[key]
        return ObjectCall(
            "imported", made.skeleton.name, made.arguments(given), found.location
        )

    def by_name(self, given: tuple[Argument, ...]) -> tuple[Argument, ...]:
        """Returns the arguments whose names can stand in a call; the others are reported."""
        for argument in given:
            if not is_identifier(argument.name or ""):
                self.diagnostics.error(
                    f"{brief(argument.name)} is no name of an argument",
                    argument.location,
                )
        return tuple(a for a in given if is_identifier(a.name or ""))

    def inner_layer(self, layer: SavedLayer) -> Expression | None:
        """Returns a layer that is an argument of another layer."""
        if layer.network is not None or layer.kind in (Kind.FUNCTION, Kind.LAMBDA):
            self.diagnostics.error(
                f"{layer.name}: kgen does not write {layer.kind.value} layers inside of "
                "other layers",
                layer.location,
            )
            return None
        name = (Argument(Literal(layer.name), "name"),) if layer.name else ()
        if layer.kind is Kind.LAYER:
            given = self.arguments(layer)
            return ObjectCall(
                "layers", layer.class_name, (*given, *name), layer.location
            )
        own, given = self.own_layer(layer)
        return ObjectCall(
            "imported", own, (*given, *name), layer.location, self.imports.get(own, "")
        )

    def left_out(self, argument: str, found: SavedObject) -> None:
        called = f" {brief(found.name)}" if found.name else ""
        self.diagnostics.warning(
            f"{argument}: the {found.kind.value}{called} is left out: the file does not hold "
            "its code",
            found.location,
        )


def _is_public(name: str) -> bool:
    """Whether a name of the file can be a name in the module as it is."""
    is_free = Namespace().take(name) == name
    is_short = len(name) <= _LONGEST and not name.startswith("_")
    return is_short and is_free and is_identifier(name)


def _is_importable(package: str) -> bool:
    return package not in sys.stdlib_module_names and package not in _NOT_THE_AUTHORS


def shown(name: str) -> str:
    """Returns a name of the file for a message: as it is, or quoted where it is odd."""
    return name if is_identifier(name) and len(name) <= _LONGEST else brief(name)


def _called(stub: Stub) -> str:
    original = brief(stub.original)
    called = f"the function {original}" if stub.original else "the function"
    return f"{called} of {stub.user}"


def _with_inner(layer: SavedLayer) -> Iterator[SavedLayer]:
    """Yields a layer and the layers that are its arguments, and theirs."""
    yield layer
    for _, inner in layer.inner:
        yield from _with_inner(inner)


def _parameters(layer: SavedLayer) -> tuple[Argument, ...]:
    """Returns the arguments of a layer, objects among them as None."""
    objects = dict.fromkeys(_base(place) for place, _ in layer.objects)
    known = (a for a in layer.arguments if a.name not in _INPUT_SHAPES)
    return (*known, *(Argument(Literal(None), name) for name in objects))


def _says_nothing(argument: Argument) -> bool:
    if argument.name in _INPUT_SHAPES:
        return True
    return _PLAIN.get(argument.name or "") == argument.value


def _base(place: str) -> str:
    return place.partition("[")[0]


def _is_same_class(one: SavedLayer, other: SavedLayer) -> bool:
    return (one.kind, one.class_name, one.registered_name) == (
        other.kind,
        other.class_name,
        other.registered_name,
    )


def _agree(shapes: list[Shapes | None]) -> bool:
    return all(item == shapes[0] for item in shapes)


def _config_arguments(config: Mapping[str, Any]) -> list[Argument]:
    found = []
    for name, value in config.items():
        if name != "name":
            found.append(Argument(from_value(value), name))
    return found


def _sized(class_name: str, argument: str, value: Expression) -> Expression:
    """Returns a size as the layer takes it: a number for one axis, a pair for two."""
    if argument not in ("kernel_size", "strides"):
        return value
    is_single = isinstance(value, Sequence) and len(value.items) == 1
    if class_name.endswith("1D") and isinstance(value, Sequence) and is_single:
        return value.items[0]
    if class_name.endswith("2D") and isinstance(value, Literal):
        return Sequence((value, value))
    return value


def _as_tuple(value: Expression) -> Expression:
    if isinstance(value, Sequence):
        return Sequence(tuple(map(_as_tuple, value.items)))
    return value
