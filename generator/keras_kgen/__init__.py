"""kgen turns a layer spec, a preset or a saved model into readable Keras source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["KgenError", "Style", "__version__", "generate"]

if TYPE_CHECKING:
    from keras_kgen.api import generate
    from keras_kgen.errors import KgenError
    from keras_kgen.options import Style

_HOMES = {
    "KgenError": "errors",
    "Style": "options",
    "generate": "api",
}


def __getattr__(name: str) -> Any:
    """Imports a public name on first use, so that `import keras_kgen` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"keras_kgen.{_HOMES[name]}"), name)
