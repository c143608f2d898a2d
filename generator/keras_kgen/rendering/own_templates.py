"""Templates of the user's own: a folder whose templates stand in front of kgen's."""

from __future__ import annotations

import dataclasses
import symtable
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from keras_kgen.backends.module import ModuleView
from keras_kgen.catalogue.registry import hint
from keras_kgen.errors import Location, SourceError, UsageError
from keras_kgen.rendering.environment import (
    NOTEBOOK,
    PREFIX,
    SETTINGS,
    Templates,
    template_folder,
    template_names,
)
from keras_kgen.rendering.marking import find_mark, mark_templates
from keras_kgen.rendering.template_checks import check_templates


class OwnTemplates(Templates):
    """The templates of a folder, in front of kgen's.

    They run in Jinja's sandbox, from which they reach nothing but what they are shown. What
    they write is formatted as a whole, with its imports gathered at its head.

    Args:
        folder: The folder.

    Raises:
        SourceError: with all that is wrong with the templates before they see a model.
        UsageError: there is no such folder.
    """

    is_foreign = True

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise UsageError(f"--templates takes a folder, and {folder} is none")
        self.folder = folder
        self._environment = _environment(folder)
        check_templates(folder, self._environment)

    def require(self, *kinds: str) -> None:
        """Makes sure that the folder has a say in what is written.

        Args:
            kinds: How the names of the templates begin of which one is needed.

        Raises:
            UsageError: no template has such a name.
        """
        names = [path.name for path in self.folder.glob("*.jinja")]
        if not any(name.startswith((*kinds, "_")) for name in names):
            message = f"no template in {self.folder} has a part in this"
            raise UsageError(f"{message}: `kgen templates` lists them")

    @property
    def environment(self) -> Environment:
        """The environment that has the templates."""
        return self._environment

    def render_module(self, module: ModuleView) -> str:
        """Returns the source of a module, not yet formatted."""
        self.require("module.py", "notebook")
        return super().render_module(module)

    def project_sources(self, is_own: bool) -> dict[str, Template]:
        """Returns the templates of a project's Python files, each below those it may import.

        Args:
            is_own: Whether it learns from data of the user's own, which the source names.
        """
        self.require("project_")
        return super().project_sources(is_own)

    def cell(self, macro: str, view: object) -> str:
        """Returns the source of a cell: what the user's macro gives, else kgen's.

        Raises:
            SourceError: the macro fails, or gives what is not Python.
        """

        def write(environment: Environment) -> str:
            mine = environment.get_template(NOTEBOOK).module
            ours = environment.get_template(f"{PREFIX}{NOTEBOOK}").module
            return str((getattr(mine, macro, None) or getattr(ours, macro))(view))

        return self._python(write)

    def render(self, template: Template, **views: object) -> str:
        """Returns what a template of Python makes of views, not yet formatted.

        Raises:
            SourceError: the template fails, or gives what is not Python.
        """
        name = template.name or ""
        return self._python(lambda env: env.get_template(name).render(**views))

    def render_text(self, template: Template, **views: object) -> str:
        """Returns what a template of anything else makes of views.

        Raises:
            SourceError: the template fails.
        """
        with self._located():
            return template.render(**views)

    def _python(self, write: Callable[[Environment], str]) -> str:
        """Returns what is written in an environment, if it is Python."""
        with self._located():
            source = write(self.environment)
        try:
            symtable.symtable(source, "<template>", "exec")
        except SyntaxError as error:
            line = min(error.lineno or 1, source.count("\n") + 1)
            shown = source.split("\n")[line - 1].strip()
            message = f"what it writes is not Python: {error.msg}: {shown}"
            raise SourceError.of(message, self._origin(write, line)) from error
        return source

    def _origin(self, write: Callable[[Environment], str], line: int) -> Location:
        """Returns the place in a template that has written a line."""
        marked = _environment(self.folder)
        mark_templates(marked, self.folder)
        found = find_mark(write(marked), line, self.folder)
        return found or Location(str(self.folder))

    @contextmanager
    def _located(self) -> Iterator[None]:
        """Says in which line of a template an error has occurred."""
        try:
            yield
        except TemplateNotFound as error:
            name = str(error.name)
            known = [
                name for item in template_names() for name in (item, PREFIX + item)
            ]
            message = f"there is no template {name!r}{hint(name, known)}"
            raise SourceError.of(message, self._place(error)) from error
        except Exception as error:
            message = str(error) or type(error).__name__
            raise SourceError.of(message, self._place(error)) from error

    def _place(self, error: Exception) -> Location:
        """Returns the last line of the user's templates that an error went through."""
        frames = extract_tb(error.__traceback__)
        own = [f for f in frames if Path(f.filename).parent == self.folder]
        if not own:
            return Location(str(self.folder))
        return Location(own[-1].filename, own[-1].lineno or 0)


class _Missing(StrictUndefined):
    """What a view does not have; says what it has."""

    @property
    def _undefined_message(self) -> str:
        view, name = self._undefined_obj, str(self._undefined_name)
        if not dataclasses.is_dataclass(view):
            return super()._undefined_message
        fields = [field.name for field in dataclasses.fields(view)]
        kind = type(view).__name__
        return f"{kind} has no {name!r}, but {', '.join(fields)}{hint(name, fields)}"


def _environment(folder: Path) -> Environment:
    ours = FileSystemLoader(template_folder())
    prefixed = PrefixLoader({PREFIX.rstrip("/"): ours})
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(folder), ours, prefixed]),
        **{**SETTINGS, "undefined": _Missing},
    )
    # What a user's template adds to a function is for Black, whatever the rest is.
    environment.filters["settled"] = environment.filters["in_lines"] = str
    return environment
