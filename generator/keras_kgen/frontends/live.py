"""Models in memory: `file.py:object` and `package.module:object`.

This is the one source that runs the user's own code, which imports Keras. A saved file is
read without either.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from keras_kgen.errors import KgenError, UsageError
from keras_kgen.frontends.saved.containers import read_model_text
from keras_kgen.frontends.saved.model import SavedModel


def is_live(source: str) -> bool:
    """Whether a source names an object: `train.py:build_model`, `project.models:resnet`."""
    target, colon, name = source.rpartition(":")
    is_object = bool(colon) and all(p.isidentifier() for p in name.split("."))
    is_module = all(part.isidentifier() for part in target.split("."))
    return is_object and (target.endswith(".py") or is_module)


def module_name(source: str) -> str:
    """Returns the name of the module that a source names, without its package."""
    target = source.rpartition(":")[0]
    return Path(target).stem if target.endswith(".py") else target.rpartition(".")[2]


def import_model(source: str) -> SavedModel:
    """Imports the model that a source names, or calls the function that returns it.

    Args:
        source: `file.py:object` or `package.module:object`.

    Raises:
        UsageError: there is no such module or object.
        KgenError: the user's code has failed, or the object is no model.
    """
    target, _, name = source.rpartition(":")
    found: Any = _import(target)
    for part in name.split("."):
        if not hasattr(found, part):
            raise UsageError(f"{target} has no {part!r}")
        found = getattr(found, part)
    if not hasattr(found, "to_json") and callable(found):
        found = _run(source, found)
    return describe(found, source)


def describe(model: Any, source: str) -> SavedModel:
    """Returns what Keras says of a model in memory.

    Args:
        model: A Keras model; it is asked for its config and not changed.
        source: What messages call it.

    Raises:
        KgenError: it is no Keras model.
        SourceError: kgen cannot write it, a subclassed one for instance.
    """
    if not hasattr(model, "to_json"):
        raise KgenError(
            f"{source}: expected a Keras model or a function without arguments that "
            f"returns one. Received: {type(model).__name__}"
        )
    return read_model_text(_run(source, model.to_json), source)


def _import(target: str) -> ModuleType:
    folder = Path(target).parent if target.endswith(".py") else Path.cwd()
    if str(folder.resolve()) not in sys.path:
        sys.path.insert(0, str(folder.resolve()))
    if not target.endswith(".py"):
        return _run(target, lambda: importlib.import_module(target))  # type: ignore[no-any-return]
    path = Path(target)
    if not path.is_file():
        raise UsageError(f"{target}: there is no such file")
    return _run(target, lambda: importlib.import_module(path.stem))  # type: ignore[no-any-return]


def _run(label: str, function: Any) -> Any:
    """Calls the user's code; what goes wrong there is told in one line."""
    try:
        return function()
    except ModuleNotFoundError as error:
        raise UsageError(f"{label}: {error}") from error
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{frame.filename}:{frame.lineno}"
        raise KgenError(
            f"{label}: {type(error).__name__}: {error} ({place})"
        ) from error
