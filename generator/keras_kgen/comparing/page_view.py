"""What the page shows, ready for its template."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from keras_kgen import __version__
from keras_kgen.comparing.comparison import Comparison, Difference, LayerRow
from keras_kgen.comparing.highlighting import highlight
from keras_kgen.comparing.listing import Layers, Line
from keras_kgen.options import Style
from keras_kgen.passes.summarize import readable_size

# The browser lays out so many lines at once.
_CHUNK = 40
_INDENT = 4
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class LineView:
    number: int
    classes: str
    layers: str
    code: Markup


@dataclass(frozen=True, slots=True)
class PartOfCode:
    label: str
    chunks: tuple[tuple[LineView, ...], ...]


@dataclass(frozen=True, slots=True)
class PaneView:
    """A module on the page: what builds the model, and folded what is around it.

    Attributes:
        refusal: Why there is no module in the style; "" where there is one.
    """

    style: str
    label: str
    file_name: str
    size: str
    is_chosen: str
    head: PartOfCode
    model: PartOfCode
    training: PartOfCode
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class RowView:
    key: str
    name: str
    class_name: str
    layers: str
    depth: int
    shape: str
    parameters: str


@dataclass(frozen=True, slots=True)
class TotalView:
    label: str
    count: str


@dataclass(frozen=True, slots=True)
class LabelView:
    style: str
    label: str


@dataclass(frozen=True, slots=True)
class CellView:
    label: str
    verdict: str
    text: Markup


@dataclass(frozen=True, slots=True)
class DifferenceView:
    topic: Markup
    why: Markup
    layers: str
    cells: tuple[CellView, ...]


@dataclass(frozen=True, slots=True)
class PartView:
    title: str
    labels: tuple[LabelView, ...]
    items: tuple[DifferenceView, ...]


@dataclass(frozen=True, slots=True)
class PageView:
    """What the page says; what is no `Markup` is escaped."""

    version: str
    name: str
    title: str
    facts: tuple[str, ...]
    choice: str
    reason: Markup
    panes: tuple[PaneView, ...]
    rows: tuple[RowView, ...]
    totals: tuple[TotalView, ...]
    parts: tuple[PartView, ...]
    notes: tuple[str, ...]


def view_page(comparison: Comparison) -> PageView:
    """Returns what the page says of a comparison."""
    styles = tuple(comparison.listings)
    notes = (note for notes in comparison.notes.values() for note in notes)
    return PageView(
        version=__version__,
        name=comparison.name,
        title=comparison.title,
        facts=_facts(comparison),
        choice=comparison.choice.value,
        reason=_prose(comparison.reason),
        panes=tuple(_pane(comparison, style) for style in Style),
        rows=tuple(map(_row, comparison.rows)),
        totals=_totals(comparison),
        parts=(
            _part("In the code", comparison.differences, styles),
            _part("With this model you can", comparison.abilities, styles),
        ),
        notes=tuple(dict.fromkeys(notes)),
    )


def _label(style: Style) -> str:
    return style.value.capitalize()


def _facts(comparison: Comparison) -> tuple[str, ...]:
    summary = comparison.summary
    layers = sum(not row.is_input for row in comparison.rows)
    size = readable_size(summary.sizes.total)
    origin = [f"from {comparison.origin}"] if comparison.origin else []
    return (
        f"{layers} layers",
        f"{summary.counts.total:,} parameters ({size})",
        *origin,
    )


def _totals(comparison: Comparison) -> tuple[TotalView, ...]:
    counts = comparison.summary.counts
    return (
        TotalView("Total", f"{counts.total:,}"),
        TotalView("Trainable", f"{counts.trainable:,}"),
        TotalView("Non-trainable", f"{counts.non_trainable:,}"),
    )


def _pane(comparison: Comparison, style: Style) -> PaneView:
    if style in comparison.refusals:
        nothing = PartOfCode("", ())
        return PaneView(
            style=style.value,
            label=_label(style),
            file_name="",
            size="",
            is_chosen="false",
            head=nothing,
            model=nothing,
            training=nothing,
            refusal=_sentence(comparison.refusals[style]),
        )
    listing = comparison.listings[style]
    codes = highlight(listing.source)
    start, stop = listing.model[0].number - 1, listing.training_start - 1
    head, training = listing.lines[:start], listing.lines[stop:]
    return PaneView(
        style=listing.style.value,
        label=_label(listing.style),
        file_name=listing.file_name,
        size=f"{sum(bool(line.text.strip()) for line in listing.model)} lines",
        is_chosen=str(listing.style is comparison.choice).lower(),
        head=_part_of_code(f"Lines 1 to {start}", head, codes),
        model=_part_of_code("", listing.lines[start:stop], codes),
        training=_part_of_code(_rest(comparison, training), training, codes),
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _rest(comparison: Comparison, training: Sequence[Line]) -> str:
    parts = {listing.training for listing in comparison.listings.values()}
    same = ", the same in each style" if len(parts) == 1 else ""
    return f"{len(training)} more lines: data, training, evaluation{same}"


def _part_of_code(
    label: str, lines: Sequence[Line], codes: Sequence[Markup]
) -> PartOfCode:
    views = [_line(line, codes[line.number - 1]) for line in lines]
    chunks = (tuple(views[i : i + _CHUNK]) for i in range(0, len(views), _CHUNK))
    return PartOfCode(label, tuple(chunks))


def _line(line: Line, code: Markup) -> LineView:
    depth = min((len(line.text) - len(line.text.lstrip())) // _INDENT, _DEEPEST)
    classes = ["l", *([f"i{depth}"] if depth else [])]
    return LineView(line.number, " ".join(classes), _keys(line.layers), code)


def _keys(layers: Layers) -> str:
    """Returns layers as the page names them, in one order."""
    return " ".join(sorted(layers, key=lambda key: (len(key), key)))


def _row(row: LayerRow) -> RowView:
    parameters = "?" if row.parameters is None else f"{row.parameters:,}"
    return RowView(
        row.key,
        row.name,
        row.class_name,
        _keys(row.layers),
        row.depth,
        row.shape,
        parameters,
    )


def _part(
    title: str, differences: Iterable[Difference], styles: Sequence[Style]
) -> PartView:
    return PartView(
        title,
        tuple(LabelView(style.value, _label(style)) for style in styles),
        tuple(_difference(difference, styles) for difference in differences),
    )


def _difference(difference: Difference, styles: Sequence[Style]) -> DifferenceView:
    cells = []
    for style in styles:
        cell = difference.cells.get(style)
        text, verdict = (cell.text, cell.verdict) if cell else ("", "")
        cells.append(CellView(_label(style), verdict, _prose(text)))
    return DifferenceView(
        _prose(difference.topic),
        _prose(difference.why),
        _keys(difference.layers),
        tuple(cells),
    )


def _prose(text: str) -> Markup:
    """Returns text with what stands in backticks as code."""
    parts = text.split("`")
    return Markup().join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )
