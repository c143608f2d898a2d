"""The rule of EinsumDense."""

from __future__ import annotations

import re

from keras_kgen.catalogue.rules.rule import (
    LayerCall,
    Shapes,
    WeightSpec,
    is_integer,
    kernel_and_bias,
    shown,
    with_lora,
)
from keras_kgen.ir.tensors import Dim, Shape

_FORMS = (
    re.compile(r"([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)"),
    re.compile(r"\.\.\.([a-zA-Z]+),([a-zA-Z]+)->\.\.\.([a-zA-Z]+)"),
    re.compile(r"([a-zA-Z]{2,})\.\.\.,([a-zA-Z]+)->([a-zA-Z]+)\.\.\."),
)


def einsum_shapes(call: LayerCall) -> Shapes:
    """Returns the output shape; follows `_analyze_einsum_string` of `einsum_dense.py`."""
    shape = call.shape()
    inputs, kernel, outputs, on_left = equation(call)
    full = _full_output(call, len(inputs), on_left)
    elided = len(shape) - len(inputs)
    start = elided if on_left else 0
    if elided < 0 or len(full) < len(outputs) + start:
        raise _misfit(call)
    sizes = dict(zip(outputs, full[start:], strict=False))
    for index, letter in enumerate(inputs):
        given = shape[index + start]
        wanted = sizes.get(letter)
        if wanted is not None and wanted != given:
            raise call.error(
                f"size {wanted} at {letter!r} of its input", f"shape {shape}"
            )
    unknown = set(outputs) - set(inputs) - set(kernel)
    if unknown:
        raise call.error(
            "every letter of the result to stand before the arrow too",
            f"equation={call.config['equation']!r}",
        )
    return (full,)


def einsum_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    """Returns kernel and bias; follows `_analyze_split_string` of `einsum_dense.py`."""
    inputs, kernel, outputs, on_left = equation(call)
    shape = call.shape()
    (full,) = einsum_shapes(call)
    elided = len(shape) - len(inputs)
    start = elided if on_left else 0
    sizes = dict(zip(inputs, shape[start:], strict=False))
    sizes |= dict(zip(outputs, full[start:], strict=False))
    kernel_shape = tuple(_size(call, sizes, letter) for letter in kernel)
    bias = _bias_shape(call, outputs, sizes, 0 if on_left else elided)
    return with_lora(call, kernel_and_bias(kernel_shape, bias))


def _bias_shape(
    call: LayerCall, outputs: str, sizes: dict[str, Dim], elided: int
) -> tuple[int, ...] | None:
    axes = call.config.get("bias_axes")
    if axes is None:
        return None
    if not isinstance(axes, str) or not axes or not set(axes) <= set(outputs):
        raise call.error(
            f"letters of {outputs!r} as 'bias_axes'", f"bias_axes={axes!r}"
        )
    first = min(outputs.find(letter) for letter in axes)
    kept = (_size(call, sizes, c) if c in axes else 1 for c in outputs[first:])
    return (*kept, *(1,) * elided)


def equation(call: LayerCall) -> tuple[str, str, str, bool]:
    """Returns the letters of input, kernel and output, and whether the dots stand on the left."""
    text = call.config.get("equation")
    for form in _FORMS:
        match = form.fullmatch(text) if isinstance(text, str) else None
        if match:
            inputs, kernel, outputs = match.groups()
            return inputs, kernel, outputs, form is _FORMS[1]
    raise call.error(
        "an equation like 'ab,bc->ac', '...ab,bc->...ac' or 'ab...,bc->ac...'",
        f"equation={text!r}",
    )


def _full_output(call: LayerCall, letters: int, on_left: bool) -> Shape:
    shape = call.shape()
    value = call.config.get("output_shape")
    partial = (value,) if is_integer(value) else value
    if not isinstance(partial, list | tuple) or not all(
        item is None or (is_integer(item) and item >= 0) for item in partial
    ):
        raise call.error("a shape as 'output_shape'", f"output_shape={shown(value)}")
    elided = len(shape) - letters
    if elided > 0 and on_left:
        # Keras inserts the elided axes one before the other, so that they turn around.
        return (shape[0], *reversed(shape[1:elided]), *partial)
    if elided > 0:
        return (shape[0], *partial, *shape[-elided:])
    return (shape[0], *partial)


def _size(call: LayerCall, sizes: dict[str, Dim], letter: str) -> int:
    size = sizes.get(letter)
    if size is None:
        raise call.error(
            f"a defined size for {letter!r} of {call.config['equation']!r}",
            f"shape {call.shape()}, output_shape={call.config['output_shape']!r}",
        )
    return size


def _misfit(call: LayerCall) -> Exception:
    return call.error(
        f"an input and an output_shape that fit {call.config['equation']!r}",
        f"shape {call.shape()}, output_shape={call.config['output_shape']!r}",
    )
