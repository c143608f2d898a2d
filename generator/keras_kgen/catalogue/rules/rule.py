"""What a rule is: the call of a layer that it reads, and the results that it gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from keras_kgen.ir.expressions import Expression, Literal, ObjectCall
from keras_kgen.ir.tensors import Dim, Shape, TensorSpec

# A tensor, or tensors and constants in the nesting in which a layer is called.
Given = TensorSpec | Expression | tuple["Given", ...] | Mapping[str, "Given"]
Shapes = tuple[Shape, ...]
DATA_FORMATS = ("channels_last", "channels_first")
FLOATS = ("float16", "bfloat16", "float32", "float64")
_SPATIAL_AXES = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}


class ShapeError(ValueError):
    """Keras would refuse the layer for what arrives or for a value in its configuration."""


class NoRuleError(LookupError):
    """A layer inside of a layer has no rule, so the one around it has no result either."""


@dataclass(frozen=True, slots=True)
class WeightSpec:
    """A weight of a layer.

    Attributes:
        name: The variable's own name, `kernel` for instance.
        keeps_dtype: Whether its type is the same whatever the type of the layer.
    """

    name: str
    shape: tuple[int, ...]
    trainable: bool = True
    dtype: str = "float32"
    keeps_dtype: bool = False

    @property
    def size(self) -> int:
        """The number of parameters."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Result:
    """What a call gives, and the weights of the layer in the order of `layer.weights`.

    The weights are None where they depend on a shape that is not known.
    """

    outputs: tuple[TensorSpec, ...]
    weights: tuple[WeightSpec, ...] | None


