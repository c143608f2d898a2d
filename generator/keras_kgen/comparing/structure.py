"""What kind of model it is: where tensors come together, and what is called twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from keras_kgen.comparing.listing import Layers
from keras_kgen.ir.program import Program
from keras_kgen.tracing.elements import Element


@dataclass(frozen=True, slots=True)
class Structure:
    """What kind of model it is.

    Attributes:
        joins: The layers that take several tensors.
        shared: The layers that are called more than once.
        elements: All elements by their keys.
    """

    inputs: int
    outputs: int
    joins: tuple[Element, ...]
    shared: tuple[Element, ...]
    elements: Mapping[str, Element]

    def class_names(self, layers: Iterable[str]) -> tuple[str, ...]:
        """Returns the classes of layers, each once."""
        return tuple(sorted({self.elements[key].class_name for key in layers}))


def keys_of(elements: Iterable[Element]) -> Layers:
    """Returns the keys of elements."""
    return frozenset(element.key for element in elements)


def layers_of(element: Element, elements: Iterable[Element]) -> Layers:
    """Returns what an element consists of: itself, and what is within a model."""
    if element.kind != "nested":
        return frozenset({element.key})
    inside = f"{element.key}/"
    within = {item.key for item in elements if item.key.startswith(inside)}
    return frozenset({element.key, *within})


def read_structure(program: Program, elements: tuple[Element, ...]) -> Structure:
    """Returns what kind of model it is.

    Args:
        program: The program.
        elements: The elements of the model.
    """
    return Structure(
        len(program.inputs),
        len(program.body.outputs),
        tuple(e for e in elements if len(e.inbound) > 1 and len(e.calls) == 1),
        tuple(e for e in elements if len(e.calls) > 1 and e.kind != "op"),
        {element.key: element for element in elements},
    )
