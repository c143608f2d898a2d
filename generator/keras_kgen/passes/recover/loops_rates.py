"""Rates that grow from block to block, as in stochastic depth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from math import isfinite

from keras_kgen.ir.expressions import (
    LARGEST,
    Argument,
    Expression,
    Literal,
    Operation,
)
from keras_kgen.ir.program import Call, Statement

# The n-th block has the rate `factor * n / number`.
Scale = tuple[float, int]
# The number of a model's blocks is the denominator.
LARGEST_NUMBER = 256
# What most people let the rate grow to.
_USUAL = 0.2
# Fewer rates than this follow every rule.
_MIN_RATES = 4
# Rates with no more decimals than this may have been chosen one by one.
_DECIMALS = 2


def find_scale(values: Iterable[Expression]) -> Scale | None:
    """Returns c and n where the rates among values are c * k / n to the last bit.

    It takes the rates of a whole model to tell c and n from their multiples.
    """
    rates = sorted({rate for rate in map(_worked_out, values) if rate is not None})
    if len(rates) < _MIN_RATES:
        return None
    step = min(b - a for a, b in pairwise(rates))
    literals = [Literal(rate) for rate in rates]
    for number in _likely_numbers(round(rates[-1] / step) + 1, step):
        factor = round(step * number, _DECIMALS)
        if factor and places((factor, number), literals) is not None:
            return factor, number
    return None


def _likely_numbers(blocks: int, step: float) -> Iterator[int]:
    """Yields denominators: the blocks that there are, what gives the usual rate, others."""
    yield blocks
    yield round(_USUAL / step)
    yield from range(blocks + 1, LARGEST_NUMBER)


def _worked_out(value: Expression) -> float | None:
    """Returns a number that nobody writes down."""
    rate = value.value if isinstance(value, Literal) else None
    if type(rate) is not float or not isfinite(rate):
        return None
    return rate if round(rate, _DECIMALS) != rate else None


def spelled_out(scale: Scale, statements: Iterable[Statement]) -> Iterator[Statement]:
    """Yields statements with the rates that grow from one to the next as people write them.

    A rate that is smaller than one before it is no part of that: it stays a number.
    """
    last = 0
    for statement in statements:
        if isinstance(statement, Call):
            for rate in filter(is_rate, statement.arguments):
                found = places(scale, (rate.value,)) or (0,)
                if last < found[0] < scale[1]:
                    last = found[0]
                    statement = _spelled_out(statement, rate, scale, last)
        yield statement


def _spelled_out(call: Call, rate: Argument, scale: Scale, place: int) -> Call:
    factor, number = scale
    written = replace(rate, value=fraction(factor, Literal(place), number))
    arguments = (written if item is rate else item for item in call.arguments)
    return replace(call, arguments=tuple(arguments))


def is_rate(argument: Argument) -> bool:
    """Whether an argument is a rate by its name."""
    return (argument.name or "").endswith("rate")


def places(scale: Scale, values: Iterable[Expression]) -> list[int] | None:
    """Returns which block has each rate; None where one has another rate."""
    factor, number = scale
    found = []
    for value in values:
        rate = value.value if isinstance(value, Literal) else None
        if type(rate) is not float or not isfinite(rate):
            return None
        place = round(rate * number / factor)
        if calculated(factor, place, number) != value:
            return None
        found.append(place)
    return found


def calculated(factor: float, place: int, number: int) -> Expression | None:
    """Returns the value of `fraction`, None where it is too large."""
    product = factor * place
    return Literal(product / number) if abs(product) <= LARGEST else None


def fraction(factor: float, place: Expression, number: int) -> Expression:
    """Returns the rate of a block as people write it."""
    product = Operation("*", (Literal(factor), place))
    return Operation("/", (product, Literal(number)))
