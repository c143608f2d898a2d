"""Classes of the author's, as far as a file knows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keras_kgen.errors import Location
from keras_kgen.frontends.saved.model import SavedCall
from keras_kgen.frontends.saved.tidy import simple
from keras_kgen.ir.definitions import OwnWeight, Skeleton, Tail
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Literal,
    ObjectCall,
    Reference,
)
from keras_kgen.ir.expressions import Sequence as SequenceExpression
from keras_kgen.pysource.names import Namespace, is_identifier, snake_case

if TYPE_CHECKING:
    from keras_kgen.frontends.saved.weight_shapes import Shapes

# What the base class takes itself.
_OF_BASE = frozenset({"name", "dtype", "trainable"})
# Names that mean something else inside of the class's methods.
_TAKEN = frozenset(
    {
        "NotImplementedError",
        "input_shape",
        "inputs",
        "keras",
        "kwargs",
        "layers",
        "ops",
        "self",
        "super",
    }
)


@dataclass(frozen=True, slots=True)
class Made:
    """A class, and the names of its parameters by the names in the file."""

    skeleton: Skeleton
    names: dict[str, str]

    def arguments(self, given: Iterable[Argument]) -> tuple[Argument, ...]:
        """Returns arguments by the names of the parameters, without the defaults."""
        defaults = {a.name: a.value for a in self.skeleton.parameters}
        kept = []
        for argument in given:
            name = self.names.get(argument.name or "", argument.name)
            value = simple(argument.value)
            is_default = _default(value) == defaults.get(name) and not _is_object(value)
            if name in _OF_BASE or not is_default:
                kept.append(Argument(value, name, argument.location))
        return tuple(kept)


def make_skeleton(
    name: str,
    original: str,
    instances: Sequence[tuple[Argument, ...]],
    weights: Shapes | None,
    calls: Iterable[SavedCall],
    location: Location | None,
    family: str = "layers",
    tail: Tail | None = None,
) -> Made:
    """Returns a class that takes what its instances are given.

    Args:
        name: What the module calls it.
        original: What the file calls it.
        instances: The arguments of each instance; the first one's values are the defaults.
        weights: The weights of each instance; None where they are not known.
        calls: How the instances are called.
        location: Where the first instance stands.
        family: The catalogue's family of the base class.
        tail: The end of the shape that they give, where it is known.
    """
    first = {a.name: a.value for a in instances[0]}
    found = dict.fromkeys(a.name or "" for given in instances for a in given)
    names = _parameter_names([n for n in found if n not in _OF_BASE])
    parameters = tuple(
        Argument(_default(simple(first.get(written, Literal(None)))), own)
        for written, own in names.items()
    )
    known = None if weights is None else tuple(_weight(n, s) for n, s in weights)
    called = tuple(calls)
    keywords = dict.fromkeys(key for call in called for key, _ in call.kwargs)
    skeleton = Skeleton(
        name,
        original,
        family,
        parameters,
        known,
        tuple(key for key in keywords if is_identifier(key) and key not in _TAKEN),
        any(call.args and isinstance(call.args[0], tuple) for call in called),
        tail,
        location,
    )
    return Made(skeleton, names)


def _parameter_names(written: list[str]) -> dict[str, str]:
    """Returns an identifier for each name, the name itself where it can be one."""
    namespace = Namespace()
    found = {}
    for name in written:
        if is_identifier(name) and name not in _TAKEN and name not in namespace:
            namespace.reserve([name])
            found[name] = name
        else:
            wanted = snake_case(name, "argument")
            found[name] = namespace.take(
                f"own_{wanted}" if wanted in _TAKEN else wanted
            )
    return found


def _default(value: Expression) -> Expression:
    """Returns a value as a default: None for what must be made anew for each instance."""
    match value:
        case SequenceExpression(items) if not any(map(_is_object, items)):
            return SequenceExpression(tuple(map(_default, items)))
        case Dictionary() | ObjectCall() | Reference() | SequenceExpression():
            return Literal(None)
    return value


def _is_object(value: Expression) -> bool:
    return _default(value) == Literal(None) and value != Literal(None)


def _weight(name: str, shape: tuple[int, ...]) -> OwnWeight:
    return OwnWeight(name, tuple(map(Literal, shape)))