@dataclass(frozen=True, slots=True)
class LayerCall:
    """A layer with its configuration, and what it is called with.

    The methods that read the configuration check it on the way, so that a rule can rely on
    the kind of what it gets.

    Attributes:
        config: The arguments by name with the defaults filled in.
        arguments: What the layer is called with, by the names of `call`'s parameters.
        apply: The rule of a layer inside of this one, called with these arguments.
    """

    class_name: str
    config: Mapping[str, Any]
    arguments: Mapping[str, Given]
    apply: Callable[..., Result]

    def error(self, expected: str, received: str) -> ShapeError:
        """Returns the error that says what the layer needs and what it got instead."""
        return ShapeError(f"{self.class_name} needs {expected}. Received: {received}")

    def tensor(self, name: str | None = None) -> TensorSpec:
        """Returns the argument of that name, the first one by default; it must be one tensor."""
        given = self._argument(name)
        if isinstance(given, TensorSpec):
            return given
        place = f" as {name!r}" if name else ""
        raise self.error(f"one tensor{place}", describe(given))

    def optional_tensor(self, name: str) -> TensorSpec | None:
        """Returns the argument of that name, None where it is not given."""
        given = self.arguments.get(name)
        return given if isinstance(given, TensorSpec) else None

    def tensors(self) -> tuple[TensorSpec, ...]:
        """Returns the first argument; it must be a list of tensors."""
        given = self._argument(None)
        if isinstance(given, tuple) and given:
            found = tuple(item for item in given if isinstance(item, TensorSpec))
            if len(found) == len(given):
                return found
        raise self.error("a list of tensors", describe(given))

    def _argument(self, name: str | None) -> Given | None:
        if name is not None:
            return self.arguments.get(name)
        return next(iter(self.arguments.values()), None)

    def shape(self, name: str | None = None) -> Shape:
        """Returns the shape of `tensor(name)`."""
        return known(self.tensor(name))

    def shapes(self) -> Shapes:
        """Returns the shapes of `tensors()`."""
        return tuple(map(known, self.tensors()))

    def shape_of_rank(self, axes: tuple[str, ...]) -> Shape:
        """Returns the shape of the one input, which must have these axes after the batch."""
        shape = self.shape()
        if len(shape) != len(axes) + 1:
            names = ", ".join(("batch", *axes))
            raise self.error(
                f"an input of rank {len(axes) + 1} ({names})", f"shape {shape}"
            )
        return shape

    def image_shape(self, rank: int) -> Shape:
        """Returns the shape of the one input, which must have `rank` spatial axes."""
        spatial = _SPATIAL_AXES[rank]
        if self.channels_first:
            return self.shape_of_rank(("channels", *spatial))
        return self.shape_of_rank((*spatial, "channels"))

    def image_shape_over_time(self, rank: int) -> Shape:
        """Returns the shape of the one input, which must have steps and `rank` spatial axes."""
        spatial = _SPATIAL_AXES[rank]
        if self.channels_first:
            return self.shape_of_rank(("steps", "channels", *spatial))
        return self.shape_of_rank(("steps", *spatial, "channels"))

    @property
    def channels_first(self) -> bool:
        """Whether the channels stand before the spatial axes; layers without choice say no."""
        given = self.config.get("data_format")
        return (
            given is not None
            and self.text("data_format", DATA_FORMATS) == DATA_FORMATS[1]
        )

    def defined(self, shape: Shape, axis: int) -> int:
        """Returns the size of an axis, which must be known because a weight depends on it."""
        if not -len(shape) <= axis < len(shape):
            raise self.error(f"an input that has an axis {axis}", f"shape {shape}")
        size = shape[axis]
        if size is None:
            raise self.error(
                f"a defined size at axis {axis} of its input", f"shape {shape}"
            )
        return size

    @property
    def compute_dtype(self) -> str:
        """The type that the layer computes in: `float16` with a policy `mixed_float16`."""
        return self._dtype.removeprefix("mixed_")

    @property
    def variable_dtype(self) -> str:
        """The type of the weights: `float32` with a policy `mixed_float16`."""
        return "float32" if self._dtype.startswith("mixed_") else self._dtype

    @property
    def _dtype(self) -> str:
        given = self.config.get("dtype")
        return given if isinstance(given, str) else "float32"

    def is_true(self, name: str) -> bool:
        """Whether an argument of the call, not of the layer, is the constant True."""
        return self.arguments.get(name) == Literal(True)

    def flag(self, name: str) -> bool:
        """Returns an argument that switches something on or off."""
        return bool(self.config.get(name))

    def integer(self, name: str) -> int:
        """Returns an argument that must be a positive integer."""
        value = self.config.get(name)
        if is_integer(value) and value > 0:
            return int(value)
        raise self.error(f"a positive integer as {name!r}", f"{name}={value!r}")

    def integers(self, name: str, count: int, least: int = 1) -> tuple[int, ...]:
        """Returns an argument that is so many integers, or one for all."""
        value = self.config.get(name)
        items = (value,) * count if is_integer(value) else value
        if is_integers(items) and len(items) == count and min(items) >= least:
            return tuple(items)
        kind = "positive integers" if least else "integers, none negative,"
        expected = f"{name!r} as one or {count} {kind}".rstrip(",")
        raise self.error(expected, f"{name}={value!r}")

    def axes(self, name: str) -> tuple[int, ...]:
        """Returns an argument that is an axis, several or None for none."""
        value = self.config.get(name)
        if value is None:
            return ()
        if is_integer(value):
            return (value,)
        if is_integers(value):
            return tuple(value)
        raise self.error(f"an axis or several as {name!r}", f"{name}={value!r}")

    def text(self, name: str, allowed: tuple[str, ...]) -> str:
        """Returns an argument that is one of a few words, in any case."""
        value = self.config.get(name)
        if isinstance(value, str) and value.lower() in allowed:
            return value.lower()
        choices = " or ".join(map(repr, allowed))
        raise self.error(f"{choices} as {name!r}", f"{name}={value!r}")

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """Returns an argument that is one of a few words, written exactly so."""
        value = self.config.get(name)
        if isinstance(value, str) and value in allowed:
            return value
        choices = " or ".join(map(repr, allowed))
        raise self.error(f"{choices} as {name!r}", f"{name}={value!r}")

    def layer(self, name: str) -> ObjectCall:
        """Returns an argument that must be a layer."""
        value = self.config.get(name)
        if isinstance(value, ObjectCall) and value.family == "layers":
            return value
        raise self.error(f"a layer as {name!r}", f"{name}={value!r}")

    def layers(self, name: str) -> tuple[ObjectCall, ...]:
        """Returns an argument that must be a list of layers, one at least."""
        value = self.config.get(name)
        if isinstance(value, list | tuple) and value:
            found = tuple(item for item in value if isinstance(item, ObjectCall))
            if len(found) == len(value) and all(i.family == "layers" for i in found):
                return found
        raise self.error(f"a list of layers as {name!r}", f"{name}={value!r}")


