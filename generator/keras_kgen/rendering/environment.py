"""The Jinja environment and the folder of templates."""

from __future__ import annotations

import functools
import sys
from contextlib import suppress
from pathlib import Path

from jinja2 import (
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    Template,
)
from jinja2.bccache import Bucket

from keras_kgen.backends.module import ModuleView
from keras_kgen.rendering.formatting import settled


def template_folder() -> Path:
    """Returns the templates of a wheel, or of a checkout two folders up."""
    package = Path(__file__).parent.parent
    packaged = package / "templates"
    return packaged if packaged.is_dir() else package.parent.parent / "templates"


class _Cache(FileSystemBytecodeCache):
    """Keeps compiled templates beside them, as Python does with modules, where it may."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)


@functools.cache
def environment() -> Environment:
    """Returns the environment in which templates are rendered."""
    environment = Environment(
        loader=FileSystemLoader(template_folder()),
        bytecode_cache=_Cache(str(template_folder() / "__pycache__")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["settled"] = settled
    return environment


def render_module(module: ModuleView) -> str:
    """Returns the source of a module, not yet formatted."""
    return environment().get_template("module.py.jinja").render(module=module)


def render_cell(macro: str, view: object) -> str:
    """Returns the source of a cell of a notebook, not yet formatted.

    Args:
        macro: The name of its macro.
        view: What the macro sees.
    """
    cells = environment().get_template("notebook.jinja").module
    return str(getattr(cells, macro)(view))


def project_sources() -> dict[str, Template]:
    """Returns the templates of a project's Python files, each below those it may import."""
    env = environment()
    return {
        "__init__": env.get_template("project_init.py.jinja"),
        "model": env.get_template("project_model.py.jinja"),
        "data": env.get_template("project_data.py.jinja"),
        "train": env.get_template("project_train.py.jinja"),
        "evaluate": env.get_template("project_evaluate.py.jinja"),
        "predict": env.get_template("project_predict.py.jinja"),
        "tests/conftest": env.get_template("project_conftest.py.jinja"),
        "tests/test_model": env.get_template("project_test_model.py.jinja"),
        "tests/test_data": env.get_template("project_test_data.py.jinja"),
    }


def project_texts() -> dict[str, Template]:
    """Returns the templates of a project's other files, by path."""
    env = environment()
    return {
        ".github/workflows/test.yml": env.get_template("project_workflow.yml.jinja"),
        ".gitignore": env.get_template("project_gitignore.jinja"),
        ".pre-commit-config.yaml": env.get_template("project_pre-commit.yaml.jinja"),
        "README.md": env.get_template("project_readme.md.jinja"),
        "pyproject.toml": env.get_template("project_pyproject.toml.jinja"),
    }
