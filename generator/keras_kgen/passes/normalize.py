"""Brings every call of a program into one form, so that equal things look equal."""

from __future__ import annotations

import functools
import operator
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from keras_kgen.catalogue import former, registry
from keras_kgen.catalogue.entry import Entry, Parameter
from keras_kgen.ir.definitions import Former
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Literal,
    ObjectCall,
    Sequence,
    from_value,
)
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    If,
    Nested,
    Program,
    Setting,
    Shared,
    Value,
    calls,
    map_calls,
    map_constants,
    values_in,
)

# Defaults that people write out, for they are the first thing to change.
_KEPT = ("learning_rate",)

# Ops whose optional arguments people write by position as well.
_POSITIONAL_OPS = ("transpose", "where")

_C = TypeVar("_C", Call, Shared)

# Arguments for which Keras takes one number in place of a tuple of equal numbers.
_REPEATED = ("kernel_size", "strides", "pool_size", "dilation_rate", "size")


def normalize(program: Program) -> Program:
    """Names all arguments, orders them as in their signature and drops the defaults.

    The program must be valid. `(3, 3)` becomes `3` where Keras reads both alike, and a
    shared layer that is called once is a layer like any other. What goes into an op stands
    by position where it is a tensor or must be given.
    """
    program = _unshare(program)
    normalizer = _Normalizer(program)
    training = program.training
    return replace(
        program,
        blocks=tuple(normalizer.block(block) for block in program.blocks),
        shared=tuple(normalizer.call(shared) for shared in program.shared),
        body=normalizer.body(program.body),
        training=replace(
            training,
            compile={k: _setting(s) for k, s in training.compile.items()},
            data=_setting(training.data) if training.data else None,
            callbacks=tuple(map(_setting, training.callbacks)),
        ),
    )


def _unshare(program: Program) -> Program:
    bodies = (program.body, *(block.body for block in program.blocks))
    called = Counter(
        c.callee for body in bodies for c in _each_call(body) if c.kind is Callee.SHARED
    )
    single = {
        shared.name: shared
        for shared in program.shared
        if called[shared.name] <= 1 and shared.kind is not Callee.BLOCK
    }
    if not single:
        return program
    return replace(
        program,
        blocks=tuple(
            replace(block, body=_unshare_in(block.body, single))
            for block in program.blocks
        ),
        shared=tuple(s for s in program.shared if s.name not in single),
        body=_unshare_in(program.body, single),
    )


def _each_call(body: Body) -> Iterator[Call]:
    """Yields the calls of a body, those inside loops twice: they happen several times."""
    for statement in body.statements:
        if isinstance(statement, Call):
            yield statement
        elif isinstance(statement, If):
            yield from _each_call(statement.body)
            yield from _each_call(statement.otherwise)
        else:
            inner = calls(Body((statement,), ()))
            yield from (call for found in inner for call in (found, found))


def _unshare_in(body: Body, single: Mapping[str, Shared]) -> Body:
    def unshared(call: Call) -> Call:
        shared = single.get(call.callee) if call.kind is Callee.SHARED else None
        return _as_own_layer(call, shared) if shared else call

    return map_calls(body, unshared)


def _as_own_layer(call: Call, shared: Shared) -> Call:
    return replace(
        call,
        kind=shared.kind,
        callee=shared.callee,
        arguments=shared.arguments,
        label=shared.name,
    )


class _Normalizer:
    def __init__(self, program: Program) -> None:
        self.blocks = {block.name: block for block in program.blocks}
        self.program = program

    def block(self, block: Block) -> Block:
        return replace(block, body=self.body(block.body))

    def body(self, body: Body) -> Body:
        return map_calls(body, self.call)

    def call(self, call: _C) -> _C:
        if call.kind is Callee.LAYER:
            entry = registry.lookup("layers", call.callee)
            assert entry is not None
            usual = normalize_arguments(entry, call.arguments)
            return call if usual is call.arguments else replace(call, arguments=usual)
        if isinstance(call, Call) and call.kind is Callee.OP:
            return _normalize_op(call)
        if call.kind is Callee.IMPORTED:
            definition = self.program.definition(call.callee)
            if isinstance(definition, Former):
                named = _normalize_former(definition, call.arguments)
                return replace(call, arguments=named)
        if call.kind is Callee.BLOCK:
            block = self.blocks[call.callee]
            names = [parameter.name for parameter in block.parameters]
            defaults = {p.name: p.default for p in block.parameters}
            given = _by_name(names, call.arguments)
            kept = tuple(a for a in given if a.value != defaults.get(a.name or ""))
            call = replace(call, arguments=kept)
            if isinstance(call, Call) and call.keywords:
                inputs = _inputs_in_order(call, block)
                call = replace(call, inputs=inputs, keywords=())
            return call
        return call


