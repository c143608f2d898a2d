"""TensorFlow's functions in graphs of Keras 2, as functions of `keras.ops`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from keras_kgen.frontends.saved.model import SavedLayer
from keras_kgen.frontends.saved.nodes import UnknownNodeError, function_call
from keras_kgen.frontends.saved.tree import brief
from keras_kgen.ir.expressions import (
    Expression,
    Literal,
    Slice,
    from_value,
    to_value,
)
from keras_kgen.ir.expressions import Sequence as SequenceExpression
from keras_kgen.ir.program import Nested, Value, values_in

# The parameters of ops that take tensors or numbers, but no lists.
_OPERANDS = ("x1", "x2")
# What TensorFlow 1 computed in another way.
_OTHER_MEANING = ("compat.v1.image.", "compat.v1.where")


class NoCounterpartError(ValueError):
    """Keras 3 has no function that does the same; the text says why, or is empty."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What a step before gives."""

    step: int


# What goes into a step: what went into the function, or what a step before gives.
Given = Nested | Prior


@dataclass(frozen=True, slots=True)
class Step:
    """One op of the equivalent of a function.

    Attributes:
        op: Its name relative to `keras.ops`.
        arguments: What goes in, by name.
    """

    op: str
    arguments: Mapping[str, Given]
    operands: tuple[Nested, ...] = ()

    def resolved(
        self, results: Sequence[Value]
    ) -> tuple[tuple[Nested, ...], tuple[tuple[str, Nested], ...]]:
        """Returns what goes in by position and by name, for the results of earlier steps."""
        named = tuple(
            (name, results[given.step] if isinstance(given, Prior) else given)
            for name, given in self.arguments.items()
        )
        return self.operands, named


@dataclass(frozen=True, slots=True)
class _Function:
    """A function of TensorFlow and the op that does the same.

    Attributes:
        op: The op; "" where the function gives what goes in.
        names: Its parameters in TensorFlow's order, and what the op calls them.
        ignored: Parameters that make no difference.
        fixed: Parameters that the op does not have, and the values that it stands for.
        defaults: Arguments of the op where TensorFlow's default is another.
        change: Changes the arguments of the op, or adds steps.
    """

    op: str
    names: Mapping[str, str]
    fixed: Mapping[str, object] = field(default_factory=dict)
    defaults: Mapping[str, object] = field(default_factory=dict)
    change: Callable[[Step], tuple[Step, ...]] = lambda step: (step,)


def translate(
    layer: SavedLayer,
    inputs: tuple[Nested, ...],
    keywords: tuple[tuple[str, Nested], ...],
) -> tuple[Step, ...]:
    """Returns the ops that do what a call of a TensorFlow function does.

    Args:
        layer: The layer that calls the function; its class name is that of the function
            relative to `tf`: `math.reduce_mean`.
        inputs: The positional arguments.
        keywords: The arguments by name.

    Returns:
        The ops in order, the last one gives the result; none where the function gives its
        first argument as it is.

    Raises:
        NoCounterpartError: Keras 3 has nothing that does the same.
    """
    try:
        return _with_tensors(_steps(layer, inputs, keywords))
    except KeyError as error:
        raise NoCounterpartError(
            f"{brief(layer.name)}: {brief(layer.class_name)} lacks an argument"
        ) from error
    except (NoCounterpartError, UnknownNodeError) as error:
        reason = f": {error}" if str(error) else ""
        raise NoCounterpartError(
            f"{brief(layer.name)}: kgen knows nothing in Keras 3 that does what TensorFlow's "
            f"{brief(layer.class_name)} does{reason}"
        ) from error


def _steps(
    layer: SavedLayer,
    inputs: tuple[Nested, ...],
    keywords: tuple[tuple[str, Nested], ...],
) -> tuple[Step, ...]:
    if layer.saved_class_name == "TensorFlowOpLayer":
        call = function_call(layer, inputs)
        return _translate(call.function, (), dict(call.arguments))
    return _translate(layer.class_name, inputs, dict(keywords))


