"""The source map of a module: which lines stand for which elements of the model."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from keras_kgen.backends.module import ModuleView
from keras_kgen.backends.view import MODEL, Role
from keras_kgen.ir.graph import LayerGraph
from keras_kgen.ir.program import Program
from keras_kgen.tracing.alignment import Placed, align
from keras_kgen.tracing.elements import Element
from keras_kgen.tracing.places import BlockInstance, Places, find_places


@dataclass(frozen=True, slots=True)
class Span:
    """Lines that stand for elements.

    Attributes:
        first: The first line; the first of a module is 1.
        last: The last line.
        elements: The keys of the elements.
        scope: The block whose lines they are; `MODEL` for those of the model itself.
    """

    first: int
    last: int
    role: Role
    elements: tuple[str, ...]
    scope: str = MODEL


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Which lines of a module stand for which elements of the model.

    Attributes:
        spans: In the order of their lines; wider ones before those inside them.
        elements: The elements, the same in every style.
        blocks: The instances of blocks around each element that is in some, from the
            outside in, as this style has them.
    """

    spans: tuple[Span, ...]
    elements: tuple[Element, ...]
    blocks: Mapping[str, tuple[BlockInstance, ...]]

    def at(self, line: int) -> tuple[Span, ...]:
        """Returns what a line stands for: the narrowest of the spans that it is in.

        There are several where they have the same lines.
        """
        around = [span for span in self.spans if span.first <= line <= span.last]
        least = min((span.last - span.first for span in around), default=0)
        return tuple(span for span in around if span.last - span.first == least)

    def of(self, key: str) -> tuple[Span, ...]:
        """Returns the spans that stand for an element."""
        return tuple(span for span in self.spans if key in span.elements)


def map_source(
    source: str,
    view: ModuleView,
    program: Program,
    graph: LayerGraph,
    elements: tuple[Element, ...],
) -> SourceMap:
    """Returns the source map of a module.

    Args:
        source: The text.
        view: What the template has seen.
        program: What the view was made of.
        graph: The graph that the program expands to.
        elements: The elements of the model.
    """
    places = find_places(program, graph)
    tree = ast.parse(source)
    found = dict.fromkeys(_spans(list(align(view, tree)), places, elements))
    found |= dict.fromkeys(_constants(view, tree, tuple(found)))
    spans = sorted(found, key=lambda span: (span.first, -span.last))
    blocks = {key: around for key, around in places.instances.items() if around}
    return SourceMap(tuple(spans), elements, blocks)


def _spans(
    placed: list[Placed], places: Places, elements: tuple[Element, ...]
) -> Iterator[Span]:
    """Yields the spans of lines that are about statements, those with one role as one."""
    merged: dict[tuple[int, int, Role, str], dict[str, None]] = {}
    for place in placed:
        keys = _elements(place, places, elements)
        span = (place.first, place.last, place.role, place.scope)
        if keys:
            merged.setdefault(span, {}).update(dict.fromkeys(keys))
    for (first, last, role, scope), found in merged.items():
        yield Span(first, last, role, tuple(found), scope)


def _elements(
    place: Placed, places: Places, elements: tuple[Element, ...]
) -> tuple[str, ...]:
    if place.role is Role.DEFINES and place.name:
        return tuple(e.key for e in elements if e.class_name == place.name)
    if place.time is None:
        return places.find(place.scope, place.keys)
    rows = (places.rows.get((place.scope, key), {}) for key in place.keys)
    return tuple(key for row in rows for key in row.get(place.time, {}))


def _constants(
    view: ModuleView, tree: ast.Module, spans: tuple[Span, ...]
) -> Iterator[Span]:
    """Yields the spans of constants: what the lines stand for that read them."""
    readers: dict[str, dict[str, None]]
    readers = {item.name: {} for item in view.constants if item.table is None}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in readers:
            for span in _narrowest(spans, node.lineno):
                readers[node.id].update(dict.fromkeys(span.elements))
    for item in tree.body:
        if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name):
            found = readers.get(item.targets[0].id)
            if found:
                last = item.end_lineno or item.lineno
                yield Span(item.lineno, last, Role.CONSTANT, tuple(found))


def _narrowest(spans: tuple[Span, ...], line: int) -> tuple[Span, ...]:
    return SourceMap(spans, (), {}).at(line)
