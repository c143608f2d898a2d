"""The JSON Schema of what a spec says on repeated lines, and on searches."""

from __future__ import annotations

from keras_kgen.catalogue.schema_values import Schema
from keras_kgen.ir.tuning import Tuner

# A text that is a choice.
CHOICE = r"^\s*(choice|range|uniform|log_range|boolean)\s*\("


def repeat() -> Schema:
    """Returns what lines that stand several times are: `{repeat: 3, layers: [..]}`."""
    return {
        "type": "object",
        "properties": {
            "repeat": {
                "description": "How often the lines stand: a number, a parameter, or a "
                "choice such as range(1, 4), where both ends count.",
                "type": ["integer", "string"],
                "minimum": 1,
            },
            "layers": {
                "description": "The lines; each time they take what they gave before.",
                "$ref": "#/$defs/lines",
            },
        },
        "required": ["repeat", "layers"],
        "additionalProperties": False,
    }


def search_settings() -> Schema:
    """Returns what `tune:` is."""
    count: Schema = {"type": "integer", "minimum": 1}
    properties: Schema = {
        "tuner": {
            "description": "How values are chosen.",
            "enum": [tuner.value for tuner in Tuner],
            "default": Tuner.RANDOM.value,
        },
        "max_trials": {
            "description": "How many choices are tried; Hyperband decides itself.",
            "default": 10,
            **count,
        },
        "executions_per_trial": {
            "description": "How often each choice is tried.",
            "default": 1,
            **count,
        },
        "objective": {
            "description": "The score that trials are compared by. Default: val_accuracy "
            "where there is an accuracy, else val_loss.",
            "type": "string",
        },
        "direction": {
            "description": "Whether much or little of the objective is good.",
            "enum": ["max", "min"],
        },
        "seed": {
            "description": "Where the search begins, so that it can be repeated.",
            "type": "integer",
            "minimum": 0,
        },
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}
