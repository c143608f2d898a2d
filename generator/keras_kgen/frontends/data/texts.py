"""Looks at folders of texts: how long they are, and how many words they have."""

from __future__ import annotations

import re
from pathlib import Path

from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.data.folders import ClassFolder
from keras_kgen.frontends.data.problems import DataProblem, listed
from keras_kgen.frontends.data.progress import Progress
from keras_kgen.frontends.data.request import OwnRequest
from keras_kgen.ir.data import OwnData, TextFacts

MAX_WORDS = 100_000
MAX_LENGTH = 500
_MAX_BYTES = 1 << 20
# What TextVectorization takes out before it divides a text at white space.
_PUNCTUATION = re.compile(r"[!\"#$%&()\*\+,-\./:;<=>?@\[\\\]^_`{|}~\']")


def inspect_texts(
    request: OwnRequest, folder: ClassFolder, notes: Diagnostics
) -> OwnData:
    """Returns what a folder of texts holds.

    Raises:
        DataProblem: there are texts that are not UTF-8, or no words in them.
    """
    progress = Progress(f"reading {request.path}", folder.count)
    vocabulary: set[str] = set()
    lengths: list[int] = []
    wrong: list[str] = []
    for index, path in enumerate(folder):
        words = _words(path)
        if words is None:
            wrong.append(str(path.relative_to(request.path)))
            continue
        lengths.append(len(words))
        if len(vocabulary) < MAX_WORDS:
            vocabulary.update(words)
        progress.add(index)
    if wrong:
        verb = "text is" if len(wrong) == 1 else "texts are"
        raise DataProblem(f"{len(wrong)} {verb} not UTF-8; convert {listed(wrong)}")
    if not vocabulary:
        raise DataProblem("the texts have no words")
    length = _length(lengths)
    place = request.place(request.source)
    notes.note(
        f"texts of up to {max(lengths)} words, {len(vocabulary)} different ones: "
        f"the module reads the first {length} words",
        place,
    )
    facts = TextFacts(folder.facts, len(vocabulary), length)
    shapes = (("", (length,), "int32"),)
    return OwnData(request.path, folder.count, folder.labels, shapes, facts, place)


def _words(path: Path) -> list[str] | None:
    """Returns the words of a text as TextVectorization would, None where it is none."""
    try:
        with open(path, "rb") as file:
            data = file.read(_MAX_BYTES)
        text = data.decode("utf-8", "ignore" if len(data) == _MAX_BYTES else "strict")
    except (OSError, UnicodeDecodeError):
        return None
    return _PUNCTUATION.sub("", text.lower()).split()


def _length(lengths: list[int]) -> int:
    """Returns a length that nine texts in ten do not exceed."""
    most = sorted(lengths)[9 * (len(lengths) - 1) // 10]
    return max(min(most, MAX_LENGTH), 1)
