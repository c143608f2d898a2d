"""What is wrong with templates of the user's own, before they see a model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, TemplateError, TemplateSyntaxError, nodes

from keras_kgen.catalogue.registry import hint
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.rendering.environment import NOTEBOOK, PREFIX, template_names
from keras_kgen.rendering.listing import imported_macros, list_templates


def check_templates(folder: Path, environment: Environment) -> None:
    """Reads all templates of a folder.

    Raises:
        SourceError: with everything that is wrong with them.
    """
    diagnostics = Diagnostics()
    paths = sorted(path for path in folder.glob("*.jinja") if path.is_file())
    known = template_names()
    for path in paths:
        if path.name not in known and not path.name.startswith("_"):
            message = f"kgen has no template {path.name!r}{hint(path.name, known)}"
            diagnostics.error(message, Location(str(path)))
            continue
        _Checker(path, environment, diagnostics).check()
    if not any(path.name in known for path in paths) and not diagnostics.has_errors:
        message = "no file has the name of a template: `kgen templates` lists them"
        diagnostics.error(message, Location(str(folder)))
    diagnostics.raise_errors()


class _Checker:
    """Checks one template."""

    def __init__(
        self, path: Path, environment: Environment, diagnostics: Diagnostics
    ) -> None:
        self.path = path
        self.environment = environment
        self.diagnostics = diagnostics

    def check(self) -> None:
        try:
            # Filters and such are looked up when a template is compiled.
            self.environment.get_template(self.path.name)
            tree = self.environment.parse(self.path.read_text(encoding="utf-8"))
        except TemplateSyntaxError as error:
            self.error(error.message or "it cannot be read", error.lineno)
        except UnicodeDecodeError:
            self.error("the text is not UTF-8")
        else:
            self.check_tree(tree)

    def check_tree(self, tree: nodes.Template) -> None:
        parent = next(tree.find_all(nodes.Extends), None)
        if parent is not None and isinstance(parent.template, nodes.Const):
            self.check_child(tree, parent, str(parent.template.value))
        elif parent is None and self.path.name == NOTEBOOK:
            self.check_cells(tree)
        elif parent is None:
            self.check_macros(tree)

    def check_child(
        self, tree: nodes.Template, parent: nodes.Extends, name: str
    ) -> None:
        """Checks that all that a template says of its parent is heard."""
        if name == self.path.name:
            message = f"it extends itself: kgen's own is {PREFIX}{name}"
            self.error(message, parent.lineno)
            return
        try:
            blocks = self.blocks(name)
        except TemplateError:
            known = [f"{PREFIX}{item}" for item in template_names()]
            self.error(
                f"there is no template {name!r}{hint(name, known)}", parent.lineno
            )
            return
        for node in tree.body:
            if isinstance(node, nodes.Block) and node.name not in blocks:
                message = f"{name} has no block {node.name!r}{hint(node.name, blocks)}"
                self.error(message, node.lineno)
        for line in _loose_lines(tree):
            self.error(f"only what stands in a block takes part in {name}", line)

    def blocks(self, name: str) -> set[str]:
        """Returns the blocks of a template and of those that it extends."""
        found: set[str] = set()
        waiting = [name]
        seen: set[str] = set()
        loader = self.environment.loader
        assert loader is not None
        while waiting:
            name = waiting.pop()
            seen.add(name)
            source, *_ = loader.get_source(self.environment, name)
            tree = self.environment.parse(source)
            found.update(node.name for node in tree.find_all(nodes.Block))
            for node in tree.find_all(nodes.Extends):
                if isinstance(node.template, nodes.Const):
                    waiting += {str(node.template.value)} - seen
        return found

    def check_cells(self, tree: nodes.Template) -> None:
        """Checks that each macro of a notebook is a cell of it, or is called by one."""
        called = {
            node.node.name
            for node in tree.find_all(nodes.Call)
            if isinstance(node.node, nodes.Name)
        }
        known = next(item.macros for item in list_templates() if item.name == NOTEBOOK)
        for node in tree.find_all(nodes.Macro):
            if node.name not in known and node.name not in called:
                message = (
                    f"a notebook has no cell {node.name!r}{hint(node.name, known)}"
                )
                self.error(message, node.lineno)

    def check_macros(self, tree: nodes.Template) -> None:
        """Checks that all macros are there that kgen's other templates import."""
        macros = {node.name for node in tree.find_all(nodes.Macro)}
        for name in sorted(imported_macros(self.path.name) - macros):
            self.error(f"it lacks the macro {name!r}, which other templates import")

    def error(self, message: str, line: int = 0) -> None:
        self.diagnostics.error(message, Location(str(self.path), line))


def _loose_lines(tree: nodes.Template) -> Iterator[int]:
    """Yields the lines of text that stands in no block."""
    for node in tree.body:
        if not isinstance(node, nodes.Output):
            continue
        for item in node.nodes:
            if not isinstance(item, nodes.TemplateData):
                yield item.lineno
            elif item.data.strip():
                text = item.data
                blank = len(text) - len(text.lstrip())
                yield item.lineno + text.count("\n", 0, blank)
