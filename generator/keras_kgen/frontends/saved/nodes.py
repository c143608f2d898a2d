"""Nodes of TensorFlow graphs, as TensorFlow 2.0 to 2.3 saved its functions: `AddV2`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keras_kgen.frontends.saved.model import SavedLayer
from keras_kgen.ir.expressions import Literal, Slice, from_value, to_value
from keras_kgen.ir.expressions import Sequence as SequenceExpression
from keras_kgen.ir.program import Nested


class UnknownNodeError(Exception):
    """No function is known that does what a node does; the text says why, or is empty."""


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """The call of a TensorFlow function that does what a node does."""

    function: str
    arguments: Mapping[str, Nested]


@dataclass(frozen=True, slots=True)
class _Node:
    """A kind of node.

    Attributes:
        function: The function relative to `tf`.
        operands: What the function calls the node's operands, in order.
        attributes: What the function calls the node's attributes.
        fixed: Attributes that must have these values.
    """

    function: str
    operands: tuple[str, ...]
    attributes: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, object] = field(default_factory=dict)


def function_call(layer: SavedLayer, inputs: tuple[Nested, ...]) -> FunctionCall:
    """Returns the call of a function that a `TensorFlowOpLayer` stands for.

    Raises:
        UnknownNodeError: kgen knows none.
    """
    given = layer.config.get("node_def")
    if not isinstance(given, dict) or not isinstance(given.get("op"), str):
        raise UnknownNodeError("the file does not say what it computes")
    operands = _operands(layer, inputs)
    attributes = given.get("attr")
    known = attributes if isinstance(attributes, dict) else {}
    values = {str(key): _attribute(value) for key, value in known.items()}
    special = _SPECIAL.get(given["op"])
    if special is not None:
        try:
            return special(operands, values)
        except (TypeError, ValueError) as error:
            raise UnknownNodeError("its operands are not what it takes") from error
    node = _NODES.get(given["op"])
    if node is None or len(operands) > len(node.operands):
        raise UnknownNodeError("")
    for key, value in node.fixed.items():
        if values.get(key, value) != value:
            raise UnknownNodeError(f"it is used with {key}={values[key]!r}")
    arguments = dict(zip(node.operands, operands, strict=False))
    for key, name in node.attributes.items():
        if values.get(key) not in (None, ()):
            arguments[name] = from_value(values[key])
    return FunctionCall(node.function, arguments)


def _operands(layer: SavedLayer, inputs: tuple[Nested, ...]) -> list[Nested]:
    """Returns tensors and constants in the order of the node."""
    first = inputs[0] if len(inputs) == 1 else inputs
    found: list[Nested] = list(first) if isinstance(first, tuple) else [first]
    constants = layer.config.get("constants")
    if not isinstance(constants, dict) or not all(map(str.isdecimal, constants)):
        return found
    for place in sorted(constants, key=int):
        try:
            found.insert(int(place), _constant(constants[place]))
        except TypeError as error:
            raise UnknownNodeError("one of its constants is no number") from error
    return found


def _constant(value: Any) -> Nested:
    return from_value(tuple(value) if isinstance(value, list) else value)


def _attribute(value: Any) -> Any:
    """Returns an attribute of the text form of a node as a plain value."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    ((kind, inner),) = value.items()
    if kind == "b" and isinstance(inner, bool):
        return inner
    if kind == "i" and _is_number(inner):
        return int(inner)
    if kind == "type":
        return _TYPES.get(inner) if isinstance(inner, str) else None
    if kind == "list" and isinstance(inner, dict):
        items = inner.get("i", [])
        is_known = isinstance(items, list) and all(map(_is_number, items))
        return tuple(map(int, items)) if is_known else None
    return None


def _is_number(value: Any) -> bool:
    """Whether a value is a number, which the text form has in quotes."""
    return str(value).removeprefix("-").isdecimal() and len(str(value)) < 20


_TYPES = {
    "DT_BOOL": "bool",
    "DT_DOUBLE": "float64",
    "DT_FLOAT": "float32",
    "DT_HALF": "float16",
    "DT_INT32": "int32",
    "DT_INT64": "int64",
    "DT_UINT8": "uint8",
}


def _concatenation(operands: list[Nested], _: Mapping[str, Any]) -> FunctionCall:
    *tensors, axis = operands
    return FunctionCall("concat", {"values": tuple(tensors), "axis": axis})


def _pack(operands: list[Nested], attributes: Mapping[str, Any]) -> FunctionCall:
    axis = Literal(attributes.get("axis") or 0)
    return FunctionCall("stack", {"values": tuple(operands), "axis": axis})


def _split(operands: list[Nested], attributes: Mapping[str, Any]) -> FunctionCall:
    axis, value = operands
    count = Literal(attributes.get("num_split"))
    return FunctionCall(
        "split", {"value": value, "num_or_size_splits": count, "axis": axis}
    )


def _slice(operands: list[Nested], attributes: Mapping[str, Any]) -> FunctionCall:
    """Returns an index for the places where slices begin and end."""
    tensor, *limits = operands
    if len(limits) != 3 or not all(isinstance(i, SequenceExpression) for i in limits):
        raise UnknownNodeError("its limits depend on a tensor")
    begin, end, strides = (to_value(item) for item in limits)  # type: ignore[arg-type]
    items = [
        _slice_item(index, limits, attributes)
        for index, limits in enumerate(zip(begin, end, strides, strict=True))
    ]
    key = SequenceExpression(tuple(items))
    return FunctionCall("__operators__.getitem", {"tensor": tensor, "slice_spec": key})


