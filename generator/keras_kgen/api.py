"""kgen from Python: a model or a source in, source code out."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from keras_kgen.collector import without_collector
from keras_kgen.frontends import detect
from keras_kgen.ir.program import Program
from keras_kgen.options import Options, OwnStyle, Style
from keras_kgen.passes.find_problems import find_problems
from keras_kgen.pipeline import generate as generate_module


@without_collector()
def generate(
    source: Any,
    *,
    style: Style | str | None = None,
    name: str | None = None,
    flat: bool = False,
    templates: str | PathLike[str] | None = None,
) -> str:
    """Returns a Keras module as text.

    Args:
        source: A Keras model in memory, what AutoKeras and KerasTuner return for instance,
            or a SOURCE as on the command line: a preset, a spec file, a saved model.
        style: "sequential", "functional", "subclass" or one that another package adds;
            None is what an expert would choose.
        name: The model's name, where it is to have another.
        flat: Write neither blocks nor loops.
        templates: A folder with templates of your own, as --templates takes it.

    Raises:
        SourceError: the source or a template is wrong, or the source is a subclassed model, which has no graph.
        UsageError: there is no such source or style, or the style cannot express the model.
    """
    program = _load(source)
    if name is not None:
        program = replace(program, name=name)
    folder = None if templates is None else Path(templates)
    options = Options(_style(style), flat, templates=folder)
    return generate_module(program, options).source


def _load(source: Any) -> Program:
    if isinstance(source, str | PathLike):
        return detect.load_program(fspath(source), lambda: "", find_problems)
    from keras_kgen.frontends.live import describe

    label = str(getattr(source, "name", type(source).__name__))
    return detect.rebuild_program(describe(source, label), label, find_problems)


def _style(style: Style | str | None) -> Style | OwnStyle | None:
    if not isinstance(style, str):
        return style
    from keras_kgen.styles import find_style

    return find_style(style)
