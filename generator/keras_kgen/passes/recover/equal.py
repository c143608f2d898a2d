"""Whether two programs mean the same model."""

from __future__ import annotations

from keras_kgen.errors import KgenError
from keras_kgen.ir.expand import expand
from keras_kgen.ir.expressions import Expression
from keras_kgen.ir.graph import Layer, LayerGraph, Node
from keras_kgen.ir.program import Program
from keras_kgen.passes.recover.defaults import layer_default, scalar


def means_the_same(one: Program, other: Program) -> bool:
    """Whether two programs stand for the same layers, calls and names, in the same order.

    Arguments that have their default's value count as left out. A program that cannot be
    expanded means nothing.
    """
    try:
        ours, theirs = expand(one), expand(other)
        return ours.name == theirs.name and _same_graphs(ours, theirs)
    except (KgenError, LookupError, ValueError):
        return False


def gives_graph(program: Program, graph: LayerGraph) -> bool:
    """Whether a program stands for a graph that has been worked out before."""
    try:
        return _same_graphs(expand(program), graph)
    except (KgenError, LookupError, ValueError):
        return False


def _same_graphs(one: LayerGraph, other: LayerGraph) -> bool:
    return (
        one.inputs == other.inputs
        and one.outputs == other.outputs
        and one.output_order == other.output_order
        and len(one.layers) == len(other.layers)
        and len(one.nodes) == len(other.nodes)
        and all(map(_same_nodes, one.nodes, other.nodes))
        and all(map(_same_layers, one.layers, other.layers))
    )


def _same_nodes(one: Node, other: Node) -> bool:
    return (
        one.layer == other.layer
        and one.args == other.args
        and one.kwargs == other.kwargs
        and one.outputs == other.outputs
    )


def _same_layers(one: Layer, other: Layer) -> bool:
    return (
        one.class_name == other.class_name
        and one.name == other.name
        and one.kind == other.kind
        and one.definition == other.definition
        and _same_arguments(one, other)
        and _same_inner(one, other)
    )


def _same_inner(one: Layer, other: Layer) -> bool:
    ours, theirs = one.graph, other.graph
    if ours is None or theirs is None:
        return ours is theirs
    # A model that has a name is called so, whatever the variable is.
    is_called_so = one.name is not None or ours.name == theirs.name
    return is_called_so and _same_graphs(ours, theirs)


def _same_arguments(one: Layer, other: Layer) -> bool:
    ours, theirs = _by_name(one), _by_name(other)
    # Most layers are the same as they are: only few defaults have to be looked up.
    return ours == theirs or _given(one, ours) == _given(other, theirs)


def _by_name(layer: Layer) -> dict[str | int, Expression]:
    return {a.name or place: a.value for place, a in enumerate(layer.arguments)}


def _given(
    layer: Layer, arguments: dict[str | int, Expression]
) -> dict[str | int, Expression]:
    """Returns the arguments that have not their default's value."""
    return {
        name: value
        for name, value in arguments.items()
        if not _is_default(layer, name, value)
    }


def _is_default(layer: Layer, name: str | int, value: Expression) -> bool:
    if layer.kind != "layer" or isinstance(name, int):
        return False
    default = layer_default(layer.class_name, name)
    return default is not None and default == scalar(value)
