"""What a module has as its view says, where other templates than kgen's have written it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from keras_kgen.backends.module import ModuleView
from keras_kgen.backends.view import Definitions, Function, LayerClass


def unchanged(view: ModuleView, source: str) -> ModuleView:
    """Returns a view with those of its definitions that a module has just so.

    Args:
        view: What the templates have seen.
        source: The text that came of it.
    """
    tree = ast.parse(source)
    found = {
        n.name: n for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)
    }
    given = view.definitions
    return replace(
        view,
        definitions=Definitions(
            tuple(item for item in given.classes if _has_class(found, item)),
            tuple(item for item in given.functions if _has_function(found, item)),
        ),
    )


def _has_class(found: Mapping[str, ast.stmt], view: LayerClass) -> bool:
    node = found.get(view.name)
    if not isinstance(node, ast.ClassDef):
        return False
    methods = {
        item.name: item for item in node.body if isinstance(item, ast.FunctionDef)
    }
    return all(_has_function(methods, method) for method in view.methods)


def _has_function(found: Mapping[str, ast.stmt], view: Function) -> bool:
    lines = (view.docstring or "pass", *view.lines)
    text = "\n    ".join([f"def {view.signature}:", *lines])
    (wanted,) = ast.parse(text).body
    assert isinstance(wanted, ast.FunctionDef)
    node = found.get(wanted.name)
    if not isinstance(node, ast.FunctionDef):
        return False
    has_docstring = ast.get_docstring(node) is not None
    body = node.body[1:] if has_docstring else node.body
    is_same = has_docstring is bool(view.docstring)
    return is_same and _dump(node.args, body) == _dump(wanted.args, wanted.body[1:])


def _dump(arguments: ast.arguments, body: list[ast.stmt]) -> str:
    return ast.dump(ast.Module([ast.FunctionDef("", arguments, body, [])], []))
