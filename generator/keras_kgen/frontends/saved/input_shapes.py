"""What goes into a Sequential model: the InputLayer that its first layer stands for."""

from __future__ import annotations

from keras_kgen.frontends.saved.model import Kind, SavedLayer
from keras_kgen.frontends.saved.tree import Json
from keras_kgen.frontends.saved.values import constant
from keras_kgen.ir.expressions import Argument, Expression, Literal

_SHAPE_KEYS = ("batch_input_shape", "batch_shape")
_MAX_LEVELS = 50


def input_layer(config: Json, item: Json, first: SavedLayer) -> SavedLayer:
    """Returns the input of a Sequential model whose first layer is another one.

    It has no `batch_shape` where the file does not say the shape.

    Args:
        config: The config of the model.
        item: The first layer as in the file.
        first: The first layer.
    """
    found = _first_shape(item) or _built_shape(config)
    arguments: list[Argument] = []
    if found is not None:
        shape, dtype = found
        place = shape.location
        value = constant(shape)
        assert value is not None
        arguments.append(Argument(value, "batch_shape", place))
        if dtype is not None:
            arguments.append(Argument(dtype, "dtype", place))
    return SavedLayer(
        Kind.INPUT,
        "InputLayer",
        f"{first.name}_input",
        tuple(arguments),
        saved_class_name="InputLayer",
        location=first.location,
    )


def _first_shape(
    item: Json, level: int = _MAX_LEVELS
) -> tuple[Json, Expression | None] | None:
    """Returns the shape in a layer's config, or in that of the first layer inside it."""
    if level <= 0 or not isinstance(item.value, dict):
        return None
    config = item.get("config")
    if config is None:
        return None
    if isinstance(config.value, list):
        return _first_shape(config.at(0), level - 1) if config.value else None
    if not isinstance(config.value, dict):
        return None
    for key in _SHAPE_KEYS:
        shape = config.get(key)
        if shape is not None and _is_shape(shape):
            return shape, _dtype(config)
    return _inner_shape(config, level)


def _inner_shape(config: Json, level: int) -> tuple[Json, Expression | None] | None:
    layers = config.get("layers")
    if layers is not None and isinstance(layers.value, list) and layers.value:
        found = _first_shape(layers.at(0), level - 1)
        return found or _built_shape(config)
    inner = config.get("layer")
    return None if inner is None else _first_shape(inner, level - 1)


def _built_shape(config: Json) -> tuple[Json, Expression | None] | None:
    if not isinstance(config.value, dict):
        return None
    shape = config.get("build_input_shape")
    return (shape, None) if shape is not None and _is_shape(shape) else None


def _dtype(config: Json) -> Expression | None:
    """Keras 1 says what goes in; later generations say in what the layer computes."""
    dtype = config.get("input_dtype")
    if dtype is None or dtype.value in ("float32", "float64"):
        return None
    return Literal(dtype.text())


def _is_shape(json: Json) -> bool:
    return isinstance(json.value, list) and all(
        dim is None or (isinstance(dim, int) and not isinstance(dim, bool))
        for dim in json.value
    )
