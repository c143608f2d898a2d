"""The Jinja environment and the folder of templates."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    Template,
)
from jinja2.bccache import Bucket

from keras_kgen.backends.module import ModuleView
from keras_kgen.rendering.formatting import (
    format_source,
    format_whole,
    in_lines,
    settled,
)

NOTEBOOK = "notebook.jinja"
# In front of the name of a template it means kgen's, whatever the user has.
PREFIX = "kgen/"
# The page of `kgen compare`: no code, and not open to others.
_PAGE = "compare.html.jinja"


def template_folder() -> Path:
    """Returns the templates of a wheel, or of a checkout two folders up."""
    package = Path(__file__).parent.parent
    packaged = package / "templates"
    return packaged if packaged.is_dir() else package.parent.parent / "templates"


def template_names() -> tuple[str, ...]:
    """Returns the names of the templates whose place others may take."""
    names = (path.name for path in template_folder().glob("*.jinja"))
    return tuple(sorted(name for name in names if name != _PAGE))


class _Cache(FileSystemBytecodeCache):
    """Keeps compiled templates beside them, as Python does with modules, where it may."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)


# Code is not escaped: what Python hands over is source text already.
SETTINGS: dict[str, Any] = {
    "undefined": StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
    "autoescape": False,
}


@functools.cache
def environment() -> Environment:
    """Returns the environment in which templates are rendered."""
    environment = Environment(
        loader=FileSystemLoader(template_folder()),
        bytecode_cache=_Cache(str(template_folder() / "__pycache__")),
        **SETTINGS,
    )
    environment.filters["settled"] = settled
    environment.filters["in_lines"] = in_lines
    return environment


class Templates:
    """What the templates make of views: kgen's own, as they are.

    Attributes:
        is_foreign: Whether some are the user's.
    """

    is_foreign = False

    @property
    def environment(self) -> Environment:
        """The environment that has the templates."""
        return environment()

    def module(self, module: ModuleView) -> str:
        """Returns the source of a module."""
        source = self.render_module(module)
        imports = chain.from_iterable(module.import_groups)
        return self.finish(source, module, imports)

    def render_module(self, module: ModuleView) -> str:
        """Returns the source of a module, not yet formatted."""
        template = self.environment.get_template("module.py.jinja")
        return self.render(template, module=module)

    def cell(self, macro: str, view: object) -> str:
        """Returns the source of a cell of a notebook, not yet formatted.

        Args:
            macro: The name of its macro.
            view: What the macro sees.
        """
        cells = self.environment.get_template("notebook.jinja").module
        return str(getattr(cells, macro)(view))

    def render(self, template: Template, **views: object) -> str:
        """Returns what a template of Python makes of views, not yet formatted."""
        return template.render(**views)

    def render_text(self, template: Template, **views: object) -> str:
        """Returns what a template of anything else makes of views."""
        return template.render(**views)

    def finish(
        self,
        source: str,
        module: ModuleView,
        imports: Iterable[str],
        package: str = "",
    ) -> str:
        """Returns a module as it is written to a file.

        Args:
            source: What its template gave.
            module: The view of the model.
            imports: The lines of imports that kgen has found for it.
            package: The package that it is in, if it is in one.
        """
        if not self.is_foreign and not module.definitions.source:
            return format_source(source)
        from keras_kgen.pysource.gathering import gather_imports

        return format_whole(gather_imports(source, imports, package))

    def project_sources(self, is_own: bool) -> dict[str, Template]:
        """Returns the templates of a project's Python files, each below those it may import.

        Args:
            is_own: Whether it learns from data of the user's own, which the source names.
        """
        env = self.environment
        found = {
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
        if not is_own:
            return found
        return {
            **found,
            "data": env.get_template("project_own_data.py.jinja"),
            "evaluate": env.get_template("project_own_evaluate.py.jinja"),
            "predict": env.get_template("project_own_predict.py.jinja"),
            "tests/test_data": env.get_template("project_own_test_data.py.jinja"),
        }

    def project_texts(self) -> dict[str, Template]:
        """Returns the templates of a project's other files, by path."""
        env = self.environment
        return {
            ".github/workflows/test.yml": env.get_template(
                "project_workflow.yml.jinja"
            ),
            ".gitignore": env.get_template("project_gitignore.jinja"),
            ".pre-commit-config.yaml": env.get_template(
                "project_pre-commit.yaml.jinja"
            ),
            "README.md": env.get_template("project_readme.md.jinja"),
            "pyproject.toml": env.get_template("project_pyproject.toml.jinja"),
        }


def find_templates(folder: Path | None) -> Templates:
    """Returns kgen's templates, behind those of a folder of the user's if there is one.

    Raises:
        SourceError: with all that is wrong with the user's.
        UsageError: there is no such folder.
    """
    if folder is None:
        return Templates()
    from keras_kgen.rendering.own_templates import OwnTemplates

    return OwnTemplates(folder)
