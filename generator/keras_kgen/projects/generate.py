"""A model as a project: what is in its files."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace

from keras_kgen.backends.module import Model, model_facts
from keras_kgen.backends.training import ModelFacts
from keras_kgen.backends.training.files import array_names
from keras_kgen.backends.training.views import TrainingView
from keras_kgen.backends.view import Constant
from keras_kgen.catalogue.distributions import DISTRIBUTIONS
from keras_kgen.catalogue.modes import HALVES
from keras_kgen.collector import without_collector
from keras_kgen.drawing.draw import Format, draw
from keras_kgen.errors import Diagnostic, Diagnostics, UsageError
from keras_kgen.ir.program import Program
from keras_kgen.options import Options
from keras_kgen.passes.summarize import summarize
from keras_kgen.pipeline import Lowered, lower, module_name, structure
from keras_kgen.projects.data import lower_data_file
from keras_kgen.projects.files import names_in_model, render_project
from keras_kgen.projects.markdown import markdown
from keras_kgen.projects.own.lower import (
    OWN_NAMES,
    constants_of_data,
    lower_own_project,
)
from keras_kgen.projects.own.tests import with_own_batch
from keras_kgen.projects.samples import lower_tests
from keras_kgen.projects.view import FileView, ProjectView, TestsView
from keras_kgen.pysource.literals import docstring, literal, printable
from keras_kgen.pysource.names import is_identifier
from keras_kgen.rendering.environment import Templates, find_templates
from keras_kgen.rendering.spec import render_spec, unwritten

# Names that the files of a project have and a module has not.
_NAMES = frozenset(
    {
        "RUN_DIR",
        "WEIGHTS",
        "load_inputs",
        "load_model",
        "predict",
        "prepare_images",
        "prepare_texts",
        "pytest",
        "standardize",
    }
)
# Packages of these names would hide what a project or its tools import.
_TAKEN = frozenset(
    {
        *sys.stdlib_module_names,
        "jax",
        "keras",
        "matplotlib",
        "numpy",
        "pip",
        "pytest",
        "ruff",
        "runs",
        "setuptools",
        "tensorboard",
        "tensorflow",
        "tests",
        "torch",
    }
)
_TRAINING = frozenset({"EPOCHS", "BATCH_SIZE", "SEED", "MODEL_DEVICES"})
# What pip installs for each backend.
_EXTRAS = {
    "tensorflow": 'tensorflow = ["tensorboard>=2.18,<3", "tensorflow>=2.18,<3"]',
    "jax": 'jax = ["jax>=0.5,<1"]',
    "torch": 'torch = ["torch>=2.4,<3"]',
}


@dataclass(frozen=True, slots=True)
class Project:
    """A generated project.

    Attributes:
        package: The name of its package.
        files: The text of each file, by its path with slashes.
        needs_data: Whether it trains on the user's file only.
        notes: Warnings and notes for the user.
        backend: The backend that its commands are tried with.
        unwritten: What the spec cannot hold: code that a saved model brought along.
    """

    package: str
    files: Mapping[str, str]
    needs_data: bool
    notes: tuple[Diagnostic, ...]
    backend: str
    unwritten: tuple[str, ...] = ()


@without_collector()
def generate_project(
    program: Program,
    options: Options | None = None,
    origin: str = "",
    package: str = "",
) -> Project:
    """Returns a program as a project.

    Args:
        program: What a front end has read.
        options: Style and such; the weights are a file in the package.
        origin: Where the program comes from, for docstrings: `the preset mnist_mlp`.
        package: The name of the package; "" is that of the program.

    Raises:
        SourceError: with everything that is wrong with the program.
        UsageError: the style cannot express the model, its name is that of a library, or it
            leaves choices.
    """
    if program.hyperparameters:
        raise UsageError(
            "a project has one model, and this spec leaves choices: `kgen new SPEC` writes a "
            "module that chooses, then `kgen spec --tuned` writes the best model as a plain spec"
        )
    options = options or Options()
    package = package or package_name(program)
    diagnostics = Diagnostics()
    names = _NAMES | OWN_NAMES if program.training.own else _NAMES
    lowered = lower(program, options, origin, diagnostics, reserved=names)
    facts = model_facts(lowered.model)
    view = _project(package, lowered, facts, options)
    templates = find_templates(options.templates)
    files = {
        **render_project(view, _heads(view, facts, templates), templates),
        "model.yaml": render_spec(lowered.checked),
        "model.svg": draw(structure(program, Diagnostics()), Format.SVG),
    }
    if program.imports:
        modules = ", ".join(dict.fromkeys(program.imports.values()))
        diagnostics.note(
            f"the project imports {modules} and does not hold it: name what installs it "
            "among the dependencies in pyproject.toml"
        )
    missing = tuple(name for name, _ in unwritten(lowered.checked))
    notes = tuple(diagnostics)
    return Project(package, files, view.needs_data, notes, view.backend, missing)


def package_name(program: Program) -> str:
    """Returns the name of the package for a program.

    Raises:
        UsageError: it would hide a library.
    """
    name = module_name(program)
    if name in _TAKEN:
        message = f"a package {name} would hide a library or a folder of that name"
        raise UsageError(f"{message}; give another --name")
    return name


def _project(
    package: str, lowered: Lowered, facts: ModelFacts, options: Options
) -> ProjectView:
    module, weights = lowered.view, lowered.view.weights
    training = replace(module.training, run_dir="RUN_DIR")
    if weights is not None:
        weights = replace(weights, path="WEIGHTS")
    title = " ".join(printable(facts.title).split())
    own = lowered.model.program.training.own
    backends = _backends(training)
    return ProjectView(
        package=package,
        distribution=package.strip("_").replace("_", "-"),
        title=json.dumps(title, ensure_ascii=False),
        summary=markdown(title),
        module=replace(module, training=training, weights=weights),
        data=lower_data_file(training.task.request, training.data, facts),
        own=lower_own_project(own, training) if own else None,
        tests=_tests(lowered.model, training),
        saved=_saved(facts),
        weights=options.weights,
        needs_data=not training.data.title,
        arrays=", ".join(map(_code, _array_names(facts))),
        backend=backends[0],
        extras=tuple(_EXTRAS[name] for name in backends),
        has_choice=len(backends) > 1,
    )


def _backends(training: TrainingView) -> list[str]:
    """Returns the backends that can train a model."""
    if training.distribution.name:
        return [DISTRIBUTIONS[training.distribution.name].backend]
    loop = training.loop
    return [loop.only] if loop and loop.only else list(_EXTRAS)


def _tests(model: Model, training: TrainingView) -> TestsView:
    task, own = training.task, model.program.training.own
    summary = summarize(model.graph, model.specs)
    is_known = not summary.unknown
    view = lower_tests(
        task.request,
        task.goals,
        task.facts,
        training.data,
        parameters=summary.counts.total if is_known else None,
        # Weights in half precision are too coarse to learn a batch by heart.
        can_learn=summary.counts.trainable > 0
        and model.program.precision not in HALVES,
    )
    return with_own_batch(view, own, task.goals[0], task.facts) if own else view


def _heads(
    project: ProjectView, facts: ModelFacts, templates: Templates
) -> dict[str, FileView]:
    """Returns how each Python file begins."""
    module = project.module
    of_data: frozenset[str] = frozenset()
    if project.own:
        of_data = constants_of_data(module.training) - names_in_model(
            project, templates
        )
    data = tuple(c for c in module.constants if c.name in of_data)
    others = [c for c in module.constants if c.name not in of_data]
    of_training = _TRAINING | {c.name for c in module.training.fit.constants}
    constants = [c for c in others if c.name not in of_training]
    constants.append(Constant("RUN_DIR", f"Path({literal(f'runs/{project.package}')})"))
    if project.weights:
        path = f"Path(__file__).with_name({literal(project.weights)})"
        constants.append(Constant("WEIGHTS", path))
    train = tuple(c for c in others if c.name in of_training)
    return {
        "__init__": FileView(docstring(facts.title)),
        "model": FileView(module.docstring, tuple(constants)),
        "data": FileView((project.own or project.data).docstring, data),
        "train": FileView(docstring("Trains the model."), train),
        "evaluate": FileView(docstring("Scores the model on the test data.")),
        "predict": FileView(docstring("Predicts with the model.")),
        "tests/conftest": FileView(docstring("What the tests share: small arrays.")),
        "tests/test_model": FileView(
            docstring("The model has its shapes, learns, and is saved as a whole.")
        ),
        "tests/test_data": FileView(
            docstring("Data fit the model, and what does not fit is refused.")
        ),
    }


def _array_names(facts: ModelFacts) -> list[str]:
    parts = (array_names(part, facts) for part in ("train", "test"))
    return [name for x, y in parts for name in (*x, *y)]


def _saved(facts: ModelFacts) -> str:
    """Returns how predictions are handed to `np.savez`."""
    if facts.gives == 0:
        return "y=predictions"
    names = [output.key for output in facts.outputs]
    if isinstance(facts.gives, Mapping) and all(map(_can_name, names)):
        return "**predictions"
    return "*keras.tree.flatten(predictions)"


def _can_name(name: str) -> bool:
    """Whether an array in a file can have that name."""
    return re.fullmatch(r"\w+", name) is not None and name not in (
        "file",
        "allow_pickle",
    )


def _code(name: str) -> str:
    """Returns a name as Markdown shows code."""
    return f"`{name}`" if is_identifier(name) else markdown(printable(name))
