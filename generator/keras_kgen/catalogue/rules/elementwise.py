"""Rules of activation, regularization and scaling layers: the shape stays."""

from __future__ import annotations

import math

from keras_kgen.catalogue.rules.core import same_shape
from keras_kgen.catalogue.rules.rule import LayerCall, Rule, WeightSpec

_SAME = Rule(same_shape, preserves_shape=True)


def _prelu_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    """Follows `PReLU.build`: one slope for each place, shared along `shared_axes`."""
    shape = call.shape()
    shared = call.axes("shared_axes")
    sizes = []
    for axis in range(1, len(shape)):
        sizes.append(1 if axis in shared else call.defined(shape, axis))
    return (WeightSpec("alpha", tuple(sizes)),)


def _normalization_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    """Follows `Normalization.build`; given statistics are no weights."""
    shape = call.shape()
    found = [
        (call.defined(shape, axis), axis % len(shape)) for axis in call.axes("axis")
    ]
    mean, variance = call.config.get("mean"), call.config.get("variance")
    if (mean is None) != (variance is None):
        raise call.error(
            "both 'mean' and 'variance', or neither", f"{mean!r} and {variance!r}"
        )
    if mean is not None:
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
    "Normalization": Rule(same_shape, _normalization_weights, preserves_shape=True),
}
