"""Shapes and numbers of parameters in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from keras_kgen.catalogue.rules import WeightSpec
from keras_kgen.ir.tensors import Shape
from keras_kgen.passes.count_parameters import count

# Of more different shapes or counts than these, only the first is given.
_MOST = 3


def in_turn(items: Sequence[str]) -> str:
    """Returns what comes one behind the other: `a, then b`, or `a the first time`."""
    different = [item for i, item in enumerate(items) if i == 0 or items[i - 1] != item]
    if len(different) > _MOST:
        return f"{different[0]} the first time"
    return ", then ".join(different)


def shapes_in_words(shapes: Sequence[Shape]) -> str:
    """Returns the shapes of the results of one call."""
    return " and ".join(map(str, shapes))


def counted(instances: Sequence[tuple[WeightSpec, ...]], is_first: bool) -> str:
    """Returns how the parameters of each instance of a layer are counted.

    `Parameters: 3 * 3 * 1 * 32 + 32 = 320, then 9,248.`

    Args:
        instances: The weights of each.
        is_first: Whether nothing was said on layers of this class before.
    """
    first, *_ = instances
    totals = [f"{sum(weight.size for weight in each):,}" for each in instances]
    text = in_turn(
        [_sum(first), *totals[1:]] if len(set(totals)) > 1 else [_sum(first)]
    )
    of_each = " each" if len(instances) > 1 and len(set(totals)) == 1 else ""
    return f"Parameters: {text}{of_each}{_untrained(instances, is_first)}."


def _sum(weights: Iterable[WeightSpec]) -> str:
    """Returns a sum over weights, biases last: `3 * 3 * 1 * 32 + 32 = 320`."""
    listed = sorted(weights, key=lambda w: w.name == "bias" or len(w.shape) < 2)
    total = f"{sum(weight.size for weight in listed):,}"
    terms = Counter(_term(weight) for weight in listed)
    written = " + ".join(_times(term, count) for term, count in terms.items())
    return total if written == total.replace(",", "") else f"{written} = {total}"


def _untrained(instances: Sequence[tuple[WeightSpec, ...]], is_first: bool) -> str:
    """Returns how many parameters training leaves as they are."""
    counts = [count(weights) for weights in instances]
    if not any(each.non_trainable for each in counts):
        return ""
    if not any(each.trainable for each in counts):
        return "; they are frozen, training leaves them as they are"
    if all(each.trainable == each.non_trainable for each in counts):
        return "; training adjusts half of them" if is_first else ""
    return f"; not trained: {in_turn([f'{each.non_trainable:,}' for each in counts])}"


def _term(weight: WeightSpec) -> str:
    return " * ".join(map(str, weight.shape)) or "1"


def _times(term: str, count: int) -> str:
    if count == 1:
        return term
    return f"{count} * ({term})" if "*" in term else f"{count} * {term}"
