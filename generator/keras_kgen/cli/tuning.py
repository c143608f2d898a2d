"""What commands do with a spec that leaves choices to a search."""

from __future__ import annotations

from dataclasses import replace

from keras_kgen.cli.sources import load_open
from keras_kgen.errors import UsageError
from keras_kgen.ir.choose import with_values
from keras_kgen.ir.program import Program
from keras_kgen.ir.tuning import Tuner


def with_search(program: Program, tuner: str | None, max_trials: int | None) -> Program:
    """Returns a program with the search that the command line asks for.

    Args:
        program: The program.
        tuner, max_trials: The options of that name; None leaves what the spec says.

    Raises:
        UsageError: there is nothing to choose, or the options do not go together.
    """
    if tuner is None and max_trials is None:
        return program
    if not program.hyperparameters:
        raise UsageError(
            "--tuner and --max-trials go with a spec that leaves choices, "
            "Dense(choice(64, 128)) for instance"
        )
    search = program.search
    if tuner is not None:
        search = replace(search, tuner=Tuner(tuner))
        if search.tuner is Tuner.HYPERBAND:
            search = replace(search, max_trials=None)
    if max_trials is not None and search.tuner is Tuner.HYPERBAND:
        raise UsageError(
            "--max-trials: Hyperband itself decides how many trials there are"
        )
    return replace(
        program, search=replace(search, max_trials=max_trials or search.max_trials)
    )


def check_tuning(
    program: Program, *, notebook: str | None, folder: str | None, explain: bool
) -> None:
    """Refuses what does not go together with choices.

    Raises:
        UsageError: the options ask for it.
    """
    options = {"--notebook": notebook, "--project": folder, "--explain": explain}
    given = [option for option, value in options.items() if value]
    if program.hyperparameters and given:
        raise UsageError(
            f"{given[0]} and choices do not go together: choose with `python NAME.py` first, "
            "then `kgen spec --tuned` writes the best model as a plain spec"
        )


def load_tuned(
    source: str | None, layers: tuple[str, ...], shape: str | None, result: str
) -> Program:
    """Returns the plain program that a search has found to be the best.

    Args:
        source, layers, shape: The arguments of that name.
        result: Where the search has left its results.

    Raises:
        SourceError: the source is wrong, or the result is damaged.
        UsageError: there are no choices, or there is no result.
    """
    from keras_kgen.frontends.tuned import read_best

    program, _ = load_open(source, layers, shape)
    best = with_values(program, read_best(program, result))
    # The best model has a module and a run directory of its own.
    return replace(best, name=f"{program.name}_best")
