"""The part of the JSON Schema that describes arguments: their meaning, defaults and values."""

from __future__ import annotations

from typing import Any

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.callbacks import PATHS
from keras_kgen.catalogue.entry import Entry, Family, Parameter
from keras_kgen.catalogue.explanations import what_it_does
from keras_kgen.catalogue.rules.arguments import check_argument, words_of
from keras_kgen.catalogue.unwritable import UNWRITABLE

Schema = dict[str, Any]

# How the name of an argument ends -> the definition that offers its usual values.
_VALUES_BY_SUFFIX = {
    "activation": "activation",
    "_initializer": "initializer",
    "_regularizer": "regularizer",
    "_constraint": "constraint",
    "dtype": "dtype",
}
# Values that show which types an argument of a layer takes.
_SCALARS: dict[str, tuple[object, ...]] = {
    "boolean": (True, False),
    "integer": (-1, 0, 1, 2, 3, 4, 7),
    "number": (-0.5, 0.5, 1.5),
    "null": (None,),
}
_NESTED: dict[str, tuple[object, ...]] = {
    "array": ([1], [1, 1], [1, 1, 1], [0.1, 0.2], ["a"]),
    "object": ({},),
}


def layer_arguments(entry: Entry) -> Schema:
    """Returns the arguments of a layer in the mapping form `{Dense: {units: 10}}`."""
    base = {p.name for p in registry.base_parameters()}
    own = {p.name for p in entry.parameters + entry.inherited_parameters}
    shared = base - own
    return _arguments(
        entry,
        {
            p.name: (
                {"$ref": f"#/$defs/base/{p.name}"}
                if p.name in shared
                else {**argument(entry.name, p), **_values(entry.name, p)}
            )
            for p in entry.all_parameters
        },
    )


def object_arguments(entry: Entry) -> Schema:
    """Returns the arguments of an object in the mapping form `{Adam: {..}}`."""
    properties = {p.name: argument(entry.name, p) for p in entry.all_parameters}
    return {
        "description": summary(entry),
        **_arguments(entry, properties),
        "type": ["object", "null"],
    }


def _arguments(entry: Entry, properties: Schema) -> Schema:
    supplied, _ = PATHS.get(entry.name, ("", ""))
    required = [p.name for p in entry.required_parameters if p.name != supplied]
    schema: Schema = {"properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def argument(owner: str, parameter: Parameter) -> Schema:
    """Returns what an argument means, its default, and a list of usual values.

    Args:
        owner: The class or the method that takes the argument.
        parameter: The argument.
    """
    default = parameter.default_source
    texts = (
        registry.meaning(owner, parameter.name),
        "Required." if default is None else f"Default: {default}.",
        "Deprecated." if parameter.is_deprecated else "",
    )
    schema: Schema = {"description": " ".join(text for text in texts if text)}
    if default is not None and parameter.is_literal:
        schema["default"] = _json(parameter.default)
    if parameter.is_deprecated:
        schema["deprecated"] = True
    for suffix, definition in _VALUES_BY_SUFFIX.items():
        if parameter.name.endswith(suffix):
            schema["$ref"] = f"#/$defs/{definition}"
    return schema


def _json(value: object) -> object:
    """Returns a default as JSON has it: tuples are lists."""
    return [_json(item) for item in value] if isinstance(value, tuple) else value


def _values(layer: str, parameter: Parameter) -> Schema:
    """Returns the types of an argument, and its words where there are some."""

    def accepted(values: dict[str, tuple[object, ...]]) -> list[str]:
        return [
            kind
            for kind, probes in values.items()
            if any(check_argument(layer, parameter.name, v) is None for v in probes)
        ]

    scalars = accepted(_SCALARS)
    if len(scalars) == len(_SCALARS):
        return {}
    is_number = "integer" in scalars or "number" in scalars
    nested = accepted(_NESTED) if is_number else list(_NESTED)
    # A text can be a parameter of the block around it, or a call.
    offered: Schema = {"type": [*scalars, "string", *nested]}
    words = words_of(layer, parameter.name)
    return {"anyOf": [{"enum": list(words)}, offered]} if words else offered


def offer(family: Family) -> Schema:
    """Returns the names of a family for completion; any other text is taken too."""
    names = _names(family)
    return {
        "anyOf": [
            {"enum": list(names), "enumDescriptions": list(names.values())},
            {"type": ["string", "object", "null"]},
        ]
    }


def object_of(family: Family) -> Schema:
    """Returns an object by name, as a call, or in the mapping form `{Adam: {..}}`."""
    names = _names(family)
    usable = [e for e in registry.entries(family) if e.name in names and e.class_name]
    banned = sorted(name for name in UNWRITABLE if registry.lookup(family, name))
    return {
        "anyOf": [
            {"enum": list(names), "enumDescriptions": list(names.values())},
            {"type": "string", "not": {"enum": banned}},
            {
                "type": "object",
                "properties": {e.name: object_arguments(e) for e in usable},
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            },
        ]
    }


def _names(family: Family) -> dict[str, str]:
    """Returns the names that a spec can use, and what they are."""
    usable = {
        entry.name: what_it_does(entry)
        for entry in registry.entries(family)
        if not entry.is_abstract and (entry.kind == "class" or family == "activations")
    }
    by_entry = {entry.name: what_it_does(entry) for entry in registry.entries(family)}
    strings = {
        text: by_entry[name] for text, name in registry.identifiers(family).items()
    }
    meant = {**{name: name for name in usable}, **registry.identifiers(family)}
    found = {**usable, **strings}
    return {
        name: found[name] for name in sorted(found) if meant[name] not in UNWRITABLE
    }


def summary(entry: Entry) -> str:
    """Returns what an entry is, and its signature."""
    parameters = ", ".join(map(str, entry.parameters))
    return f"{what_it_does(entry)}\n\n{entry.path}({parameters})".lstrip()
