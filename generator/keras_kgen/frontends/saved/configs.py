"""The configuration of a whole model, of any generation, wherever it was found."""

from __future__ import annotations

from typing import Any

from keras_kgen.errors import SourceError
from keras_kgen.frontends.saved.context import Context
from keras_kgen.frontends.saved.keras1 import default_data_format
from keras_kgen.frontends.saved.model import (
    Container,
    SavedModel,
    SavedTraining,
    tensors_in,
)
from keras_kgen.frontends.saved.networks import read_network
from keras_kgen.frontends.saved.training import read_training
from keras_kgen.frontends.saved.tree import Json, read_json

_TRAINING = ("compile_config", "training_config", "trainingConfig")
_OLDEST = (
    "this model is older than Keras 1.0, whose configurations kgen does not read; "
    "Keras 1 opens and saves it"
)


def read_config(
    json: Json,
    container: Container,
    version: str = "",
    backend: str = "",
    training: Json | None = None,
) -> SavedModel:
    """Reads the configuration of a model.

    Args:
        json: A mapping of `class_name` and `config`, or of `model_config`.
        container: Where it was found.
        version: Keras' version, where it stands elsewhere.
        backend: The backend, where it stands elsewhere.
        training: How the model was compiled, where that stands elsewhere.

    Raises:
        SourceError: it is no model.
    """
    version = version or _text(json, "keras_version")
    backend = backend or _text(json, "backend")
    training = training or _first(json, _TRAINING)
    inner = json.get("model_config")
    model = json if inner is None else _parsed(inner)
    if _is_oldest(model.table()):
        model.fail(_OLDEST)
    if "class_name" not in model.table():
        model.fail("this is no saved model: 'class_name' is missing")
    generation = _generation(version, model)
    data_format = default_data_format(model) if generation == 1 else None
    context = Context(generation, data_format=data_format)
    network = read_network(model, context)
    outputs = len(tuple(tensors_in(network.outputs)))
    compiled = _training(training, context, outputs) if training else None
    return SavedModel(
        json.source,
        container,
        version,
        generation,
        backend,
        network,
        compiled,
        notes=tuple(context.diagnostics),
    )


def _training(json: Json, context: Context, outputs: int) -> SavedTraining | None:
    """Returns how a model was compiled; what cannot be read of that stops no rescue."""
    try:
        return read_training(_parsed(json), context, outputs)
    except SourceError as error:
        context.diagnostics.extend_mildly(error.diagnostics)
        context.diagnostics.warning(
            "how the model was compiled cannot be read and is left out", json.location
        )
        return None


def _is_oldest(table: dict[str, Any]) -> bool:
    """Whether a model is as Keras 0.1 to 0.3 wrote it; a Graph has no successor."""
    if table.get("class_name") == "Graph" or "node_config" in table:
        return True
    is_named = isinstance(table.get("layers"), list) and "name" in table
    return is_named and "class_name" not in table


def _text(json: Json, key: str) -> str:
    found = json.get(key)
    return found.value if found is not None and isinstance(found.value, str) else ""


def _first(json: Json, keys: tuple[str, ...]) -> Json | None:
    found = (json.get(key) for key in keys)
    return next((value for value in found if value is not None), None)


def _parsed(json: Json) -> Json:
    """Returns JSON that stands in JSON as a text."""
    if isinstance(json.value, str):
        return read_json(json.value, json.source, json.path)
    return json


def _generation(version: str, json: Json) -> int:
    """Returns 1, 2 or 3, by the version or else by what the config looks like."""
    if version[:1] in ("1", "2", "3"):
        return int(version[0])
    return 3 if "module" in json.table() and not version else 2
