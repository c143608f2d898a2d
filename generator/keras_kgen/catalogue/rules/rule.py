"""What a rule is: the call of a layer that it reads, and the results that it gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeGuard

from keras_kgen.catalogue import registry
from keras_kgen.ir.expressions import Expression, Literal, ObjectCall, to_value
from keras_kgen.ir.tensors import Dim, Shape, TensorSpec
from keras_kgen.records import record

# A tensor, or tensors and constants in the nesting in which a layer is called.
Given = TensorSpec | Expression | tuple["Given", ...] | Mapping[str, "Given"]
Shapes = tuple[Shape, ...]
DATA_FORMATS = ("channels_last", "channels_first")
_QUANTIZED = "_from_"
FLOATS = ("float16", "bfloat16", "float32", "float64")
_SPATIAL_AXES = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}


class ShapeError(ValueError):
    """Keras would refuse the layer for what arrives or for a value in its configuration."""


class NoRuleError(LookupError):
    """A layer inside of a layer has no rule, so the one around it has no result either."""


@record
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


@record
class Result:
    """What a call gives, and the weights of the layer in the order of `layer.weights`.

    The weights are None where they depend on a shape that is not known.
    """

    outputs: tuple[TensorSpec, ...]
    weights: tuple[WeightSpec, ...] | None


@record
class LayerCall:
    """A layer with its configuration, and what it is called with.

    The methods that read the configuration check it on the way, so that a rule can rely on
    the kind of what it gets.

    Attributes:
        config: The arguments by name with the defaults filled in.
        arguments: What the layer is called with, by the names of `call`'s parameters.
        apply: The rule of a layer inside of this one, called with these arguments.
        policy: The policy of layers that have no `dtype` of their own.
    """

    class_name: str
    config: Mapping[str, Any]
    arguments: Mapping[str, Given]
    apply: Callable[..., Result]
    policy: str = "float32"

    def error(self, expected: str, received: str, advice: str = "") -> ShapeError:
        """Returns the error that says what the layer needs and what it got instead.

        Args:
            advice: What to change, where that does not follow.
        """
        tail = f"; {advice}" if advice else ""
        message = f"{self.class_name} needs {expected}. Received: {received}{tail}"
        return ShapeError(message)

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
        several = sum(isinstance(item, TensorSpec) for item in self.arguments.values())
        received = f"{several} tensors" if several > 1 else describe(given)
        advice = f"write {self.class_name}(..)([a, b])"
        raise self.error("one list of tensors", received, advice)

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
            expected = f"an input of rank {len(axes) + 1} ({names})"
            advice = _advice_on_rank(self.class_name, shape, axes)
            raise self.error(expected, f"shape {shape}", advice)
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
                f"a defined size at axis {axis} of its input",
                f"shape {shape}",
                "give the size in place of null under 'inputs'",
            )
        return size

    @property
    def is_quantized(self) -> bool:
        """Whether the policy of the layer is one such as `int8_from_float32`."""
        return _QUANTIZED in self._policy

    def check_quantization(self) -> None:
        """Checks that the layer can be called before `quantize` calibrates it."""
        if self._policy.startswith(("gptq", "awq")):
            expected = "a policy that it can start from; this one comes from quantize()"
            raise self.error(expected, f"dtype={self._policy!r}")

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
        return self._policy.rpartition(_QUANTIZED)[-1]

    @property
    def _policy(self) -> str:
        given = self.config.get("dtype")
        return self.policy if given is None else _policy_name(given)

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
        raise self.error(f"a positive integer as {name!r}", f"{name}={shown(value)}")

    def integers(self, name: str, count: int, least: int = 1) -> tuple[int, ...]:
        """Returns an argument that is so many integers, or one for all."""
        value = self.config.get(name)
        items = (value,) * count if is_integer(value) else value
        if is_integers(items) and len(items) == count and min(items) >= least:
            return tuple(items)
        expected = f"{sizes_text(count, least)} as {name!r}"
        raise self.error(expected, f"{name}={shown(value)}")

    def axes(self, name: str) -> tuple[int, ...]:
        """Returns an argument that is an axis, several or None for none."""
        value = self.config.get(name)
        if value is None:
            return ()
        if is_integer(value):
            return (value,)
        if is_integers(value):
            return tuple(value)
        raise self.error(f"an axis or several as {name!r}", f"{name}={shown(value)}")

    def text(self, name: str, allowed: tuple[str, ...]) -> str:
        """Returns an argument that is one of a few words, in any case."""
        value = self.config.get(name)
        if isinstance(value, str) and value.lower() in allowed:
            return value.lower()
        raise self.error(f"{listed(allowed)} as {name!r}", f"{name}={shown(value)}")

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """Returns an argument that is one of a few words, written exactly so."""
        value = self.config.get(name)
        if isinstance(value, str) and value in allowed:
            return value
        raise self.error(f"{listed(allowed)} as {name!r}", f"{name}={shown(value)}")

    def layer(self, name: str) -> ObjectCall:
        """Returns an argument that must be a layer."""
        value = self.config.get(name)
        if isinstance(value, ObjectCall) and value.family == "layers":
            return value
        raise self.error(f"a layer as {name!r}", f"{name}={shown(value)}")

    def layers(self, name: str) -> tuple[ObjectCall, ...]:
        """Returns an argument that must be a list of layers, one at least."""
        value = self.config.get(name)
        if isinstance(value, list | tuple) and value:
            found = tuple(item for item in value if isinstance(item, ObjectCall))
            if len(found) == len(value) and all(i.family == "layers" for i in found):
                return found
        raise self.error(f"a list of layers as {name!r}", f"{name}={shown(value)}")


def one_result(config: Mapping[str, Any], keywords: Mapping[str, Any]) -> int:
    """Returns the number of results of most layers."""
    del config, keywords
    return 1


@record
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
        check: Raises a ShapeError where arguments of the layer do not go together; it reads
            the configuration only, so it runs where the shape that arrives is not known.
    """

    shapes: Callable[[LayerCall], Shapes]
    weights: Callable[[LayerCall], tuple[WeightSpec, ...]] | None = None
    result_count: Callable[[Mapping[str, Any], Mapping[str, Any]], int] = one_result
    preserves_shape: bool = False
    dtypes: Callable[[LayerCall], tuple[str, ...]] | None = None
    is_composite: bool = False
    is_wrapper: bool = False
    check: Callable[[LayerCall], object] | None = None


