"""The imports of each file of a project, found in what the file uses."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Mapping

from keras_kgen.pysource.imports import Imports

Groups = tuple[tuple[str, ...], ...]


def find_imports(
    body: str, lines: Iterable[str], own: Mapping[str, str], package: str
) -> Groups:
    """Returns the imports that a file needs, in groups.

    Args:
        body: The file without its imports.
        lines: The imports of libraries to choose from.
        own: The modules of the package that define names, by name.
        package: The name of the package.
    """
    used = global_names(body)
    imports, ours = Imports(), Imports()
    for module, name, alias in _parsed(lines):
        if (alias or name or module.partition(".")[0]) in used:
            imports.add(module, name, alias=alias)
    for name, module in own.items():
        if name in used:
            ours.add(f"{package}.{module}", name)
    return (*imports.groups(), *ours.groups())


def defined_names(body: str) -> tuple[str, ...]:
    """Returns the functions, classes and constants of a file, in order."""
    found: list[str] = []
    for node in ast.parse(body).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.Assign):
            found += [item.id for item in node.targets if isinstance(item, ast.Name)]
    return tuple(found)


def global_names(body: str) -> frozenset[str]:
    """Returns the names that a file reads and does not define."""
    top = symtable.symtable(body, "<project>", "exec")
    read = {item.get_name() for item in top.get_symbols() if item.is_referenced()}
    waiting = top.get_children()
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        read |= {item.get_name() for item in table.get_symbols() if item.is_global()}
    assigned = {item.get_name() for item in top.get_symbols() if item.is_assigned()}
    return frozenset(read - assigned - set(defined_names(body)))


def _parsed(lines: Iterable[str]) -> Iterable[tuple[str, str, str]]:
    """Gives the module, the name from it and the alias of each import."""
    for node in ast.parse("\n".join(lines)).body:
        if isinstance(node, ast.Import):
            yield from ((item.name, "", item.asname or "") for item in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", item.name, "") for item in node.names)
