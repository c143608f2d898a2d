"""A layer of a saved model: its class today, its arguments, its inner layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import Entry
from keras_kgen.frontends.saved import layer_arguments, merges
from keras_kgen.frontends.saved.context import Config, Context, members
from keras_kgen.frontends.saved.frozen import FROZEN, without_flags
from keras_kgen.frontends.saved.model import (
    Kind,
    ObjectKind,
    SavedLayer,
    SavedNetwork,
    SavedObject,
)
from keras_kgen.frontends.saved.names import (
    FORMER_LAYERS,
    FUNCTIONS,
    NETWORKS,
    ClassName,
    class_name_of,
    find_class,
    find_operation,
)
from keras_kgen.frontends.saved.objects import ObjectReader
from keras_kgen.frontends.saved.tree import Json
from keras_kgen.pysource.names import snake_case

ReadNetwork = Callable[[Json, Context], SavedNetwork]
# Layers that take functions of the author's, and the arguments that do.
_TAKE_FUNCTIONS = {
    "Lambda": ("function", "output_shape", "mask"),
    "Merge": ("mode", "output_shape", "output_mask"),
}
_OF_FUNCTIONS = frozenset(
    {"function_type", "mode_type", "module", "output_mask_type", "output_shape_type"}
)


class LayerReader:
    """Reads layers; nested models go back to `read_network`."""

    def __init__(self, context: Context, read_network: ReadNetwork) -> None:
        self.context = context
        self.read_network = read_network

    def read(self, json: Json) -> SavedLayer:
        """Returns a layer without its calls.

        Args:
            json: A mapping of `class_name` and `config`.
        """
        name = class_name_of(json)
        if is_network(json, name):
            return self._nested(json, name)
        return self._read_once(json, name)

    def _read_once(self, json: Json, name: ClassName) -> SavedLayer:
        """Reads a layer; most layers of a model are like another but for name and place."""
        raw = json.value.get("config")
        if not isinstance(raw, dict):
            return self._read(json, name)
        key = (name, repr({**raw, "name": None}))
        known = self.context.layers
        if key not in known:
            before = len(self.context.diagnostics)
            layer = self._read(json, name)
            is_all = _has_arguments_only(layer)
            is_all = is_all and len(self.context.diagnostics) == before
            known[key] = (layer, json.path) if is_all else None
            return layer
        found = known[key]
        if found is None:
            return self._read(json, name)
        layer, path = found
        return replace(
            layer,
            name=_layer_name(json, layer.class_name),
            config=raw,
            build_config=_raw(json, "build_config"),
            location=json.location,
            like=path,
        )

    def _read(self, json: Json, name: ClassName) -> SavedLayer:
        config = _config(json)
        merge = merges.replacement(name.name, config) if name.is_own else None
        if merge is not None:
            name, config = replace(name, name=merge[0]), merge[1]
        if name.name == "TimeDistributedDense" and name.is_own:
            config = _distributed(config)
        layer = self._layer(json, name, config)
        written = json.text_at("class_name").rpartition(">")[2]
        return replace(layer, saved_class_name=written)

    def _layer(self, json: Json, name: ClassName, config: Config) -> SavedLayer:
        operation = (
            find_operation(name, config) if self.context.generation > 2 else None
        )
        if operation is not None:
            return self._operation(json, name, config, operation)
        if name.name in FUNCTIONS and name.is_own:
            return self._function(json, name, config)
        entry = find_class("layers", name)
        if name.name in _TAKE_FUNCTIONS and name.is_own:
            return self._with_functions(json, name, config)
        if entry is None or entry.is_abstract:
            former = name.is_own and name.name in FORMER_LAYERS
            kind = Kind.FORMER if former else Kind.CUSTOM
            return self._make(json, name, kind, name.name, config, None)
        kind = Kind.INPUT if entry.name == "InputLayer" else Kind.LAYER
        return self._make(json, name, kind, entry.name, config, entry)

    def _make(
        self,
        json: Json,
        name: ClassName,
        kind: Kind,
        class_name: str,
        config: Config,
        entry: Entry | None,
    ) -> SavedLayer:
        """Makes a layer; a custom one keeps its arguments as they are."""
        reader = ObjectReader(self.context, self.read)
        if kind is not Kind.CUSTOM:
            config = layer_arguments.update_arguments(
                class_name, name.name, entry, config, self.context
            )
        else:
            config = {key: value for key, value in config.items() if key != "name"}
        arguments = reader.arguments(config, entry)
        return SavedLayer(
            kind,
            class_name,
            _layer_name(json, class_name),
            arguments,
            objects=tuple(reader.found.objects),
            inner=tuple(reader.found.inner),
            saved_class_name=name.name,
            module=name.module,
            registered_name=name.registered_name,
            config=_raw(json, "config"),
            build_config=_raw(json, "build_config"),
            location=json.location,
        )

    def _nested(self, json: Json, name: ClassName) -> SavedLayer:
        network = self.read_network(json, self.context)
        class_name = "Sequential" if network.is_sequential else "Functional"
        layer = self._make(json, name, Kind.MODEL, class_name, {}, None)
        given = json.get("name")
        label = network.name if given is None else given.text()
        layer = replace(layer, network=network, name=label)
        if _raw(json, "config").get("trainable") is not False:
            return layer
        frozen = without_flags(network)
        return replace(layer, network=frozen, arguments=(FROZEN,))

    def _operation(
        self, json: Json, name: ClassName, config: Config, operation: Entry
    ) -> SavedLayer:
        rest = {key: v for key, v in config.items() if not _is_of_keras(key, v)}
        return self._make(json, name, Kind.OPERATION, operation.name, rest, None)

    def _function(self, json: Json, name: ClassName, config: Config) -> SavedLayer:
        layer = self._make(json, name, Kind.FUNCTION, name.name, {}, None)
        return replace(layer, class_name=_function_name(name.name, config))

    def _with_functions(
        self, json: Json, name: ClassName, config: Config
    ) -> SavedLayer:
        own = _TAKE_FUNCTIONS[name.name]
        functions = {key: config[key] for key in own if _is_function(key, config)}
        rest = {
            key: value
            for key, value in config.items()
            if key not in functions and key not in _OF_FUNCTIONS and key != "layers"
        }
        kind = Kind.LAMBDA if name.name == "Lambda" else Kind.FORMER
        layer = self._make(json, name, kind, name.name, rest, _entry(name.name))
        module = config.get("module")
        where = module.value if module and isinstance(module.value, str) else ""
        objects = [
            (key, _function_of(value, where)) for key, value in functions.items()
        ]
        return replace(layer, objects=(*layer.objects, *objects))


def is_network(json: Json, name: ClassName) -> bool:
    """Whether a config is that of a model with layers in it."""
    config = json.value.get("config")
    if name.name in NETWORKS and name.is_own:
        return True
    return isinstance(config, dict) and {"layers", "input_layers"} <= set(config)


def _has_arguments_only(layer: SavedLayer) -> bool:
    is_plain = layer.kind in (Kind.INPUT, Kind.LAYER, Kind.OPERATION)
    return is_plain and not layer.objects and not layer.inner


def _entry(name: str) -> Entry | None:
    return registry.lookup("layers", name)


def _config(json: Json) -> Config:
    config = json.get("config")
    return {} if config is None else members(config)


def _raw(json: Json, key: str) -> dict[str, Any]:
    value = json.value.get(key)
    return value if isinstance(value, dict) else {}


def _is_of_keras(key: str, value: Json) -> bool:
    """Whether a key of an op's config is nothing that a person gives: a dtype policy, say."""
    is_policy = key == "dtype" and not isinstance(value.value, str)
    return key == "name" or is_policy


