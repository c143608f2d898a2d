"""Lines whose inputs and result always have one shape, or one type of float."""

from __future__ import annotations

from collections.abc import Mapping

from keras_kgen.backends.context import Context
from keras_kgen.ir.graph import LayerGraph, TensorRef
from keras_kgen.ir.program import ARITHMETIC, Body, Call, Callee
from keras_kgen.ir.tensors import TensorSpec

_MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
_ELEMENTWISE_OPS = (
    *ARITHMETIC,
    *("maximum", "minimum", "mod", "floor_divide", "where"),
    *("less", "less_equal", "greater", "greater_equal", "equal", "not_equal"),
    *("logical_and", "logical_or", "logical_xor"),
)
_FLOATS = ("float16", "bfloat16", "float32", "float64")


class Uniformity:
    """Answers whether shapes and types at a line agree in every use of the line.

    A line is known by its place in the source, which all its uses share.
    """

    def __init__(self, context: Context) -> None:
        self.differing: set[object] = set()
        self.mixed: set[object] = set()
        for graph, specs in context.graphs:
            self.visit(graph, specs)

    def visit(self, graph: LayerGraph, specs: Mapping[TensorRef, TensorSpec]) -> None:
        for index, node in enumerate(graph.nodes):
            layer = graph.layers[node.layer] if node.layer is not None else None
            if layer is None:
                continue
            if layer.kind == "op":
                types = {specs[ref].dtype for ref in node.tensors() if ref in specs}
                if len(types) != 1 or not types <= set(_FLOATS):
                    self.mixed.add(node.location)
            found = {_shape(specs, ref) for ref in node.tensors()}
            found.add(_shape(specs, TensorRef(index)))
            if len(found) != 1 or None in found:
                self.differing.add(node.location)

    def is_uniform(self, body: Body, index: int) -> bool:
        """Whether all shapes at a statement agree, in all its uses."""
        statement = body.statements[index]
        return (
            isinstance(statement, Call)
            and _is_elementwise(statement)
            and statement.location is not None
            and statement.location not in self.differing
        )

    def has_operator(self, call: Call) -> bool:
        """Whether an op may be written as an operator on the tensors of any backend.

        Keras' ops bring operands of different types to one type; the operators of the
        backends do not, or not to the same.
        """
        return call.location is not None and call.location not in self.mixed


def _is_elementwise(call: Call) -> bool:
    if call.kind is Callee.OP:
        return call.callee in _ELEMENTWISE_OPS
    return call.kind is Callee.LAYER and call.callee in _MERGES


def _shape(specs: Mapping[TensorRef, TensorSpec], ref: TensorRef) -> object:
    spec = specs.get(ref)
    return spec.shape if spec is not None else None
