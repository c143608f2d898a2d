"""Takes the text of a module apart: imports, constants, definitions."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

_Definition = ast.ClassDef | ast.FunctionDef


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a module as they stand in it.

    Attributes:
        imports: The import statements with the names that they bind; "" is a blank line.
        constants: What is assigned at the top.
        definitions: Classes and functions by name, with the comments above them.
    """

    imports: tuple[tuple[str, frozenset[str]], ...]
    constants: str
    definitions: dict[str, str]


def split_module(source: str) -> Parts:
    """Returns the parts of a module that kgen has written."""
    tree = ast.parse(source)
    lines = source.splitlines()
    imports: list[tuple[str, frozenset[str]]] = []
    constants: list[str] = []
    definitions: dict[str, str] = {}
    end = tree.body[0].end_lineno or 1  # of the docstring
    for node in tree.body[1:]:
        last = node.end_lineno or node.lineno
        text = "\n".join(lines[end:last]).strip("\n")
        if isinstance(node, ast.Import | ast.ImportFrom):
            if imports and not lines[end]:
                imports.append(("", frozenset()))
            imports.append((text, _bound(node)))
        elif isinstance(node, _Definition):
            definitions[node.name] = text
        elif isinstance(node, ast.Assign) and not definitions:
            constants.append(text)
        end = last
    return Parts(tuple(imports), "\n".join(constants), definitions)


def _bound(node: ast.Import | ast.ImportFrom) -> frozenset[str]:
    names = (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    return frozenset(names)


def needed_imports(parts: Parts, texts: Iterable[str]) -> str:
    """Returns the import statements that texts need, in groups as the module has them."""
    trees = map(ast.parse, texts)
    used = {n.id for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Name)}
    kept = [text for text, names in parts.imports if not text or names & used]
    return "\n".join(kept).strip("\n")


def definition_lines(source: str) -> dict[str, range]:
    """Returns the lines of each class and function of a module by its name."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, _Definition):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            found[node.name] = range(first, (node.end_lineno or first) + 1)
    return found
