"""The Jinja environment and the folder of templates."""

from __future__ import annotations

import functools
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from keras_kgen.backends.module import ModuleView


def template_folder() -> Path:
    """Returns the templates of a wheel, or of a checkout two folders up."""
    package = Path(__file__).parent.parent
    packaged = package / "templates"
    return packaged if packaged.is_dir() else package.parent.parent / "templates"


@functools.cache
def environment() -> Environment:
    """Returns the environment in which templates are rendered."""
    return Environment(
        loader=FileSystemLoader(template_folder()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def render_module(module: ModuleView) -> str:
    """Returns the source of a module, not yet formatted."""
    return environment().get_template("module.py.jinja").render(module=module)
