"""The values of arguments that are left out."""

from __future__ import annotations

import functools

from keras_kgen.catalogue import registry
from keras_kgen.ir.expressions import Expression, Sequence, from_value


@functools.cache
def layer_default(class_name: str, argument: str) -> Expression | None:
    """Returns the default of a layer's argument, None where it cannot be written."""
    entry = registry.lookup("layers", class_name)
    parameter = entry.parameter(argument) if entry is not None else None
    if parameter is None or parameter.default_source is None:
        return None
    return scalar(from_value(parameter.default)) if parameter.is_literal else None


def scalar(value: Expression) -> Expression:
    """Returns `1` for `(1, 1)`, as people write it."""
    if isinstance(value, Sequence) and value.items and len(set(value.items)) == 1:
        return value.items[0]
    return value
