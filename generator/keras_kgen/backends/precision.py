"""The dtype policy that a module sets."""

from __future__ import annotations

from dataclasses import dataclass

from keras_kgen.pysource.literals import literal

_MIXED = "mixed_"


@dataclass(frozen=True, slots=True)
class PrecisionView:
    """A policy as source text.

    Attributes:
        policy: Its name, as a literal.
        half: What layers compute in where they keep their weights in float32; "" where they
            do not.
    """

    policy: str
    half: str


def lower_precision(precision: str) -> PrecisionView | None:
    """Returns what sets a policy, None for the one that Keras has anyway."""
    if precision == "float32":
        return None
    half = precision.removeprefix(_MIXED) if precision.startswith(_MIXED) else ""
    return PrecisionView(literal(precision), half)
