"""The calls of a layer: `inbound_nodes` of every generation."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from keras_kgen.frontends.saved.model import (
    SavedArray,
    SavedCall,
    SavedNested,
    SavedTensor,
)
from keras_kgen.frontends.saved.tree import Json, brief
from keras_kgen.frontends.saved.values import constant, is_slice, slice_of
from keras_kgen.ir.expressions import Literal

_CONSTANT = "_CONSTANT_VALUE"
# Older generations hand the states to these together with the input.
_RECURRENT = frozenset(
    {
        "Bidirectional",
        "ConvLSTM1D",
        "ConvLSTM2D",
        "ConvLSTM3D",
        "GRU",
        "LSTM",
        "RNN",
        "SimpleRNN",
    }
)


def read_calls(nodes: Json, layers: Collection[str]) -> tuple[SavedCall, ...]:
    """Returns the calls of a layer.

    Args:
        nodes: The layer's `inbound_nodes`.
        layers: The names of the network's layers.
    """
    return tuple(_read_call(node, layers) for node in nodes.items())


def _read_call(node: Json, layers: Collection[str]) -> SavedCall:
    if isinstance(node.value, dict) and "args" in node.value:
        args = node.need("args").items()
        kwargs = node.get("kwargs")
        return SavedCall(
            tuple(nested(arg, layers) for arg in args),
            _keywords(kwargs, layers),
            node.location,
        )
    if node.value == []:
        return SavedCall((), (), node.location)
    _check_layers(node, layers)
    value = nested(node, layers)
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]
    first = next(_entries(node), None)
    kwargs = first.at(3) if first is not None and len(first.value) > 3 else None
    return SavedCall((value,), _keywords(kwargs, layers), node.location)


def _keywords(
    kwargs: Json | None, layers: Collection[str]
) -> tuple[tuple[str, SavedNested], ...]:
    if kwargs is None or kwargs.value is None:
        return ()
    return tuple((key, nested(value, layers)) for key, value in kwargs.entries())


def nested(json: Json, layers: Collection[str]) -> SavedNested:
    """Returns tensors and constants in the nesting in which they stand."""
    value = json.value
    if _is_entry(value) and (value[0] in layers or value[0] == _CONSTANT):
        return _entry(json, layers)
    if isinstance(value, list):
        return tuple(nested(item, layers) for item in json.items())
    if isinstance(value, dict):
        return _mapping(json, layers)
    found = constant(json)
    return Literal(None) if found is None else found


def _mapping(json: Json, layers: Collection[str]) -> SavedNested:
    name = json.value.get("class_name")
    if name == "__keras_tensor__":
        return _history(json)
    if name in ("__tensor__", "__numpy__"):
        return _array(json.need("config"))
    is_range = is_slice(json)
    if name is None and not is_range:
        return {key: nested(value, layers) for key, value in json.entries()}
    found = slice_of(json) if is_range else constant(json)
    if found is None:
        json.fail(f"no call takes this. Received: {brief(json.value)}")
    return found


def _entry(json: Json, layers: Collection[str]) -> SavedNested:
    """Reads `["layer", node, tensor, {arguments}]`, or a constant in that form."""
    if json.value[0] != _CONSTANT:
        return _tensor(json)
    found = nested(json.at(2), layers)
    return found if isinstance(found, Literal) else _constant_array(json.at(2))


def _history(json: Json) -> SavedTensor:
    """Reads a tensor of Keras 3, of which a model has one for each call at least."""
    config = json.value.get("config")
    value: Any = config.get("keras_history") if isinstance(config, dict) else None
    if _is_tensor(value):
        return SavedTensor(*value[:3])
    return _tensor(json.need("config").need("keras_history"))


def _tensor(json: Json) -> SavedTensor:
    value = json.value
    if not _is_tensor(value):
        json.fail(f"expected a layer and two numbers. Received: {brief(value)}")
    return SavedTensor(*value[:3])


def _is_tensor(value: Any) -> bool:
    return _is_entry(value) and _is_index(value[2])


def _array(config: Json) -> SavedNested:
    dtype = config.get("dtype")
    return _constant_array(config.need("value"), dtype.text() if dtype else "")


def _constant_array(json: Json, dtype: str = "") -> SavedArray:
    found = constant(json)
    if found is None:
        json.fail("expected numbers")
    return SavedArray(found, dtype)


def _is_entry(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and _is_index(value[1])
        and (_is_index(value[2]) or value[0] == _CONSTANT)
        and (len(value) == 3 or isinstance(value[3], dict))
    )


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _entries(json: Json) -> Iterator[Json]:
    """Yields the entries of a node of older generations."""
    if _is_entry(json.value):
        yield json
    elif isinstance(json.value, list):
        for item in json.items():
            yield from _entries(item)
    elif isinstance(json.value, dict):
        for _, item in json.entries():
            yield from _entries(item)


def structure(json: Json, layers: Collection[str], generation: int) -> SavedNested:
    """Returns what a model takes or gives: a tensor, a tuple of them or a mapping.

    A list of one is a tensor to Keras 1 and 2, and to Keras 3 a list.
    """
    _check_layers(json, layers)
    found = nested(json, layers)
    if isinstance(found, tuple) and len(found) == 1 and generation < 3:
        return found[0]
    return found


def _check_layers(json: Json, layers: Collection[str]) -> None:
    """Checks names where only tensors can stand; elsewhere a list may look like one."""
    for entry in _entries(json):
        if entry.value[0] not in layers and entry.value[0] != _CONSTANT:
            entry.fail(f"there is no layer {entry.value[0]!r}")


def with_states(class_name: str, call: SavedCall, constants: int = 0) -> SavedCall:
    """Returns a call of a recurrent layer with its states by name, as Keras 3 takes them."""
    if class_name not in _RECURRENT or len(call.args) != 1:
        return call
    inputs = call.args[0]
    if not isinstance(inputs, tuple) or len(inputs) < 2:
        return call
    end = len(inputs) - max(constants, 0)
    extra = [("initial_state", inputs[1:end]), ("constants", inputs[end:])]
    given = tuple((key, value) for key, value in extra if value)
    return SavedCall((inputs[0],), (*given, *call.kwargs), call.location)
