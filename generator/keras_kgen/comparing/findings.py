"""What there is to say of the styles of a model, and the words for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from keras_kgen.comparing.comparison import Difference
from keras_kgen.comparing.facts import ClassFacts, CodeFacts
from keras_kgen.comparing.structure import Structure, keys_of
from keras_kgen.options import Style

SEQUENTIAL, FUNCTIONAL, SUBCLASS = Style.SEQUENTIAL, Style.FUNCTIONAL, Style.SUBCLASS
_LISTED = 3


@dataclass(frozen=True, slots=True)
class Findings:
    """What there is to compare.

    Attributes:
        structure: What kind of model it is.
        codes: What the code of each style says for itself.
        refusals: Why there is no code in a style.
        entries: How many layers `model.layers` has in each style.
        reordered: The styles that have the weights in another order.
        is_chain: Whether a list says all of the model.
    """

    structure: Structure
    codes: Mapping[Style, CodeFacts]
    refusals: Mapping[Style, str]
    entries: Mapping[Style, int]
    reordered: frozenset[Style]
    is_chain: bool

    def wrapped(self, style: Style) -> tuple[ClassFacts, ...]:
        """Returns the classes that hold a part of the model in a style.

        A class that the functional style has too is no part of the model, but a layer that
        Keras 3 does not have.
        """
        if style not in self.codes:
            return ()
        own = {item.name for item in self.codes[FUNCTIONAL].classes}
        classes = self.codes[style].classes
        return tuple(c for c in classes if not c.is_model and c.name not in own)

    @property
    def joining(self) -> tuple[ClassFacts, ...]:
        """The classes in which a list hides where tensors come together."""
        joins = keys_of(self.structure.joins)
        return tuple(c for c in self.wrapped(SEQUENTIAL) if c.layers & joins)


Aspect = Callable[[Findings], Difference | None]


def present(findings: Findings, aspects: Iterable[Aspect]) -> Iterator[Difference]:
    """Yields what there is to say of the styles that can express the model."""
    for aspect in aspects:
        found = aspect(findings)
        if found is not None:
            shown = {s: c for s, c in found.cells.items() if s in findings.codes}
            yield Difference(found.topic, found.why, shown, found.layers)


def class_names(classes: Iterable[ClassFacts]) -> str:
    """Returns the names of classes in words."""
    return names_of(item.name for item in classes)


def names_of(names: Iterable[str]) -> str:
    """Returns names of code in words, the first few of many."""
    listed = [f"`{name}`" for name in names]
    if len(listed) > _LISTED + 1:
        return f"{', '.join(listed[:_LISTED])} and {len(listed) - _LISTED} more"
    if len(listed) > 1:
        return f"{', '.join(listed[:-1])} and {listed[-1]}"
    return "".join(listed)


def counted(count: int, one: str, several: str) -> str:
    """Returns how many there are, in words: `2 classes`."""
    return f"{count} {one if count == 1 else several}"
