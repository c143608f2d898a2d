"""Shapes and types of the results of `keras.ops`, where a model calls them on its tensors.

An op is added by a row in the table of its family.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras_kgen.catalogue.rules.ops import (
    creation,
    elementwise,
    images,
    indexing,
    joining,
    matrices,
    networks,
    products,
    rearranging,
    reductions,
    signals,
    windows,
)
from keras_kgen.catalogue.rules.ops.binding import bind, constant_tensors
from keras_kgen.catalogue.rules.ops.call import OpCall, OpRule, Specs
from keras_kgen.catalogue.rules.ops.dtypes import PromotionError
from keras_kgen.catalogue.rules.ops.foreign import NO_RULE
from keras_kgen.catalogue.rules.rule import Given, Result, ShapeError, specs_in
from keras_kgen.ir.expressions import ObjectCall
from keras_kgen.ir.tensors import UNKNOWN, TensorSpec

__all__ = [
    "apply_op",
    "has_op_rule",
    "op_preserves_shape",
    "op_result_count",
    "why_no_op_rule",
]

_RULES: dict[str, OpRule] = {
    **creation.RULES,
    **elementwise.RULES,
    **reductions.RULES,
    **rearranging.RULES,
    **joining.RULES,
    **indexing.RULES,
    **products.RULES,
    **matrices.RULES,
    **windows.RULES,
    **networks.RULES,
    **images.RULES,
    **signals.RULES,
}


def has_op_rule(name: str) -> bool:
    """Whether kgen knows what an op gives, `softmax` or `image.resize` for instance."""
    return name in _RULES


def why_no_op_rule(name: str) -> str | None:
    """Returns why an op of Keras has no rule, None where it has one."""
    return NO_RULE.get(name)


def op_preserves_shape(name: str) -> bool:
    """Whether the result of an op always has the shape of its first and only tensor."""
    rule = _RULES.get(name)
    return rule is not None and rule.preserves_shape


def op_result_count(
    name: str, args: tuple[Given, ...], kwargs: Mapping[str, Given]
) -> int:
    """Returns how many tensors a call of an op gives.

    It is 1 for an op without a rule, and where only a shape that is not known could tell.
    """
    rule = _RULES.get(name)
    return 1 if rule is None else rule.count(bind(name, args, kwargs, _made))


def apply_op(
    name: str, args: tuple[Given, ...], kwargs: Mapping[str, Given]
) -> Specs | None:
    """Returns what an op gives for what it is called with.

    Args:
        name: The name in the catalogue, without `keras.ops`.
        args: The positional arguments, tensors and constants.
        kwargs: The keyword arguments.

    Returns:
        None where the op has no rule. Where a shape that goes in is not known, neither are
        the results.

    Raises:
        ShapeError: Keras would refuse the call.
    """
    rule = _RULES.get(name)
    if rule is None:
        return None
    values = bind(name, args, kwargs, _made)
    if not all(spec.is_known for spec in specs_in(_tensors(values))):
        return (UNKNOWN,) * rule.count(values)
    is_constant = not any(True for _ in specs_in((*args, *kwargs.values())))
    arguments = constant_tensors(values) if is_constant else values
    try:
        return _checked(rule, OpCall(f"ops.{name}", values, arguments, _no_layer))
    except PromotionError as error:
        raise ShapeError(
            f"ops.{name} needs types that Keras promotes to one. Received: {error}"
        ) from error


def _checked(rule: OpRule, call: OpCall) -> Specs:
    """Returns the results, whose sizes Keras checks last."""
    outputs = rule.outputs(call)
    for spec in outputs:
        if any(size is not None and size < 0 for size in spec.shape or ()):
            raise call.refusal("arguments that fit its tensors")
    return outputs


def _tensors(value: Any) -> tuple[Given, ...]:
    """Returns the tensors among arguments in any nesting."""
    if isinstance(value, TensorSpec):
        return (value,)
    if isinstance(value, Mapping):
        return _tensors(tuple(value.values()))
    if isinstance(value, list | tuple):
        return tuple(spec for item in value for spec in _tensors(item))
    return ()


def _made(call: ObjectCall) -> Any:
    """Returns the tensor that another op makes of constants, several as a tuple."""
    args = tuple(a.value for a in call.arguments if a.name is None)
    kwargs = {a.name: a.value for a in call.arguments if a.name is not None}
    outputs = apply_op(call.class_name, args, kwargs)
    if outputs is None:
        return UNKNOWN
    return outputs[0] if len(outputs) == 1 else outputs


def _no_layer(*arguments: object) -> Result:
    raise AssertionError("no op calls a layer")
