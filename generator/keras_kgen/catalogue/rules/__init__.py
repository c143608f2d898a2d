"""Shapes and weights: what each layer of Keras gives for what it is called with.

A layer is added by a row in the table of its family.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from keras_kgen.catalogue import former as sources
from keras_kgen.catalogue.rules import (
    attention,
    categorical,
    cells,
    convolutional,
    core,
    elementwise,
    former,
    images,
    merging,
    normalization,
    own,
    pooling,
    recurrent,
    reshaping,
    signals,
    wrappers,
)
from keras_kgen.catalogue.rules.arguments import check_argument, check_arguments
from keras_kgen.catalogue.rules.configuration import call_parameters, full_config
from keras_kgen.catalogue.rules.foreign import NO_RULE
from keras_kgen.catalogue.rules.rule import (
    FLOATS,
    Given,
    LayerCall,
    NoRuleError,
    Result,
    Rule,
    ShapeError,
    WeightSpec,
    one_result,
    specs_in,
)
from keras_kgen.ir.definitions import Definition, Former, Skeleton
from keras_kgen.ir.expressions import Argument, ObjectCall
from keras_kgen.ir.tensors import UNKNOWN, TensorSpec

__all__ = [
    "Given",
    "Result",
    "ShapeError",
    "WeightSpec",
    "apply_arguments",
    "apply_definition",
    "apply_rule",
    "check_argument",
    "check_config",
    "full_config",
    "has_one_result",
    "has_rule",
    "has_weights",
    "preserves_shape",
    "result_count",
    "specs_in",
    "why_no_rule",
]

_RULES: dict[str, Rule] = {
    **core.RULES,
    **elementwise.RULES,
    **normalization.RULES,
    **convolutional.RULES,
    **pooling.RULES,
    **reshaping.RULES,
    **merging.RULES,
    **attention.RULES,
    **cells.RULES,
    **recurrent.RULES,
    **wrappers.RULES,
    **categorical.RULES,
    **images.RULES,
    **signals.RULES,
}

# Rules of classes of which some can be anything.
_PARTIAL_RULES: dict[str, Rule] = {"Lambda": core.LAMBDA}


def has_rule(class_name: str) -> bool:
    """Whether kgen knows the shapes and weights of a layer class."""
    return class_name in _RULES


def why_no_rule(class_name: str, config: Mapping[str, Any] | None = None) -> str | None:
    """Returns why a layer class of Keras has no rule, None where it has one.

    Args:
        config: The arguments of one layer: a Lambda may be told what it gives.
    """
    is_told = config is not None and config.get("output_shape") is not None
    if class_name in _PARTIAL_RULES and is_told:
        return None
    return NO_RULE.get(class_name)


def has_weights(class_name: str) -> bool:
    """Whether a layer of this class may have weights; a class without a rule may."""
    rule = _RULES.get(class_name)
    return rule is None or rule.weights is not None


def preserves_shape(class_name: str) -> bool:
    """Whether the output of this class always has the shape of its first input."""
    rule = _RULES.get(class_name)
    return rule is not None and rule.preserves_shape


def has_one_result(class_name: str) -> bool:
    """Whether every call gives one tensor, whatever the arguments are."""
    rule = _RULES.get(class_name)
    return rule is None or rule.result_count is one_result


def result_count(
    class_name: str,
    config: Mapping[str, Any],
    keywords: Mapping[str, Any] | None = None,
) -> int:
    """Returns how many tensors a call gives; 1 for a class without a rule.

    Args:
        config: The arguments by name, as `full_config` gives them.
        keywords: The keyword arguments of the call.
    """
    rule = _RULES.get(class_name)
    return 1 if rule is None else rule.result_count(config, keywords or {})


def check_config(class_name: str, config: Mapping[str, Any]) -> str | None:
    """Returns what is wrong with a layer before it is called, None where nothing is.

    Args:
        config: The arguments by name, as `full_config` gives them.
    """
    message = check_arguments(class_name, config)
    rule = _RULES.get(class_name)
    if message or rule is None or rule.check is None:
        return message
    try:
        rule.check(LayerCall(class_name, config, {}, _inner("float32")))
    except ShapeError as error:
        return str(error)
    return None


def apply_rule(
    class_name: str,
    config: Mapping[str, Any],
    args: tuple[Given, ...],
    kwargs: Mapping[str, Given] | None = None,
    policy: str = "float32",
) -> Result | None:
    """Returns the outputs and weights of a layer that is called once.

    Args:
        config: The arguments by name, as `full_config` gives them.
        args: The positional arguments of the call.
        kwargs: The keyword arguments of the call.
        policy: The policy of layers that have no `dtype` of their own.

    Returns:
        None where the class, or one inside of it, has no rule. Where a shape that goes in is
        not known, the outputs are not known, and the weights are None if there may be any.

    Raises:
        ShapeError: Keras would refuse the call, or the configuration.
    """
    rule = _RULES.get(class_name) or _PARTIAL_RULES.get(class_name)
    if rule is None:
        return None
    problem = check_config(class_name, config)
    if problem:
        raise ShapeError(problem)
    names = (*call_parameters(class_name), *(str(i) for i in range(len(args))))
    arguments = {**dict(zip(names, args, strict=False)), **(kwargs or {})}
    given = _in_order(class_name, arguments)
    return _apply(rule, LayerCall(class_name, config, given, _inner(policy), policy))


def apply_arguments(
    class_name: str,
    arguments: tuple[Argument, ...],
    args: tuple[Given, ...],
    kwargs: Mapping[str, Given],
    policy: str = "float32",
) -> Result | None:
    """Does what `apply_rule` does for arguments as they stand in a program.

    A model has many equal layers, which are worked out once.
    """
    if any(map(_has_mapping, (*args, *kwargs.values()))):
        config = full_config(class_name, arguments)
        return apply_rule(class_name, config, args, kwargs, policy)
    # The name makes no difference to shapes and weights.
    given = tuple([argument for argument in arguments if argument.name != "name"])
    return _apply_once(class_name, given, args, tuple(kwargs.items()), policy)


@functools.lru_cache(maxsize=4096)
def _apply_once(
    class_name: str,
    arguments: tuple[Argument, ...],
    args: tuple[Given, ...],
    kwargs: tuple[tuple[str, Given], ...],
    policy: str,
) -> Result | None:
    config = full_config(class_name, arguments)
    return apply_rule(class_name, config, args, dict(kwargs), policy)


def _has_mapping(given: Given) -> bool:
    if isinstance(given, tuple):
        return any(map(_has_mapping, given))
    return isinstance(given, Mapping)


def _apply(rule: Rule, call: LayerCall) -> Result | None:
    if not all(spec.is_known for spec in specs_in(tuple(call.arguments.values()))):
        count = rule.result_count(call.config, call.arguments)
        return Result((UNKNOWN,) * count, None if rule.weights else ())
    try:
        return Result(_outputs(rule, call), _weights(rule, call))
    except NoRuleError:
        return None


def apply_definition(
    definition: Definition,
    arguments: Mapping[str, Any],
    args: tuple[Given, ...],
    kwargs: Mapping[str, Given],
    policy: str = "float32",
) -> Result | None:
    """Returns the outputs and weights of a class that the module defines by itself.

    Args:
        definition: The class.
        arguments: What its constructor is given, by name, as plain values.
        args: The positional arguments of the call.
        kwargs: The keyword arguments of the call.
        policy: The policy of layers that have no `dtype` of their own.

    Raises:
        ShapeError: the layer cannot be called so.
    """
    given: dict[str, Given] = {str(i): item for i, item in enumerate(args)}
    given.update(kwargs)
    if isinstance(definition, Skeleton):
        call = LayerCall(definition.name, arguments, given, _inner(policy), policy)
        result = _apply(own.rule(definition), call)
        found = own.weights(definition, arguments)
        return None if result is None else replace(result, weights=found)
    source = sources.find(definition.former) if isinstance(definition, Former) else None
    rule = former.RULES.get(source.name) if source else None
    if source is None or rule is None:
        return None
    config = {**source.defaults, **arguments}
    call = LayerCall(source.name, config, given, _inner(policy), policy)
    return _apply(rule, call)


def _inner(policy: str) -> Callable[..., Result]:
    """Returns what applies the rule of a layer inside of another one."""

    def apply(layer: ObjectCall, *args: Given) -> Result:
        config = full_config(layer.class_name, layer.arguments)
        result = apply_rule(layer.class_name, config, args, policy=policy)
        if result is None:
            raise NoRuleError(layer.class_name)
        return result

    return apply


def _in_order(class_name: str, arguments: dict[str, Given]) -> dict[str, Given]:
    """Returns the arguments in the order of the parameters, however they were given."""
    known = [name for name in call_parameters(class_name) if name in arguments]
    others = [name for name in arguments if name not in known]
    return {name: arguments[name] for name in (*known, *others)}


def _outputs(rule: Rule, call: LayerCall) -> tuple[TensorSpec, ...]:
    shapes = rule.shapes(call)
    dtypes = rule.dtypes(call) if rule.dtypes else (call.compute_dtype,) * len(shapes)
    return tuple(
        TensorSpec(shape, dtype) for shape, dtype in zip(shapes, dtypes, strict=True)
    )


def _weights(rule: Rule, call: LayerCall) -> tuple[WeightSpec, ...] | None:
    weights = rule.weights(call) if rule.weights else ()
    if call.is_quantized and weights:
        call.check_quantization()
        return None  # Keras packs them, and keeps their scales as weights of their own.
    dtype = call.variable_dtype
    if dtype in FLOATS and not rule.is_wrapper:
        weights = tuple(
            weight if weight.keeps_dtype else replace(weight, dtype=dtype)
            for weight in weights
        )
    if call.config.get("trainable", True) or rule.is_composite or rule.is_wrapper:
        return weights
    return tuple(replace(weight, trainable=False) for weight in weights)
