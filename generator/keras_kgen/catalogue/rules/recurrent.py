"""Rules of the recurrent layers that have a cell of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras_kgen.catalogue.rules.cells import cell_weights, sequence_shapes
from keras_kgen.catalogue.rules.convolutional import slide, window
from keras_kgen.catalogue.rules.rule import (
    LayerCall,
    Rule,
    Shapes,
    WeightSpec,
    specs_in,
)
from keras_kgen.ir.tensors import Shape

# The states of each class, which come after the output with `return_state=True`.
STATES = {
    "LSTM": 2,
    "GRU": 1,
    "SimpleRNN": 1,
    "ConvLSTM1D": 2,
    "ConvLSTM2D": 2,
    "ConvLSTM3D": 2,
}
_GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}


def _states(states: int) -> Any:
    """Returns the function that counts the results of a layer with so many states."""

    def count(config: Mapping[str, Any], keywords: Mapping[str, Any]) -> int:
        return 1 + states if config.get("return_state") else 1

    return count


def _recurrent(class_name: str) -> Rule:
    """Follows `RNN` with an `LSTMCell`, a `GRUCell` or a `SimpleRNNCell`."""
    gates, states = _GATES[class_name], STATES[class_name]

    def shapes(call: LayerCall) -> Shapes:
        shape = call.shape_of_rank(("steps", "features"))
        state = (call.integer("units"),)
        _check_states(call, states)
        return sequence_shapes(call, shape[1:2], state, (state,) * states)

    def weights(call: LayerCall) -> tuple[WeightSpec, ...]:
        return cell_weights(call, call.defined(call.shape(), -1), gates)

    return Rule(shapes, weights, _states(states))


def _check_states(call: LayerCall, count: int) -> None:
    """Checks the states that a layer begins with: Keras would fail on the first batch."""
    given = call.arguments.get("initial_state")
    specs = tuple(specs_in(given)) if given is not None else ()
    shapes = [spec.shape for spec in specs if spec.shape is not None]
    units = call.integer("units")
    fits = all(len(shape) == 2 and shape[1] in (None, units) for shape in shapes)
    if specs and (len(specs) < count or not fits):
        noun = "state" if count == 1 else f"list of {count} states"
        received = ", ".join(map(str, shapes))
        raise call.error(
            f"a {noun} of shape (batch, {units}) as 'initial_state'",
            f"{len(specs)} of shape {received}",
        )


def _convolutional(rank: int) -> Rule:
    """Follows `ConvLSTM`; each step is an image of which every size must be known."""

    def step(call: LayerCall) -> tuple[Shape, int]:
        axes = call.image_shape_over_time(rank)
        spatial, channels = (axes[3:], 2) if call.channels_first else (axes[2:-1], -1)
        for axis in range(2, len(axes)):
            call.defined(axes, axis)
        return spatial, call.defined(axes, channels)

    def shapes(call: LayerCall) -> Shapes:
        spatial, _ = step(call)
        reach, strides = window(call, rank)
        padding = call.text("padding", ("valid", "same"))
        places = slide(call, spatial, reach, strides, padding)
        filters = call.integer("filters")
        state = (filters, *places) if call.channels_first else (*places, filters)
        return sequence_shapes(call, call.shape()[1:2], state, (state,) * 2)

    def weights(call: LayerCall) -> tuple[WeightSpec, ...]:
        _, channels = step(call)
        filters, size = call.integer("filters"), call.integers("kernel_size", rank)
        bias = (WeightSpec("bias", (4 * filters,)),) if call.flag("use_bias") else ()
        return (
            WeightSpec("kernel", (*size, channels, 4 * filters)),
            WeightSpec("recurrent_kernel", (*size, filters, 4 * filters)),
            *bias,
        )

    def check(call: LayerCall) -> None:
        window(call, rank)

    return Rule(shapes, weights, _states(2), is_composite=True, check=check)


RULES = {
    **{name: _recurrent(name) for name in _GATES},
    **{f"ConvLSTM{rank}D": _convolutional(rank) for rank in (1, 2, 3)},
}