def _slice_item(
    index: int, limits: tuple[int, int, int], attributes: Mapping[str, Any]
) -> Slice | Literal:
    def has(name: str) -> bool:
        return bool((attributes.get(f"{name}_mask") or 0) >> index & 1)

    begin, end, stride = limits
    if has("ellipsis"):
        return Literal(...)
    if has("new_axis"):
        return Literal(None)
    if has("shrink_axis"):
        return Literal(begin)
    return Slice(
        Literal(None if has("begin") else begin),
        Literal(None if has("end") else end),
        Literal(None if stride == 1 else stride),
    )


_SPECIAL = {
    "ConcatV2": _concatenation,
    "Pack": _pack,
    "Split": _split,
    "StridedSlice": _slice,
}
_UNARY = {
    "Abs": "math.abs",
    "Ceil": "math.ceil",
    "Cos": "math.cos",
    "Exp": "math.exp",
    "Floor": "math.floor",
    "Identity": "identity",
    "Log": "math.log",
    "Log1p": "math.log1p",
    "LogicalNot": "math.logical_not",
    "Neg": "math.negative",
    "OnesLike": "ones_like",
    "Reciprocal": "math.reciprocal",
    "Round": "math.round",
    "Rsqrt": "math.rsqrt",
    "Sigmoid": "math.sigmoid",
    "Sign": "math.sign",
    "Sin": "math.sin",
    "Sqrt": "math.sqrt",
    "Square": "math.square",
    "StopGradient": "stop_gradient",
    "Tan": "math.tan",
    "Tanh": "math.tanh",
    "ZerosLike": "zeros_like",
}
_BINARY = {
    "Add": "math.add",
    "AddV2": "math.add",
    "Equal": "math.equal",
    "FloorDiv": "math.floordiv",
    "FloorMod": "math.floormod",
    "Greater": "math.greater",
    "GreaterEqual": "math.greater_equal",
    "Less": "math.less",
    "LessEqual": "math.less_equal",
    "LogicalAnd": "math.logical_and",
    "LogicalOr": "math.logical_or",
    "Maximum": "math.maximum",
    "Minimum": "math.minimum",
    "Mul": "math.multiply",
    "NotEqual": "math.not_equal",
    "Pow": "math.pow",
    "RealDiv": "math.truediv",
    "SquaredDifference": "math.squared_difference",
    "Sub": "math.subtract",
}
_REDUCTIONS = {
    "All": "math.reduce_all",
    "Any": "math.reduce_any",
    "Max": "math.reduce_max",
    "Mean": "math.reduce_mean",
    "Min": "math.reduce_min",
    "Prod": "math.reduce_prod",
    "Sum": "math.reduce_sum",
}
_ACTIVATIONS = {
    "Elu": "nn.elu",
    "LeakyRelu": "nn.leaky_relu",
    "Relu": "nn.relu",
    "Relu6": "nn.relu6",
    "Selu": "nn.selu",
    "Softplus": "math.softplus",
    "Softsign": "nn.softsign",
}
# What an operand is called in most functions of one tensor, where it is not `x`.
_OTHER_NAMES = {
    "Identity": "input",
    "OnesLike": "input",
    "StopGradient": "input",
    "ZerosLike": "input",
}
_HALF_PIXELS = {"align_corners": False, "half_pixel_centers": True}
_NODES: dict[str, _Node] = {
    **{op: _Node(name, (_OTHER_NAMES.get(op, "x"),)) for op, name in _UNARY.items()},
    **{op: _Node(name, ("x", "y")) for op, name in _BINARY.items()},
    **{
        op: _Node(name, ("input_tensor", "axis"), {"keep_dims": "keepdims"})
        for op, name in _REDUCTIONS.items()
    },
    **{op: _Node(name, ("features",)) for op, name in _ACTIVATIONS.items()},
    "ArgMax": _Node("math.argmax", ("input", "axis")),
    "ArgMin": _Node("math.argmin", ("input", "axis")),
    "BatchMatMulV2": _Node(
        "linalg.matmul", ("a", "b"), {"adj_x": "transpose_a", "adj_y": "transpose_b"}
    ),
    "BiasAdd": _Node("nn.bias_add", ("value", "bias")),
    "BroadcastTo": _Node("broadcast_to", ("input", "shape")),
    "Cast": _Node("cast", ("x",), {"DstT": "dtype"}),
    "ClipByValue": _Node("clip_by_value", ("t", "clip_value_min", "clip_value_max")),
    "ExpandDims": _Node("expand_dims", ("input", "axis")),
    "GatherV2": _Node("gather", ("params", "indices", "axis"), fixed={"batch_dims": 0}),
    "MatMul": _Node(
        "linalg.matmul",
        ("a", "b"),
        {"transpose_a": "transpose_a", "transpose_b": "transpose_b"},
    ),
    "Pad": _Node("pad", ("tensor", "paddings")),
    "PadV2": _Node("pad", ("tensor", "paddings", "constant_values")),
    "Reshape": _Node("reshape", ("tensor", "shape")),
    "ResizeBilinear": _Node("image.resize", ("images", "size"), fixed=_HALF_PIXELS),
    "ReverseV2": _Node("reverse", ("tensor", "axis")),
    "Select": _Node("where", ("condition", "x", "y")),
    "SelectV2": _Node("where", ("condition", "x", "y")),
    "Softmax": _Node("nn.softmax", ("logits",)),
    "SplitV": _Node("split", ("value", "num_or_size_splits", "axis")),
    "Squeeze": _Node("squeeze", ("input",), {"squeeze_dims": "axis"}),
    "Tile": _Node("tile", ("input", "multiples")),
    "Transpose": _Node("transpose", ("a", "perm")),
}
