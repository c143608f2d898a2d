"""The imports of each file of a project, found in what the file uses."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from keras_kgen.pysource.gathering import (
    bound_name,
    imported_by,
    imported_names,
    read_names,
)
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
    for item in imported_names(lines):
        if bound_name(item) in used:
            module, name, alias = item
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
    """Returns the names that a file reads and neither defines nor imports."""
    nodes = ast.parse(body).body
    own = {bound_name(name) for node in nodes for name in imported_by(node)}
    return read_names(body) - own - set(defined_names(body))