def _with_tensors(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Makes tensors of the lists of numbers that ops calculate with.

    TensorFlow took lists, those that preprocess_input() takes off the channels for instance.
    """
    places = [
        (index, name)
        for index, step in enumerate(steps)
        for name in _OPERANDS
        if isinstance(_constant(step.arguments.get(name)), SequenceExpression)
    ]
    if not places:
        return steps
    made = [_tensor_of(steps[index].arguments[name]) for index, name in places]
    shifted = [_shifted(step, len(made)) for step in steps]
    for number, (index, name) in enumerate(places):
        shifted[index] = _with(shifted[index], **{name: Prior(number)})
    return (*made, *shifted)


def _tensor_of(given: Given) -> Step:
    constant = _constant(given)
    assert isinstance(constant, SequenceExpression)
    return Step("convert_to_tensor", {}, (_as_list(constant),))


def _as_list(constant: SequenceExpression) -> SequenceExpression:
    """Writes numbers in brackets, as people write arrays."""
    items = (
        _as_list(item) if isinstance(item, SequenceExpression) else item
        for item in constant.items
    )
    return SequenceExpression(tuple(items), is_list=True)


def _shifted(step: Step, count: int) -> Step:
    arguments = {
        name: Prior(given.step + count) if isinstance(given, Prior) else given
        for name, given in step.arguments.items()
    }
    return Step(step.op, arguments, step.operands)


def _translate(
    function: str, inputs: tuple[Nested, ...], keywords: dict[str, Nested]
) -> tuple[Step, ...]:
    name = function.removeprefix("tf.")
    if not name.startswith(_OTHER_MEANING):
        name = name.removeprefix("compat.v1.")
    if name == "einsum":
        return (_einsum(inputs),)
    found = _FUNCTIONS.get(name)
    if found is None:
        raise NoCounterpartError("")
    given = _named(found, inputs, keywords)
    if not found.op:
        if not any(map(_has_tensor, (*inputs, *keywords.values()))):
            raise NoCounterpartError("it is called with no tensor")
        return ()
    for key, value in found.defaults.items():
        given.setdefault(key, from_value(value))
    return found.change(Step(found.op, given))


def _has_tensor(nested: Nested) -> bool:
    return any(values_in(nested))


def _named(
    function: _Function, inputs: tuple[Nested, ...], keywords: dict[str, Nested]
) -> dict[str, Given]:
    """Returns what goes in by the names of the op; None stands for the default."""
    keywords.pop("name", None)
    order = [*function.names, *function.fixed]
    if len(inputs) > len(order):
        raise NoCounterpartError(f"it is called with {len(inputs)} arguments")
    found: dict[str, Given] = {}
    for key, value in {**dict(zip(order, inputs, strict=False)), **keywords}.items():
        if value == Literal(None):
            continue
        if key in function.names:
            found[function.names[key]] = value
        elif key not in function.fixed or not _is(value, function.fixed[key]):
            raise NoCounterpartError(f"it is called with {key!r}")
    return found


def _is(given: Given, value: object) -> bool:
    constant = _constant(given)
    return constant is not None and to_value(constant) == value


def _constant(given: Given | None) -> Expression | None:
    """Returns a nesting of constants as one expression, None where there are tensors in it."""
    if isinstance(given, tuple):
        items = [_constant(item) for item in given]
        known = tuple(item for item in items if item is not None)
        return SequenceExpression(known) if len(known) == len(items) else None
    if given is None or isinstance(given, Value | Prior | Mapping):
        return None
    if isinstance(given, SequenceExpression):
        return SequenceExpression(given.items)
    return given


def _with(step: Step, **changes: Given) -> Step:
    return Step(step.op, {**step.arguments, **changes})


# -- single functions


def _constants(*names: str) -> Callable[[Step], tuple[Step, ...]]:
    """Returns a change that takes these arguments only where they are constants."""

    def change(step: Step) -> tuple[Step, ...]:
        found = dict(step.arguments)
        for name in names:
            if name in found:
                constant = _constant(found[name])
                if constant is None:
                    raise NoCounterpartError(f"{name} depends on a tensor")
                found[name] = constant
        return (Step(step.op, found),)

    return change


def _einsum(inputs: tuple[Nested, ...]) -> Step:
    # tf.keras saved what stands first only.
    if len(inputs) < 2 or not isinstance(inputs[0], Literal):
        raise NoCounterpartError("the file does not say what it is called with")
    return Step("einsum", {}, inputs)


def _get_item(step: Step) -> tuple[Step, ...]:
    key = _constant(step.arguments.get("key"))
    if key is None:
        raise NoCounterpartError("the index depends on a tensor")
    if isinstance(key, Slice):
        key = SequenceExpression((key,))
    if isinstance(key, SequenceExpression) and len(key.items) == 1:
        (item,) = key.items
        key = key if isinstance(item, Slice) else item
    return (_with(step, key=key),)


def _matmul(step: Step) -> tuple[Step, ...]:
    """Swaps the last axes of a matrix first where the call says so."""
    arguments = dict(step.arguments)
    steps: list[Step] = []
    for name, flag in (("x1", "transpose_a"), ("x2", "transpose_b")):
        given = arguments.pop(flag, Literal(False))
        if _is(given, True):
            swapped = {"x": arguments[name], "axis1": Literal(-2), "axis2": Literal(-1)}
            steps.append(Step("swapaxes", swapped))
            arguments[name] = Prior(len(steps) - 1)
    return (*steps, Step("matmul", arguments))


def _squared_difference(step: Step) -> tuple[Step, ...]:
    return (step, Step("square", {"x": Prior(0)}))


def _pad(step: Step) -> tuple[Step, ...]:
    (step,) = _constants("pad_width", "mode")(step)
    mode = step.arguments.get("mode")
    if isinstance(mode, Literal) and isinstance(mode.value, str):
        step = _with(step, mode=Literal(mode.value.lower()))
    arguments = dict(step.arguments)
    if step.arguments.get("mode", Literal("constant")) != Literal("constant"):
        arguments.pop("constant_values", None)
    elif _is(arguments.get("constant_values", Literal(None)), 0):
        arguments.pop("constant_values")
    return (Step(step.op, arguments),)


def _split(step: Step) -> tuple[Step, ...]:
    """TensorFlow takes sizes where Keras takes the places of the cuts."""
    (step,) = _constants("indices_or_sections", "axis")(step)
    sizes = to_value(_constant(step.arguments["indices_or_sections"]) or Literal(None))
    if not isinstance(sizes, tuple):
        return (step,)
    if not all(isinstance(size, int) and size >= 0 for size in sizes):
        raise NoCounterpartError("one of the sizes is left open")
    cuts = from_value(tuple(accumulate(sizes[:-1])))
    return (_with(step, indices_or_sections=cuts),)


def _resize(step: Step) -> tuple[Step, ...]:
    (step,) = _constants("size", "interpolation")(step)
    method = step.arguments.get("interpolation")
    if isinstance(method, Literal) and isinstance(method.value, str):
        step = _with(step, interpolation=Literal(method.value.lower()))
    return (step,)


def _pool(step: Step) -> tuple[Step, ...]:
    """TensorFlow may give a size for each axis, batch and channels among them."""
    (step,) = _constants("pool_size", "strides", "padding")(step)
    found: dict[str, Given] = dict(step.arguments)
    for name in ("pool_size", "strides"):
        sizes = to_value(_constant(found.get(name)) or Literal(None))
        if isinstance(sizes, tuple) and len(sizes) == 4:
            found[name] = from_value(sizes[1:3])
    padding = found.get("padding")
    if isinstance(padding, Literal) and isinstance(padding.value, str):
        found["padding"] = Literal(padding.value.lower())
    return (Step(step.op, found),)


# -- the table


def _names(text: str) -> dict[str, str]:
    """Reads `input_tensor:x axis`: TensorFlow's names, and the op's where they differ."""
    pairs = (part.partition(":") for part in text.split())
    return {old: new or old for old, _, new in pairs}


def _plain(op: str, text: str) -> _Function:
    return _Function(op, _names(text))


_BINARY = "x:x1 y:x2"
_REDUCE = "input_tensor:x axis keepdims"
_UNARY_OPS = {
    "math.abs": "absolute",
    "math.acos": "arccos",
    "math.asin": "arcsin",
    "math.atan": "arctan",
    "math.ceil": "ceil",
    "math.cos": "cos",
    "math.cosh": "cosh",
    "math.erf": "erf",
    "math.exp": "exp",
    "math.expm1": "expm1",
    "math.floor": "floor",
    "math.is_finite": "isfinite",
    "math.is_inf": "isinf",
    "math.is_nan": "isnan",
    "math.log": "log",
    "math.log1p": "log1p",
    "math.log_sigmoid": "log_sigmoid",
    "math.logical_not": "logical_not",
    "math.negative": "negative",
    "math.reciprocal": "reciprocal",
    "math.round": "round",
    "math.rsqrt": "rsqrt",
    "math.sigmoid": "sigmoid",
    "math.sign": "sign",
    "math.sin": "sin",
    "math.sinh": "sinh",
    "math.sqrt": "sqrt",
    "math.square": "square",
    "math.tan": "tan",
    "math.tanh": "tanh",
}
_BINARY_OPS = {
    "__operators__.add": "add",
    "__operators__.eq": "equal",
    "__operators__.ne": "not_equal",
    "math.add": "add",
    "math.divide": "true_divide",
    "math.equal": "equal",
    "math.floordiv": "floor_divide",
    "math.floormod": "mod",
    "math.greater": "greater",
    "math.greater_equal": "greater_equal",
    "math.less": "less",
    "math.less_equal": "less_equal",
    "math.logical_and": "logical_and",
    "math.logical_or": "logical_or",
    "math.logical_xor": "logical_xor",
    "math.maximum": "maximum",
    "math.minimum": "minimum",
    "math.multiply": "multiply",
    "math.not_equal": "not_equal",
    "math.pow": "power",
    "math.subtract": "subtract",
    "math.truediv": "true_divide",
}
_REDUCTIONS = {
    "math.reduce_all": "all",
    "math.reduce_any": "any",
    "math.reduce_logsumexp": "logsumexp",
    "math.reduce_max": "max",
    "math.reduce_mean": "mean",
    "math.reduce_min": "min",
    "math.reduce_prod": "prod",
    "math.reduce_std": "std",
    "math.reduce_sum": "sum",
    "math.reduce_variance": "var",
}
# Activations; TensorFlow calls what goes in `features`.
_ACTIVATIONS = {
    "math.softplus": "softplus",
    "nn.elu": "elu",
    "nn.relu": "relu",
    "nn.relu6": "relu6",
    "nn.selu": "selu",
    "nn.softsign": "softsign",
}
_POOLING = _names("input:inputs ksize:pool_size strides padding")
_SOFTMAX = "logits:x axis"
_UNIT = "x axis epsilon"
_FUNCTIONS: dict[str, _Function] = {
    **{name: _plain(op, "x") for name, op in _UNARY_OPS.items()},
    **{name: _plain(op, _BINARY) for name, op in _BINARY_OPS.items()},
    **{
        name: _Function(op, _names(_REDUCE), change=_constants("axis", "keepdims"))
        for name, op in _REDUCTIONS.items()
    },
    **{name: _plain(op, "features:x") for name, op in _ACTIVATIONS.items()},
    "__operators__.getitem": _Function(
        "get_item", _names("tensor:x slice_spec:key"), change=_get_item
    ),
    "argsort": _Function(
        "argsort", _names("values:x axis"), {"direction": "ASCENDING", "stable": False}
    ),
    "broadcast_to": _Function(
        "broadcast_to", _names("input:x shape"), change=_constants("shape")
    ),
    "cast": _Function("cast", _names("x dtype"), change=_constants("dtype")),
    "clip_by_value": _plain("clip", "t:x clip_value_min:x_min clip_value_max:x_max"),
    "concat": _Function(
        "concatenate", _names("values:xs axis"), change=_constants("axis")
    ),
    "convert_to_tensor": _Function(
        "", _names("value"), {"dtype": "float32", "dtype_hint": None}
    ),
    "expand_dims": _Function(
        "expand_dims", _names("input:x axis"), change=_constants("axis")
    ),
    "gather": _Function(
        "take",
        _names("params:x indices axis"),
        {"validate_indices": None, "batch_dims": 0},
        {"axis": 0},
    ),
    "identity": _plain("", "input"),
    "image.flip_left_right": _Function(
        "flip", _names("image:x"), defaults={"axis": -2}
    ),
    "image.flip_up_down": _Function("flip", _names("image:x"), defaults={"axis": -3}),
    "image.resize": _Function(
        "image.resize",
        _names("images size method:interpolation"),
        {"preserve_aspect_ratio": False, "antialias": False},
        change=_resize,
    ),
    "image.rgb_to_grayscale": _plain("image.rgb_to_grayscale", "images"),
    "linalg.matmul": _Function(
        "matmul",
        _names("a:x1 b:x2 transpose_a transpose_b"),
        {
            "adjoint_a": False,
            "adjoint_b": False,
            "a_is_sparse": False,
            "b_is_sparse": False,
        },
        change=_matmul,
    ),
    "linalg.matrix_transpose": _Function(
        "swapaxes", _names("a:x"), {"conjugate": False}, {"axis1": -2, "axis2": -1}
    ),
    "math.argmax": _Function("argmax", _names("input:x axis"), defaults={"axis": 0}),
    "math.argmin": _Function("argmin", _names("input:x axis"), defaults={"axis": 0}),
    "math.cumsum": _Function(
        "cumsum", _names("x axis"), {"exclusive": False, "reverse": False}, {"axis": 0}
    ),
    "math.divide_no_nan": _plain("divide_no_nan", _BINARY),
    "math.l2_normalize": _Function(
        "normalize", _names(_UNIT), change=_constants("axis")
    ),
    "math.squared_difference": _Function(
        "subtract", _names(_BINARY), change=_squared_difference
    ),
    "math.top_k": _plain("top_k", "input:x k sorted"),
    "nn.avg_pool2d": _Function(
        "average_pool", _POOLING, {"data_format": "NHWC"}, change=_pool
    ),
    "nn.bias_add": _Function(
        "add", _names("value:x1 bias:x2"), {"data_format": "NHWC"}
    ),
    "nn.gelu": _Function(
        "gelu", _names("features:x approximate"), defaults={"approximate": False}
    ),
    "nn.leaky_relu": _plain("leaky_relu", "features:x alpha:negative_slope"),
    "nn.log_softmax": _plain("log_softmax", _SOFTMAX),
    "nn.max_pool2d": _Function(
        "max_pool", _POOLING, {"data_format": "NHWC"}, change=_pool
    ),
    "nn.silu": _Function("silu", _names("features:x"), {"beta": 1.0}),
    "nn.softmax": _plain("softmax", _SOFTMAX),
    "norm": _Function("norm", _names("tensor:x axis keepdims"), {"ord": "euclidean"}),
    "one_hot": _Function(
        "one_hot",
        _names("indices:x depth:num_classes axis dtype"),
        {"on_value": 1, "off_value": 0},
        change=_constants("num_classes", "axis", "dtype"),
    ),
    "ones_like": _Function("ones_like", _names("input:x dtype")),
    "pad": _Function(
        "pad", _names("tensor:x paddings:pad_width mode constant_values"), change=_pad
    ),
    "repeat": _Function(
        "repeat", _names("input:x repeats axis"), change=_constants("repeats", "axis")
    ),
    "reshape": _Function(
        "reshape", _names("tensor:x shape:newshape"), change=_constants("newshape")
    ),
    "reverse": _Function("flip", _names("tensor:x axis"), change=_constants("axis")),
    "roll": _Function(
        "roll", _names("input:x shift axis"), change=_constants("shift", "axis")
    ),
    "sort": _Function("sort", _names("values:x axis"), {"direction": "ASCENDING"}),
    "split": _Function(
        "split",
        _names("value:x num_or_size_splits:indices_or_sections axis"),
        {"num": None},
        change=_split,
    ),
    "squeeze": _Function("squeeze", _names("input:x axis"), change=_constants("axis")),
    "stack": _Function("stack", _names("values:x axis"), change=_constants("axis")),
    "stop_gradient": _plain("stop_gradient", "input:variable"),
    "tensordot": _Function(
        "tensordot", _names("a:x1 b:x2 axes"), change=_constants("axes")
    ),
    "tile": _Function(
        "tile", _names("input:x multiples:repeats"), change=_constants("repeats")
    ),
    "transpose": _Function(
        "transpose",
        _names("a:x perm:axes"),
        {"conjugate": False},
        change=_constants("axes"),
    ),
    "unstack": _Function(
        "unstack", _names("value:x num axis"), change=_constants("axis")
    ),
    "where": _plain("where", "condition x:x1 y:x2"),
    "zeros_like": _Function("zeros_like", _names("input:x dtype")),
}
# Names that some versions had for the same functions.
_FUNCTIONS |= {
    alias: _FUNCTIONS[name]
    for alias, name in {
        "linalg.l2_normalize": "math.l2_normalize",
        "linalg.norm": "norm",
        "linalg.tensordot": "tensordot",
        "matmul": "linalg.matmul",
        "math.mod": "math.floormod",
        "math.softmax": "nn.softmax",
        "nn.l2_normalize": "math.l2_normalize",
        "nn.log_sigmoid": "math.log_sigmoid",
        "nn.sigmoid": "math.sigmoid",
        "nn.softplus": "math.softplus",
        "nn.swish": "nn.silu",
        "nn.tanh": "math.tanh",
        "nn.top_k": "math.top_k",
        "where_v2": "where",
    }.items()
}


def known_functions() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Returns the op of each function and the op's arguments that it may give, for tests."""
    return {
        name: (function.op, (*function.names.values(), *function.defaults))
        for name, function in _FUNCTIONS.items()
        if function.op
    }
