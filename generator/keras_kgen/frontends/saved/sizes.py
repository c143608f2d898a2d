"""Sizes that a graph of Keras 2 asks of a tensor (`tf.shape(x)[0]`), where shapes tell them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from keras_kgen.ir.expressions import Expression, Literal, Reference, Sequence, Slice
from keras_kgen.ir.program import Nested, Value
from keras_kgen.ir.tensors import Shape

# A size of a tensor that only the data tell, that of the batch for instance; and what is
# computed from one.
OPEN, COMPUTED = Reference("open size", ""), Reference("computed size", "")
_OPEN = (OPEN, COMPUTED)
_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "__operators__.add": lambda x, y: x + y,
    "math.add": lambda x, y: x + y,
    "math.floordiv": lambda x, y: x // y if y else 0,
    "math.multiply": lambda x, y: x * y,
    "math.subtract": lambda x, y: x - y,
}


def known_size(
    function: str,
    inputs: tuple[Nested, ...],
    keywords: Mapping[str, Nested],
    shape_of: Callable[[Nested], Shape | None],
) -> Expression | None:
    """Returns what a function of TensorFlow makes of sizes, None where it makes a tensor.

    Args:
        function: The function relative to `tf`.
        inputs: What it is called with by position; sizes that are known are constants.
        keywords: What it is called with by name.
        shape_of: Gives the shape of a tensor.
    """
    name = function.removeprefix("tf.").removeprefix("compat.v1.")
    if not inputs:
        return None
    first = inputs[0]
    if name == "shape" and isinstance(first, Value):
        shape = shape_of(first)
        if shape is None:
            return None
        sizes = (OPEN if size is None else Literal(size) for size in shape)
        return Sequence(tuple(sizes))
    found = _constant(first)
    if found is None:
        return None
    if name == "__operators__.getitem":
        return _item(found, keywords.get("slice_spec"))
    if name == "stack" and isinstance(found, Sequence):
        return found
    if name == "concat" and isinstance(found, Sequence):
        parts = [i.items for i in found.items if isinstance(i, Sequence)]
        return Sequence(sum(parts, ())) if len(parts) == len(found.items) else None
    if name == "cast":
        dtype = keywords.get("dtype")
        is_whole = isinstance(dtype, Literal) and str(dtype.value).startswith("int")
        return found if is_whole else None
    if name == "math.reduce_prod" and isinstance(found, Sequence):
        return _computed(math.prod, found.items)
    if name in _ARITHMETIC:
        other = inputs[1] if len(inputs) > 1 else keywords.get("y")
        given = (found, _constant(other))
        return _computed(lambda pair: _ARITHMETIC[name](*pair), given)
    return None


def has_open_size(nested: Nested) -> bool:
    """Whether a size is among the arguments that nothing but the data tells."""
    if isinstance(nested, Mapping):
        return any(map(has_open_size, nested.values()))
    items = nested.items if isinstance(nested, Sequence) else nested
    return (
        any(map(has_open_size, items)) if isinstance(items, tuple) else items in _OPEN
    )


def for_reshape(nested: Nested, shape: Shape | None) -> Nested:
    """Returns the sizes of a Reshape, which works out one of them by itself.

    Args:
        nested: The sizes.
        shape: The shape of what is reshaped, None where it is not known.
    """
    found = _constant(nested)
    if not isinstance(found, Sequence):
        return nested
    items = list(found.items)
    if items[:1] == [OPEN] and shape and shape[0] is None and None not in shape[1:]:
        # The batch keeps its size, so the rest is known.
        known = [i.value for i in items if isinstance(i, Literal) and i != Literal(-1)]
        sizes = [value for value in known if type(value) is int and value > 0]
        if len(sizes) == len(items) - 2 and items.count(Literal(-1)) == 1:
            rest = math.prod(size or 0 for size in shape[1:]) // math.prod(sizes)
            items[items.index(Literal(-1))] = Literal(rest)
    if sum(item in (*_OPEN, Literal(-1)) for item in items) != 1:
        return nested
    return Sequence(tuple(Literal(-1) if item in _OPEN else item for item in items))


def _constant(nested: Nested | None) -> Expression | None:
    """Returns a nesting of constants as one expression, None where there are tensors in it."""
    if isinstance(nested, tuple):
        items = [_constant(item) for item in nested]
        known = tuple(item for item in items if item is not None)
        return Sequence(known) if len(known) == len(items) else None
    return None if nested is None or isinstance(nested, Value | Mapping) else nested


def _item(found: Expression, key: Nested | None) -> Expression | None:
    if isinstance(key, tuple) and len(key) == 1:
        (key,) = key
    if not isinstance(found, Sequence):
        return None
    if isinstance(key, Literal) and isinstance(key.value, int):
        inside = -len(found.items) <= key.value < len(found.items)
        return found.items[key.value] if inside else None
    if not isinstance(key, Slice):
        return None
    limits = [item.value for item in key.parts if isinstance(item, Literal)]
    values = [value for value in limits if value is None or isinstance(value, int)]
    if len(values) < 3 or values[2] == 0:
        return None
    start, stop, step = values
    return Sequence(found.items[start:stop:step])


def _computed(
    operation: Callable[[list[int]], int], given: tuple[Expression | None, ...]
) -> Expression | None:
    """Returns a number for numbers; what is made of an open size is open too."""
    values = [item.value for item in given if isinstance(item, Literal)]
    numbers = [value for value in values if type(value) is int]
    is_open = [item in _OPEN for item in given]
    if len(numbers) + sum(is_open) != len(given):
        return None
    return COMPUTED if any(is_open) else Literal(operation(numbers))
