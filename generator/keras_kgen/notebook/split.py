"""Takes the text of a module apart: imports, constants, definitions."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

_Definition = ast.ClassDef | ast.FunctionDef
_Import = ast.Import | ast.ImportFrom


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a module as they stand in it.

    Attributes:
        imports: The import statements with the names that they bind, and with None what else
            stands between them; "" is a blank line.
        constants: What stands between imports and definitions.
        definitions: Classes and functions by name, with the comments above them.
    """

    imports: tuple[tuple[str, frozenset[str] | None], ...]
    constants: str
    definitions: dict[str, str]


def split_module(source: str) -> Parts:
    """Returns the parts of a module that kgen has written."""
    tree = ast.parse(source)
    lines = source.splitlines()
    imports: list[tuple[str, frozenset[str] | None]] = []
    constants: list[str] = []
    definitions: dict[str, str] = {}
    has_docstring = ast.get_docstring(tree) is not None
    body = tree.body[1:] if has_docstring else tree.body
    last_import = max((n.lineno for n in body if isinstance(n, _Import)), default=0)
    end = (tree.body[0].end_lineno or 1) if has_docstring else 0
    for node in body:
        last = node.end_lineno or node.lineno
        text = "\n".join(lines[end:last]).strip("\n")
        if isinstance(node, _Import):
            if imports and not lines[end]:
                imports.append(("", frozenset()))
            imports.append((text, _bound(node)))
        elif last < last_import:
            imports.append((text, None))
        elif isinstance(node, _Definition):
            definitions[node.name] = text
        elif not definitions:
            constants.append(text)
        end = last
    return Parts(tuple(imports), "\n".join(constants), definitions)


def _bound(node: _Import) -> frozenset[str]:
    names = (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    return frozenset(names)


def needed_imports(parts: Parts, texts: Iterable[str]) -> str:
    """Returns the import statements that texts need, in groups as the module has them."""
    trees = map(ast.parse, texts)
    used = {n.id for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Name)}
    kept = [
        text
        for text, names in parts.imports
        if not text or names is None or names & used
    ]
    return "\n".join(kept).strip("\n")


def definition_lines(source: str) -> dict[str, range]:
    """Returns the lines of each class and function of a module by its name."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, _Definition):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            found[node.name] = range(first, (node.end_lineno or first) + 1)
    return found
