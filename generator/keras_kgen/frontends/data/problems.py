"""What is wrong with data, before anybody knows where the source asks for them."""

from __future__ import annotations


class DataProblem(Exception):
    """The data cannot be used; the message says why and what to do.

    Attributes:
        key: The setting of `data:` that is to blame.
    """

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


def listed(names: list[str], limit: int = 5, between: str = ", ") -> str:
    """Returns the first few of some names, and how many more there are."""
    shown = between.join(names[:limit])
    more = len(names) - limit
    return f"{shown} and {more} more" if more > 0 else shown
