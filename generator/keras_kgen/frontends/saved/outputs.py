"""What the outputs of a saved model are called, and how they are nested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from keras_kgen.frontends.saved.model import (
    Kind,
    SavedNested,
    SavedNetwork,
    SavedTensor,
    tensors_in,
)
from keras_kgen.frontends.saved.numbered import made_up
from keras_kgen.ir.program import Structure
from keras_kgen.pysource.names import Namespace, snake_case
from keras_kgen.pysource.short_names import TRUNK_NAMES


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs of a model.

    Attributes:
        keys: A name for each, in the order of the file; none for one tensor.
        structure: Their nesting, where it is neither one tensor nor a mapping.
        names: What the tensors are called in code that goes by these names.
    """

    keys: tuple[str, ...] = ()
    structure: Structure | None = None
    names: Mapping[SavedTensor, str] = field(default_factory=dict)


def name_outputs(network: SavedNetwork, generation: int, is_compiled: bool) -> Outputs:
    """Returns the outputs of a model, called like their layers as Keras does it.

    Args:
        network: The model.
        generation: The generation of Keras that wrote it.
        is_compiled: Whether it has losses, which may go by names that Keras made up.
    """
    outputs = network.outputs
    if isinstance(outputs, SavedTensor):
        return Outputs()
    by_key = outputs if isinstance(outputs, Mapping) else {}
    own = {item: key for key, item in by_key.items() if isinstance(item, SavedTensor)}
    # These have a variable of that name themselves.
    variables = {
        layer.name
        for layer in network.layers
        if layer.kind is Kind.MODEL or len(layer.calls) > 1
    }
    if by_key and all(isinstance(item, SavedTensor) for item in by_key.values()):
        free = {t: snake_case(k) for t, k in own.items() if t.layer not in variables}
        names = {t: name for t, name in free.items() if name not in TRUNK_NAMES}
        return Outputs(tuple(by_key), None, names)
    tensors = tuple(tensors_in(outputs))
    if len(tensors) == 1:
        return Outputs((), _numbered(outputs, iter((0,))))
    names = _names(network, tensors)
    keys = tuple(own.get(tensor, names[tensor]) for tensor in tensors)
    structure = _numbered(outputs, iter(range(len(keys))))
    # A name that Keras made up says nothing.
    silent = {
        layer.name
        for layer in network.layers
        if not is_compiled and made_up(layer, generation) is not None
    }
    taken = variables | silent
    free = {tensor: name for tensor, name in names.items() if tensor.layer not in taken}
    return Outputs(keys, structure, free)


def _names(
    network: SavedNetwork, tensors: tuple[SavedTensor, ...]
) -> dict[SavedTensor, str]:
    inputs = list(tensors_in(network.inputs))
    layers = {layer.name: layer for layer in network.layers}
    namespace = Namespace()
    names: dict[SavedTensor, str] = {}
    for number, tensor in enumerate(tensors, 1):
        is_input = layers[tensor.layer].kind is Kind.INPUT
        if is_input and len(inputs) == 1:
            names.setdefault(tensor, f"output_{number}")
        elif tensor not in names:
            names[tensor] = namespace.take(snake_case(tensor.layer))
    return names


def _numbered(nested: SavedNested, counter: Iterator[int]) -> Structure:
    if isinstance(nested, tuple):
        return tuple(_numbered(item, counter) for item in nested)
    if isinstance(nested, Mapping):
        return {key: _numbered(item, counter) for key, item in nested.items()}
    return next(counter)
