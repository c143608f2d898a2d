"""Rules of the normalization layers."""

from __future__ import annotations

from collections.abc import Callable

from keras_kgen.catalogue.rules.rule import (
    LayerCall,
    Rule,
    Shapes,
    WeightSpec,
)

_MOVING = ("moving_mean", "moving_variance")
_RENORM = ("moving_stddev", "renorm_mean", "renorm_stddev")


def _axes(call: LayerCall) -> tuple[int, ...]:
    """Returns the normalized axes in the order in which Keras sorts them."""
    axes = tuple(sorted(call.axes("axis")))
    if not axes:
        raise call.error("an axis as 'axis'", f"axis={call.config.get('axis')!r}")
    return axes


def _sizes(call: LayerCall) -> tuple[int, ...]:
    shape = call.shape()
    return tuple(call.defined(shape, axis) for axis in _axes(call))


def _shapes(call: LayerCall) -> Shapes:
    """Follows `compute_output_shape` of the normalization layers."""
    shape = call.shape()
    for axis in _axes(call):
        if not -len(shape) <= axis < len(shape):
            raise call.error(f"an input that has an axis {axis}", f"shape {shape}")
    return (shape,)


def _affine(call: LayerCall, sizes: tuple[int, ...]) -> tuple[WeightSpec, ...]:
    switches = (("gamma", "scale"), ("beta", "center"))
    return tuple(
        WeightSpec(name, sizes) for name, switch in switches if call.flag(switch)
    )


def _batch_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    sizes = _sizes(call)
    moving = _MOVING + (_RENORM if call.flag("renorm") else ())
    statistics = (WeightSpec(name, sizes, trainable=False) for name in moving)
    return (*_affine(call, sizes), *statistics)


def _layer_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    if call.flag("rms_scaling"):
        return (WeightSpec("gamma", _sizes(call)),)
    has_weights = call.flag("scale") or call.flag("center")
    return _affine(call, _sizes(call)) if has_weights else ()


def _group_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    """Follows `GroupNormalization.build`; -1 groups stand for one for each channel."""
    sizes = _sizes(call)
    if len(sizes) != 1:
        raise call.error("one axis as 'axis'", f"axis={call.config['axis']!r}")
    (size,) = sizes
    groups = call.config.get("groups")
    if groups != -1 and size % call.integer("groups"):
        raise call.error(
            f"a number of channels that its {groups} groups divide",
            f"shape {call.shape()}",
        )
    return _affine(call, (size,))


def _rms_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    return (WeightSpec("scale", _sizes(call)),)


def _rule(weights: Callable[[LayerCall], tuple[WeightSpec, ...]] | None) -> Rule:
    return Rule(_shapes, weights, preserves_shape=True)


RULES = {
    "BatchNormalization": _rule(_batch_weights),
    "GroupNormalization": _rule(_group_weights),
    "LayerNormalization": _rule(_layer_weights),
    "RMSNormalization": _rule(_rms_weights),
    "UnitNormalization": _rule(None),
}
