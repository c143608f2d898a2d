"""What is said on a thing that Keras has, in the place where it comes first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keras_kgen.catalogue.explanations import Explanation


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is said on a layer, a loss, an argument and so on.

    Attributes:
        line: The line above which it belongs; the first of a module is 1.
        name: What it is on.
        text: What that does, and why it is there.
        change: What to try with it, "" where nothing is said on that.
        is_named: Whether a comment begins with the name; it stands beside some lines.
    """

    line: int
    name: str
    text: str
    change: str = ""
    is_named: bool = True

    def paragraphs(self) -> Iterator[str]:
        """Yields what a comment says."""
        yield f"{self.name}: {self.text}" if self.is_named else self.text
        if self.change:
            yield f"To try: {self.change}"


def lesson(line: int, name: str, found: Explanation, change: str) -> Lesson:
    """Returns the lesson on an entry of the catalogue."""
    return Lesson(line, name, f"{found.what} {found.why}".rstrip(), change)
