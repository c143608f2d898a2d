"""Calls an op with kgen's rule and with Keras, and tells both outcomes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

from keras_kgen.catalogue.rules.ops import apply_op, op_result_count
from keras_kgen.catalogue.rules.rule import ShapeError
from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    Literal,
    ObjectCall,
    Sequence,
    Slice,
)
from keras_kgen.ir.tensors import TensorSpec

REFUSAL = "refused"
# JAX and PyTorch have 32 bits where TensorFlow has 64.
NARROW = {"int64": "int32", "float64": "float32"}


class T:
    """A tensor of a model."""

    def __init__(self, *shape: int | None, dtype: str = "float32") -> None:
        self.shape, self.dtype = shape, dtype

    def __repr__(self) -> str:
        tail = "" if self.dtype == "float32" else f"{self.dtype}"
        return f"T{self.shape}{tail}"


@dataclass(frozen=True)
class Call:
    """An op, and what it is called with: tensors, constants, tensors made of constants."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __repr__(self) -> str:
        given = [repr(item) for item in self.args]
        given += [f"{key}={item!r}" for key, item in self.kwargs.items()]
        return f"{self.name}({', '.join(given)})"


def op(name: str, *args: Any, **kwargs: Any) -> Call:
    """Writes a call; one among the arguments of another makes a constant tensor."""
    return Call(name, args, kwargs)


def holds_tensor(item: Any) -> bool:
    if isinstance(item, list | tuple):
        return any(map(holds_tensor, item))
    return isinstance(item, T)


def as_given(item: Any) -> Any:
    """Returns an argument as kgen reads it."""
    if isinstance(item, T):
        return TensorSpec(item.shape, item.dtype)
    if holds_tensor(item):
        return tuple(map(as_given, item))
    return as_expression(item)


def as_expression(item: Any) -> Expression:
    if isinstance(item, Call):
        arguments = [Argument(as_expression(value)) for value in item.args]
        arguments += [Argument(as_expression(v), k) for k, v in item.kwargs.items()]
        return ObjectCall("ops", item.name, tuple(arguments))
    if isinstance(item, slice):
        return Slice(*map(as_expression, (item.start, item.stop, item.step)))
    if isinstance(item, list | tuple):
        return Sequence(tuple(map(as_expression, item)), isinstance(item, list))
    return Literal(item)


def as_keras(keras: Any, item: Any) -> Any:
    if isinstance(item, T):
        return keras.KerasTensor(item.shape, dtype=item.dtype)
    if isinstance(item, Call):
        return call_keras(keras, item)
    if isinstance(item, list | tuple):
        return type(item)(as_keras(keras, inner) for inner in item)
    return item


def call_keras(keras: Any, call: Call) -> Any:
    function = keras.ops
    for part in call.name.split("."):
        function = getattr(function, part)
    args = (as_keras(keras, item) for item in call.args)
    kwargs = {key: as_keras(keras, item) for key, item in call.kwargs.items()}
    return function(*args, **kwargs)


def keras_outcome(keras: Any, call: Call) -> Any:
    """Returns the shapes and types that Keras gives."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outputs = keras.tree.flatten(call_keras(keras, call))
    except Exception:
        return REFUSAL
    return [
        (tuple(x.shape), dtype_here(keras, keras.backend.standardize_dtype(x.dtype)))
        for x in outputs
    ]


def apply(call: Call) -> Any:
    """Returns what kgen's rule gives."""
    args = tuple(map(as_given, call.args))
    return apply_op(call.name, args, {k: as_given(v) for k, v in call.kwargs.items()})


def count(call: Call) -> int:
    args = tuple(map(as_given, call.args))
    kwargs = {key: as_given(item) for key, item in call.kwargs.items()}
    return op_result_count(call.name, args, kwargs)


def kgen_outcome(keras: Any, call: Call) -> Any:
    """Returns the shapes and types that kgen works out."""
    try:
        outputs = apply(call)
    except ShapeError as error:
        assert str(error).startswith("ops.") and " needs " in str(error)
        assert "Received: " in str(error)
        return REFUSAL
    assert outputs is not None, call.name
    return [(spec.shape, dtype_here(keras, spec.dtype)) for spec in outputs]


def dtype_here(keras: Any, dtype: str) -> str:
    """Returns a type as this backend has it."""
    if keras.backend.backend() == "tensorflow":
        return dtype
    return NARROW.get(dtype, dtype)