def _layer_name(json: Json, class_name: str) -> str:
    """Returns a layer's name, which its call or its config says."""
    for place in (json, json.get("config")):
        table = place.value if place is not None else None
        if place and isinstance(table, dict) and table.get("name") is not None:
            return place.text_at("name")
    return snake_case(class_name)


def _distributed(config: Config) -> Config:
    """Returns the config of TimeDistributed(Dense) for Keras 1's TimeDistributedDense."""
    anchor = next(iter(config.values()), None)
    if anchor is None:
        return {}
    inner = {key: value.value for key, value in config.items() if key != "name"}
    layer = {"class_name": "Dense", "config": inner}
    kept: Config = {k: config[k] for k in ("name", "trainable") if k in config}
    place = Json(layer, anchor.path.rpartition(".")[0], anchor.source)
    return {**kept, "layer": place}


def _function_name(class_name: str, config: Config) -> str:
    """Returns the TensorFlow function that a layer of tf.keras calls."""
    for key in ("function", "attr_name", "method_name"):
        if key in config and isinstance(config[key].value, str):
            return config[key].text()
    node = config.get("node_def")
    if node is not None and isinstance(node.value, dict):
        operation = node.get("op")
        return class_name if operation is None else operation.text()
    return class_name


def _is_function(key: str, config: Config) -> bool:
    """Whether an argument is a function, of which the file has a name or bytecode."""
    if key not in config or config[key].value is None:
        return False
    kind = config.get(f"{key}_type")
    if key == "function" or (kind is not None and kind.value in _CODE_TYPES):
        return True
    value = config[key].value
    return isinstance(value, dict) and value.get("class_name") in _CODE_CLASSES


_CODE_TYPES = ("lambda", "function")
_CODE_CLASSES = ("__lambda__", "function")


def _function_of(json: Json, module: str) -> SavedObject:
    """Returns what is known of a function: its name, or that it is bytecode."""
    value = json.value
    if isinstance(value, dict) and isinstance(value.get("config"), str):
        where = json.get("module")
        return _named_function(value["config"], where.text() if where else module, json)
    if isinstance(value, str) and value.isidentifier():
        return _named_function(value, module, json)
    return SavedObject(ObjectKind.BYTECODE, "", module, location=json.location)


def _named_function(name: str, module: str, json: Json) -> SavedObject:
    return SavedObject(ObjectKind.FUNCTION, name, module, location=json.location)
