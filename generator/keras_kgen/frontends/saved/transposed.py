"""The sizes that Keras 1's Deconvolution2D was told, as Keras 3's output_padding."""

from __future__ import annotations

import operator
from typing import Any

from keras_kgen.catalogue.rules import full_config
from keras_kgen.frontends.saved.model import SavedLayer
from keras_kgen.ir.expressions import Argument, from_value
from keras_kgen.ir.tensors import Shape

TRANSPOSED = frozenset({"Conv2DTranspose", "Conv3DTranspose"})
_WINDOW = ("kernel_size", "strides")


def with_output_padding(
    layer: SavedLayer, arguments: tuple[Argument, ...], shape: Shape | None
) -> tuple[Argument, ...]:
    """Returns the arguments with the padding that gives the size in the file.

    Args:
        layer: A layer of a class in `TRANSPOSED`.
        arguments: Its arguments in Keras 3.
        shape: The shape of its input, None where it is not known.
    """
    wanted = layer.config.get("output_shape")
    if shape is None or not isinstance(wanted, list) or len(wanted) != len(shape):
        return arguments
    config = full_config(layer.class_name, arguments)
    is_first = config.get("data_format") == "channels_first"
    axes = slice(2, None) if is_first else slice(1, -1)
    found = _paddings(config, shape[axes], wanted[axes])
    if found is None:
        return arguments
    same = found[0] if len(set(found)) == 1 else found
    return (*arguments, Argument(from_value(same), "output_padding"))


def _paddings(
    config: dict[str, Any], given: tuple[int | None, ...], wanted: list[Any]
) -> tuple[int, ...] | None:
    """Returns the padding of each axis, None where Keras finds the size by itself."""
    kernels, strides = (_each(config.get(key), len(given)) for key in _WINDOW)
    sizes, targets = _each(given, len(given)), _each(wanted, len(given))
    if config.get("output_padding") is not None:
        return None
    if not (kernels and strides and sizes and targets):
        return None
    is_same = config.get("padding") == "same"
    axes = list(zip(sizes, kernels, strides, strict=True))
    if targets == tuple(n * s + (not is_same) * max(k - s, 0) for n, k, s in axes):
        return None
    least = [(n - 1) * s + k - is_same * 2 * (k // 2) for n, k, s in axes]
    found = tuple(map(operator.sub, targets, least))
    is_right = all(0 <= more < s for more, s in zip(found, strides, strict=True))
    return found if is_right else None


def _each(value: Any, count: int) -> tuple[int, ...] | None:
    sizes = (value,) * count if type(value) is int else value
    is_right = isinstance(sizes, list | tuple) and len(sizes) == count
    if not is_right or not all(type(size) is int and size > 0 for size in sizes):
        return None
    return tuple(sizes)
