"""The text of each file of a project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain

from keras_kgen.projects.imports import defined_names, find_imports, global_names
from keras_kgen.projects.view import FileView, ProjectView
from keras_kgen.rendering.environment import Templates

# What the files import besides what the module does.
_LIBRARIES = ("import keras", "import numpy as np", "import pytest")
# What they import to read and to make data of the user's own.
_OWN_LIBRARIES = ("from datetime import timedelta", "import csv")


def names_in_model(project: ProjectView, templates: Templates) -> frozenset[str]:
    """Returns the names that `model.py` reads and does not define."""
    template = templates.project_sources(project.own is not None)["model"]
    return global_names(template.render(project=project, file=FileView('""""""')))


def render_project(
    project: ProjectView, heads: Mapping[str, FileView], templates: Templates
) -> dict[str, str]:
    """Returns the files that templates write, by path.

    Args:
        project: The project.
        heads: The docstring and the constants of each Python file.
        templates: What writes them.
    """
    files = {
        path: templates.render_text(template, project=project)
        for path, template in templates.project_texts().items()
    }
    groups = (line for group in project.module.import_groups for line in group)
    lines = (*groups, *_LIBRARIES, *(_OWN_LIBRARIES if project.own else ()))
    own: dict[str, str] = {}
    sources = templates.project_sources(project.own is not None)
    for name, template in sources.items():
        head = heads[name]
        body = templates.render(template, project=project, file=head)
        found = find_imports(body, lines, own, project.package)
        head = replace(head, import_groups=found)
        text = templates.render(template, project=project, file=head)
        is_test = name.startswith("tests/")
        path = f"{name}.py" if is_test else f"{project.package}/{name}.py"
        imports = chain.from_iterable(found)
        files[path] = templates.finish(text, project.module, imports, project.package)
        if not is_test:
            own.update(dict.fromkeys(defined_names(body), name))
    return files
