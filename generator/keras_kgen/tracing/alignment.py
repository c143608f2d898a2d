"""Where the lines of a view stand in the text that Black has made of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keras_kgen.backends.module import ModuleView
from keras_kgen.backends.view import (
    ALL,
    MODEL,
    Function,
    Key,
    LayerClass,
    Line,
    Role,
)

Definition = ast.ClassDef | ast.FunctionDef


@dataclass(frozen=True, slots=True)
class Placed:
    """Lines of the text, and what they are about.

    Attributes:
        first: The first line; the first of a module is 1.
        last: The last line.
        keys: What they are about in their scope; nothing in most definitions.
        time: The time of a loop that they are about, None where it is all of them.
        name: The class that they define, where it is one that Keras 3 does not have.
    """

    first: int
    last: int
    role: Role
    scope: str = MODEL
    keys: tuple[Key, ...] = ()
    time: int | None = None
    name: str = ""


def align(view: ModuleView, tree: ast.Module) -> Iterator[Placed]:
    """Yields the places of all lines that stand for something.

    Args:
        view: What the template has seen.
        tree: The text that came of it.
    """
    tables = {c.name: c.table for c in view.constants if c.table is not None}
    classes = {item.name: item for item in view.definitions.classes}
    functions = {_name(item): item for item in view.definitions.functions}
    for item in tree.body:
        if isinstance(item, ast.Assign):
            (target,) = item.targets
            if isinstance(target, ast.Name) and target.id in tables:
                yield from _table(tables[target.id], item.value, item)
        elif isinstance(item, ast.ClassDef):
            if item.name in classes:
                yield from _layer_class(classes[item.name], item)
            else:
                yield from _own(item)
        elif isinstance(item, ast.FunctionDef) and item.name in functions:
            yield from _function(functions[item.name], item)


def _name(function: Function) -> str:
    return function.signature.partition("(")[0]


def _own(item: ast.ClassDef) -> Iterator[Placed]:
    """Yields the place of a class that Keras 3 does not have."""
    yield Placed(*_head(item), Role.DEFINES, name=item.name)


def _table(key: Key, value: ast.expr, place: ast.stmt | ast.expr) -> Iterator[Placed]:
    """Yields the place of the values of a loop, and that of each row."""
    yield Placed(*_span(place), Role.TABLE, keys=(key,))
    if isinstance(value, ast.Tuple) and value.end_lineno != value.lineno:
        for time, row in enumerate(value.elts):
            yield Placed(*_span(row), Role.TABLE, keys=(key,), time=time)


def _layer_class(view: LayerClass, item: ast.ClassDef) -> Iterator[Placed]:
    if view.scope != MODEL:
        yield Placed(*_head(item), Role.DEFINES, view.scope, (ALL,))
    methods = {m.name: m for m in item.body if isinstance(m, ast.FunctionDef)}
    for method in view.methods:
        yield from _function(method, methods[_name(method)])


def _function(view: Function, item: ast.FunctionDef) -> Iterator[Placed]:
    if view.header is not None:
        yield Placed(*_head(item), view.header.role, view.scope, view.header.keys)
    arguments = item.args.args[len(item.args.args) - len(item.args.defaults) :]
    for argument, default in zip(arguments, item.args.defaults, strict=True):
        if argument.arg in view.tables:
            yield from _table(view.tables[argument.arg], default, default)
    body = item.body[1:] if view.docstring else item.body
    written = [line for line in view.lines if _is_statement(line)]
    for line, statement in zip(written, _statements(body), strict=True):
        if isinstance(line, Line):
            yield from _line(line, statement, view.scope)


def _line(line: Line, statement: ast.stmt, scope: str) -> Iterator[Placed]:
    if line.keys:
        yield Placed(*_span(statement), line.role, scope, line.keys)
    if line.parts:
        items = _items(statement, len(line.parts))
        for part, item in zip(line.parts, items, strict=True):
            yield Placed(*_span(item), part.role, scope, part.keys)


def _items(statement: ast.stmt, count: int) -> Sequence[ast.expr]:
    """Returns the items of the list or tuple of layers that a statement has."""
    nodes = ast.walk(statement)
    lists = (node for node in nodes if isinstance(node, ast.List | ast.Tuple))
    return next(node.elts for node in lists if len(node.elts) == count)


def _is_statement(line: str) -> bool:
    text = line.lstrip()
    return not text.startswith("#") and text != "else:"


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yields statements as they stand, those inside loops and branches too."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.For | ast.If):
            yield from _statements(statement.body)
            yield from _statements(statement.orelse)


def _span(node: ast.stmt | ast.expr) -> tuple[int, int]:
    """Returns the first and last line of a node, of a loop or branch those of its head."""
    if isinstance(node, ast.For | ast.If):
        return node.lineno, node.body[0].lineno - 1
    return node.lineno, node.end_lineno or node.lineno


def _head(node: Definition) -> tuple[int, int]:
    """Returns the lines of a definition before its docstring, with its decorators."""
    first = min((d.lineno for d in node.decorator_list), default=node.lineno)
    return first, max(node.lineno, node.body[0].lineno - 1)
