"""Arguments of saved layers as a person would write them.

A saved config spells everything out: `activation="linear"`, `GlorotUniform()` where that is
the default. What makes no difference is left out here, and objects are named where Keras
knows them by name.
"""

from __future__ import annotations

import functools
import operator
from typing import Any

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import Entry, Family, Parameter
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Literal,
    ObjectCall,
    Sequence,
    to_value,
)

# Families whose objects people write as texts: kernel_initializer="he_normal".
_NAMED: tuple[Family, ...] = ("initializers",)
# Values that stand for the default, besides it.
_PLAIN: dict[str, Expression] = {
    "activation": Literal("linear"),
    "data_format": Literal("channels_last"),
    "dtype": Literal("float32"),
    "dilation_rate": Literal(1),
}
_POOLS = ("MaxPooling", "AveragePooling")
_PADS = ("ZeroPadding", "Cropping")


def tidy(
    class_name: str, arguments: tuple[Argument, ...], rank: int | None = None
) -> tuple[Argument, ...]:
    """Returns the arguments of a layer without those that make no difference.

    Args:
        class_name: The layer's class, one of Keras 3.
        arguments: The arguments, all by name.
        rank: The number of axes of the layer's input, None where it is not known.
    """
    entry = registry.lookup("layers", class_name)
    if entry is None:
        return arguments
    return _tidy(entry, arguments, rank)


def _tidy(
    entry: Entry, arguments: tuple[Argument, ...], rank: int | None
) -> tuple[Argument, ...]:
    given = {a.name or "": a.value for a in arguments}
    is_pad = entry.name.startswith(_PADS)
    kept = []
    for argument in arguments:
        name, value = argument.name or "", argument.value
        if not isinstance(value, Literal):
            value = simple(value)
        if is_pad and name in ("padding", "cropping"):
            value = _even(value)
        if name == "axis":
            value = _from_behind(entry, value, rank)
        if not _is_idle(entry, name, value, given) and not _follows(
            entry, name, value, given, rank
        ):
            if value is not argument.value:
                argument = Argument(value, argument.name, argument.location)
            kept.append(argument)
    return tuple(kept)


def simple(value: Expression) -> Expression:
    """Tidies the objects in a value; one without arguments is a name."""
    match value:
        case Literal() | ObjectCall(family="imported"):
            return value
        case ObjectCall():
            name = _name_of(value)
            if name is not None:
                return name
            entry = registry.entry_of(value)
            given = _tidy(entry, value.arguments, None)
            return ObjectCall(value.family, value.class_name, given, value.location)
        case Sequence(items, is_list):
            tidied = tuple(map(simple, items))
            is_same = all(map(operator.is_, tidied, items))
            return value if is_same else Sequence(tidied, is_list)
        case Dictionary(pairs):
            return Dictionary(tuple((key, simple(item)) for key, item in pairs))
    return value


@functools.lru_cache(maxsize=4096)
def _name_of(call: ObjectCall) -> Literal | None:
    """Returns the text by which Keras knows an object, in snake case where there are two."""
    if call.family not in _NAMED or _tidy(
        registry.entry_of(call), call.arguments, None
    ):
        return None
    names = registry.identifiers(call.family)
    known = [name for name, meant in names.items() if meant == call.class_name]
    found = next((name for name in known if name.islower()), None)
    return None if found is None else Literal(found)


def _is_idle(
    entry: Entry, name: str, value: Expression, given: dict[str, Expression]
) -> bool:
    """Whether leaving an argument out makes no difference."""
    parameter = entry.parameter(name)
    if parameter is None or parameter.default_source is None:
        return False
    if name == "strides" and entry.name.startswith(_POOLS):
        pool = given.get("pool_size")
        return pool is not None and _sizes(pool) == _sizes(value)
    if not parameter.is_literal:
        return False
    if isinstance(value, Literal) and repr(value.value) == parameter.default_source:
        return True
    return _is_default(parameter, value)


def _follows(
    entry: Entry,
    name: str,
    value: Expression,
    given: dict[str, Expression],
    rank: int | None,
) -> bool:
    """Whether attention works a value out by itself: as large as keys, over all axes."""
    if not entry.name.endswith("Attention"):
        return False
    if name == "value_dim":
        return value == given.get("key_dim")
    between = None if rank is None else tuple(range(1, rank - 1))
    return name == "attention_axes" and to_value(value) in (
        between,
        list(between or ()),
    )


@functools.lru_cache(maxsize=4096)
def _is_default(parameter: Parameter, value: Expression) -> bool:
    name = parameter.name
    default: Any = parameter.default
    if not isinstance(default, tuple | list) and value == Literal(default):
        return True
    if default is None and _PLAIN.get(name) == value:
        return True
    return isinstance(default, str) and _meant(name, value) == _meant(
        name, Literal(default)
    )


def _meant(name: str, value: Expression) -> Expression:
    """Returns the class that a text names, so that spellings compare as equal."""
    for family in _NAMED:
        if name.endswith(family.removesuffix("s")) and isinstance(value, Literal):
            known = registry.identifiers(family).get(str(value.value))
            return value if known is None else Literal(known)
    return value


def _sizes(value: Expression) -> object:
    """Returns a size for all axes as one number."""
    if isinstance(value, Sequence) and len(set(value.items)) == 1:
        return to_value(value.items[0])
    return to_value(value)


def _even(value: Expression) -> Expression:
    """Returns `1` for `((1, 1), (1, 1))`, and `(1, 2)` for `((1, 1), (2, 2))`."""
    if not isinstance(value, Sequence):
        return value
    items = tuple(map(_even, value.items))
    if len(set(items)) == 1 and isinstance(items[0], Literal):
        return items[0]
    if all(isinstance(item, Literal) for item in items) and any(
        isinstance(item, Sequence) for item in value.items
    ):
        return Sequence(items)
    return value


def _from_behind(entry: Entry, value: Expression, rank: int | None) -> Expression:
    """Returns `-1` for the last axis, however it was counted."""
    if rank is None or entry.group != "normalization":
        return value
    is_single = isinstance(value, Sequence) and len(value.items) == 1
    axis = value.items[0] if isinstance(value, Sequence) and is_single else value
    return Literal(-1) if axis == Literal(rank - 1) else value
