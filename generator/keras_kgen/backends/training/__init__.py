"""Lowers what a source says on training, and decides what it leaves open."""

from __future__ import annotations

from keras_kgen.backends.training.callback_checks import check_callbacks
from keras_kgen.backends.training.callbacks import lower_callbacks
from keras_kgen.backends.training.checks import (
    check_data,
    check_inputs,
    check_losses,
    check_metrics,
)
from keras_kgen.backends.training.compile import compile_arguments, compile_values
from keras_kgen.backends.training.data import data_constants, lower_data
from keras_kgen.backends.training.facts import ModelFacts, Output
from keras_kgen.backends.training.fit import CONSTANTS, lower_fit
from keras_kgen.backends.training.objectives import choose_goals, choose_own_goals
from keras_kgen.backends.training.own.checks import check_own_data
from keras_kgen.backends.training.own.data import lower_own_data
from keras_kgen.backends.training.own.fit import lower_own_fit
from keras_kgen.backends.training.request import choose_data
from keras_kgen.backends.training.scores import find_scores
from keras_kgen.backends.training.tuning import (
    Tuned,
    compile_signature,
    lower_tuning,
)
from keras_kgen.backends.training.views import Task, TrainingView
from keras_kgen.backends.view import Constant
from keras_kgen.errors import Diagnostics
from keras_kgen.ir.program import Training
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import literal

__all__ = ["ModelFacts", "Output", "TrainingView", "Tuned", "lower_training"]


def lower_training(
    training: Training,
    facts: ModelFacts,
    imports: Imports,
    diagnostics: Diagnostics,
    tuned: Tuned | None = None,
) -> TrainingView:
    """Decides how a model is trained.

    Args:
        training: What the source says.
        facts: What the model is.
        imports: Where the imports of the training half are recorded.
        diagnostics: Where mismatches between data, model and loss are recorded.
        tuned: What a search is to choose, if anything.

    Raises:
        SourceError: an error was recorded.
    """
    request = choose_data(training, facts, diagnostics)
    diagnostics.raise_errors()
    own = training.own
    goals = (
        choose_own_goals(training, facts)
        if own
        else choose_goals(training, request, facts, diagnostics)
    )
    if request:
        check_data(goals, request, diagnostics)
        check_inputs(request, goals, facts, diagnostics)
    if own:
        check_own_data(own, goals, facts, diagnostics)
    compiled = compile_values(training.compile, goals, facts.gives, diagnostics)
    odd = Diagnostics()
    check_losses(goals, training.compile.get("loss"), odd)
    check_metrics(goals, compiled, training.compile, odd)
    # A model that was trained so can be trained so again.
    (diagnostics.extend_mildly if training.is_saved else diagnostics.extend)(odd)
    callbacks = lower_callbacks(training.callbacks, facts, imports, diagnostics)
    fit = (
        lower_own_fit(training.fit, own, goals, imports, diagnostics)
        if own
        else lower_fit(training.fit, request, imports)
    )
    scores = find_scores(compiled, facts.gives)
    check_callbacks(training.callbacks, compiled, scores, fit.is_validated, diagnostics)
    tuning = lower_tuning(tuned, scores, imports, diagnostics) if tuned else None
    diagnostics.raise_errors()
    _add_imports(imports)
    if own:
        constants, data = lower_own_data(own, goals, facts, imports)
    else:
        imports.add("zipfile", "BadZipFile")
        constants = data_constants(request, facts)
        data = lower_data(request, goals, facts)
    task = Task(facts, request, goals)
    return TrainingView(
        constants=(
            *constants,
            *fit.constants,
            *_seed_constant(training),
            *(tuning.constants if tuning else ()),
        ),
        data=data,
        compile_arguments=compile_arguments(compiled, imports),
        fit=fit,
        callbacks=callbacks,
        run_dir=f"Path({literal(task.run_dir)})",
        is_usual=not (own or training.callbacks) and training.fit.keys() <= CONSTANTS,
        task=task,
        has_seed=training.seed is not None,
        compile_signature=compile_signature(tuned) if tuned else "model",
        tuning=tuning,
    )


def _seed_constant(training: Training) -> tuple[Constant, ...]:
    seed = training.seed
    return () if seed is None else (Constant("SEED", literal(seed)),)


def _add_imports(imports: Imports) -> None:
    for module in ("argparse", "csv", "importlib.util", "keras"):
        imports.add(module)
    imports.add("matplotlib.pyplot", alias="plt")
    imports.add("numpy", alias="np")
    imports.add("pathlib", "Path")
