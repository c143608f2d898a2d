"""Objects that many lines need, as constants of the module."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from keras_kgen.backends.view import Constant
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Literal,
    Name,
    ObjectCall,
)
from keras_kgen.ir.program import Body, Call, Program, Shared, calls, map_calls
from keras_kgen.pysource.literals import expression
from keras_kgen.pysource.names import Namespace

# Written so often, an object is easier to change in one place.
_OFTEN = 3


def hoist_objects(
    program: Program, namespace: Namespace
) -> tuple[Program, tuple[Constant, ...]]:
    """Returns the program with initializers that are written often as constants.

    A constant holds the config of an initializer, as in `keras.applications`: Keras makes a
    new object of it for each layer. One object for several layers would give all of them
    the same values.
    """
    counts: Counter[ObjectCall] = Counter()
    kinds: dict[ObjectCall, str] = {}
    for argument in _arguments(program):
        value = argument.value
        if isinstance(value, ObjectCall) and _is_hoisted(value):
            counts[value] += 1
            kinds.setdefault(value, argument.name or "initializer")
    often = [value for value, count in counts.items() if count >= _OFTEN]
    names = {value: namespace.take(kinds[value].upper()) for value in often}
    constants = tuple(Constant(names[v], expression(_config(v))) for v in often)
    return (_replace(program, names) if names else program), constants


def _is_hoisted(value: ObjectCall) -> bool:
    return (
        value.family == "initializers"
        and len(value.arguments) > 1
        and all(isinstance(argument.value, Literal) for argument in value.arguments)
    )


def _arguments(program: Program) -> Iterator[Argument]:
    for body in (program.body, *(block.body for block in program.blocks)):
        for call in calls(body):
            yield from call.arguments
    for shared in program.shared:
        yield from shared.arguments


def _config(value: ObjectCall) -> Dictionary:
    given = tuple((Literal(a.name), a.value) for a in value.arguments)
    return Dictionary(
        (
            (Literal("class_name"), Literal(value.class_name)),
            (Literal("config"), Dictionary(given)),
        )
    )


def _replace(program: Program, names: dict[ObjectCall, str]) -> Program:
    def of(arguments: tuple[Argument, ...]) -> tuple[Argument, ...]:
        return tuple(
            (
                replace(a, value=Name(names[a.value]))
                if isinstance(a.value, ObjectCall) and a.value in names
                else a
            )
            for a in arguments
        )

    def of_call(call: Call) -> Call:
        return replace(call, arguments=of(call.arguments))

    def of_body(body: Body) -> Body:
        return map_calls(body, of_call)

    def of_shared(shared: Shared) -> Shared:
        return replace(shared, arguments=of(shared.arguments))

    return replace(
        program,
        blocks=tuple(replace(b, body=of_body(b.body)) for b in program.blocks),
        shared=tuple(map(of_shared, program.shared)),
        body=of_body(program.body),
    )
