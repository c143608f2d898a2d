"""Hyperparameters: what a search may choose, and how it chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from keras_kgen.errors import Location
from keras_kgen.ir.expressions import Literal


class Kind(Enum):
    """What the values of a hyperparameter are, by the method of KerasTuner that has such."""

    CHOICE = "Choice"
    BOOLEAN = "Boolean"
    INTEGER = "Int"
    FLOAT = "Float"


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """An argument whose value a search chooses; expressions read it by its name.

    Attributes:
        values: The values of a choice, else the least and the greatest.
        default: The value where nothing is chosen yet.
        step: How far values are apart, None where nothing is said.
        is_logarithmic: Whether the search takes the order of magnitude at random.
    """

    name: str
    kind: Kind
    values: tuple[Literal, ...]
    default: Literal
    step: Literal | None = None
    is_logarithmic: bool = False
    location: Location | None = field(default=None, compare=False)


class Tuner(Enum):
    """The searches of KerasTuner, by their names in a spec."""

    RANDOM = "random"
    HYPERBAND = "hyperband"
    BAYESIAN = "bayesian"


@dataclass(frozen=True, slots=True)
class Search:
    """How a search goes; what is None is left to kgen.

    Attributes:
        objective: The score to compare trials by, `val_accuracy` for instance.
        direction: Whether a "max" or "min" of it is wanted.
        places: Where each setting stands.
    """

    tuner: Tuner = Tuner.RANDOM
    max_trials: int | None = None
    executions_per_trial: int = 1
    objective: str | None = None
    direction: str | None = None
    seed: int | None = None
    places: Mapping[str, Location] = field(default_factory=dict, compare=False)
