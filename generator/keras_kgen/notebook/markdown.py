"""Text as Markdown that says what the text says, whatever is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from keras_kgen.explaining.lessons import Lesson
from keras_kgen.pysource.literals import printable

# What Markdown, HTML or a formula gives a meaning, within a line. An underscore has none
# between letters; what looks like an address becomes a link.
_SPECIAL = re.compile(
    r"""[^\w\s.,:;()/?'"%+=\N{MULTIPLICATION SIGN}\N{HORIZONTAL ELLIPSIS}-]"""
    r"|(?<![^\W_])_|_(?![^\W_])|:(?=/)|(?<=www)\.",
    re.IGNORECASE,
)
# What is code in the explanations: `strides=2`, `build()`, `__init__`, `keras.Model`.
_CODE = re.compile(
    r"(?<![\w.])(?:[a-z]\w*=(?:'\w*'|[\w.]*\w)|\w+\(\)|__\w+__|keras(?:\.\w+)+)"
)


def escaped(text: str) -> str:
    """Returns text for one line of Markdown, which must not begin with it."""
    line = " ".join(printable(text).split())
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", line)


def with_code(text: str) -> str:
    """Returns an explanation of kgen's own, with what is code in it set as code."""
    end, parts = 0, []
    for match in _CODE.finditer(text):
        parts += [_kept_spaces(text[end : match.start()]), f"`{match[0]}`"]
        end = match.end()
    return "".join([*parts, _kept_spaces(text[end:])])


def _kept_spaces(text: str) -> str:
    before = " " if text[:1] == " " else ""
    after = " " if text.strip() and text[-1:] == " " else ""
    return f"{before}{escaped(text)}{after}"


def paragraphs(*texts: str) -> str:
    """Returns Markdown with a blank line between paragraphs; empty ones are left out."""
    return "\n\n".join(filter(None, texts))


def listed(lessons: Iterable[Lesson]) -> str:
    """Returns a list with what is said on each thing."""
    return "\n".join(map(_item, lessons))


def _item(lesson: Lesson) -> str:
    text = f"- **{escaped(lesson.name)}**: {with_code(lesson.text)}"
    return f"{text} *To try:* {with_code(lesson.change)}" if lesson.change else text
