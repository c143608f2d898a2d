"""Programs with values in place of what a search may choose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from keras_kgen.errors import Diagnostic, Diagnostics
from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    Literal,
    names_in,
    replace_names,
)
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    Program,
    Setting,
    Shared,
    Training,
    map_calls,
    names_read,
    substitute_names,
)
from keras_kgen.ir.tuning import Hyperparameter, Search

# Looks over a program and reports what is wrong with it.
Check = Callable[[Program, Diagnostics], None]


def with_values(program: Program, values: Mapping[str, Expression]) -> Program:
    """Returns the plain program in which hyperparameters have these values.

    Args:
        program: Any program.
        values: A value for each hyperparameter.
    """
    if not program.hyperparameters:
        return program
    names = {item.name for item in program.hyperparameters}

    def given(call: Call | Shared) -> tuple[Argument, ...]:
        if call.kind is not Callee.BLOCK:
            return call.arguments
        return tuple(a for a in call.arguments if a.name not in names)

    def plain(body: Body) -> Body:
        inner = map_calls(body, lambda call: replace(call, arguments=given(call)))
        return substitute_names(inner, values)

    def plain_block(block: Block) -> Block:
        own = tuple(p for p in block.parameters if p.name not in names)
        return replace(block, parameters=own, body=plain(block.body))

    def plain_shared(shared: Shared) -> Shared:
        kept = (replace(a, value=replace_names(a.value, values)) for a in given(shared))
        return replace(shared, arguments=tuple(kept))

    return replace(
        program,
        blocks=tuple(map(plain_block, program.blocks)),
        shared=tuple(map(plain_shared, program.shared)),
        body=plain(program.body),
        training=_plain_training(program.training, values),
        hyperparameters=(),
        search=Search(),
    )


def _plain_training(training: Training, values: Mapping[str, Expression]) -> Training:
    def plain(setting: Setting) -> Setting:
        return replace(setting, value=replace_names(setting.value, values))

    return replace(
        training,
        compile={key: plain(setting) for key, setting in training.compile.items()},
        fit={key: plain(setting) for key, setting in training.fit.items()},
        callbacks=tuple(map(plain, training.callbacks)),
    )


def with_defaults(program: Program) -> Program:
    """Returns the plain program in which hyperparameters have their defaults."""
    return with_values(program, program.defaults)


def check_choices(program: Program, check: Check, diagnostics: Diagnostics) -> None:
    """Checks a program with the defaults, and with each value that may be chosen.

    One hyperparameter differs from its default at a time. Of ranges the ends are tried.

    Args:
        program: Any program.
        check: Looks over a plain program.
        diagnostics: Where problems go; those that not all values have name the value.
    """
    check(with_defaults(program), diagnostics)
    if diagnostics.has_errors:
        return
    for item, value in _tried(program):
        chosen = Diagnostics()
        check(with_values(program, {**program.defaults, item.name: value}), chosen)
        for problem in chosen:
            if problem not in diagnostics:
                diagnostics.add(_about(item, value, problem))


def _tried(program: Program) -> Iterator[tuple[Hyperparameter, Literal]]:
    for item in program.hyperparameters:
        yield from ((item, value) for value in item.values if value != item.default)


def _about(item: Hyperparameter, value: Literal, problem: Diagnostic) -> Diagnostic:
    chosen = f"with {item.name}={value.value!r}"
    return replace(problem, message=f"{chosen}: {problem.message}")


def without_idle(program: Program) -> Program:
    """Returns a program without the hyperparameters that nothing reads any more."""
    training = program.training
    settings = (*training.compile.values(), *training.fit.values(), *training.callbacks)
    values = [setting.value for setting in settings]
    values += [a.value for shared in program.shared for a in shared.arguments]
    found = {name for value in values for name in names_in(value)}
    for body in (program.body, *(block.body for block in program.blocks)):
        found |= names_read(body)
    kept = tuple(item for item in program.hyperparameters if item.name in found)
    return replace(program, hyperparameters=kept)
