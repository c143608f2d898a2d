"""Gathers the imports of a module of which kgen has not written every line."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from keras_kgen.pysource.imports import Imports

# The module, the name from it ("" is the module itself), and its alias.
_Name = tuple[str, str, str]
_Definition = ast.AsyncFunctionDef | ast.ClassDef | ast.FunctionDef


@dataclass(frozen=True, slots=True)
class _Import:
    """An import statement at the top level of a module.

    Attributes:
        first: Its first line, or that of the comment above it; 0 is the module's first.
        end: The line behind its last.
        names: What it imports.
        is_plain: Whether nothing is lost when it is written anew.
    """

    first: int
    end: int
    names: tuple[_Name, ...]
    is_plain: bool


def gather_imports(source: str, given: Iterable[str] = (), package: str = "") -> str:
    """Returns a module with its imports where people look for them: sorted, each once.

    Imports may stand at the top level anywhere between its functions. Statements at its head
    keep their place among the imports around them: one may set what a library reads when it
    is imported. What has a comment keeps it.

    Args:
        source: The module.
        given: Imports that are left out where nothing reads them; all others stay.
        package: The package that the module is in, whose imports come last.
    """
    lines = source.split("\n")
    runs = _runs(ast.parse(source), lines)
    writer = _Writer(lines, _unused(given, source), package)
    taken = [item for run in runs.values() for item in run]
    moved = {number for item in taken for number in range(item.first, item.end)}
    parts: list[list[str]] = [[]]
    for number in range(len(lines) + 1):
        if number in runs:
            parts += [writer.write(runs[number]), []]
        if number < len(lines) and number not in moved:
            parts[-1].append(lines[number])
    texts = ("\n".join(part).strip("\n") for part in parts)
    return "\n\n".join(text for text in texts if text) + "\n"


def read_names(source: str) -> frozenset[str]:
    """Returns the global names that a module reads."""
    top = symtable.symtable(source, "<module>", "exec")
    read = {item.get_name() for item in top.get_symbols() if item.is_referenced()}
    waiting = top.get_children()
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        read |= {item.get_name() for item in table.get_symbols() if item.is_global()}
    return frozenset(read)


def imported_names(lines: Iterable[str]) -> tuple[_Name, ...]:
    """Returns what import statements import."""
    nodes = ast.parse("\n".join(lines)).body
    return tuple(name for node in nodes for name in imported_by(node))


def imported_by(node: ast.stmt) -> tuple[_Name, ...]:
    """Returns what a statement imports: nothing if it is another."""
    if isinstance(node, ast.Import):
        return tuple((item.name, "", item.asname or "") for item in node.names)
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        return tuple((module, item.name, item.asname or "") for item in node.names)
    return ()


def bound_name(name: _Name) -> str:
    """Returns what an imported name is called in the module that imports it."""
    module, item, alias = name
    return alias or item or module.partition(".")[0]


def _runs(tree: ast.Module, lines: Sequence[str]) -> dict[int, list[_Import]]:
    """Returns the imports that stand together at the head, by the lines where they begin.

    There may be constants between them. Those that stand between functions go to the last.
    """
    definitions = (i for i, n in enumerate(tree.body) if isinstance(n, _Definition))
    end = next(definitions, len(tree.body))
    found = [_import(node, lines) for node in tree.body]
    runs: dict[int, list[_Import]] = {}
    is_together = False
    for node, item in zip(tree.body[:end], found, strict=False):
        if item is None:
            is_together &= _is_constant(node)
        elif is_together:
            runs[max(runs)].append(item)
        else:
            runs[item.first] = [item]
            is_together = True
    late = [item for item in found[end:] if item]
    if late and not runs:
        has_docstring = ast.get_docstring(tree) is not None
        runs[tree.body[0].end_lineno or 0 if has_docstring else 0] = []
    if late:
        runs[max(runs)] += late
    return runs


def _is_constant(node: ast.stmt) -> bool:
    """Whether a statement gives values a name, and so changes nothing for an import."""
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Name) for target in node.targets)
    return isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)


def _import(node: ast.stmt, lines: Sequence[str]) -> _Import | None:
    """Returns an import that has its lines to itself."""
    names = imported_by(node)
    if not names:
        return None
    first, end = node.lineno - 1, node.end_lineno or node.lineno
    rest = lines[end - 1].encode()[node.end_col_offset :].decode().strip()
    if node.col_offset or (rest and not rest.startswith("#")):
        return None
    while first and lines[first - 1].startswith("#"):
        first -= 1
    text = "\n".join(lines[first:end])
    aliased = isinstance(node, ast.ImportFrom) and any(alias for *_, alias in names)
    is_plain = "#" not in text and not aliased and not names[0][0].startswith(".")
    return _Import(first, end, names, is_plain)


def _unused(given: Iterable[str], source: str) -> frozenset[_Name]:
    read = read_names(source)
    names = imported_names(given)
    return frozenset(name for name in names if bound_name(name) not in read)


class _Writer:
    """Writes runs of imports, none of them twice."""

    def __init__(
        self, lines: Sequence[str], dropped: frozenset[_Name], package: str
    ) -> None:
        self.lines = lines
        self.package = package
        self.left_out = set(dropped)

    def write(self, run: Sequence[_Import]) -> list[str]:
        future, libraries, own = Imports(), Imports(), Imports()
        for item in run:
            wanted = [name for name in item.names if name not in self.left_out]
            self.left_out.update(wanted)
            module = item.names[0][0]
            is_own = module.startswith(".") or module.partition(".")[0] == self.package
            imports = own if is_own else libraries
            imports = future if module == "__future__" else imports
            if item.is_plain:
                for name in wanted:
                    imports.add(name[0], name[1], alias=name[2])
            elif wanted:
                is_from = bool(item.names[0][1])
                text = "\n".join(self.lines[item.first : item.end])
                imports.add_text(module, is_from, text)
        groups = (*future.groups(), *libraries.groups(), *own.groups())
        return "\n\n".join("\n".join(group) for group in groups).split("\n")
