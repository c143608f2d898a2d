"""Small models as Keras 3 writes them, typed; tensors have four features."""

from __future__ import annotations

from typing import Any

Config = dict[str, Any]
_FEATURES = [None, 4]


def tensor(name: str, node: int = 0) -> Config:
    """Returns the result of a call of a layer."""
    config = {
        "shape": _FEATURES,
        "dtype": "float32",
        "keras_history": [name, node, 0],
    }
    return {"class_name": "__keras_tensor__", "config": config}


def call(*names: str, **keywords: Any) -> Config:
    """Returns a call with the results of layers, several of them as a list."""
    inputs: Any = [tensor(name) for name in names]
    return {"args": [inputs if len(names) > 1 else inputs[0]], "kwargs": keywords}


def layer(class_name: str, name: str, *calls: Config, **config: Any) -> Config:
    """Returns a layer with its calls."""
    return {
        "module": "keras.layers",
        "class_name": class_name,
        "config": {"name": name, **config},
        "registered_name": None,
        "name": name,
        "inbound_nodes": list(calls),
    }


def given(name: str = "input_layer") -> Config:
    """Returns an input."""
    return layer("InputLayer", name, batch_shape=_FEATURES, dtype="float32")


def dense(name: str, *before: str, **config: Any) -> Config:
    """Returns a Dense layer that is called with the result of one layer."""
    return layer("Dense", name, call(*before), units=4, **config)


def add(name: str, *before: str) -> Config:
    """Returns a layer that adds up the results of layers."""
    return layer("Add", name, call(*before))


def operation(class_name: str, name: str, *before: str, **config: Any) -> Config:
    """Returns an op that is called with the results of layers side by side."""
    arguments = {"args": [tensor(item) for item in before], "kwargs": {}}
    found = layer(class_name, name, arguments, **config)
    return {**found, "module": "keras.src.ops.numpy"}


def functional(*layers: Config, name: str = "net", **config: Any) -> Config:
    """Returns a model from its inputs to the last layer."""
    inputs = [x["name"] for x in layers if x["class_name"] == "InputLayer"]
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "registered_name": "Functional",
        "config": {
            "name": name,
            "layers": list(layers),
            "input_layers": [[item, 0, 0] for item in inputs],
            "output_layers": [[layers[-1]["name"], 0, 0]],
            **config,
        },
    }


def nested(model: Config, *calls: Config) -> Config:
    """Returns a model as a layer of another."""
    return {**model, "name": model["config"]["name"], "inbound_nodes": list(calls)}


def sequential(*layers: Config, name: str = "net", **config: Any) -> Config:
    """Returns a model that is a list of layers."""
    return {
        "module": "keras",
        "class_name": "Sequential",
        "registered_name": None,
        "config": {"name": name, "layers": list(layers), **config},
    }
