"""Builds the JSON Schema of the spec language from the catalogue, for editors."""

from __future__ import annotations

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.datasets import DATASETS, FILE, Target
from keras_kgen.catalogue.distributions import DISTRIBUTIONS
from keras_kgen.catalogue.entry import Entry, Family
from keras_kgen.catalogue.explanations import what_it_does
from keras_kgen.catalogue.modes import LOOPS, MAX_SEED, PRECISIONS
from keras_kgen.catalogue.schema_tuning import CHOICE, repeat, search_settings
from keras_kgen.catalogue.schema_values import (
    Schema,
    argument,
    layer_arguments,
    object_of,
    offer,
    summary,
)

_IDENTIFIER = r"^[A-Za-z_][A-Za-z0-9_]*$"
_MODULE = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$"
_BLOCK_HEAD = r"^\s*[A-Za-z_][A-Za-z0-9_]*\s*(\(.*\)\s*)?$"
_LONG_FORM_KEYS = ("layer", "name", "inputs", "arguments")
_INPUT_KEYS = ("shape", "dtype")

# Objects in the arguments of layers.
_OFFERED: dict[str, Family] = {
    "activation": "activations",
    "initializer": "initializers",
    "regularizer": "regularizers",
    "constraint": "constraints",
    "dtype": "dtype_policies",
}
# Objects in `compile` and `callbacks`.
_OBJECTS: dict[str, Family] = {
    "optimizer": "optimizers",
    "loss": "losses",
    "metric": "metrics",
    "callback": "callbacks",
}
# What kgen decides where `compile` and `fit` leave it open, and what they take.
_COMPILE_VALUES: dict[str, Schema] = {
    "optimizer": {"$ref": "#/$defs/optimizer", "default": "Adam(learning_rate=1e-3)"},
    "loss": {"$ref": "#/$defs/losses"},
    "loss_weights": {"$ref": "#/$defs/weights"},
    "metrics": {"$ref": "#/$defs/metrics"},
    "weighted_metrics": {"$ref": "#/$defs/metrics"},
}
_COUNT: Schema = {"type": ["integer", "string"], "minimum": 1}
_FIT_VALUES: dict[str, Schema] = {
    "epochs": _COUNT,
    "batch_size": _COUNT,
    "steps_per_epoch": {"type": ["integer", "string", "null"], "minimum": 1},
    "validation_split": {
        "type": ["number", "string"],
        "minimum": 0,
        "exclusiveMaximum": 1,
        "default": 0.1,
    },
    "shuffle": {"type": "boolean"},
    "class_weight": {"type": ["object", "null"]},
}
_DEFAULTS = {
    "optimizer": "Default: Adam(learning_rate=1e-3).",
    "loss": "Default: what goes with the last layer.",
    "metrics": "Default: what goes with the last layer, where no loss is given.",
    "epochs": "Default: what goes with the data.",
    "batch_size": "Default: what goes with the data.",
    "validation_split": "Default: 0.1.",
}
# What a spec does not say: the data go elsewhere, and the command line decides on the rest.
_NOT_IN_FIT = (
    "x",
    "y",
    "callbacks",
    "validation_data",
    "sample_weight",
    "initial_epoch",
)


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
        "anyOf": [
            {"required": ["inputs", "layers"]},
            # What is left out follows from data of one's own.
            {
                "required": ["data"],
                "properties": {"data": {"$ref": "#/$defs/own_data"}},
            },
        ],
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
        "hyperparameters": {
            "description": "What a search may choose, to be read by name in arguments.",
            **_mapping_of({"type": "string", "pattern": CHOICE}),
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
            "patternProperties": {_BLOCK_HEAD: {"$ref": "#/$defs/block"}},
            "additionalProperties": False,
        },
        "shared": {"$ref": "#/$defs/shared"},
        "layers": {
            "description": "The layers in order. A line is "
            "`[name =] Layer(arguments)[(inputs)]`.",
            "$ref": "#/$defs/lines",
        },
        "imports": {
            "description": "Your own classes that the lines use, and the module of each.",
            **_mapping_of({"type": "string", "pattern": _MODULE}),
        },
        "precision": {
            "description": "What layers compute in: the dtype policy of those that have "
            "no dtype of their own.",
            "enum": list(PRECISIONS),
            "default": PRECISIONS[0],
        },
        "compile": {
            "description": "The arguments of `model.compile`.",
            **_method_arguments("compile", _COMPILE_VALUES, ()),
        },
        "data": {
            "description": "What to train on: a built-in data set, files of your own, "
            "or `file` for an .npz file.",
            **_data(),
        },
        "fit": {
            "description": "The arguments of `model.fit`.",
            **_method_arguments("fit", _FIT_VALUES, _NOT_IN_FIT),
        },
        "callbacks": {
            "description": "Callbacks for training, in order.",
            "$ref": "#/$defs/callbacks",
        },
        "seed": {
            "description": "What random numbers start from, in every run.",
            "type": ["integer", "null"],
            "minimum": 0,
            "maximum": MAX_SEED,
        },
        "loop": {
            "description": "Who runs a training step: Keras' own `fit`, or a `train_step` "
            "written out, `custom` for all backends or for one of them.",
            "enum": list(LOOPS),
            "default": LOOPS[0],
        },
        "distribute": {
            "description": "How to train on several devices or processes.",
            "enum": list(DISTRIBUTIONS),
            "enumDescriptions": [
                f"{item.library}: {item.meaning}" for item in DISTRIBUTIONS.values()
            ],
        },
        "tune": {
            "description": "How a search chooses, where arguments are choices.",
            **search_settings(),
        },
    }


