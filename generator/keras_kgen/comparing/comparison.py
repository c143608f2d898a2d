"""One model in all styles: the view that the terminal and the page show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keras_kgen.comparing.listing import Layers, Listing
from keras_kgen.options import Style
from keras_kgen.passes.summarize import Summary


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A layer, or an input, in the table.

    Attributes:
        key: What it is in every style.
        layers: What it consists of: itself, and the layers of a model within the model.
        depth: In how many models within the model it is.
        shape: The shapes of its results, "?" where they are not known.
        parameters: How many it has, None where that is not known.
        inputs: The names of the layers that it reads.
    """

    key: str
    name: str
    class_name: str
    is_input: bool
    layers: Layers
    depth: int
    shape: str
    parameters: int | None
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """What is to say of one style.

    Attributes:
        verdict: "yes", "partly" or "no" where the question is what the style can do.
    """

    text: str
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in which the styles differ, and why; code stands in backticks.

    Attributes:
        topic: What it is about, in a few words.
        why: Why they differ.
        cells: What is so in each style.
        layers: The layers of the model that it is about, if not all.
    """

    topic: str
    why: str
    cells: Mapping[Style, Cell]
    layers: Layers = frozenset()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One model in all styles.

    Attributes:
        name: The name of the model.
        title: What the model is, in a sentence.
        origin: Where it comes from: `the preset mnist_mlp`.
        listings: The module of each style that can express the model.
        refusals: Why the others cannot.
        choice: The style that an expert would choose.
        reason: Why.
        notes: What kgen has to say of the code of a style.
    """

    name: str
    title: str
    origin: str
    summary: Summary
    rows: tuple[LayerRow, ...]
    listings: Mapping[Style, Listing]
    refusals: Mapping[Style, str]
    choice: Style
    reason: str
    differences: tuple[Difference, ...]
    abilities: tuple[Difference, ...]
    notes: Mapping[Style, tuple[str, ...]] = field(default_factory=dict)
