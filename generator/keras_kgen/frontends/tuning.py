"""The keys `hyperparameters` and `tune` of a spec, and choices inside blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from keras_kgen.catalogue import registry
from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.arguments import read_document
from keras_kgen.frontends.choices import CALLS, Choices
from keras_kgen.frontends.documents import Document, Scalar, Table
from keras_kgen.frontends.settings import COMPARED
from keras_kgen.ir.choose import without_idle
from keras_kgen.ir.expressions import Argument, Name, names_in
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    Parameter,
    Program,
    Shared,
    calls,
    map_calls,
    names_read,
)
from keras_kgen.ir.tuning import Search, Tuner

KEYS = ("tuner", "max_trials", "executions_per_trial", "objective", "direction", "seed")
# The settings of `fit` that may be a choice: trials are compared by all others.
_CHOSEN_FIT = ("epochs", "batch_size")
_SAME_FOR_ALL = "trials are compared by it, so it is the same for all and no choice"


def read_hyperparameters(document: Document | None, choices: Choices) -> None:
    """Reads `hyperparameters:`, choices that several arguments may read by name."""
    if document is None:
        return
    diagnostics = choices.diagnostics
    if not isinstance(document, Table):
        diagnostics.error(
            "hyperparameters: takes a mapping from a name to a choice, "
            f"width: {CALLS['choice']} for instance",
            document.location,
        )
        return
    for name, key, value in document:
        text = value.value if isinstance(value, Scalar) else None
        if not isinstance(value, Scalar) or not _is_choice(text):
            diagnostics.error(
                f"expected a choice such as {CALLS['choice']} or {CALLS['range']}",
                value.location,
            )
            continue
        own = Choices(diagnostics, choices.taken)
        before = len(diagnostics)
        read_document(value, name, (), diagnostics, choices=own)
        if len(diagnostics) == before:
            (item,) = own.found.values()
            choices.add(item, name, key.location)


def _is_choice(text: object) -> bool:
    return isinstance(text, str) and text.partition("(")[0].strip() in CALLS


def read_search(document: Document | None, diagnostics: Diagnostics) -> Search:
    """Reads `tune:`, how the search goes."""
    if document is None:
        return Search()
    if not isinstance(document, Table):
        diagnostics.error(
            "tune: takes a mapping, {tuner: hyperband} for instance", document.location
        )
        return Search()
    found: dict[str, object] = {}
    places = {}
    for name, key, value in document:
        if name not in KEYS:
            tail = registry.hint(name, KEYS) or f"; expected {', '.join(KEYS)}"
            diagnostics.error(f"unknown key {name!r}{tail}", key.location)
            continue
        plain = value.value if isinstance(value, Scalar) else None
        problem = _READERS[name](plain)
        if problem:
            diagnostics.error(f"{name}: {problem}", value.location)
            continue
        found[name] = Tuner(plain) if name == "tuner" else plain
        places[name] = value.location
    return Search(**found, places=places)  # type: ignore[arg-type]


def _count(value: object) -> str:
    is_count = type(value) is int and value > 0
    return "" if is_count else f"expected a whole number from 1 on. Received: {value!r}"


def _seed(value: object) -> str:
    is_seed = type(value) is int and 0 <= value < 2**32
    return "" if is_seed else f"expected a whole number from 0 on. Received: {value!r}"


def _one_of(*known: str) -> Callable[[object], str]:
    def problem(value: object) -> str:
        expected = ", ".join(known)
        return "" if value in known else f"expected {expected}. Received: {value!r}"

    return problem


def _score(value: object) -> str:
    is_text = isinstance(value, str) and value.isidentifier()
    return "" if is_text else f"expected a score such as val_loss. Received: {value!r}"


_READERS: Mapping[str, Callable[[object], str]] = {
    "tuner": _one_of(*(tuner.value for tuner in Tuner)),
    "max_trials": _count,
    "executions_per_trial": _count,
    "objective": _score,
    "direction": _one_of("min", "max"),
    "seed": _seed,
}


def finish(program: Program, choices: Choices, diagnostics: Diagnostics) -> Program:
    """Returns a program with its hyperparameters, handed to the blocks that read them."""
    training = program.training
    settings = {**training.compile, **training.fit}
    for key, setting in settings.items():
        is_compared = key in COMPARED or (
            key in training.fit and key not in _CHOSEN_FIT
        )
        if is_compared and names_in(setting.value):
            diagnostics.error(f"{key}: {_SAME_FOR_ALL}", setting.location)
    tuned = replace(program, hyperparameters=tuple(choices.found.values()))
    used = without_idle(tuned).hyperparameters
    for item in tuned.hyperparameters:
        if item not in used and not diagnostics.has_errors:
            diagnostics.error(f"{item.name!r} is never used", item.location)
    if not tuned.hyperparameters:
        if program.search.places:
            diagnostics.error(
                f"tune: there is no choice to make; write {CALLS['choice']} for instance "
                "where an argument stands",
                next(iter(program.search.places.values())),
            )
        return program
    return _with_parameters(tuned)


def _with_parameters(program: Program) -> Program:
    """Returns a program whose blocks get the hyperparameters that they read as arguments."""
    defaults = program.defaults
    needed: dict[str, list[str]] = {}
    shared = {item.name: item for item in program.shared}
    for block in program.blocks:  # each comes behind those that it uses
        found = names_read(block.body)
        for call in calls(block.body):
            target: Call | Shared = shared.get(call.callee, call)
            found |= {name for a in target.arguments for name in names_in(a.value)}
            found |= set(needed.get(target.callee, ()))
        needed[block.name] = [name for name in defaults if name in found]

    def given(call: Call | Shared) -> tuple[Argument, ...]:
        names = needed.get(call.callee, []) if call.kind is Callee.BLOCK else []
        added = (Argument(Name(name), name, call.location) for name in names)
        return (*call.arguments, *added)

    def with_arguments(body: Body) -> Body:
        return map_calls(body, lambda call: replace(call, arguments=given(call)))

    def with_own(block: Block) -> Block:
        # One without a default may not stand behind one that has one.
        has_defaults = any(p.default is not None for p in block.parameters)
        added = (
            Parameter(name, defaults[name] if has_defaults else None)
            for name in needed[block.name]
        )
        parameters = (*block.parameters, *added)
        return replace(block, parameters=parameters, body=with_arguments(block.body))

    return replace(
        program,
        blocks=tuple(map(with_own, program.blocks)),
        shared=tuple(replace(s, arguments=given(s)) for s in program.shared),
        body=with_arguments(program.body),
    )
