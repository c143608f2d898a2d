"""Nested models with their inputs and outputs side by side, as a block has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from keras_kgen.frontends.saved.model import SavedNested, SavedNetwork, SavedTensor
from keras_kgen.ir.program import Nested


def flattened(network: SavedNetwork) -> SavedNetwork:
    """Returns a model whose inputs and outputs are tuples in the order of Keras.

    Keras flattens dictionaries by sorted key, and numbers the outputs of a call so.
    """
    return replace(
        network,
        inputs=tuple(_tensors(network.inputs)),
        outputs=tuple(_tensors(network.outputs)),
    )


def flat_inputs(takes: SavedNested, given: Nested) -> tuple[Nested, ...]:
    """Returns what a model is called with in the order of its flattened inputs.

    Args:
        takes: The inputs of the model in the nesting that it was made with.
        given: What it is called with; a dictionary may name the inputs of any model.
    """
    names = [tensor.layer for tensor in _tensors(takes)]
    by_name = given if isinstance(given, Mapping) else {}
    if not isinstance(takes, Mapping) and set(names) <= set(by_name):
        return tuple(by_name[name] for name in names)
    return tuple(_flat(given))


def _tensors(nested: SavedNested) -> Iterator[SavedTensor]:
    if isinstance(nested, SavedTensor):
        yield nested
    elif isinstance(nested, tuple):
        for item in nested:
            yield from _tensors(item)
    elif isinstance(nested, Mapping):
        for key in sorted(nested):
            yield from _tensors(nested[key])


def _flat(nested: Nested) -> Iterator[Nested]:
    if isinstance(nested, tuple):
        for item in nested:
            yield from _flat(item)
    elif isinstance(nested, Mapping):
        for key in sorted(nested):
            yield from _flat(nested[key])
    else:
        yield nested
