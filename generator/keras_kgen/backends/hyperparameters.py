"""Which hyperparameters the model, its compilation and its training read."""

from __future__ import annotations

from collections.abc import Iterable

from keras_kgen.ir.expressions import Expression, names_in
from keras_kgen.ir.program import For, Program, loops, names_read
from keras_kgen.ir.tuning import Hyperparameter
from keras_kgen.pysource.literals import expression


def model_parameters(program: Program) -> tuple[Hyperparameter, ...]:
    """Returns the hyperparameters that the lines of the model itself read."""
    shared = program.shared_in(program.body)
    arguments = [a.value for item in shared for a in item.arguments]
    found = names_read(program.body) | _names(arguments)
    return tuple(item for item in program.hyperparameters if item.name in found)


def read_in(
    values: Iterable[Expression], items: Iterable[Hyperparameter]
) -> tuple[Hyperparameter, ...]:
    """Returns those of some hyperparameters that expressions read."""
    found = _names(values)
    return tuple(item for item in items if item.name in found)


def _names(values: Iterable[Expression]) -> set[str]:
    return {name for value in values for name in names_in(value)}


def with_defaults(items: Iterable[Hyperparameter]) -> list[str]:
    """Returns parameters with their defaults: `units=64`."""
    return [f"{item.name}={expression(item.default)}" for item in items]


def handed_on(items: Iterable[Hyperparameter]) -> str:
    """Returns the arguments that hand parameters on: `units=units, rate=rate`."""
    return ", ".join(f"{item.name}={item.name}" for item in items)


def count_open_loops(program: Program) -> int:
    """Returns how many loops run as often as a hyperparameter or an argument says."""
    bodies = (program.body, *(block.body for block in program.blocks))
    found = (loop for body in bodies for loop in loops(body))
    return sum(
        isinstance(loop, For) and loop.stop is not None and bool(names_in(loop.stop))
        for loop in found
    )
