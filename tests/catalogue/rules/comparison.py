"""Calls a layer with kgen's rule and with Keras, and tells both outcomes."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from typing import Any

from keras_kgen.catalogue.rules import Result, ShapeError, apply_rule, full_config
from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    Literal,
    ObjectCall,
    Sequence,
    from_value,
)
from keras_kgen.ir.tensors import TensorSpec

# A layer, and what it is called with: a shape, a list of them, a dictionary of keyword
# arguments or `Args`. A shape may end in the name of a type.
Row = tuple[str, Any]
FLAT = (None, 6)
SEQUENCE = (None, 10, 6)
IMAGE = (None, 8, 9, 4)
VOLUME = (None, 6, 7, 8, 4)
VIDEO = (None, 5, 8, 9, 4)


class Args(tuple[Any, ...]):
    """Positional arguments of a call."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Args{super().__repr__()}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call gives: shape and type of the outputs; name, shape, trainability, type of weights.

    An outcome without outputs is an error, and the message is not compared.
    """

    outputs: tuple[Any, ...] | None
    weights: tuple[Any, ...] = ()


REFUSAL = Outcome(None)


def read(source: str) -> ObjectCall:
    """Returns a layer that is written as Python."""
    expression = as_expression(ast.parse(source, mode="eval").body)
    assert isinstance(expression, ObjectCall)
    return expression


def as_expression(node: ast.expr) -> Expression:
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        arguments = [Argument(as_expression(item)) for item in node.args]
        arguments += [Argument(as_expression(k.value), k.arg) for k in node.keywords]
        return ObjectCall("layers", node.func.id, tuple(arguments))
    if isinstance(node, ast.List | ast.Tuple):
        items = tuple(map(as_expression, node.elts))
        return Sequence(items, isinstance(node, ast.List))
    return from_value(eval(compile(ast.Expression(node), "<test>", "eval"), {}))


def split_shape(item: tuple[Any, ...]) -> tuple[tuple[int | None, ...], str]:
    """Returns the shape and the type of a tensor of a table."""
    if item and isinstance(item[-1], str):
        return item[:-1], item[-1]
    return item, "float32"


def as_spec(item: Any) -> Any:
    """Returns a shape of a table as a tensor, with the nesting around it."""
    if isinstance(item, dict):
        return {key: as_spec(inner) for key, inner in item.items()}
    if isinstance(item, list):
        return tuple(map(as_spec, item))
    if isinstance(item, bool):
        return Literal(item)
    return TensorSpec(*split_shape(item))


def apply(source: str, inputs: Any) -> Result | None:
    """Returns what kgen's rule gives."""
    layer = read(source)
    config = full_config(layer.class_name, layer.arguments)
    if isinstance(inputs, dict):
        return apply_rule(layer.class_name, config, (), as_spec(inputs))
    args = inputs if isinstance(inputs, Args) else (inputs,)
    return apply_rule(layer.class_name, config, tuple(map(as_spec, args)))


def as_tensor(keras: Any, item: Any) -> Any:
    if isinstance(item, dict):
        return {key: as_tensor(keras, inner) for key, inner in item.items()}
    if isinstance(item, list):
        return [as_tensor(keras, inner) for inner in item]
    if isinstance(item, bool):
        return item
    shape, dtype = split_shape(item)
    return keras.Input(batch_shape=shape, dtype=dtype)


def call_keras(keras: Any, source: str, inputs: Any) -> tuple[Any, list[Any]]:
    """Returns the layer of Keras and its outputs."""
    layer = eval(source, {}, vars(keras.layers))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if isinstance(inputs, dict):
            outputs = layer(**as_tensor(keras, inputs))
        else:
            args = inputs if isinstance(inputs, Args) else (inputs,)
            outputs = layer(*(as_tensor(keras, item) for item in args))
    return layer, keras.tree.flatten(outputs)


def kgen_outcome(source: str, inputs: Any) -> Outcome:
    """Returns what kgen says of a call."""
    try:
        result = apply(source, inputs)
    except ShapeError as error:
        assert "Received: " in str(error) or str(error).startswith("Keras knows no ")
        return REFUSAL
    assert result is not None and result.weights is not None
    return Outcome(
        tuple((spec.shape, spec.dtype) for spec in result.outputs),
        tuple((w.name, w.shape, w.trainable, w.dtype) for w in result.weights),
    )


def keras_outcome(keras: Any, source: str, inputs: Any) -> Outcome:
    """Returns what Keras does with a call."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layer, outputs = call_keras(keras, source, inputs)
    except Exception:
        return REFUSAL
    return Outcome(
        tuple(
            (tuple(tensor.shape), keras.backend.standardize_dtype(tensor.dtype))
            for tensor in outputs
        ),
        tuple(
            (w.name, tuple(w.shape), w.trainable, weight_dtype(keras, w))
            for w in layer.weights
        ),
    )


def weight_dtype(keras: Any, weight: Any) -> str:
    """Returns the type of a weight; "int" is int64 on TensorFlow and int32 elsewhere."""
    return str(keras.backend.standardize_dtype(weight.dtype)).replace("int32", "int64")
