"""Full configurations: the arguments that were given, and the defaults of the others."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from keras_kgen.catalogue import registry
from keras_kgen.ir.expressions import Argument, to_value


def full_config(class_name: str, arguments: tuple[Argument, ...]) -> dict[str, Any]:
    """Returns every argument of a layer by name, as plain values; objects stay calls.

    Positional arguments get the names that the catalogue knows; those that it does not know
    are left out. A default that is no literal is None.
    """
    given = {
        name: to_value(argument.value)
        for name, argument in zip(_names(class_name, arguments), arguments, strict=True)
    }
    return {**defaults(class_name), **given}


def _names(class_name: str, arguments: tuple[Argument, ...]) -> list[str]:
    positions = iter(_positional(class_name))
    return [a.name if a.name is not None else next(positions, "") for a in arguments]


@functools.cache
def defaults(class_name: str) -> Mapping[str, Any]:
    """Returns the default of each optional argument of a layer; treat it as read-only."""
    entry = registry.lookup("layers", class_name)
    if entry is None:
        return {}
    return {
        parameter.name: parameter.default if parameter.is_literal else None
        for parameter in entry.all_parameters
        if parameter.default_source is not None
    }


@functools.cache
def call_parameters(class_name: str) -> tuple[str, ...]:
    """Returns the names of the parameters of a layer's `call`, in order."""
    entry = registry.lookup("layers", class_name)
    return tuple(p.name for p in entry.call_parameters) if entry else ()


@functools.cache
def _positional(class_name: str) -> tuple[str, ...]:
    entry = registry.lookup("layers", class_name)
    return tuple(p.name for p in entry.positional_parameters) if entry else ()
