"""Lines whose inputs and result always have one shape, as in a residual connection."""

from __future__ import annotations

from keras_kgen.backends.context import Context
from keras_kgen.ir.graph import LayerGraph, TensorRef
from keras_kgen.ir.program import Body, Call, Callee
from keras_kgen.ir.tensors import TensorSpec

_MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")


class Uniformity:
    """Answers whether the shapes at a line agree in every use of the line.

    A line is known by its place in the source, which all its uses share.
    """

    def __init__(self, context: Context) -> None:
        self.differing: set[object] = set()
        self.visit(context.graph, context.specs)

    def visit(self, graph: LayerGraph, specs: object) -> None:
        assert isinstance(specs, dict)
        for index, node in enumerate(graph.nodes):
            layer = graph.layers[node.layer] if node.layer is not None else None
            if layer is None or layer.class_name not in _MERGES:
                continue
            found = {_shape(specs, ref) for ref in node.tensors()}
            found.add(_shape(specs, TensorRef(index)))
            if len(found) != 1 or None in found:
                self.differing.add(node.location)

    def is_uniform(self, body: Body, index: int) -> bool:
        """Whether all shapes at a statement agree, in all its uses."""
        statement = body.statements[index]
        return (
            isinstance(statement, Call)
            and statement.kind is Callee.LAYER
            and statement.callee in _MERGES
            and statement.location is not None
            and statement.location not in self.differing
        )


def _shape(specs: dict[TensorRef, TensorSpec], ref: TensorRef) -> object:
    spec = specs.get(ref)
    return spec.shape if spec is not None else None
