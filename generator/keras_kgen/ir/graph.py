"""The layer graph: what the model is, flat, with no repetition hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, Literal

from keras_kgen.errors import Location
from keras_kgen.ir.definitions import Definition
from keras_kgen.ir.expressions import Argument, Expression
from keras_kgen.ir.tensors import TensorSpec
from keras_kgen.records import record

# What a layer is: one of Keras, an op, or a class of the user's own.
Kind = Literal["layer", "op", "imported"]
# Where a layer stands in its program: the index of a statement, then the index within
# what that statement stands for, and so on inwards.
Origin = tuple[int, ...]


@record
class TensorRef:
    """One result of one call: `node` indexes `LayerGraph.nodes`, `index` the results."""

    node: int
    index: int = 0


@record
class Layer:
    """An object that may own weights.

    Attributes:
        class_name: Keras' class name, or `Functional` for a nested model; the name of an
            op relative to `keras.ops`.
        arguments: The constructor's arguments, all by name, evaluated.
        name: The name that the user gave it, if any.
        graph: What a nested model consists of. Its name is that of the shared block.
        definition: What the module defines for a class that is not Keras'; None where it
            imports the class.
    """

    class_name: str
    arguments: tuple[Argument, ...] = ()
    name: str | None = None
    graph: LayerGraph | None = None
    origin: Origin = ()
    location: Location | None = field(default=None, compare=False)
    kind: Kind = "layer"
    definition: Definition | None = None

    @property
    def config(self) -> dict[str, Expression]:
        """The arguments by name."""
        return {a.name: a.value for a in self.arguments if a.name is not None}


# A tensor, or tensors and constants in the nesting in which a layer is called.
Nested = TensorRef | Expression | tuple["Nested", ...] | Mapping[str, "Nested"]


@record
class Node:
    """One call of a layer, or an input where `layer` is None."""

    layer: int | None
    args: tuple[Nested, ...] = ()
    kwargs: tuple[tuple[str, Nested], ...] = ()
    outputs: int = 1
    origin: Origin = ()
    location: Location | None = field(default=None, compare=False)

    def tensors(self) -> Iterator[TensorRef]:
        """Yields the tensors that go in, in the order in which Keras flattens them."""
        for argument in self.args:
            yield from flatten(argument)
        for _, argument in self.kwargs:
            yield from flatten(argument)


@record
class Input:
    """An input of the model; `flags` are those of `keras.Input` that are on: `sparse`."""

    name: str
    spec: TensorSpec
    flags: tuple[str, ...] = ()
    location: Location | None = field(default=None, compare=False)


@record
class LayerGraph:
    """Layers, their calls in an order in which they can run, inputs and outputs.

    The first nodes are the inputs. `outputs` has a key for each output of a model that
    returns a dictionary, and the one key "" otherwise. `output_order` are their indices as
    Keras flattens them, by sorted key where it is empty. `policy` is that of layers that have
    no `dtype` of their own.
    """

    name: str
    inputs: tuple[Input, ...]
    layers: tuple[Layer, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[tuple[str, TensorRef], ...]
    output_order: tuple[int, ...] = ()
    policy: str = "float32"

    def verify(self) -> None:
        """Checks the invariants.

        Raises:
            AssertionError: inputs do not come first, a call reads a tensor that is not
                there yet, or a layer is never called.
        """
        for index, node in enumerate(self.nodes):
            assert (node.layer is None) == (index < len(self.inputs)), node
            assert node.layer is None or 0 <= node.layer < len(self.layers), node
            for tensor in node.tensors():
                assert tensor.node < index, f"node {index} reads {tensor}"
                assert tensor.index < self.nodes[tensor.node].outputs, tensor
        called = {node.layer for node in self.nodes}
        assert all(index in called for index in range(len(self.layers)))
        assert self.outputs and all(
            ref.node < len(self.nodes) for _, ref in self.outputs
        )


def flatten(value: Nested) -> Iterator[TensorRef]:
    """Yields the tensors of a call argument; dictionaries by sorted key, as Keras does."""
    if isinstance(value, TensorRef):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from flatten(item)
    elif isinstance(value, Mapping):
        for key in sorted(value):
            yield from flatten(value[key])


def map_tensors(value: Nested, function: Any) -> Any:
    """Returns the same nesting with `function` applied to each tensor.

    Lists and tuples become tuples; constants stay as they are.
    """
    if isinstance(value, TensorRef):
        return function(value)
    if isinstance(value, tuple):
        return tuple(map_tensors(item, function) for item in value)
    if isinstance(value, Mapping):
        return {key: map_tensors(item, function) for key, item in value.items()}
    return value
