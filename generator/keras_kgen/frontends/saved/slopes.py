"""The axes along which a PReLU of Keras 1 shares its slopes, which it did not save."""

from __future__ import annotations

from keras_kgen.frontends.saved.model import SavedLayer, SavedModel
from keras_kgen.ir.expressions import Argument, from_value
from keras_kgen.ir.tensors import Shape


def with_shared_axes(
    model: SavedModel,
    layer: SavedLayer,
    arguments: tuple[Argument, ...],
    shape: Shape | None,
) -> tuple[Argument, ...]:
    """Returns the arguments with the axes that the saved weights tell.

    Args:
        model: The file.
        layer: A PReLU.
        arguments: Its arguments in Keras 3.
        shape: The shape of its input, None where it is not known.
    """
    if shape is None or "shared_axes" in layer.config:
        return arguments
    # Few models have a PReLU; the others need no reader of weights.
    from keras_kgen.frontends.saved.weight_shapes import weight_shapes

    found = weight_shapes(model, layer)
    if found is None or len(found) != 1 or len(found[0][1]) != len(shape) - 1:
        return arguments
    pairs = zip(found[0][1], shape[1:], strict=True)
    axes = [axis for axis, (own, size) in enumerate(pairs, 1) if own == 1 != size]
    if not axes:
        return arguments
    return (*arguments, Argument(from_value(axes), "shared_axes"))
