"""One line of the spec language as a syntax tree, read by Python's own parser, never run."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass

from keras_kgen.errors import Diagnostics, Location
from keras_kgen.frontends.documents import Scalar

MAX_LENGTH = 20_000
MAX_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one line and the scalar that holds it."""

    text: str
    scalar: Scalar

    def locate(self, node: ast.AST) -> Location:
        """Returns where a node of the syntax tree stands in the file."""
        line = getattr(node, "lineno", 1)
        column = getattr(node, "col_offset", 0)
        return self.scalar.locate(self.offset(line, column))

    def locate_operator(self, node: ast.expr) -> Location:
        """Returns where the operator of a node stands, so that each has a place of its own."""
        first = {
            ast.BinOp: "left",
            ast.Compare: "left",
            ast.Subscript: "value",
        }.get(type(node))
        if first is None:
            return self.locate(node)
        left = getattr(node, first)
        offset = self.offset(left.end_lineno or 1, left.end_col_offset or 0)
        while self.text[offset : offset + 1] in (" ", ")"):
            offset += 1
        return self.scalar.locate(offset)

    def offset(self, line: int, byte_column: int) -> int:
        """Returns the index in the text of a position as `ast` counts it, in bytes."""
        lines = self.text.splitlines(keepends=True) or [""]
        row = lines[line - 1] if line <= len(lines) else ""
        column = len(row.encode()[:byte_column].decode(errors="ignore"))
        return sum(map(len, lines[: line - 1])) + column


def parse_statement(source: Source, diagnostics: Diagnostics) -> ast.stmt | None:
    """Returns the one statement of a line, or None after reporting what is wrong."""
    text = source.text
    if len(text) > MAX_LENGTH:
        diagnostics.error("the line is too long", source.scalar.location)
        return None
    stripped = text.lstrip()
    indent = len(text) - len(stripped)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(stripped)
    except SyntaxError as error:
        column = indent + max((error.offset or 1) - 1, 0)
        place = source.scalar.locate(min(column, len(text)))
        diagnostics.error(_syntax_problem(stripped, error), place)
        return None
    except (ValueError, MemoryError, RecursionError):
        diagnostics.error("the line cannot be read", source.scalar.location)
        return None
    if len(tree.body) != 1:
        problem = "expected one layer on a line" if tree.body else "the line is empty"
        diagnostics.error(problem, source.scalar.location)
        return None
    return tree.body[0]


def _syntax_problem(text: str, error: SyntaxError) -> str:
    if text.count("(") > text.count(")"):
        return (
            f"{shortened(text)!r} lacks a closing parenthesis; "
            "a line with commas inside [..] or {..} must be quoted"
        )
    if "integer string conversion" in (error.msg or ""):
        return "this number is too large"
    message = (error.msg or "invalid syntax").split(" (<")[0]
    return f"{shortened(text)!r} is not a layer call: {message}"


def shortened(text: str | ast.AST) -> str:
    """Returns text, or the text of a syntax tree, short enough for a message."""
    plain = text if isinstance(text, str) else ast.unparse(text)
    return plain if len(plain) <= MAX_SHOWN else f"{plain[: MAX_SHOWN - 3]}..."


def dotted_name(node: ast.AST) -> str | None:
    """Returns `keras.layers.Dense` for the tree of that text, None for other trees."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted_name(node.value)
        return f"{base}.{node.attr}" if base else None
    return None
