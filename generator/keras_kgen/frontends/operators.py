"""Ops in lines: calls of `keras.ops`, and Python's operators, which are ops too."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from keras_kgen.catalogue import registry
from keras_kgen.frontends.syntax import dotted_name

# The ops behind the operators of `keras.KerasTensor`. Its == compares objects, but people
# mean the values.
_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "true_divide",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "mod",
    ast.Pow: "power",
    ast.MatMult: "matmul",
    ast.BitAnd: "logical_and",
    ast.BitOr: "logical_or",
    ast.BitXor: "logical_xor",
}
_UNARY: dict[type[ast.unaryop], str] = {
    ast.USub: "negative",
    ast.Invert: "logical_not",
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
}
# Functions of `keras.ops` that are short for others.
_SHORT = {"abs": "absolute", "conj": "conjugate"}


@dataclass(frozen=True, slots=True)
class Op:
    """An op in a syntax tree: its name, relative to `keras.ops`, and what goes in."""

    name: str
    inputs: tuple[ast.expr, ...]
    keywords: tuple[tuple[str, ast.expr], ...] = ()
    is_function: bool = False


def find(node: ast.expr) -> Op | None:
    """Returns the op that a syntax tree is, None for other trees."""
    match node:
        case ast.BinOp(left=left, right=right) if type(node.op) in _BINARY:
            return Op(_BINARY[type(node.op)], (left, right))
        case ast.UnaryOp(operand=operand) if type(node.op) in _UNARY:
            return Op(_UNARY[type(node.op)], (operand,))
        case ast.Compare(left=left, ops=[symbol], comparators=[right]):
            name = _COMPARISONS.get(type(symbol))
            return Op(name, (left, right)) if name else None
        case ast.Subscript(value=value, slice=key):
            return Op("get_item", (value, key))
        case ast.Call(func=ast.Attribute() as func):
            return _function(func, node)
    return None


def _function(func: ast.Attribute, node: ast.Call) -> Op | None:
    head, found, name = (dotted_name(func) or "").partition("ops.")
    if not found or head not in ("", "keras.", "tf.keras.", "tensorflow.keras."):
        return None
    entry = registry.lookup("ops", f"ops.{name}")
    name = entry.name if entry is not None else name
    keywords = tuple((k.arg, k.value) for k in node.keywords if k.arg is not None)
    return Op(_SHORT.get(name, name), tuple(node.args), keywords, is_function=True)
