"""Builds the JSON Schema of the spec language from the catalogue, for editors."""

from __future__ import annotations

from typing import Any

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import Entry, Family, Parameter

Schema = dict[str, Any]

_IDENTIFIER = r"^[A-Za-z_][A-Za-z0-9_]*$"
_BLOCK_HEAD = r"^\s*[A-Za-z_][A-Za-z0-9_]*\s*(\(.*\)\s*)?$"
_LONG_FORM_KEYS = ("layer", "name", "inputs", "arguments")
_INPUT_KEYS = ("shape", "dtype")

# How the name of an argument ends -> the definition that offers its usual values.
_VALUES_BY_SUFFIX = {
    "activation": "activation",
    "_initializer": "initializer",
    "_regularizer": "regularizer",
    "_constraint": "constraint",
}
# Families whose members a spec may name by a string, by a call or by a mapping.
_OBJECT_FAMILIES: dict[str, Family] = {
    "optimizer": "optimizers",
    "loss": "losses",
    "metric": "metrics",
    "activation": "activations",
    "initializer": "initializers",
    "regularizer": "regularizers",
    "constraint": "constraints",
    "callback": "callbacks",
}
# The keys of `compile` that take objects; the others take any value.
_COMPILE_VALUES: dict[str, Schema] = {
    "optimizer": {"$ref": "#/$defs/optimizer"},
    "loss": {"$ref": "#/$defs/losses"},
    "metrics": {"$ref": "#/$defs/metrics"},
    "weighted_metrics": {"$ref": "#/$defs/metrics"},
}


