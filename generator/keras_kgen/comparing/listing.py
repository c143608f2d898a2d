"""A module as lines: which of them build the model, and which layers they stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from keras_kgen.options import Style

# Which layers something stands for, by their places in the model.
Layers = frozenset[str]
_ENTRY = "build_model"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a module.

    Attributes:
        number: From 1.
        layers: The layers that it stands for.
        scope: The function, class or method around it: `("DenseBlock", "call")`.
        is_model: Whether `build_model()` needs it.
    """

    number: int
    text: str
    layers: Layers = frozenset()
    scope: tuple[str, ...] = ()
    is_model: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """A module in one style.

    Attributes:
        training_start: The number of the first line behind `build_model()`.
    """

    style: Style
    file_name: str
    source: str
    lines: tuple[Line, ...]
    training_start: int

    @property
    def model(self) -> tuple[Line, ...]:
        """The lines that build the model, without what only its training needs."""
        return tuple(line for line in self.lines if line.is_model)

    @property
    def training(self) -> str:
        """What follows `build_model()`, as text."""
        lines = self.source.splitlines(keepends=True)
        return "".join(lines[self.training_start - 1 :])


def read_listing(
    style: Style, file_name: str, source: str, layers: Mapping[int, Layers]
) -> Listing:
    """Returns a module as lines.

    Args:
        style: The style of the module.
        file_name: What the file is called.
        source: The text.
        layers: The layers that lines stand for, by the numbers of the lines.
    """
    body = ast.parse(source).body
    texts = source.splitlines()
    scopes = dict(_scopes(body, ()))
    needed = _model_lines(body, texts)
    entry = next(item for item in body if _bound(item) == {_ENTRY})
    lines = tuple(
        Line(
            number,
            text,
            layers.get(number, Layers()),
            scopes.get(number, ()),
            number in needed,
        )
        for number, text in enumerate(texts, 1)
    )
    return Listing(style, file_name, source, lines, _end(entry) + 1)


def is_first_of_its_layers(lines: Sequence[Line], index: int) -> bool:
    """Whether a line begins what its layers are made or called with."""
    line = lines[index]
    above = lines[index - 1].layers if index else Layers()
    return bool(line.layers) and line.layers != above


def _scopes(
    body: Sequence[ast.stmt], scope: tuple[str, ...]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yields the scope of each line of classes and functions."""
    for item in body:
        if isinstance(item, ast.ClassDef | ast.FunctionDef):
            inner = (*scope, item.name)
            yield from (
                (number, inner) for number in range(_start(item), _end(item) + 1)
            )
            if isinstance(item, ast.ClassDef):
                yield from _scopes(item.body, inner)


def _model_lines(body: Sequence[ast.stmt], texts: Sequence[str]) -> frozenset[int]:
    """Returns the numbers of the lines that `build_model()` needs."""
    needed = _needed(body)
    found: set[int] = set()
    for item in body:
        if item in needed:
            found.update(range(_head(item, texts), _end(item) + 1))
    first = min(found)
    while not texts[first - 1].strip():
        found.discard(first)
        first += 1
    return frozenset(found)


def _needed(body: Sequence[ast.stmt]) -> set[ast.stmt]:
    """Returns the statements that `build_model()` needs, at first or second hand."""
    makers: dict[str, list[ast.stmt]] = {}
    for item in body:
        for name in _bound(item):
            makers.setdefault(name, []).append(item)
    needed: set[ast.stmt] = set()
    waiting = [_ENTRY]
    while waiting:
        for item in makers.pop(waiting.pop(), ()):
            needed.add(item)
            waiting.extend(
                node.id for node in ast.walk(item) if isinstance(node, ast.Name)
            )
    return needed


def _bound(item: ast.stmt) -> set[str]:
    """Returns the names that a statement of a module binds."""
    if isinstance(item, ast.ClassDef | ast.FunctionDef):
        return {item.name}
    if isinstance(item, ast.Import | ast.ImportFrom):
        return {(a.asname or a.name).partition(".")[0] for a in item.names}
    if isinstance(item, ast.Assign):
        return {target.id for target in item.targets if isinstance(target, ast.Name)}
    return set()


def _head(item: ast.stmt, texts: Sequence[str]) -> int:
    """Returns the number of the first line of a statement with the comments above it."""
    number = _start(item)
    while number > 1 and _is_comment_or_blank(texts[number - 2]):
        number -= 1
    return number


def _is_comment_or_blank(text: str) -> bool:
    return not text.strip() or text.startswith("#")


def _start(item: ast.stmt) -> int:
    if isinstance(item, ast.ClassDef | ast.FunctionDef) and item.decorator_list:
        return min(decorator.lineno for decorator in item.decorator_list)
    return item.lineno


def _end(item: ast.stmt) -> int:
    return item.end_lineno or item.lineno


def spans(numbers: Sequence[int]) -> str:
    """Returns numbers in words, those in a row as a span: `3, 7-9`."""
    runs = groupby(enumerate(sorted(set(numbers))), lambda item: item[1] - item[0])
    ends = [[number for _, number in run] for _, run in runs]
    return ", ".join(f"{r[0]}-{r[-1]}" if len(r) > 1 else str(r[0]) for r in ends)
