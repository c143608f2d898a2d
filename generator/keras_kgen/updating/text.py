"""Text as lines, without what editors and systems make of their ends."""

from __future__ import annotations

from dataclasses import dataclass, replace

_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Text:
    """A text of lines.

    Attributes:
        lines: The lines without their ends.
        ends: The end of each: a line feed, with or without a carriage return before it;
            "" where the last line has none.
        mark: The byte order mark at the beginning, or "".
    """

    lines: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    mark: str = ""

    @classmethod
    def of(cls, text: str) -> Text:
        """Returns a text taken apart; only line feeds end lines."""
        mark = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
        *whole, rest = text.removeprefix(mark).split("\n")
        ends = ["\r\n" if line.endswith("\r") else "\n" for line in whole]
        lines = [line.removesuffix("\r") for line in whole]
        if rest:
            lines.append(rest)
            ends.append("")
        return cls(tuple(lines), tuple(ends), mark)

    @property
    def newline(self) -> str:
        """How most of the lines end."""
        return "\r\n" if 2 * self.ends.count("\r\n") > len(self.ends) else "\n"

    @property
    def is_ended(self) -> bool:
        """Whether the last line has an end."""
        return not self.ends or self.ends[-1] != ""

    def says_same(self, other: Text) -> bool:
        """Whether two texts differ at most in the form of line ends and in the mark."""
        return self.lines == other.lines and self.is_ended == other.is_ended

    def in_form_of(self, other: Text) -> Text:
        """Returns the text with line ends and mark as another has them."""
        ends = tuple(other.newline if end else "" for end in self.ends)
        return replace(self, ends=ends, mark=other.mark)

    def __str__(self) -> str:
        pairs = zip(self.lines, self.ends, strict=True)
        return self.mark + "".join(line + end for line, end in pairs)
