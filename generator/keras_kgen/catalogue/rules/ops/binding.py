"""What an op is called with, by the names of its parameters and as plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.rules.ops.creation import array
from keras_kgen.catalogue.rules.rule import Given, ShapeError
from keras_kgen.ir.expressions import ObjectCall, Sequence, to_value
from keras_kgen.ir.tensors import TensorSpec

Made = Callable[[ObjectCall], Any]


def bind(
    name: str, args: tuple[Given, ...], kwargs: Mapping[str, Given], made: Made
) -> dict[str, Any]:
    """Returns every argument of an op by name, defaults included.

    Args:
        made: Gives the tensor that an op makes of constants.

    Raises:
        ShapeError: The op has no such parameter, or lacks one.
    """
    entry = registry.lookup("ops", name)
    assert entry is not None, name
    given = [_value(item, made) for item in args]
    named = {key: _value(item, made) for key, item in kwargs.items()}
    values: dict[str, Any] = {}
    for parameter in entry.parameters:
        if parameter.var_positional:
            values[parameter.name], given = tuple(given), []
        elif parameter.var_keyword:
            values[parameter.name], named = named, {}
        elif given and not parameter.keyword_only:
            values[parameter.name] = given.pop(0)
        elif parameter.name in named:
            values[parameter.name] = named.pop(parameter.name)
        elif parameter.required:
            raise ShapeError(
                f"ops.{name} needs an argument {parameter.name!r}. Received: nothing"
            )
        else:
            values[parameter.name] = parameter.default if parameter.is_literal else None
    if given or named:
        raise ShapeError(
            f"ops.{name} needs arguments that it knows. "
            f"Received: {', '.join(named) or f'{len(args)} positional ones'}"
        )
    return values


def constant_tensors(values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the arguments with numbers as the tensors that Keras makes of them.

    It does so only where no tensor of a model is among them.
    """
    found = {name: array(value) for name, value in values.items()}
    return {name: found[name] or value for name, value in values.items()}


def _value(given: Given, made: Made) -> Any:
    """Returns an argument as a plain value: a tensor, a number, a list of them."""
    match given:
        case TensorSpec():
            return given
        case ObjectCall(family="ops"):
            return made(given)
        case tuple():
            return tuple(_value(item, made) for item in given)
        case Sequence(items, is_list):
            values = [_value(item, made) for item in items]
            return values if is_list else tuple(values)
        case Mapping():
            return {key: _value(item, made) for key, item in given.items()}
    return to_value(given)
