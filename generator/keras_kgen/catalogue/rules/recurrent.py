"""Rules of the recurrent layers and of the wrappers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras_kgen.catalogue.rules.configuration import argument_of
from keras_kgen.catalogue.rules.convolutional import slide, window
from keras_kgen.catalogue.rules.rule import (
    LayerCall,
    Rule,
    Shapes,
    WeightSpec,
    known,
    scaled,
)
from keras_kgen.ir.expressions import Literal, ObjectCall
from keras_kgen.ir.tensors import Shape, TensorSpec

_MERGE_MODES = ("concat", "sum", "mul", "ave")
# The states of each class, which come after the output with `return_state=True`.
_STATES = {
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


def _sequence(call: LayerCall, steps: Shape, state: Shape, states: int) -> Shapes:
    """Returns the shapes of the output and the states; follows `RNN.compute_output_shape`."""
    batch = call.shape()[0]
    if call.flag("stateful") and batch is None:
        raise call.error(
            "a fixed batch size with stateful=True", f"shape {call.shape()}"
        )
    output = (
        (batch, *steps, *state) if call.flag("return_sequences") else (batch, *state)
    )
    rest = ((batch, *state),) * states if call.flag("return_state") else ()
    return (output, *rest)


def _recurrent(class_name: str) -> Rule:
    """Follows `RNN` with an `LSTMCell`, a `GRUCell` or a `SimpleRNNCell`."""
    gates, states = _GATES[class_name], _STATES[class_name]

    def shapes(call: LayerCall) -> Shapes:
        shape = call.shape_of_rank(("steps", "features"))
        return _sequence(call, shape[1:2], (call.integer("units"),), states)

    def weights(call: LayerCall) -> tuple[WeightSpec, ...]:
        units = call.integer("units")
        kernel = WeightSpec("kernel", (call.defined(call.shape(), -1), gates * units))
        recurrent = WeightSpec("recurrent_kernel", (units, gates * units))
        if not call.flag("use_bias"):
            return (kernel, recurrent)
        # A GRU with reset_after has a bias for the input and one for the state.
        lead = (2,) if call.flag("reset_after") else ()
        return (kernel, recurrent, WeightSpec("bias", (*lead, gates * units)))

    return Rule(shapes, weights, _states(states))


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
        return _sequence(call, call.shape()[1:2], state, 2)

    def weights(call: LayerCall) -> tuple[WeightSpec, ...]:
        _, channels = step(call)
        filters, size = call.integer("filters"), call.integers("kernel_size", rank)
        bias = (WeightSpec("bias", (4 * filters,)),) if call.flag("use_bias") else ()
        return (
            WeightSpec("kernel", (*size, channels, 4 * filters)),
            WeightSpec("recurrent_kernel", (*size, filters, 4 * filters)),
            *bias,
        )

    return Rule(shapes, weights, _states(2))


def _bidirectional_shapes(call: LayerCall) -> Shapes:
    """Follows `Bidirectional.compute_output_shape`."""
    forward = _direction(call, "layer")
    output, *states = (
        known(spec) for spec in call.apply(forward, call.tensor()).outputs
    )
    both = (*states, *states)
    if call.config.get("merge_mode") is None:
        return (output, output, *both)
    if call.text("merge_mode", _MERGE_MODES) == "concat":
        output = (*output[:-1], scaled(output[-1], 2))
    return (output, *both)


def _bidirectional_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    given = call.config.get("backward_layer")
    names = ("layer", "layer" if given is None else "backward_layer")
    results = (call.apply(_direction(call, name), call.tensor()) for name in names)
    return tuple(weight for result in results for weight in result.weights or ())


def _direction(call: LayerCall, name: str) -> ObjectCall:
    layer = call.layer(name)
    if layer.class_name in _STATES:
        return layer
    raise call.error(f"a recurrent layer as {name!r}", layer.class_name)


def _bidirectional_count(config: Mapping[str, Any], keywords: Mapping[str, Any]) -> int:
    layer = config.get("layer")
    outputs = 2 if config.get("merge_mode") is None else 1
    if not isinstance(layer, ObjectCall):
        return outputs
    states = argument_of(layer, "return_state") == Literal(True)
    return outputs + (2 * _STATES.get(layer.class_name, 0) if states else 0)


def _slice(call: LayerCall) -> TensorSpec:
    """Returns one step of the input; follows `TimeDistributed._get_child_input_shape`."""
    spec = call.tensor()
    shape = known(spec)
    if len(shape) < 3:
        raise call.error(
            "an input of rank 3 or more (batch, steps, ...)", f"shape {shape}"
        )
    return TensorSpec((shape[0], *shape[2:]), spec.dtype)


def _distributed_shapes(call: LayerCall) -> Shapes:
    result = call.apply(call.layer("layer"), _slice(call))
    if len(result.outputs) != 1:
        raise call.error("a layer with one output", f"one with {len(result.outputs)}")
    batch, *rest = known(result.outputs[0])
    return ((batch, call.shape()[1], *rest),)


def _distributed_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    return call.apply(call.layer("layer"), _slice(call)).weights or ()


RULES = {
    **{name: _recurrent(name) for name in _GATES},
    **{f"ConvLSTM{rank}D": _convolutional(rank) for rank in (1, 2, 3)},
    "Bidirectional": Rule(
        _bidirectional_shapes, _bidirectional_weights, _bidirectional_count
    ),
    "TimeDistributed": Rule(_distributed_shapes, _distributed_weights),
}