def _policy_name(given: object) -> str:
    """Returns a policy as the string that means the same, `mixed_float16` for instance."""
    if not isinstance(given, ObjectCall):
        return given if isinstance(given, str) else "float32"
    known = (p.name for p in registry.entry_of(given).positional_parameters)
    named = {a.name or next(known): to_value(a.value) for a in given.arguments}
    if named.get("policy_map"):
        raise NoRuleError("the policy depends on where the layer stands")
    if "mode" in named:
        return f"{named['mode']}{_QUANTIZED}{_policy_name(named.get('source_name'))}"
    return _policy_name(named.get("name") or named.get("default_policy"))


def _advice_on_rank(class_name: str, shape: Shape, axes: tuple[str, ...]) -> str:
    """Returns how an input of another rank gets these axes after the batch."""
    sizes = shape[1:]
    if len(sizes) == len(axes) + 1:
        if axes == ("features",):
            return "put Flatten() before it"
        if sizes[0] is None:
            return "leave the batch out of the shape under 'inputs'"
        return (
            f"if {sizes[0]} is the batch, leave it out of the shape under 'inputs'; if it is "
            f"the number of steps, write TimeDistributed({class_name}(..))"
        )
    if axes == ("steps", "features") and len(sizes) == 1:
        return (
            "a recurrent layer before it needs return_sequences=True; without one, put "
            "Reshape((steps, features)) before it"
        )
    if axes[-1] == "channels" and len(sizes) == len(axes) - 1 and None not in sizes:
        image = (*sizes, 1)
        return (
            f"add an axis for the channels: inputs: {list(image)}, "
            f"or Reshape({image}) before it"
        )
    if axes[-1] == "channels" and len(sizes) == 1:
        return f"put it before any Flatten(), or Reshape(({', '.join(axes)})) before it"
    return ""


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


def sizes_text(count: int, least: int = 1) -> str:
    """Returns how a message calls so many integers, or one for all."""
    one = "a positive integer" if least else "an integer from 0 on"
    return one if count == 1 else f"{one} or {count} of them"


def listed(words: tuple[str, ...]) -> str:
    """Returns the words to choose from, as a message lists them."""
    *others, last = map(repr, words)
    return f"{', '.join(others)} or {last}" if others else last


def shown(value: Any) -> str:
    """Returns a value of a configuration as it is written in a source."""
    if isinstance(value, ObjectCall):
        return f"{value.class_name}({'..' if value.arguments else ''})"
    if isinstance(value, list | tuple):
        items = ", ".join(map(shown, value))
        tail = "," if len(value) == 1 and isinstance(value, tuple) else ""
        return f"[{items}]" if isinstance(value, list) else f"({items}{tail})"
    return repr(value)


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
