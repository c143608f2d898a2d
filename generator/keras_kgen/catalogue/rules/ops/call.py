"""The call of an op: what it is called with, by the names of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import EllipsisType
from typing import Any

from keras_kgen.catalogue.rules.ops.dtypes import (
    DTYPES,
    WEAK_FLOAT,
    WEAK_INTEGER,
)
from keras_kgen.catalogue.rules.rule import (
    DATA_FORMATS,
    LayerCall,
    is_integer,
    is_integers,
)
from keras_kgen.ir.tensors import Shape, TensorSpec
from keras_kgen.records import record

Specs = tuple[TensorSpec, ...]
Values = Mapping[str, Any]


@record
class OpCall(LayerCall):
    """An op and what it is called with; `config` has every argument, tensors too."""

    def has(self, name: str) -> bool:
        """Whether an argument is given and is not None."""
        return self.config.get(name) is not None

    def received(self, *names: str) -> str:
        """Returns what a message says of these arguments, all that are given by default."""
        chosen = names or tuple(name for name in self.config if self.has(name))
        return ", ".join(f"{name}={shown(self.config.get(name))}" for name in chosen)

    def refusal(self, expected: str, *names: str) -> Exception:
        """Returns the error that says what the op needs and these arguments."""
        return self.error(expected, self.received(*names))

    def operand(self, name: str) -> TensorSpec:
        """Returns an argument that is a tensor or a number, whose type is a weak one."""
        value = self.config.get(name)
        if isinstance(value, bool | int | float):
            return TensorSpec((), weak_dtype(value))
        given = self.arguments.get(name)
        if isinstance(given, TensorSpec):
            return given
        raise self.refusal(f"a tensor or a number as {name!r}", name)

    def pair(self) -> tuple[TensorSpec, TensorSpec]:
        """Returns the first two arguments as operands."""
        one, other, *_ = self.config
        return self.operand(one), self.operand(other)

    def several(self, name: str) -> Specs:
        """Returns an argument that must be a list of tensors."""
        given = self.config.get(name)
        if isinstance(given, tuple | list) and given:
            found = tuple(item for item in given if isinstance(item, TensorSpec))
            if len(found) == len(given):
                return found
        raise self.refusal(f"a list of tensors as {name!r}", name)

    def scalar(self, name: str, least: int | None = None) -> int:
        """Returns an argument that must be an integer, of that size at least."""
        value = self.config.get(name)
        if is_integer(value) and (least is None or value >= least):
            return value
        size = "" if least is None else f" of {least} or more"
        raise self.refusal(f"an integer{size} as {name!r}", name)

    def axis_of(self, name: str, rank: int) -> int:
        """Returns an argument that must be an axis, counted from the left."""
        return self.normal(self.config.get(name), rank, name)

    def normal(self, axis: object, rank: int, name: str) -> int:
        """Returns an axis counted from the left."""
        if is_integer(axis) and -rank <= axis < rank:
            return axis % rank
        raise self.refusal(f"an axis of a tensor of rank {rank} as {name!r}", name)

    def axes_of(self, name: str, rank: int) -> tuple[int, ...] | None:
        """Returns an argument that is an axis, several different ones, or None for all."""
        value = self.config.get(name)
        if value is None:
            return None
        items = (value,) if is_integer(value) else value
        if not isinstance(items, list | tuple):
            raise self.refusal(f"an axis or several as {name!r}", name)
        axes = tuple(self.normal(item, rank, name) for item in items)
        if len(set(axes)) < len(axes):
            raise self.refusal(f"each axis once as {name!r}", name)
        return axes

    def numbers(self, name: str, least: int | None = None) -> tuple[int, ...]:
        """Returns an argument that must be an integer or several."""
        value = self.config.get(name)
        items = [value] if is_integer(value) else value
        if is_integers(items) and (least is None or min(items, default=least) >= least):
            return tuple(items)
        size = "" if least is None else f" of {least} or more"
        raise self.refusal(f"integers{size} as {name!r}", name)

    def sizes(self, name: str) -> Shape:
        """Returns an argument that must be a shape."""
        value = self.config.get(name)
        items = [value] if is_integer(value) else value
        if isinstance(items, list | tuple):
            found = [item for item in items if item is not None]
            if is_integers(found) and min(found, default=0) >= 0:
                return tuple(items)
        raise self.refusal(f"a shape as {name!r}", name)

    def dtype_of(self, name: str, default: str) -> str:
        """Returns an argument that is the name of a type, or the default."""
        value = self.config.get(name)
        if value is None:
            return default
        if isinstance(value, str) and (value == "int" or value in DTYPES):
            return "int64" if value == "int" else value
        raise self.refusal(f"the name of a type as {name!r}", name)

    def check_data_format(self) -> None:
        """Refuses a `data_format` that is none, where the result does not depend on it."""
        if self.has("data_format"):
            self.text("data_format", DATA_FORMATS)


@record
class OpRule:
    """What Keras does with an op.

    Attributes:
        outputs: The shapes and types of the results.
        preserves_shape: Whether the result always has the shape of the one tensor.
        count: The number of results, from the arguments by name.
    """

    outputs: Callable[[OpCall], Specs]
    preserves_shape: bool = False
    count: Callable[[Values], int] = lambda values: 1


Rules = dict[str, OpRule]


def weak_dtype(value: bool | int | float) -> str:
    """Returns the type that a Python number has beside a tensor."""
    if isinstance(value, bool):
        return "bool"
    return WEAK_INTEGER if isinstance(value, int) else WEAK_FLOAT


def shape_of(value: object) -> Shape:
    """Returns the shape of a tensor; all else, and what is not known, counts as a number."""
    return value.shape or () if isinstance(value, TensorSpec) else ()


def shown(value: object) -> str:
    """Returns what a message says of an argument."""
    if isinstance(value, TensorSpec):
        return f"a tensor of shape {value.shape}"
    if isinstance(value, slice):
        ends = (value.start, value.stop)
        text = ":".join("" if end is None else shown(end) for end in ends)
        return text if value.step is None else f"{text}:{shown(value.step)}"
    if value is ...:
        return "..."
    if isinstance(value, list | tuple) and any(
        isinstance(item, TensorSpec | slice | EllipsisType) for item in value
    ):
        return f"[{', '.join(map(shown, value))}]"
    return repr(value)
