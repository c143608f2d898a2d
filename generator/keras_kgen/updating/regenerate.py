"""Writes a project anew from its spec, with the settings that it remembers."""

from __future__ import annotations

from pathlib import Path, PurePath

from keras_kgen.frontends.detect import load_program, read_spec
from keras_kgen.frontends.documents import read_yaml
from keras_kgen.ir.program import Program
from keras_kgen.options import Options
from keras_kgen.passes.find_problems import find_problems
from keras_kgen.pipeline import choose_style
from keras_kgen.projects.generate import Project, generate_project
from keras_kgen.updating.record import SPEC, Settings


def generate_as(program: Program, settings: Settings) -> Project:
    """Returns a program as a project.

    Raises:
        SourceError: with everything that is wrong with the program.
        UsageError: the style cannot express the model.
    """
    style = settings.style or choose_style(program)
    options = Options(style, settings.flat, weights=settings.weights)
    return generate_project(program, options, settings.origin, settings.package)


def regenerate(folder: Path, settings: Settings) -> Project:
    """Returns the project that the spec in a folder gives.

    Raises:
        SourceError: with everything that is wrong with the spec.
        UsageError: there is no spec, or the style cannot express the model.
    """
    return generate_as(load_program(str(folder / SPEC), str, find_problems), settings)


def as_spec_gives(project: Project, settings: Settings) -> Project:
    """Returns a new project as its own spec gives it, which is what `kgen check` expects.

    A saved model can hold what a spec cannot, the code of a stub for instance, and the
    names of tensors that a spec makes up anew.
    """
    document = read_yaml(project.files[SPEC], SPEC)
    program = read_spec(document, PurePath(SPEC).stem, find_problems)
    return generate_as(program, settings)