@dataclass(frozen=True, slots=True)
class Rule:
    """What Keras does with a layer.

    Attributes:
        shapes: The shapes of the outputs.
        weights: The weights in the order of `layer.weights`; None where there never are any.
        result_count: The number of outputs, by configuration and keyword arguments of the
            call.
        preserves_shape: Whether the output always has the shape of the first input.
        dtypes: The types of the outputs where they are not the one the layer computes in.
        is_composite: Whether the weights are those of layers that the layer makes for itself,
            which a `trainable=False` of its own does not freeze.
        is_wrapper: Whether the weights are those of layers that it is given, which have their
            own types and which a `trainable=False` of its own does not freeze either.
    """

    shapes: Callable[[LayerCall], Shapes]
    weights: Callable[[LayerCall], tuple[WeightSpec, ...]] | None = None
    result_count: Callable[[Mapping[str, Any], Mapping[str, Any]], int] = (
        lambda config, keywords: 1
    )
    preserves_shape: bool = False
    dtypes: Callable[[LayerCall], tuple[str, ...]] | None = None
    is_composite: bool = False
    is_wrapper: bool = False


def specs_in(given: Given) -> Iterator[TensorSpec]:
    """Yields the tensors of a call argument; dictionaries by sorted key, as Keras does."""
    if isinstance(given, TensorSpec):
        yield given
    elif isinstance(given, tuple):
        for item in given:
            yield from specs_in(item)
    elif isinstance(given, Mapping):
        for key in sorted(given):
            yield from specs_in(given[key])


def kept_dtypes(call: LayerCall) -> tuple[str, ...]:
    """Returns the types of the first argument, whose floats are cast to the layer's type."""
    given = next(iter(call.arguments.values()), ())
    return tuple(
        call.compute_dtype if spec.dtype in FLOATS else spec.dtype
        for spec in specs_in(given)
    )


def known(spec: TensorSpec) -> Shape:
    """Returns the shape of a tensor; rules run only where it is known."""
    assert spec.shape is not None
    return spec.shape


def is_integer(value: object) -> TypeGuard[int]:
    """Whether a value is an integer and not a boolean."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_integers(value: object) -> TypeGuard[list[int] | tuple[int, ...]]:
    """Whether a value is a sequence of integers."""
    return isinstance(value, list | tuple) and all(map(is_integer, value))


def kernel_and_bias(
    kernel: tuple[int, ...], bias: tuple[int, ...] | None
) -> tuple[WeightSpec, ...]:
    """Returns a kernel, and a bias where the layer has one."""
    weights = (WeightSpec("kernel", kernel),)
    return weights if bias is None else (*weights, WeightSpec("bias", bias))


def with_lora(
    call: LayerCall, weights: tuple[WeightSpec, ...]
) -> tuple[WeightSpec, ...]:
    """Returns the weights with those of `lora_rank`, which freeze the first one.

    Follows `enable_lora` of `Dense`, `EinsumDense`, `Embedding` and `BaseConv`.
    """
    if not call.config.get("lora_rank"):
        return weights
    rank = call.integer("lora_rank")
    frozen = replace(weights[0], trainable=False)
    shapes = {"a": (*frozen.shape[:-1], rank), "b": (rank, frozen.shape[-1])}
    added = (
        WeightSpec(f"lora_{frozen.name}_{end}", shape, keeps_dtype=True)
        for end, shape in shapes.items()
    )
    return (frozen, *weights[1:], *added)


def scaled(size: Dim, factor: int) -> Dim:
    """Returns a size times a factor."""
    return None if size is None else size * factor


def describe(given: Given | None) -> str:
    """Returns what a message says of an argument of a call."""
    if given is None:
        return "nothing"
    if isinstance(given, TensorSpec):
        return f"shape {given.shape}"
    if isinstance(given, tuple):
        return f"a list of {len(given)}"
    return "a dictionary" if isinstance(given, Mapping) else "a constant"
