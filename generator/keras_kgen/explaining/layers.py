"""What is said on the lines of the model: layers, shapes and parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from keras_kgen.backends.view import MODEL, Role
from keras_kgen.catalogue.explanations import explain
from keras_kgen.explaining.lessons import Lesson, lesson
from keras_kgen.explaining.notes import Note, fits
from keras_kgen.explaining.words import counted, in_turn, shapes_in_words
from keras_kgen.tracing.elements import Element
from keras_kgen.tracing.source_map import SourceMap, Span

# A long shape is not said again for a line that keeps it.
_SAME = "the same shape"
_MAKING = (Role.CREATES, Role.APPLIES)
# Lines that give no tensor.
_ASSIGNMENT = re.compile(r"[\w.]+ \+?= ")
_HEADS = ("def ", "for ", "if ", "model.build(", "@", "class ")


def note_layers(
    source: str, found: SourceMap, with_lessons: bool = True
) -> Iterator[Note]:
    """Yields what is said on each line that makes or calls layers.

    Args:
        source: The source.
        found: Which of its lines stand for what.
        with_lessons: Whether what a layer does is said too, where it comes first.
    """
    yield from _Notes(source.splitlines(), found, with_lessons).notes()


def layer_lessons(source: str, found: SourceMap) -> Iterator[Lesson]:
    """Yields what each kind of layer does, where it comes first.

    Args:
        source: The source.
        found: Which of its lines stand for what.
    """
    notes = _Notes(source.splitlines(), found, with_lessons=True)
    for spans in notes.spans():
        for span in spans:
            yield from notes.lessons(span)


class _Notes:
    def __init__(
        self, lines: Sequence[str], found: SourceMap, with_lessons: bool
    ) -> None:
        self.lines = lines
        self.with_lessons = with_lessons
        self.map = found
        self.elements = {element.key: element for element in found.elements}
        self.readers: dict[str, list[str]] = {key: [] for key in self.elements}
        for element in found.elements:
            for key in element.inbound:
                self.readers[key].append(element.key)
        self.explained: set[str] = set()

    def notes(self) -> Iterator[Note]:
        before = ""
        for spans in self.spans():
            span = spans[-1]
            above = tuple(text for each in spans for text in self.above(each))
            behind = self.shape(span)
            line = self.lines[span.last - 1]
            text = behind
            if behind == before and not fits(line, behind):
                text = _SAME if behind and fits(line, _SAME) else ""
            if above or text:
                yield Note(span.first, above, span.last, text)
            before = behind

    def spans(self) -> Iterator[tuple[Span, ...]]:
        """Yields the spans of statements, those of one line together."""
        together: dict[tuple[int, int], list[Span]] = {}
        for span in self.map.spans:
            is_line = self.map.at(span.first)[0].last == span.last
            if span.role in (Role.INPUT, Role.CALLS, *_MAKING) and is_line:
                together.setdefault((span.first, span.last), []).append(span)
        return (tuple(spans) for spans in together.values())

    # -- above a line

    def above(self, span: Span) -> Iterator[str]:
        """Yields what a layer does, where it comes first, and how its weights count."""
        layers = self.made(span)
        if not layers:
            return
        is_first = layers[0].class_name not in self.explained
        for found in self.lessons(span):
            yield from found.paragraphs() if self.with_lessons else ()
        weights = [layer.weights for layer in layers if layer.weights]
        if len(weights) == len(layers):
            yield counted(weights, is_first)

    def made(self, span: Span) -> list[Element]:
        """Returns the layers that a line makes, nothing where they are of several kinds."""
        layers = [self.elements[key] for key in span.elements]
        names = {layer.class_name for layer in layers}
        is_plain = all(layer.kind == "layer" for layer in layers)
        is_making = span.role in _MAKING
        return layers if is_making and is_plain and len(names) == 1 else []

    def lessons(self, span: Span) -> Iterator[Lesson]:
        """Yields what the layers of a line do, if there were none of their kind before."""
        kinds = {layer.class_name for layer in self.made(span) if layer.is_keras}
        for name in kinds - self.explained:
            self.explained.add(name)
            found = explain("layers", name)
            if found is not None:
                yield lesson(span.first, name, found, found.change)

    # -- behind a line

    def shape(self, span: Span) -> str:
        """Returns the shapes of what a line gives, "" where that is not one thing."""
        line = self.lines[span.first - 1].lstrip()
        is_kept = span.role is Role.CREATES and _ASSIGNMENT.match(line)
        if line.startswith(_HEADS) or is_kept:
            return ""
        groups: dict[tuple[object, ...], list[Element]] = {}
        for key in span.elements:
            groups.setdefault(self.group(span, key), []).append(self.elements[key])
        if len(groups) > 1 and not self.is_alike(span, groups.values()):
            groups = {(): [self.elements[key] for key in span.elements]}
        texts = [self.result(group) for group in groups.values()]
        return in_turn(texts) if all(texts) else ""

    def group(self, span: Span, key: str) -> tuple[object, ...]:
        """Returns what tells the times of a line apart: the instances of blocks."""
        around = self.map.blocks.get(key, ())
        names = [instance.name for instance in around]
        depth = 0 if span.scope == MODEL else names.index(span.scope) + 1
        inside = around[: depth + 1]
        return inside if len(inside) > depth else (*inside, key)

    def is_alike(self, span: Span, groups: object) -> bool:
        """Whether the groups are the times of one call, no ops folded into each other."""
        elements = [self.elements[key] for key in span.elements]
        direct = [e.class_name for e in elements if not self.is_inside(span, e.key)]
        return len(set(direct)) <= 1 and len(direct) in (0, len(elements))

    def is_inside(self, span: Span, key: str) -> bool:
        return not isinstance(self.group(span, key)[-1], str)

    def result(self, group: Sequence[Element]) -> str:
        """Returns the shape of what leaves a group of elements."""
        keys = {element.key for element in group}
        nested = [element for element in group if element.kind == "nested"]
        if nested:
            group = [e for e in nested if not any(n.name in e.path for n in nested)]
        leaving = [e for e in group if not self.readers[e.key] or self.leaves(e, keys)]
        if len(leaving) != 1 or len(set(leaving[0].calls)) != 1:
            return ""
        return shapes_in_words(leaving[0].shapes)

    def leaves(self, element: Element, keys: set[str]) -> bool:
        return not set(self.readers[element.key]) <= keys
