"""What is said on the half of a module that trains: losses, optimizers, callbacks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import Family
from keras_kgen.catalogue.explanations import explain
from keras_kgen.explaining.lessons import Lesson, lesson
from keras_kgen.explaining.loop import loop_lessons
from keras_kgen.explaining.notes import Note

# What an argument of `compile` names.
_COMPILE: dict[str, Family] = {
    "optimizer": "optimizers",
    "loss": "losses",
    "metrics": "metrics",
}
_FAMILIES: tuple[Family, ...] = (
    *("callbacks", "losses", "metrics", "optimizers", "regularizers", "schedules"),
)
_ACCURACY = "the share of right answers. Keras chooses the kind that fits the loss."
_FIT = {
    "jit_compile": (
        "Compiles each step as a whole, by XLA or torch.compile: the first is slow, the others "
        "may be faster. To try: leave it out, and Keras decides."
    ),
    "validation_split": (
        "Holds back this share of the training data. Where the score on it falls behind the "
        "score in training, the model memorizes instead of learning."
    ),
}


def note_training(source: str, tree: ast.Module) -> Iterator[Note]:
    """Yields what is said on the lines that train.

    Args:
        source: The source.
        tree: What it parses to.
    """
    above: dict[int, list[str]] = {}
    for found in training_lessons(source, tree):
        above.setdefault(found.line, []).extend(found.paragraphs())
    for line, texts in above.items():
        yield Note(line, tuple(texts))


def training_lessons(source: str, tree: ast.Module) -> list[Lesson]:
    """Returns what losses, optimizers, callbacks and so on do, where they come first.

    Args:
        source: The source.
        tree: What it parses to.
    """
    finder = _Finder(source.splitlines())
    for item in tree.body:
        if isinstance(item, ast.FunctionDef):
            for statement in item.body:
                finder.visit_statement(statement)
    return [*finder.found, *loop_lessons(tree)]


class _Finder:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.found: list[Lesson] = []
        self.explained: set[str] = set()

    def visit_statement(self, statement: ast.stmt) -> None:
        inner = [n for n in ast.iter_child_nodes(statement) if isinstance(n, ast.stmt)]
        for node in inner:
            self.visit_statement(node)
        if inner:
            return
        for part in ast.walk(statement):
            if isinstance(part, ast.keyword):
                self.visit_keyword(part, statement)
            elif isinstance(part, ast.Call):
                self.visit_call(part, statement)

    def visit_keyword(self, node: ast.keyword, statement: ast.stmt) -> None:
        if node.arg in _FIT:
            line = self.line(node, statement)
            self.add(Lesson(line, node.arg, _FIT[node.arg], is_named=False))
        family = _COMPILE.get(node.arg or "")
        if family is not None:
            for value in ast.walk(node.value):
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    self.add_entry(family, value.value, value, statement)

    def visit_call(self, node: ast.Call, statement: ast.stmt) -> None:
        path = ast.unparse(node.func)
        for family in _FAMILIES:
            entry = registry.lookup(family, path) if path.startswith("keras.") else None
            if entry is not None:
                self.add_entry(family, entry.name, node, statement)
                return

    def add_entry(
        self, family: Family, name: str, node: ast.expr, statement: ast.stmt
    ) -> None:
        line = self.line(node, statement)
        if family == "metrics" and name in ("accuracy", "acc"):
            self.add(Lesson(line, "accuracy", _ACCURACY))
            return
        found = explain(family, registry.identifiers(family).get(name, name))
        if found is not None:
            has_choice = family in ("optimizers", "losses")
            self.add(lesson(line, name, found, found.change if has_choice else ""))

    def add(self, found: Lesson) -> None:
        if found.name not in self.explained:
            self.explained.add(found.name)
            self.found.append(found)

    def line(self, node: ast.expr | ast.keyword, statement: ast.stmt) -> int:
        """Returns the line above which a comment is on a node: its own, if it begins it."""
        line = self.lines[node.lineno - 1]
        is_first = not line[: node.col_offset].strip()
        is_argument = line.lstrip().startswith(tuple(f"{name}=" for name in _COMPILE))
        return node.lineno if is_first or is_argument else statement.lineno