def _normalize_former(
    definition: Former, arguments: tuple[Argument, ...]
) -> tuple[Argument, ...]:
    """Does for a layer that Keras once had what `normalize_arguments` does for others."""
    source = former.find(definition.former)
    if source is None:
        return arguments
    order = {name: index for index, name in enumerate(source.parameters)}
    kept = []
    for argument in _by_name(list(source.parameters), arguments):
        name = argument.name or ""
        value = normalize_expression(argument.value)
        if name not in source.defaults or value != from_value(source.defaults[name]):
            kept.append(Argument(value, argument.name, argument.location))
    return tuple(sorted(kept, key=lambda a: order.get(a.name or "", len(order))))


def _inputs_in_order(call: Call, block: Block) -> tuple[Nested, ...]:
    """Returns what goes into a block, by position where it was given by name."""
    given = dict(call.keywords)
    missing = (value.name or "input" for value in block.inputs[len(call.inputs) :])
    return (*call.inputs, *(given[name] for name in missing))


def _normalize_op(call: Call) -> Call:
    """Names what goes into an op as people write it: `ops.mean(x, axis=1)`."""
    entry = registry.lookup("ops", call.callee)
    assert entry is not None, call.callee
    if any(parameter.var_positional for parameter in entry.parameters):
        return call
    names = [p.name for p in entry.positional_parameters]
    given = dict(zip(names, call.inputs, strict=False)) | dict(call.keywords)
    inputs: list[Nested] = []
    keywords: list[tuple[str, Nested]] = []
    for name in entry.parameter_names:
        if name not in given:
            continue
        item = map_constants(given[name], normalize_expression)
        parameter = entry.parameter(name)
        is_next = name == names[len(inputs)] if len(inputs) < len(names) else False
        is_required = parameter is not None and parameter.required
        stands_alone = any(values_in(item)) or call.callee in _POSITIONAL_OPS
        if is_next and not keywords and (is_required or stands_alone):
            inputs.append(item)
        elif not _is_default_constant(entry, name, item):
            keywords.append((name, item))
    return replace(call, inputs=tuple(inputs), keywords=tuple(keywords))


def _is_default_constant(entry: Entry, name: str, item: Nested) -> bool:
    is_constant = not isinstance(item, Value | tuple | Mapping)
    return is_constant and _is_default(entry, name, item)  # type: ignore[arg-type]


def normalize_arguments(
    entry: Entry, arguments: tuple[Argument, ...]
) -> tuple[Argument, ...]:
    """Returns the arguments by name, in the order of the signature, without defaults.

    Where they are in that form already, they come back themselves.
    """
    if not arguments or entry.takes_any_positional:
        return arguments
    order = _places(entry.parameter_names)
    kept = []
    positional = [p.name for p in entry.positional_parameters]
    for argument in _by_name(positional, arguments):
        value = normalize_expression(argument.value)
        if argument.name in _REPEATED:
            value = _collapse(value)
        if _is_default(entry, argument.name or "", value):
            continue
        if value is not argument.value:
            argument = Argument(value, argument.name, argument.location)
        kept.append(argument)
    kept.sort(key=lambda argument: order.get(argument.name or "", 0))
    is_same = len(kept) == len(arguments) and all(map(operator.is_, kept, arguments))
    return arguments if is_same else tuple(kept)


@functools.cache
def _places(names: tuple[str, ...]) -> dict[str, int]:
    """Returns the place of each name."""
    return {name: index for index, name in enumerate(names)}


def normalize_expression(value: Expression) -> Expression:
    """Normalizes the objects inside an expression."""
    match value:
        case Literal():
            return value
        case ObjectCall(family="imported"):
            given = (
                replace(a, value=normalize_expression(a.value)) for a in value.arguments
            )
            return replace(value, arguments=tuple(given))
        case ObjectCall():
            entry = registry.entry_of(value)
            named = normalize_arguments(entry, value.arguments)
            return (
                value if named is value.arguments else replace(value, arguments=named)
            )
        case Sequence(items):
            normal = tuple(map(normalize_expression, items))
            is_same = all(map(operator.is_, normal, items))
            return value if is_same else replace(value, items=normal)
        case Dictionary(pairs):
            return Dictionary(tuple((k, normalize_expression(v)) for k, v in pairs))
    return value


def _setting(setting: Setting) -> Setting:
    return replace(setting, value=normalize_expression(setting.value))


def _by_name(positional: list[str], arguments: tuple[Argument, ...]) -> list[Argument]:
    given = []
    for index, argument in enumerate(arguments):
        if argument.name is None:
            argument = replace(argument, name=positional[index])
        given.append(argument)
    return given


def _collapse(value: Expression) -> Expression:
    if isinstance(value, Sequence) and value.items:
        first = value.items[0]
        return first if all(item == first for item in value.items) else value
    return value


def _is_default(entry: Entry, name: str, value: Expression) -> bool:
    parameter = entry.parameter(name)
    if (
        parameter is None
        or parameter.default_source is None
        or not parameter.is_literal
    ):
        return False
    default = _default(name, parameter)
    return default is not None and value == default


@functools.lru_cache(maxsize=4096)
def _default(name: str, parameter: Parameter) -> Expression | None:
    """Returns the default of a parameter, None where the argument is written out anyway."""
    if name in _KEPT:
        return None
    try:
        default = from_value(parameter.default)
    except TypeError:
        return None
    return _collapse(default) if name in _REPEATED else default