def _inputs() -> Schema:
    one = {"anyOf": [{"$ref": "#/$defs/shape"}, {"$ref": "#/$defs/input"}]}
    return {
        "description": "The shape of one input without the batch size, "
        "or a name and a shape for each.",
        "anyOf": [*one["anyOf"], _mapping_of(one)],
    }


def _data() -> Schema:
    names = {dataset.name: dataset.title for dataset in DATASETS.values()}
    names[FILE] = "an .npz file that the module is given"
    name = {"enum": list(names), "enumDescriptions": list(names.values())}
    target = {"enum": [target.value for target in Target]}
    properties: Schema = {
        "name": {"description": "The data set.", **name},
        "target": {"description": "What the output predicts.", **target},
        "targets": {
            "description": "What each output predicts, by its name.",
            **_mapping_of(target),
        },
        "task": {
            "description": "Whether two samples are of the same class.",
            "const": "pairs",
        },
    }
    mapping = {
        "type": "object",
        "properties": properties,
        "required": ["name"],
        "additionalProperties": False,
    }
    return {"anyOf": [name, mapping, {"$ref": "#/$defs/own_data"}]}


def _own_data() -> Schema:
    text: Schema = {"type": "string", "minLength": 1}
    count: Schema = {"type": "integer", "minimum": 1}
    properties: Schema = {
        "file": {"description": "A table (.csv) or arrays (.npz).", **text},
        "folder": {
            "description": "A folder with a folder of images, texts or sounds for each class.",
            **text,
        },
        "tfrecords": {"description": "A pattern of TFRecord files.", **text},
        "target": {"description": "The column or feature to predict.", **text},
        "task": {"description": "What the target is.", "enum": ["class", "value"]},
        "window": {"description": "The rows of a series that a model sees.", **count},
        "horizon": {"description": "How many rows later the target is.", **count},
        "features": {
            "description": "The features of TFRecord files.",
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "shape": {"$ref": "#/$defs/shape"},
                    "dtype": {"enum": ["float32", "int64", "uint8"]},
                },
                "additionalProperties": False,
            },
        },
    }
    mapping = {
        "type": "object",
        "properties": properties,
        "anyOf": [{"required": [key]} for key in ("file", "folder", "tfrecords")],
        "additionalProperties": False,
    }
    path = {"type": "string", "pattern": r"[/\\*]|\.(csv|tsv|npz|tfrecords?)$"}
    return {"description": "Your own data.", "anyOf": [path, mapping]}


