"""Names and texts as Markdown that shows them as they are."""

from __future__ import annotations

import re

from keras_kgen.pysource.literals import printable


def markdown(text: str) -> str:
    """Returns text as Markdown that shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#|!&~])", r"\\\1", text)


def code(name: str) -> str:
    """Returns a name as Markdown shows code, if it can be shown so."""
    text = " ".join(printable(name).split())
    return markdown(text) if "`" in text or not text else f"`{text}`"
