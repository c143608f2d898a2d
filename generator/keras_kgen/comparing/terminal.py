"""Shows a comparison in a terminal, or as plain text where the output goes elsewhere."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from itertools import zip_longest

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from keras_kgen.comparing.alignment import Row, align
from keras_kgen.comparing.comparison import Comparison, Difference
from keras_kgen.comparing.listing import Line, Listing
from keras_kgen.options import Style

# Columns side by side need a window of this width.
COLUMNS_FROM = 120
# Prose in longer lines is hard to read.
_PROSE = 100
_GAP = " │ "
_INDENT = 4
_VERDICTS = {"yes": "green", "partly": "yellow", "no": "red"}
_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}
# The terminal's own colours, on its own background.
_THEME = "ansi_dark"


def print_code(
    console: Console, comparison: Comparison, styles: Sequence[Style], is_full: bool
) -> None:
    """Prints the code in the styles, side by side where the window is wide enough.

    Args:
        console: Where to.
        comparison: What to print.
        styles: The styles, those that cannot express the model among them.
        is_full: Whether to print whole modules, with what trains the model.
    """
    shown = [comparison.listings[s] for s in styles if s in comparison.listings]
    columns = [_Column(comparison, listing, is_full) for listing in shown]
    if len(columns) > 1 and console.width >= COLUMNS_FROM:
        _print_columns(console, columns)
    else:
        for column in columns:
            _print_one(console, column)
    for style in styles:
        if style in comparison.refusals:
            reason = (
                f"No {style.value.capitalize()} style: {comparison.refusals[style]}."
            )
            console.print(Text(f"\n{reason}", "yellow"))


def print_diff(
    console: Console, comparison: Comparison, styles: Sequence[Style], is_full: bool
) -> None:
    """Prints a unified diff of two styles."""
    left, right = (comparison.listings[style] for style in styles)
    diff = difflib.unified_diff(
        [line.text for line in _lines(left, is_full)],
        [line.text for line in _lines(right, is_full)],
        left.file_name,
        right.file_name,
        lineterm="",
    )
    for line in diff:
        is_file = line.startswith(("+++ ", "--- "))
        color = "bold" if is_file else _DIFF_STYLES.get(line[:1], "")
        console.print(Text(line, color), soft_wrap=True)


def print_differences(console: Console, comparison: Comparison) -> None:
    """Prints what differs and why, what each style can do, and which one to choose."""
    width = min(console.width, _PROSE)
    console.print(_heading("What differs, and why"), width=width)
    for difference in comparison.differences:
        console.print(_described(difference), width=width)
    console.print(_heading("What each style can do with this model"), width=width)
    for difference in comparison.abilities:
        console.print(_described(difference), width=width)
    console.print(_heading(f"The choice here: {comparison.choice.value}"), width=width)
    console.print(_prose(comparison.reason), width=width)


class _Column:
    """A module as lines of coloured text with their numbers."""

    def __init__(self, comparison: Comparison, listing: Listing, is_full: bool) -> None:
        self.lines = _lines(listing, is_full)
        self.title = _title(comparison, listing)
        code = Syntax("", "python", theme=_THEME).highlight(listing.source)
        self.code = code.split("\n", allow_blank=True)
        self.digits = len(str(self.lines[-1].number))
        self.longest = max(len(line.text) for line in self.lines)

    @property
    def natural_width(self) -> int:
        """The width in which no line is folded."""
        return max(self.digits + 1 + self.longest, self.title.cell_len)

    def cell(self, line: Line, width: int) -> list[Text]:
        """Returns a line with its number, folded where it is longer than the column."""
        number = Text(f"{line.number:>{self.digits}} ", "dim")
        parts = _folded(self.code[line.number - 1], width - self.digits - 1)
        margin = Text(" " * (self.digits + 1))
        return [
            (margin if index else number) + part for index, part in enumerate(parts)
        ]


def _lines(listing: Listing, is_full: bool) -> tuple[Line, ...]:
    return listing.lines if is_full else listing.model


def _title(comparison: Comparison, listing: Listing) -> Text:
    title = Text(listing.style.value.capitalize(), "bold")
    if listing.style is comparison.choice:
        title.append("  an expert's choice here", "green")
    return title


def _print_one(console: Console, column: _Column) -> None:
    console.print()
    console.print(column.title)
    console.print(Rule(style="dim"), width=min(console.width, _PROSE))
    width = console.width if console.is_terminal else column.natural_width
    for line in column.lines:
        for part in column.cell(line, width):
            console.print(_stripped(part), soft_wrap=True)


def _print_columns(console: Console, columns: Sequence[_Column]) -> None:
    widths = _widths(console, columns)
    titles = [[column.title] for column in columns]
    console.print()
    _print_row(console, titles, widths)
    console.print(
        Text("─┼─".join("─" * width for width in widths), "dim"), soft_wrap=True
    )
    for row in align([column.lines for column in columns]):
        _print_row(console, _cells(row, columns, widths), widths)


def _widths(console: Console, columns: Sequence[_Column]) -> list[int]:
    """Returns a width for each column: equal shares, and what one does not need to others."""
    wanted = [column.natural_width for column in columns]
    if not console.is_terminal:
        return wanted
    left = console.width - len(_GAP) * (len(columns) - 1)
    widths = [0] * len(columns)
    for place, index in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
        widths[index] = min(wanted[index], left // (len(columns) - place))
        left -= widths[index]
    return widths


def _cells(
    row: Row, columns: Sequence[_Column], widths: Sequence[int]
) -> list[list[Text]]:
    return [
        column.cell(line, width) if line is not None else []
        for line, column, width in zip(row, columns, widths, strict=True)
    ]


def _print_row(
    console: Console, cells: Sequence[Sequence[Text]], widths: Sequence[int]
) -> None:
    for parts in zip_longest(*cells, fillvalue=Text()):
        printed = Text()
        for index, (part, width) in enumerate(zip(parts, widths, strict=True)):
            printed.append(_GAP if index else "", "dim")
            printed.append_text(part)
            printed.append(" " * (width - part.cell_len))
        console.print(_stripped(printed), soft_wrap=True)


def _stripped(text: Text) -> Text:
    text = text.copy()
    text.rstrip()
    return text


def _folded(text: Text, width: int) -> list[Text]:
    """Returns a line in parts that fit, those behind the first further to the right."""
    if text.cell_len <= width:
        return [text]
    plain = text.plain
    margin = len(plain) - len(plain.lstrip()) + _INDENT
    margin = min(margin, width // 2)
    parts, start, room = [], 0, width
    while len(plain) - start > room:
        end = _fold_at(plain, start, start + room)
        parts.append(text[start:end])
        start, room = end, width - margin
    parts.append(text[start:])
    indent = Text(" " * margin)
    return [indent + part if index else part for index, part in enumerate(parts)]


def _fold_at(text: str, start: int, end: int) -> int:
    """Returns where to fold: behind a blank, a bracket or a dot, if there is one."""
    least = start + (end - start) // 2
    for breaks in (" ", "([{", "."):
        for place in range(end, least, -1):
            if text[place - 1] in breaks:
                return place
    return end


def _heading(title: str) -> RenderableType:
    return Group(Text(), Text(title, "bold"), Rule(style="dim"))


def _described(difference: Difference) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for style, cell in difference.cells.items():
        text = _prose(cell.text)
        if cell.verdict:
            verdict = Text(f"{cell.verdict}: ", _VERDICTS[cell.verdict])
            text = verdict + text
        table.add_row(Text(style.value.capitalize(), "dim"), text)
    topic = _prose(difference.topic)
    topic.stylize("bold")
    return Group(topic, _prose(difference.why), Padding(table, (0, 0, 1, 2)))


def _prose(text: str) -> Text:
    """Returns text with what stands in backticks as code."""
    found = Text()
    for index, part in enumerate(text.split("`")):
        found.append(part, "cyan" if index % 2 else "")
    return found
