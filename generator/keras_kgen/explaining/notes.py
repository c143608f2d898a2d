"""Comments and docstrings, put into text that Black has written."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from keras_kgen.pysource.literals import LINE_LENGTH, comment
from keras_kgen.rendering.formatting import format_source


@dataclass(frozen=True, slots=True)
class Note:
    """What is said on a line.

    Attributes:
        first: The line above which paragraphs go; the first of a module is 1.
        above: The paragraphs.
        last: The line behind which the rest goes, 0 where there is none.
        behind: What goes there.
    """

    first: int
    above: tuple[str, ...] = ()
    last: int = 0
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Documentation:
    """Paragraphs for a docstring.

    Attributes:
        line: The last line of the docstring, or of the head of a definition without one.
        is_new: Whether there is no docstring yet.
    """

    line: int
    paragraphs: tuple[str, ...]
    is_new: bool = False


def add_notes(
    source: str, notes: Sequence[Note], documentation: Iterable[Documentation] = ()
) -> str:
    """Returns the source with notes; Black would leave it as it is.

    Args:
        source: The source.
        notes: What is said on its lines.
        documentation: What is said in its docstrings.
    """
    docs = tuple(documentation)
    text = _write(source, notes, docs)
    if format_source(text) == text:
        return text
    # Behind a line, a comment may make Black split it; above, it cannot.
    return format_source(_write(source, tuple(map(_above, notes)), docs))


def _above(note: Note) -> Note:
    if not note.behind:
        return note
    return replace(note, above=(*note.above, note.behind), behind="", last=0)


def _write(
    source: str, notes: Sequence[Note], documentation: Sequence[Documentation]
) -> str:
    lines = source.splitlines()
    above: dict[int, list[str]] = {}
    for note in notes:
        paragraphs = list(note.above)
        if note.behind and not _add_behind(lines, note):
            paragraphs.append(note.behind)
        written = above.setdefault(note.first, [])
        margin = _margin(lines[note.first - 1])
        written += [line for text in paragraphs for line in _comment(text, margin)]
    below = {item.line: item for item in documentation}
    result: list[str] = []
    for number, line in enumerate(lines, 1):
        result += above.get(number, ())
        result += _documented(line, below[number]) if number in below else [line]
    return "\n".join(result) + "\n"


def _add_behind(lines: list[str], note: Note) -> bool:
    """Adds what goes behind a line, if there is room for it."""
    line = lines[note.last - 1]
    if not fits(line, note.behind):
        return False
    lines[note.last - 1] = f"{line}  {comment(note.behind)}"
    return True


def fits(line: str, behind: str) -> bool:
    """Whether there is room for a comment behind a line."""
    return "#" not in line and len(f"{line}  {comment(behind)}") <= LINE_LENGTH


def _comment(text: str, margin: str) -> list[str]:
    return _wrapped(comment(text), margin, f"{margin}# ")


def _wrapped(text: str, margin: str, following: str) -> list[str]:
    return textwrap.wrap(
        text,
        LINE_LENGTH,
        initial_indent=margin,
        subsequent_indent=following,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _documented(line: str, item: Documentation) -> list[str]:
    """Returns the last line of a docstring, or of a head, with more paragraphs."""
    margin = _margin(line) + ("    " if item.is_new else "")
    written = [
        paragraph
        for text in item.paragraphs
        for paragraph in ("", *_wrapped(text, margin, margin))
    ]
    quotes = '"""'
    if not item.is_new:
        first = line.rstrip().removesuffix(quotes).rstrip()
        return [*([first] if first.strip() else []), *written, f"{margin}{quotes}"]
    first, *rest = written[1:]
    if not rest and len(first) + 2 * len(quotes) <= LINE_LENGTH:
        return [line, f"{margin}{quotes}{first.strip()}{quotes}"]
    wrapped = _wrapped(f"{quotes}{item.paragraphs[0]}", margin, margin)
    return [line, *wrapped, f"{margin}{quotes}"]


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def documents(
    lines: Sequence[str], node: ast.Module | ast.FunctionDef, *paragraphs: str
) -> Iterator[Documentation]:
    """Yields paragraphs for the docstring of a module or function, if it can have more.

    Where templates of the user's own have written it, it may have its body in its first
    line, or no docstring as kgen writes them.

    Args:
        lines: The lines of the module.
        node: The module, or a function in it.
        paragraphs: What to say.
    """
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        last = first.end_lineno or first.lineno
        if lines[last - 1].endswith('"""'):
            yield Documentation(last, paragraphs)
    elif isinstance(node, ast.FunctionDef) and first.lineno > node.lineno:
        head = first.lineno - 1
        while lines[head - 1].lstrip().startswith("#"):
            head -= 1
        yield Documentation(head, paragraphs, is_new=True)