def _definitions() -> Schema:
    offered = {key: offer(family) for key, family in _OFFERED.items()}
    objects = {key: object_of(family) for key, family in _OBJECTS.items()}
    weight: Schema = {"type": ["number", "null"]}
    definitions: Schema = {
        "own_data": _own_data(),
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
        "repeat": repeat(),
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}, "minItems": 1},
        "block": _block(),
        "shared": {
            "description": "Layers whose weights are shared by every call of the name.",
            **_mapping_of({"$ref": "#/$defs/line"}),
        },
        "losses": _one_or_many("loss"),
        "metrics": _one_or_many("metric"),
        "weights": {
            "anyOf": [
                {"type": "number"},
                {"type": "array", "items": weight},
                _mapping_of(weight),
            ]
        },
        "callbacks": {
            "anyOf": [
                {"type": "array", "items": {"$ref": "#/$defs/callback"}},
                {"$ref": "#/$defs/callback"},
            ]
        },
    }
    layer = "Layer"
    base = {p.name: argument(layer, p) for p in registry.base_parameters()}
    arguments = {entry.name: layer_arguments(entry) for entry in _layers()}
    return {**definitions, **offered, **objects, "base": base, "arguments": arguments}


def _block() -> Schema:
    """The lines of a block, or its lines beside shared layers of its own."""
    lines = {"$ref": "#/$defs/lines"}
    own = {
        "type": "object",
        "properties": {"shared": {"$ref": "#/$defs/shared"}, "layers": lines},
        "required": ["layers"],
        "additionalProperties": False,
    }
    return {"anyOf": [lines, own]}


def _input() -> Schema:
    entry = registry.lookup("layers", "Input")
    parameters = entry.all_parameters if entry else ()
    properties = {
        p.name: argument("Input", p) for p in parameters if p.name in _INPUT_KEYS
    }
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
            {"type": "string", "minLength": 1, "defaultSnippets": _snippets()},
            {
                "type": "object",
                "properties": {
                    "layer": {
                        "description": "A layer's name, or a whole call as text.",
                        "anyOf": [_layer_names(), {"type": "string"}],
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
                        "description": summary(entry),
                        "$ref": f"#/$defs/arguments/{entry.name}",
                    }
                    for entry in _layers()
                },
                "propertyNames": {"not": {"enum": [*_LONG_FORM_KEYS, "repeat"]}},
                "minProperties": 1,
                "maxProperties": 1,
            },
            {"$ref": "#/$defs/repeat"},
        ]
    }


def _snippets() -> list[Schema]:
    """The layers as calls with places to fill in, for editors that complete texts."""
    found = []
    for entry in _layers():
        required = [p.name for p in entry.required_parameters]
        places = (f"${{{index}:{name}}}" for index, name in enumerate(required, 1))
        found.append(
            {
                "label": f"{entry.name}({', '.join(required)})",
                "description": what_it_does(entry),
                "body": f"{entry.name}({', '.join(places)})",
            }
        )
    return found


def _method_arguments(
    method: str, values: dict[str, Schema], left_out: tuple[str, ...]
) -> Schema:
    properties: Schema = {}
    for parameter in registry.method_parameters(method):
        name = parameter.name
        if parameter.is_variadic or name in left_out:
            continue
        properties[name] = argument(method, parameter)
        if name in _DEFAULTS:
            text = registry.meaning(method, name)
            properties[name] = {"description": f"{text} {_DEFAULTS[name]}".strip()}
        properties[name].update(values.get(name, {}))
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _one_or_many(definition: str) -> Schema:
    """One object, a list of them, or either for each output: by name or in order."""
    one: Schema = {"$ref": f"#/$defs/{definition}"}
    part: Schema = {"anyOf": [one, {"type": "array", "items": one}, {"type": "null"}]}
    many: Schema = {"type": "array", "items": part}
    return {"anyOf": [one, many, _mapping_of({"anyOf": [part, many]})]}


def _mapping_of(value: Schema) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"pattern": _IDENTIFIER},
        "additionalProperties": value,
        "minProperties": 1,
    }


def _layers() -> list[Entry]:
    """The layers that a line can call."""
    return [entry for entry in registry.entries("layers") if entry.is_layer]


def _layer_names() -> Schema:
    names = {
        name: what_it_does(entry)
        for entry in _layers()
        for name in (entry.name, *entry.aliases)
    }
    ordered = sorted(names)
    return {"enum": ordered, "enumDescriptions": [names[name] for name in ordered]}
