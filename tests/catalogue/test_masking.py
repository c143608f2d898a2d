"""The table of layers that support masking is that of the installed Keras."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from keras_kgen.catalogue.masking import SUPPORTS_MASKING

keras = pytest.importorskip("keras")
ARGUMENTS = {
    "Activation": lambda: "relu",
    "Bidirectional": lambda: keras.layers.LSTM(2),
    "RNN": lambda: keras.layers.LSTMCell(2),
    "TimeDistributed": lambda: keras.layers.Dense(2),
}


def instance(name: str) -> Any:
    """Returns an instance with plausible arguments, None where there are none."""
    cls = getattr(keras.layers, name)
    if name in ARGUMENTS:
        return cls(ARGUMENTS[name]())
    for arguments in ((), (0.5,), (2,), (3, 2), (2, 2), (1, (2, 2)), ((3,),)):
        try:
            return cls(*arguments)
        except Exception:
            continue
    return None


def test_table_is_keras_own() -> None:
    found = set()
    for name, cls in vars(keras.layers).items():
        if (
            inspect.isclass(cls)
            and cls.__name__ == name
            and name not in ("Layer", "Wrapper")
        ):
            layer = instance(name)
            if layer is not None and getattr(layer, "supports_masking", False):
                found.add(name)
    assert found == SUPPORTS_MASKING
