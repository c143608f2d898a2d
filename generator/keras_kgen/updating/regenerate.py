"""Writes a project anew from its spec, with the settings that it remembers."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

from keras_kgen.errors import UsageError
from keras_kgen.frontends.data.paths import relocate, seen_from_here
from keras_kgen.frontends.detect import read_document, read_spec
from keras_kgen.frontends.documents import Document, read_yaml
from keras_kgen.ir.program import Program
from keras_kgen.options import Options
from keras_kgen.passes.find_problems import find_problems
from keras_kgen.pipeline import choose_style
from keras_kgen.projects.generate import Project, generate_project
from keras_kgen.styles import find_style
from keras_kgen.updating.record import AUTO, SPEC, Settings


def generate_as(program: Program, settings: Settings, folder: Path) -> Project:
    """Returns a program as a project.

    Args:
        program: What a front end has read.
        settings: What was asked for.
        folder: Where the project is, or will be.

    Raises:
        SourceError: with everything that is wrong with the program or with templates.
        UsageError: the style cannot express the model, or there is none of that name.
    """
    is_auto = settings.style == AUTO
    options = Options(
        choose_style(program) if is_auto else find_style(settings.style),
        settings.flat,
        weights=settings.weights,
        templates=_templates(settings, folder),
    )
    return generate_project(program, options, settings.origin, settings.package)


def _templates(settings: Settings, folder: Path) -> Path | None:
    """Returns the folder of templates as seen from here; the project may not be there yet."""
    if not settings.templates:
        return None
    path = os.path.join(os.path.realpath(folder), settings.templates)
    return Path(os.path.relpath(os.path.normpath(path)))


def regenerate(folder: Path, settings: Settings) -> Project:
    """Returns the project that the spec in a folder gives.

    Raises:
        SourceError: with everything that is wrong with the spec.
        UsageError: there is no spec, the templates are gone, or the style cannot express the
            model.
    """
    templates = _templates(settings, folder)
    if templates and not templates.is_dir():
        raise UsageError(
            f"the project was written with the templates in {templates}, which is no folder now"
        )
    return _generate(read_document(folder / SPEC), settings, folder)


def as_spec_gives(project: Project, settings: Settings, folder: Path) -> Project:
    """Returns a new project as its own spec gives it, which is what `kgen check` expects.

    A saved model can hold what a spec cannot, the code of a stub for instance, and the
    names of tensors that a spec makes up anew.
    """
    return _generate(read_yaml(project.files[SPEC], SPEC), settings, folder)


def _generate(spec: Document, settings: Settings, folder: Path) -> Project:
    """Returns the project of a spec that stands in a folder."""
    found = seen_from_here(spec, folder)
    program = read_spec(found, PurePath(SPEC).stem, find_problems)
    return generate_as(relocate(program, folder), settings, folder)
