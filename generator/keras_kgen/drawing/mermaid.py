"""A drawing as a Mermaid flowchart, for Markdown pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from keras_kgen.drawing.colours import COLOURS, LIGHT
from keras_kgen.drawing.families import Family
from keras_kgen.drawing.figures import Box, Drawing, Figure, Frame, Shown, boxes
from keras_kgen.drawing.style import class_of, families_in
from keras_kgen.drawing.words import label_of, title_of

_INDENT = "  "
# Everything that Mermaid, or the Markdown and HTML that it takes in labels, gives a meaning.
_SPECIAL = re.compile(
    r"""[^\w .,:()+?/ \N{MULTIPLICATION SIGN}\N{HORIZONTAL ELLIPSIS}-]"""
)
# What Markdown takes for an item of a list.
_LIST = re.compile(r"^(\d*)([.)+-])(?= )")


def write_mermaid(drawing: Drawing) -> str:
    """Returns a drawing as the text of a Mermaid flowchart."""
    lines = [f"%% {_escaped(drawing.title)}", "flowchart TB"]
    for number, figure in enumerate(drawing.figures):
        lines += _figure(figure, number)
    for family in families_in(drawing):
        lines.append(_INDENT + _class_definition(family))
    drawn = [box for figure in drawing.figures for box in boxes(figure.items)]
    for family in families_in(drawing):
        keys = ",".join(box.key for box in drawn if box.family is family)
        lines.append(f"{_INDENT}class {keys} {_class_name(family)}")
    return "\n".join([*lines, ""])


def _figure(figure: Figure, number: int) -> Iterator[str]:
    is_model = number == 0
    indent = _INDENT if is_model else 2 * _INDENT
    if not is_model:
        yield f'{_INDENT}subgraph figure{number}["{_escaped(figure.title)}"]'
    yield from _items(figure.items, indent)
    for start, end in figure.lines:
        yield f"{indent}{start} --> {end}"
    if not is_model:
        yield f"{_INDENT}end"


def _items(items: Iterable[Shown], indent: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, Box):
            yield f"{indent}{item.key}{_shape(item)}"
        else:
            yield from _frame(item, indent)


def _frame(frame: Frame, indent: str) -> Iterator[str]:
    yield f'{indent}subgraph {frame.key}["{_escaped(title_of(frame))}"]'
    yield from _items(frame.items, indent + _INDENT)
    yield f"{indent}end"


def _shape(box: Box) -> str:
    label = "<br>".join(map(_escaped, label_of(box)))
    if box.family is Family.END:
        return f'(["{label}"])'
    return f'[["{label}"]]' if box.times > 1 else f'("{label}")'


def _escaped(text: str) -> str:
    """Returns text with everything special as an entity in Mermaid's own form, `#34;`."""
    text = _SPECIAL.sub(lambda match: f"#{ord(match[0])};", text)
    return _LIST.sub(lambda match: f"{match[1]}#{ord(match[2])};", text)


def _class_name(family: Family) -> str:
    # Some words mean something to Mermaid; none of them begins like this.
    return f"kgen_{class_of(family)}"


def _class_definition(family: Family) -> str:
    colours = COLOURS[family]
    style = f"fill:{colours.fill},stroke:{colours.line},color:{LIGHT.ink}"
    return f"classDef {_class_name(family)} {style}"
