"""Finds all problems of a program at once, whatever is wrong with it already."""

from __future__ import annotations

from keras_kgen.errors import Diagnostics, SourceError
from keras_kgen.ir.definitions import Skeleton
from keras_kgen.ir.expand import expand
from keras_kgen.ir.expressions import Reference
from keras_kgen.ir.graph import Layer, LayerGraph
from keras_kgen.ir.program import Program
from keras_kgen.passes.check_names import check_names
from keras_kgen.passes.infer_shapes import infer_shapes
from keras_kgen.passes.mend import mend
from keras_kgen.passes.normalize import normalize
from keras_kgen.passes.validate import validate


class _Sound:
    """The last program without a problem; a command checks what it reads, then each style."""

    program: Program | None = None
    normal: Program | None = None


def normal_form(program: Program) -> Program:
    """Returns a program without problems in normal form; see `normalize`."""
    if program is _Sound.program and _Sound.normal is not None:
        return _Sound.normal
    return normalize(program)


def find_problems(program: Program, diagnostics: Diagnostics) -> None:
    """Records arguments that are wrong, shapes that do not fit and names that clash.

    Args:
        program: A program, or what could be read of one.
        diagnostics: What is known to be wrong with it, where the rest is recorded.
    """
    if program is _Sound.program:
        return
    before = len(diagnostics)
    validate(program, diagnostics)
    normal, graph = _expand_sound(program, diagnostics)
    if graph is not None:
        check_names(graph, diagnostics)
        known = len(diagnostics)
        infer_shapes(graph, diagnostics)
        if len(diagnostics) > known:
            _report_guesses(graph, diagnostics)
    if len(diagnostics) == before:
        _Sound.program, _Sound.normal = program, normal


def _report_guesses(graph: LayerGraph, diagnostics: Diagnostics) -> None:
    """Reports layers of which only a guess says what they give: it may have been wrong."""
    for layer in graph.layers:
        if layer.graph is not None:
            _report_guesses(layer.graph, diagnostics)
        elif _is_guessed(layer):
            diagnostics.error(
                f"the code of {layer.name or layer.class_name} is not known, and that it gives "
                "the shape of its input was a guess: what follows does not fit it",
                layer.location,
            )


def _is_guessed(layer: Layer) -> bool:
    definition = layer.definition
    if layer.kind == "imported":
        return isinstance(definition, Skeleton) and definition.tail is None
    function = layer.config.get("function")
    is_stub = isinstance(function, Reference) and not function.module
    is_lambda = layer.kind == "layer" and layer.class_name == "Lambda"
    return is_lambda and is_stub and "output_shape" not in layer.config


def _expand_sound(
    program: Program, diagnostics: Diagnostics
) -> tuple[Program | None, LayerGraph | None]:
    """Returns the normal form and the graph of what is sound.

    Arguments without a value are reported. Where something is not sound, the normal form is
    that of another program, and None.
    """
    while True:
        before = len(diagnostics)
        try:
            mended = mend(program, diagnostics)
            normal = normalize(mended)
            return normal if mended == program else None, expand(normal)
        except SourceError as error:
            diagnostics.extend(error.diagnostics)
        if len(diagnostics) == before:
            return None, None