def build_schema() -> Schema:
    """Returns a JSON Schema (2020-12) for specs in YAML, JSON and TOML."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "kgen model spec",
        "description": (
            "A Keras model, one layer to a line. "
            f"Layers and arguments are those of Keras {registry.keras_version()}."
        ),
        "type": "object",
        "properties": _top_level(),
        "required": ["inputs", "layers"],
        "additionalProperties": False,
        "$defs": _definitions(),
    }


def _top_level() -> Schema:
    return {
        "name": {
            "description": "The model's name; the module is named after it.",
            "type": "string",
            "minLength": 1,
        },
        "description": {
            "description": "What the model is: the first lines of the module's docstring.",
            "type": "string",
        },
        "inputs": _inputs(),
        "outputs": {
            "description": "The results, where they are not the last line's: "
            "a name, a list of names, or a name for each.",
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
                _mapping_of({"type": "string"}),
            ],
        },
        "blocks": {
            "description": "Repeated parts: `name(parameters)`, or "
            "`name(parameters)(inputs)` for a block with several inputs.",
            "type": "object",
            "patternProperties": {_BLOCK_HEAD: {"$ref": "#/$defs/lines"}},
            "additionalProperties": False,
        },
        "shared": {
            "description": "Layers whose weights are shared by every call of the name.",
            **_mapping_of({"$ref": "#/$defs/line"}),
        },
        "layers": {
            "description": "The layers in order. A line is "
            "`[name =] Layer(arguments)[(inputs)]`.",
            "$ref": "#/$defs/lines",
        },
        "imports": {
            "description": "Your own layers and functions that the lines use.",
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}},
                {"type": "object", "additionalProperties": {"type": "string"}},
            ],
        },
        "compile": {
            "description": "The arguments of `model.compile`.",
            **_method_arguments("compile", _COMPILE_VALUES),
        },
        "data": {
            "description": "What to train on: a built-in data set or a file.",
            "type": ["string", "object"],
        },
        "fit": {
            "description": "The arguments of `model.fit`.",
            **_method_arguments("fit", {"callbacks": {"$ref": "#/$defs/callbacks"}}),
        },
        "callbacks": {
            "description": "Callbacks for training, in order.",
            "$ref": "#/$defs/callbacks",
        },
    }


def _inputs() -> Schema:
    one = {"anyOf": [{"$ref": "#/$defs/shape"}, {"$ref": "#/$defs/input"}]}
    return {
        "description": "The shape of one input without the batch size, "
        "or a name and a shape for each.",
        "anyOf": [*one["anyOf"], _mapping_of(one)],
    }


def _definitions() -> Schema:
    families = {key: _offer(family) for key, family in _OBJECT_FAMILIES.items()}
    definitions: Schema = {
        "dimension": {
            "anyOf": [{"type": "integer", "minimum": 1}, {"enum": [None, "None"]}]
        },
        "shape": {
            "anyOf": [
                {"type": "array", "items": {"$ref": "#/$defs/dimension"}},
                {"type": "integer", "minimum": 1},
            ]
        },
        "input": _input(),
        "line": _line(),
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}, "minItems": 1},
        "losses": _one_or_many("loss"),
        "metrics": _one_or_many("metric"),
        "callbacks": {
            "anyOf": [
                {"type": "array", "items": {"$ref": "#/$defs/callback"}},
                {"$ref": "#/$defs/callback"},
            ]
        },
    }
    base = {p.name: _argument(p) for p in registry.base_parameters()}
    return {**definitions, **families, "base": base, "arguments": _layer_arguments()}


def _input() -> Schema:
    entry = registry.lookup("layers", "Input")
    parameters = entry.all_parameters if entry else ()
    properties = {p.name: _argument(p) for p in parameters if p.name in _INPUT_KEYS}
    properties["shape"] = {**properties["shape"], "$ref": "#/$defs/shape"}
    return {
        "type": "object",
        "properties": properties,
        "required": ["shape"],
        "additionalProperties": False,
    }


def _line() -> Schema:
    """A layer line: a call as text, `{Dense: {units: 10}}` or `{layer: .., name: ..}`."""
    return {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {
                "type": "object",
                "properties": {
                    "layer": {
                        "description": "A layer's name, or a whole call as text.",
                        "anyOf": [{"enum": _layer_names()}, {"type": "string"}],
                    },
                    "name": {
                        "description": "The layer's name.",
                        "type": "string",
                        "pattern": _IDENTIFIER,
                    },
                    "inputs": {
                        "description": "What the layer is called on; "
                        "the line above where it is left out.",
                        "type": ["string", "array", "object"],
                    },
                    "arguments": {
                        "description": "The layer's arguments by name, or in order.",
                        "type": ["object", "array"],
                    },
                },
                "required": ["layer"],
                "additionalProperties": False,
            },
            {
                "type": "object",
                "properties": {
                    entry.name: {
                        "description": _describe(entry),
                        "$ref": f"#/$defs/arguments/{entry.name}",
                    }
                    for entry in _layers()
                },
                "propertyNames": {"not": {"enum": list(_LONG_FORM_KEYS)}},
                "minProperties": 1,
                "maxProperties": 1,
            },
        ]
    }


def _layer_arguments() -> Schema:
    return {entry.name: _arguments(entry) for entry in _layers()}


def _arguments(entry: Entry) -> Schema:
    """The arguments in the mapping form `{Dense: {units: 10}}`; a list has them in order."""
    base = {p.name for p in registry.base_parameters()}
    own = {p.name for p in entry.parameters + entry.inherited_parameters}
    properties = {
        p.name: (
            {"$ref": f"#/$defs/base/{p.name}"} if p.name in base - own else _argument(p)
        )
        for p in entry.all_parameters
    }
    schema: Schema = {
        "properties": properties,
        "additionalProperties": False,
    }
    required = [p.name for p in entry.required_parameters]
    return {**schema, "required": required} if required else schema


def _argument(parameter: Parameter) -> Schema:
    default = parameter.default_source
    texts = [
        "Required." if default is None else f"Default: {default}.",
        "Deprecated." if parameter.is_deprecated else "",
    ]
    schema: Schema = {"description": " ".join(text for text in texts if text)}
    if parameter.is_deprecated:
        schema["deprecated"] = True
    for suffix, definition in _VALUES_BY_SUFFIX.items():
        if parameter.name.endswith(suffix):
            schema["$ref"] = f"#/$defs/{definition}"
    return schema


def _method_arguments(method: str, values: dict[str, Schema]) -> Schema:
    properties = {
        p.name: {**_argument(p), **values.get(p.name, {})}
        for p in registry.method_parameters(method)
        if not p.is_variadic
    }
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _offer(family: Family) -> Schema:
    """The names of a family for completion; any other text is taken too."""
    usable = {e.name for e in registry.entries(family) if not e.is_abstract}
    names = sorted(usable | set(registry.identifiers(family)))
    return {"anyOf": [{"enum": names}, {"type": ["string", "object", "null"]}]}


def _one_or_many(definition: str) -> Schema:
    """One object, a list of them, or either for each output by name."""
    one: Schema = {"$ref": f"#/$defs/{definition}"}
    many: Schema = {"type": "array", "items": {"anyOf": [one, {"type": "array"}]}}
    return {"anyOf": [one, many, _mapping_of({"anyOf": [one, many]})]}


def _mapping_of(value: Schema) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"pattern": _IDENTIFIER},
        "additionalProperties": value,
        "minProperties": 1,
    }


def _describe(entry: Entry) -> str:
    parameters = ", ".join(map(str, entry.parameters))
    return f"{entry.summary}\n\n{entry.path}({parameters})".lstrip()


def _layers() -> list[Entry]:
    """The layers that a line can call."""
    return [entry for entry in registry.entries("layers") if entry.is_layer]


def _layer_names() -> list[str]:
    usable = {entry.name for entry in _layers()}
    aliases = {alias for entry in _layers() for alias in entry.aliases}
    return sorted(usable | aliases)
