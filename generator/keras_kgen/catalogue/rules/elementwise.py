"""Rules of activation, regularization and scaling layers: the shape stays."""

from __future__ import annotations

import math

from keras_kgen.catalogue.rules.core import same_shape
from keras_kgen.catalogue.rules.rule import LayerCall, Rule, WeightSpec, shown

_SAME = Rule(same_shape, preserves_shape=True)


def _prelu_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    """Follows `PReLU.build`: one slope for each place, shared along `shared_axes`."""
    shape = call.shape()
    count = len(shape) - 1
    shared = call.axes("shared_axes")
    if any(not -count < axis <= count for axis in shared):
        expected = f"axes from 1 to {count} as 'shared_axes'"
        raise call.error(expected, f"shared_axes={shown(call.config['shared_axes'])}")
    # Keras takes 1 off each axis, and so counts 0 and less from the end.
    places = {(axis - 1) % count for axis in shared}
    sizes = [
        1 if place in places else call.defined(shape, place + 1)
        for place in range(count)
    ]
    return (WeightSpec("alpha", tuple(sizes)),)


def _normalization_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    """Follows `Normalization.build`; given statistics are no weights."""
    shape = call.shape()
    found = [
        (call.defined(shape, axis), axis % len(shape)) for axis in call.axes("axis")
    ]
    _check_statistics(call)
    if call.config.get("mean") is not None:
        return ()
    if math.prod(size for size, _ in found) != math.prod(
        size for size, _ in set(found)
    ):
        raise call.error("each axis once as 'axis'", f"axis={call.config['axis']!r}")
    kept = tuple(size for size, _ in sorted(found, key=lambda pair: pair[1]))
    return (
        WeightSpec("mean", kept, trainable=False),
        WeightSpec("variance", kept, trainable=False),
        WeightSpec("count", (), False, "int64", keeps_dtype=True),
    )


def _check_statistics(call: LayerCall) -> None:
    mean, variance = call.config.get("mean"), call.config.get("variance")
    if (mean is None) != (variance is None):
        raise call.error(
            "both 'mean' and 'variance', or neither", f"{mean!r} and {variance!r}"
        )


ACTIVATIONS = ("Activation", "ELU", "LeakyReLU", "ReLU", "Softmax")
REGULARIZATION = (
    "ActivityRegularization",
    "AlphaDropout",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
)


def _spatial_dropout(rank: int) -> Rule:
    """Follows `SpatialDropout1D`, `2D` and `3D`: they fix the rank of their input."""

    def shapes(call: LayerCall) -> tuple[tuple[int | None, ...], ...]:
        return (call.image_shape(rank),)

    return Rule(shapes, preserves_shape=True)


RULES = {
    **dict.fromkeys(ACTIVATIONS + REGULARIZATION, _SAME),
    "SpatialDropout1D": _spatial_dropout(1),
    "SpatialDropout2D": _spatial_dropout(2),
    "SpatialDropout3D": _spatial_dropout(3),
    "PReLU": Rule(same_shape, _prelu_weights, preserves_shape=True),
    "Rescaling": _SAME,
    "Normalization": Rule(
        same_shape,
        _normalization_weights,
        preserves_shape=True,
        check=_check_statistics,
    ),
}
