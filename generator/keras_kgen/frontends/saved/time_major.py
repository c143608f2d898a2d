"""Recurrent layers of tf.keras that took time steps first, which Keras 3's do not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras_kgen.frontends.saved.model import SavedLayer

_RECURRENT = frozenset({"Bidirectional", "GRU", "LSTM", "RNN", "SimpleRNN"})


def swapped_results(layer: SavedLayer) -> int | None:
    """Returns how many results have time steps first; None where the layer takes samples first.

    Args:
        layer: A layer, which may be a Bidirectional around a recurrent one.
    """
    config = _of_recurrent(layer) if layer.class_name in _RECURRENT else {}
    if config.get("time_major") is not True:
        return None
    if not config.get("return_sequences"):
        return 0
    is_pair = layer.class_name == "Bidirectional" and not layer.config.get(
        "merge_mode", "concat"
    )
    return 2 if is_pair else 1


def _of_recurrent(layer: SavedLayer) -> Mapping[str, Any]:
    if layer.class_name != "Bidirectional":
        return layer.config
    inner = layer.config.get("layer")
    config = inner.get("config") if isinstance(inner, dict) else None
    return config if isinstance(config, dict) else {}
