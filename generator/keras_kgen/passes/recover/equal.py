"""Whether two programs mean the same model."""

from __future__ import annotations

from dataclasses import replace

from keras_kgen.ir.expand import expand, without_names
from keras_kgen.ir.expressions import Argument
from keras_kgen.ir.graph import Layer, LayerGraph
from keras_kgen.ir.program import Program
from keras_kgen.passes.recover.defaults import layer_default, scalar


def means_the_same(one: Program, other: Program) -> bool:
    """Whether two programs stand for the same layers, calls and names, in the same order.

    Arguments that have their default's value count as left out.
    """
    return _plain(expand(one)) == _plain(expand(other))


def _plain(graph: LayerGraph) -> LayerGraph:
    graph = without_names(graph)
    return replace(graph, layers=tuple(map(_plain_layer, graph.layers)))


def _plain_layer(layer: Layer) -> Layer:
    inner = _plain(layer.graph) if layer.graph else None
    kept = [a for a in layer.arguments if not _is_default(layer, a)]
    kept.sort(key=lambda argument: argument.name or "")
    return replace(layer, graph=inner, arguments=tuple(kept))


def _is_default(layer: Layer, argument: Argument) -> bool:
    if layer.kind != "layer" or argument.name is None:
        return False
    default = layer_default(layer.class_name, argument.name)
    return default is not None and default == scalar(argument.value)
