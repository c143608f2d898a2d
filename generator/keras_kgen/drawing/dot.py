"""A drawing in the DOT language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from keras_kgen.drawing.colours import COLOURS
from keras_kgen.drawing.families import Family
from keras_kgen.drawing.figures import Box, Drawing, Figure, Frame, Shown
from keras_kgen.drawing.words import label_of, title_of

_INDENT = "  "


def write_dot(drawing: Drawing) -> str:
    """Returns a drawing as DOT, for `dot -Tpdf` and its like."""
    lines = [
        f"digraph {_quoted(drawing.title)} {{",
        '  graph [fontname="Helvetica" fontsize=12 labeljust="l" nodesep=0.3 ranksep=0.35]',
        '  node [fontname="Helvetica" fontsize=11 shape="box" style="rounded,filled"]',
        '  edge [color="#6e7781" arrowsize=0.7]',
    ]
    for number, figure in enumerate(drawing.figures):
        lines += _figure(figure, number)
    return "\n".join([*lines, "}", ""])


def _figure(figure: Figure, number: int) -> Iterator[str]:
    is_model = number == 0
    indent = _INDENT if is_model else 2 * _INDENT
    if not is_model:
        yield f'{_INDENT}subgraph "cluster_figure{number}" {{'
        yield f"{indent}label={_quoted(figure.title)}"
        yield f'{indent}style="dashed"'
    yield from _items(figure.items, indent)
    for start, end in figure.lines:
        yield f"{indent}{_quoted(start)} -> {_quoted(end)}"
    if not is_model:
        yield f"{_INDENT}}}"


def _items(items: tuple[Shown, ...], indent: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, Box):
            yield f"{indent}{_quoted(item.key)} [{_attributes(item)}]"
        else:
            yield from _frame(item, indent)


def _frame(frame: Frame, indent: str) -> Iterator[str]:
    yield f"{indent}subgraph {_quoted(f'cluster_{frame.key}')} {{"
    yield f"{indent}{_INDENT}label={_quoted(title_of(frame))}"
    yield f'{indent}{_INDENT}style="rounded,filled" fillcolor="#f6f8fa" color="#d0d7de"'
    yield from _items(frame.items, indent + _INDENT)
    yield f"{indent}}}"


def _attributes(box: Box) -> str:
    colours = COLOURS[box.family]
    attributes = {
        "label": "\n".join(label_of(box)),
        "fillcolor": colours.fill,
        "color": colours.line,
    }
    if box.family is Family.END:
        attributes["shape"] = "oval"
    if box.times > 1:
        attributes["peripheries"] = "2"
    return " ".join(
        f"{key}={_quoted(text)}" for key, text in attributes.items() if text
    )


def _quoted(text: str) -> str:
    """Returns text in quotes; Graphviz sees neither escapes nor HTML entities in it."""
    escaped = text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    escaped = escaped.replace("\n", "\\n")
    return f'"{escaped}"'
