"""The names of layers in a block as patterns of the name of its instance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from keras_kgen.ir.expressions import Expression, Name
from keras_kgen.passes.recover.items import Token, join
from keras_kgen.passes.recover.windows import common_start

Label = tuple[Token, ...]
# The name of a line's layer in each instance, None for those without the line.
Labels = tuple[Label | None, ...]
SEPARATORS = "_-./ "


def find_names(columns: Sequence[Labels]) -> tuple[Label, ...] | None:
    """Returns a name for each instance from which the names of its layers follow.

    Returns:
        `conv2_block1` and so on where layers are called `conv2_block1_1_conv`; None where
        names have nothing in common.
    """
    votes: Counter[tuple[Label | None, ...]] = Counter()
    ranks: dict[tuple[Label | None, ...], int] = {}
    for labels in columns:
        if sum(label is not None for label in labels) > 1:
            for rank, names in enumerate(_candidates(labels)):
                votes[names] += 1
                ranks.setdefault(names, rank)
    complete = {
        names: count
        for names, count in votes.items()
        if all(names) and len(set(names)) > 1
    }
    if not complete:
        return None
    most = max(complete.values())
    tied = [names for names, count in complete.items() if count == most]
    best = min(tied, key=lambda names: (-_explained(names, columns), ranks[names]))
    return _continued(_stripped(best), columns)


def _explained(names: Labels, columns: Sequence[Labels]) -> int:
    """Returns how many lines have names that follow from those of the instances."""
    known = [name for name in names if name is not None]
    return sum(any(c) and pattern(c, known, "") is not None for c in columns)


def _candidates(labels: Labels) -> list[Labels]:
    """Returns what differs between names, with what is in front, behind, and alone."""
    start, end = affixes(labels)
    middles = [
        None if label is None else label[len(start) : len(label) - len(end)]
        for label in labels
    ]
    found = (
        tuple(None if m is None else (*front, *m, *back) for m in middles)
        for front, back in ((start, ()), ((), end), ((), ()))
    )
    return list(dict.fromkeys(found))  # what is the same has one vote


def affixes(labels: Labels) -> tuple[Label, Label]:
    """Returns with what all names begin, and with what the rest of them ends."""
    known = [label for label in labels if label is not None]
    start = common_start(known)
    rest = [label[len(start) :][::-1] for label in known]
    return start, common_start(rest)[::-1]


def _stripped(names: Labels) -> tuple[Label, ...]:
    """Returns the names without a separator that all have at an end."""
    stripped = [name for name in names if name is not None]
    while all(len(n) > 1 and _is_separator(n[-1]) for n in stripped):
        stripped = [n[:-1] for n in stripped]
    while all(len(n) > 1 and _is_separator(n[0]) for n in stripped):
        stripped = [n[1:] for n in stripped]
    return tuple(stripped)


def _continued(
    names: tuple[Label, ...], columns: Sequence[Labels]
) -> tuple[Label, ...]:
    """Returns the names with the words with which the names of all layers go on.

    A block in a block has a name of its own: `block1_squeeze_excite`, not `block1`.
    """
    rests: list[Label] = []
    for labels in columns:
        for label, name in zip(labels, names, strict=True):
            if label is not None:
                if label[: len(name)] != name:
                    return names
                rests.append(label[len(name) :])
    more = common_start(rests)
    while more and not _is_separator(more[-1]):
        more = more[:-1]
    more = more[:-1]
    return tuple((*name, *more) for name in names) if words_of(more) else names


def _is_separator(token: Token) -> bool:
    return isinstance(token, str) and token in SEPARATORS


def pattern(labels: Labels, names: Sequence[Label], key: str) -> Expression | None:
    """Returns names of layers as a text with the name of the instance in it.

    Args:
        labels: The names in the instances.
        names: The names of the instances.
        key: The parameter that stands for the name of the instance.
    """
    around: list[tuple[Label, Label]] | None = None
    for label, name in zip(labels, names, strict=True):
        if label is None:
            continue
        if around is None:
            around = list(_around(label, name))
        else:
            around = [(a, b) for a, b in around if (*a, *name, *b) == label]
        if not around:
            return None
    if not around:
        return None
    before, after = min(around, key=lambda pair: len(pair[0]))
    return join((*before, Name(key), *after))


def _around(label: Label, name: Label) -> Iterator[tuple[Label, Label]]:
    """Yields what stands before and behind each place of a name in a label."""
    for place in range(len(label) - len(name) + 1):
        if label[place : place + len(name)] == name:
            yield label[:place], label[place + len(name) :]


def words_of(label: Label) -> list[str]:
    """Returns the words in a name, in lower case, without numbers and separators."""
    return [t.lower() for t in label if isinstance(t, str) and t.isalpha()]
