"""Rules of the recurrent cells, and of RNN, which runs any of them along a sequence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keras_kgen.catalogue.rules.configuration import full_config
from keras_kgen.catalogue.rules.rule import (
    Given,
    LayerCall,
    Rule,
    Shapes,
    WeightSpec,
    describe,
    known,
)
from keras_kgen.ir.expressions import ObjectCall
from keras_kgen.ir.tensors import Dim, Shape, TensorSpec

_STACK = "StackedRNNCells"
# The states of each cell, all of them of as many units as its output.
_STATES = {"GRUCell": 1, "LSTMCell": 2, "SimpleRNNCell": 1}
_GATES = {"GRUCell": 3, "LSTMCell": 4, "SimpleRNNCell": 1}


def cell_weights(call: LayerCall, features: int, gates: int) -> tuple[WeightSpec, ...]:
    """Returns the weights of a cell, and of the layer that is made of one."""
    units = call.integer("units")
    kernel = WeightSpec("kernel", (features, gates * units))
    recurrent = WeightSpec("recurrent_kernel", (units, gates * units))
    if not call.flag("use_bias"):
        return (kernel, recurrent)
    # A GRU with reset_after has a bias for the input and one for the state.
    lead = (2,) if call.flag("reset_after") else ()
    return (kernel, recurrent, WeightSpec("bias", (*lead, gates * units)))


def sequence_shapes(
    call: LayerCall, steps: Shape, output: Shape, states: Shapes
) -> Shapes:
    """Returns the shapes of the output and the states; follows `RNN.compute_output_shape`."""
    batch = call.shape()[0]
    if call.flag("stateful") and batch is None:
        raise call.error(
            "a fixed batch size with stateful=True", f"shape {call.shape()}"
        )
    lead = (batch, *steps) if call.flag("return_sequences") else (batch,)
    rest = ((batch, *state) for state in states) if call.flag("return_state") else ()
    return ((*lead, *output), *rest)


def state_count(config: Mapping[str, Any]) -> int:
    """Returns how many states an RNN with this configuration has."""
    return sum(_STATES[cell.class_name] for cell in _single_cells(config.get("cell")))


def _single_cells(given: Any) -> Iterator[ObjectCall]:
    """Yields the cells in a cell, in a stack of them or in a list, the first one first."""
    if isinstance(given, list | tuple):
        for item in given:
            yield from _single_cells(item)
    elif isinstance(given, ObjectCall) and given.class_name == _STACK:
        yield from _single_cells(full_config(_STACK, given.arguments).get("cells"))
    elif isinstance(given, ObjectCall) and given.class_name in _STATES:
        yield given


def _cell(class_name: str) -> Rule:
    """Follows `call` of the cells, which Keras traces: sizes of the states are broadcast."""
    states = _STATES[class_name]

    def shapes(call: LayerCall) -> Shapes:
        units, given = call.integer("units"), _given_states(call, states)
        hidden, *others = given
        batch, _ = call.shape_of_rank(("features",))
        if len(hidden) != 2 or hidden[-1] not in (units, None):
            raise call.error(f"states of {units} units", f"shape {hidden}")
        output = _broadcast(call, (batch, units), (hidden[0], units), *others)
        return (output,) * (1 + states)

    def weights(call: LayerCall) -> tuple[WeightSpec, ...]:
        features = call.defined(call.shape(), -1)
        return cell_weights(call, features, _GATES[class_name])

    return Rule(shapes, weights, lambda config, keywords: 1 + states)


def _given_states(call: LayerCall, count: int) -> Shapes:
    """Returns the shapes of the states, which are a list, or a tensor if there is one only."""
    given = call.arguments.get("states")
    items = (given,) if isinstance(given, TensorSpec) and count == 1 else given
    if isinstance(items, tuple) and len(items) >= count:
        found = [known(item) for item in items[:count] if isinstance(item, TensorSpec)]
        if len(found) == count:
            return tuple(found)
    wanted = "one tensor" if count == 1 else f"a list of {count} tensors"
    raise call.error(f"{wanted} as 'states'", describe(given))


def _broadcast(call: LayerCall, *shapes: Shape) -> Shape:
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    sizes: list[Dim] = []
    for column in zip(*padded, strict=True):
        large = set(column) - {1, None}
        if len(large) > 1:
            listed = ", ".join(map(str, shapes))
            raise call.error("an input and states that broadcast", f"shapes {listed}")
        sizes.append(large.pop() if large else None if None in column else 1)
    return tuple(sizes)


def _stack_results(call: LayerCall) -> tuple[Shapes, tuple[WeightSpec, ...]]:
    """Follows `StackedRNNCells.call`: each cell has the output of the one before."""
    cells, states = _cells(call, "cells"), call.arguments.get("states")
    if not isinstance(states, tuple) or len(states) != len(cells):
        raise call.error(
            f"states for each of its {len(cells)} cells as 'states'", describe(states)
        )
    output = call.tensor()
    kept: list[Shape] = []
    weights: list[WeightSpec] = []
    for cell, state in zip(cells, states, strict=True):
        result = call.apply(cell, output, state)
        output, *rest = result.outputs
        kept.extend(map(known, rest))
        weights.extend(result.weights or ())
    return (known(output), *kept), tuple(weights)


def _stack_count(config: Mapping[str, Any], keywords: Mapping[str, Any]) -> int:
    return 1 + state_count({"cell": config.get("cells")})


def _cells(call: LayerCall, name: str) -> tuple[ObjectCall, ...]:
    """Returns the cell or the list of cells that an argument is."""
    is_list = isinstance(call.config.get(name), list | tuple)
    cells = call.layers(name) if is_list else (call.layer(name),)
    for cell in cells:
        if cell.class_name not in (*_STATES, _STACK):
            raise call.error(f"recurrent cells as {name!r}", cell.class_name)
    return cells


def _rnn_shapes(call: LayerCall) -> Shapes:
    """Follows `RNN.compute_output_shape`; the output is that of the last cell."""
    cells = tuple(_single_cells(_cells(call, "cell")))
    if not cells:
        raise call.error("a recurrent cell as 'cell'", "an empty stack")
    states = [((_units(call, cell),),) * _STATES[cell.class_name] for cell in cells]
    flat = tuple(state for each in states for state in each)
    return sequence_shapes(call, call.shape()[1:2], flat[-1], flat)


def _units(call: LayerCall, cell: ObjectCall) -> int:
    config = full_config(cell.class_name, cell.arguments)
    return LayerCall(cell.class_name, config, {}, call.apply).integer("units")


def _rnn_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    """Follows `RNN.build`: the cell is built for one step of the sequence."""
    shape = call.shape()
    if len(shape) != 3:
        raise call.error(
            "an input of rank 3 (batch, steps, features)", f"shape {shape}"
        )
    step = TensorSpec((None, shape[2]))
    weights: list[WeightSpec] = []
    for cell in _cells(call, "cell"):
        result = call.apply(cell, step, _initial_state(call, cell))
        weights.extend(result.weights or ())
        step = result.outputs[0]
    return tuple(weights)


def _initial_state(call: LayerCall, cell: Any) -> Given:
    """Returns what `get_initial_state` of a cell gives, nothing for what is no cell."""
    name = cell.class_name if isinstance(cell, ObjectCall) else ""
    if name == _STACK:
        inner = full_config(_STACK, cell.arguments).get("cells")
        items = inner if isinstance(inner, list | tuple) else ()
        return tuple(_initial_state(call, item) for item in items)
    if name in _STATES:
        return (TensorSpec((None, _units(call, cell))),) * _STATES[name]
    return ()


def _rnn_count(config: Mapping[str, Any], keywords: Mapping[str, Any]) -> int:
    return 1 + state_count(config) if config.get("return_state") else 1


RULES = {
    **{name: _cell(name) for name in _STATES},
    "RNN": Rule(
        _rnn_shapes,
        _rnn_weights,
        _rnn_count,
        is_wrapper=True,
        check=lambda call: _cells(call, "cell"),
    ),
    _STACK: Rule(
        lambda call: _stack_results(call)[0],
        lambda call: _stack_results(call)[1],
        _stack_count,
        is_wrapper=True,
        check=lambda call: _cells(call, "cells"),
    ),
}
