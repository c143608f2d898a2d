"""A line for a spec, to copy, for each thing that Keras offers."""

from __future__ import annotations

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import Entry
from keras_kgen.catalogue.unwritable import UNWRITABLE

# Plausible values of required arguments: `Entry.parameter` first, then `parameter`.
_EXAMPLES = {
    "activation": '"relu"',
    "axes": "1",
    "backup_dir": '"backup"',
    "boundaries": "[1000, 2000]",
    "cell": "LSTMCell(64)",
    "cells": "[LSTMCell(64), LSTMCell(64)]",
    "decay_rate": "0.9",
    "decay_steps": "1000",
    "dims": "(2, 1)",
    "directory": '"checkpoints"',
    "EinsumDense.equation": '"abc,cd->abd"',
    "EinsumDense.output_shape": "(None, 64)",
    "factor": "0.2",
    "filename": '"history.csv"',
    "filepath": '"model.keras"',
    "filters": "32",
    "first_decay_steps": "1000",
    "head_dim": "64",
    "height": "64",
    "height_factor": "0.2",
    "initial_learning_rate": "0.001",
    "inner_optimizer": "Adam()",
    "input_dim": "10000",
    "kernel_size": "3",
    "key_dim": "64",
    "layer": "Dense(64)",
    "Bidirectional.layer": "LSTM(64)",
    "max_number": "10",
    "QuantizedDTypePolicy.mode": '"int8"',
    "QuantizedFloat8DTypePolicy.mode": '"float8"',
    "Int4DTypePolicy.mode": '"int4/128"',
    "GPTQDTypePolicy.mode": '"gptq/4/128"',
    "AWQDTypePolicy.mode": '"awq/4/128"',
    "n": "8",
    "num_bins": "100",
    "optimizer_map": "OptimizerMap(Adam())",
    "num_classes": "10",
    "num_heads": "8",
    "num_key_value_heads": "2",
    "num_query_heads": "8",
    "output_dim": "64",
    "output_size": "4",
    "pool_size": "2",
    "precision": "0.5",
    "rate": "0.5",
    "recall": "0.5",
    "scale": "1 / 255",
    "sensitivity": "0.5",
    "specificity": "0.5",
    "stddev": "0.1",
    "target_class_ids": "[0]",
    "target_shape": "(-1,)",
    "TFSMLayer.filepath": '"saved_model"',
    "units": "64",
    "values": "[0.1, 0.01, 0.001]",
    "width": "64",
    "width_factor": "0.2",
    "RandomPosterization.factor": "4",
    "Pipeline.layers": '[RandomFlip("horizontal"), RandomRotation(0.1)]',
}
# Classes with an argument that Keras lets you leave out, and then asks for or does nothing.
_COMPLETIONS = {
    "CategoryEncoding": "CategoryEncoding(num_tokens=10)",
    "Cropping2D": "Cropping2D(2)",
    "RandomColorJitter": "RandomColorJitter(brightness_factor=0.2, hue_factor=0.1)",
    "RandomShear": "RandomShear(x_factor=0.2, y_factor=0.2)",
    "L1L2": "L1L2(l1=1e-5, l2=1e-4)",
    "Discretization": "Discretization(num_bins=10)",
    "DTypePolicy": 'DTypePolicy("mixed_float16")',
    "FloatDTypePolicy": 'FloatDTypePolicy("mixed_float16")',
}
# Layers outside of that group which take a list of tensors too.
_JOINING = ("HashedCrossing",)
# How a spec uses the members of the other families.
_USES: dict[str, str] = {
    "losses": "compile:\n  loss: {}",
    "metrics": "compile:\n  metrics:\n    - {}",
    "optimizers": "compile:\n  optimizer: {}",
    "schedules": "compile:\n  optimizer: Adam(learning_rate={})",
    "initializers": "- Dense(64, kernel_initializer={})",
    "regularizers": "- Dense(64, kernel_regularizer={})",
    "constraints": "- Dense(64, kernel_constraint={})",
    "activations": '- Dense(64, activation="{}")',
    "callbacks": "callbacks:\n  - {}",
    "dtype_policies": "- Dense(64, dtype={})",
}


def spec_line(entry: Entry) -> str:
    """Returns a line for a spec with plausible arguments, "" where a spec has none."""
    if entry.is_abstract or entry.family == "ops" or entry.name in UNWRITABLE:
        return ""
    if entry.kind == "function":
        known = entry.name in registry.identifiers(entry.family)
        return _USES[entry.family].format(entry.name) if known else ""
    values = [_example(entry, p.name) for p in entry.required_parameters]
    if None in values:
        return ""
    call = f"{entry.name}({', '.join(value for value in values if value)})"
    call = _COMPLETIONS.get(entry.name, call)
    if entry.family == "layers":
        return _layer_line(entry, call)
    return _USES[entry.family].format(call)


def _layer_line(entry: Entry, call: str) -> str:
    called_with = [p.name for p in entry.call_parameters if p.required]
    if not called_with:
        return ""
    if "states" in called_with:
        return f"- RNN({call})"
    if entry.group == "merging" or entry.name in _JOINING:
        return f"- {call}([_, shortcut])"
    if len(called_with) > 1:
        return f"- {call}({', '.join('_' for _ in called_with)})"
    if entry.group == "attention":
        return f"- {call}([_, _])"
    return f"- {call}"


def _example(entry: Entry, parameter: str) -> str | None:
    return _EXAMPLES.get(f"{entry.name}.{parameter}", _EXAMPLES.get(parameter))
