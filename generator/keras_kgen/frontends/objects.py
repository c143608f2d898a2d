"""The objects in `compile` and `callbacks`: of the right kind, and such as a spec can hold."""

from __future__ import annotations

from collections.abc import Iterator

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import Family
from keras_kgen.catalogue.unwritable import UNWRITABLE
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Literal,
    ObjectCall,
    Reference,
    Sequence,
    to_value,
)
from keras_kgen.ir.program import Setting

# Setting -> the family of its objects, and what is expected where something else stands.
_EXPECTED: dict[str, tuple[Family, str]] = {
    "optimizer": ("optimizers", "an optimizer such as Adam(learning_rate=1e-3)"),
    "loss": ("losses", "a loss such as mse or Huber(delta=2.0)"),
    "metrics": ("metrics", "a metric such as accuracy or AUC()"),
    "weighted_metrics": ("metrics", "a metric such as accuracy or AUC()"),
    "callbacks": ("callbacks", "a callback such as EarlyStopping(patience=3)"),
}
# Settings with several objects, or one for each output.
_NESTED = ("loss", "metrics", "weighted_metrics")
# The family of the user's own classes.
_IMPORTED = "imported"


def written_out(value: Expression, setting: str) -> Expression:
    """Returns a setting with objects in the mapping form, `{Adam: {..}}`, as calls."""
    if setting not in _EXPECTED:
        return value
    match value:
        case Sequence(items, is_list):
            return Sequence(tuple(written_out(i, setting) for i in items), is_list)
        case Dictionary(((Literal(str(name)), inner),)):
            call = _call(name, inner, _EXPECTED[setting][0])
            if call is not None:
                return call
    if isinstance(value, Dictionary):
        pairs = ((key, written_out(item, setting)) for key, item in value.items)
        return Dictionary(tuple(pairs))
    return value


def _call(name: str, arguments: Expression, family: Family) -> ObjectCall | None:
    """Returns the call that a mapping stands for; other mappings name outputs."""
    entry = registry.lookup(family, name)
    if entry is None or entry.kind != "class" or entry.is_abstract:
        return None
    if arguments == Literal(None):
        return ObjectCall(family, entry.name)
    if not isinstance(arguments, Dictionary):
        return None
    pairs = ((key, item) for key, item in arguments.items if isinstance(key, Literal))
    given = tuple(Argument(item, str(key.value)) for key, item in pairs)
    return ObjectCall(family, entry.name, given)


def check_objects(setting: Setting, name: str, diagnostics: Diagnostics) -> bool:
    """Reports objects of another kind, and those that a spec cannot use.

    Args:
        setting: What is given.
        name: Its name, `loss` for instance.
        diagnostics: Where problems go.

    Returns:
        Whether there are none.
    """
    before = len(diagnostics)
    leaves = _leaves(setting.value) if name in _NESTED else [("", setting.value)]
    for path, value in leaves:
        place = setting.place(path)
        if name in _EXPECTED and not _is_expected(value, name, path):
            diagnostics.error(f"expected {_EXPECTED[name][1]}", place)
        for unwritable, location in _unwritable(value, name):
            message = f"{unwritable} cannot stand in a spec: {UNWRITABLE[unwritable]}"
            diagnostics.error(message, location or place)
    return len(diagnostics) == before


def _leaves(value: Expression, path: str = "") -> Iterator[tuple[str, Expression]]:
    """Yields what a setting holds for its outputs, and where: `digit.0`."""
    match value:
        case Sequence(items):
            parts = [(str(index), item) for index, item in enumerate(items)]
        case Dictionary(pairs):
            parts = [(str(to_value(key)), item) for key, item in pairs]
        case _:
            yield path, value
            return
    for name, part in parts:
        yield from _leaves(part, f"{path}.{name}".removeprefix("."))


def _is_expected(value: Expression, name: str, path: str) -> bool:
    match value:
        case ObjectCall():
            # An OptimizerMap is an argument of MultiOptimizer only.
            is_part = value.class_name == "OptimizerMap"
            return value.family in (_EXPECTED[name][0], _IMPORTED) and not is_part
        case Reference():
            return name != "callbacks"
        case Literal(None):
            return bool(path)  # an output without one
        case Literal(str()):
            return name != "callbacks"
    return False


def _unwritable(value: Expression, name: str) -> Iterator[tuple[str, Location | None]]:
    """Yields the classes in a value that no spec can hold, and where they stand if known."""
    match value:
        case ObjectCall():
            # A function of the user's own is what such a class lacks.
            has_own = any(isinstance(a.value, Reference) for a in value.arguments)
            is_own = value.family == _IMPORTED or has_own
            if value.class_name in UNWRITABLE and not is_own:
                yield value.class_name, value.location
            for argument in value.arguments:
                yield from _unwritable(argument.value, "")
        case Literal(str(text)) if name in _EXPECTED:
            meant = registry.identifiers(_EXPECTED[name][0]).get(text, "")
            if meant in UNWRITABLE:
                yield meant, None
