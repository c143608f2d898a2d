"""Finds all problems of a program at once, whatever is wrong with it already."""

from __future__ import annotations

from keras_kgen.errors import Diagnostics, SourceError
from keras_kgen.ir.expand import expand
from keras_kgen.ir.graph import LayerGraph
from keras_kgen.ir.program import Program
from keras_kgen.passes.check_names import check_names
from keras_kgen.passes.infer_shapes import infer_shapes
from keras_kgen.passes.mend import mend
from keras_kgen.passes.normalize import normalize
from keras_kgen.passes.validate import validate


def find_problems(program: Program, diagnostics: Diagnostics) -> None:
    """Records arguments that are wrong, shapes that do not fit and names that clash.

    Args:
        program: A program, or what could be read of one.
        diagnostics: What is known to be wrong with it, where the rest is recorded.
    """
    validate(program, diagnostics)
    graph = _expand_sound(program, diagnostics)
    if graph is not None:
        check_names(graph, diagnostics)
        infer_shapes(graph, diagnostics)


def _expand_sound(program: Program, diagnostics: Diagnostics) -> LayerGraph | None:
    """Returns the graph of what is sound; arguments without a value are reported."""
    while True:
        before = len(diagnostics)
        try:
            return expand(normalize(mend(program, diagnostics)))
        except SourceError as error:
            diagnostics.extend(error.diagnostics)
        if len(diagnostics) == before:
            return None
