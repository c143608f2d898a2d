"""Makes models within the model that differ in a number and a size into one of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from keras_kgen.ir.expressions import Argument, Expression, Literal, Name, names_in
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    Parameter,
    Program,
    Shared,
    Statement,
    Value,
    calls,
)
from keras_kgen.passes.recover.items import Token, tokens
from keras_kgen.passes.recover.labels import SEPARATORS, Label, find_names, pattern
from keras_kgen.passes.recover.windows import common_start

# So many models are worth a function ...
_LEAST = 3
# ... that takes no more than so many parameters besides the number.
_MOST_PARAMETERS = 2
_INDEX = "index"


@dataclass(frozen=True, slots=True)
class _Model:
    """A list of layers that the body of the model calls once."""

    shared: Shared
    block: Block

    @property
    def label(self) -> Expression:
        """What the model is called."""
        given = (a.value for a in self.shared.arguments if a.name == "name")
        return next(given, Literal(self.shared.name))


class _Different(Exception):
    """Models differ in more than numbers and sizes."""


def share_models(program: Program) -> Program:
    """Returns the program with a block for models that are alike.

    Each call of the block makes a model and calls it, as functions do that people write.
    """
    return _for_each_kind(program, _shared)


def share_model_classes(program: Program) -> Program:
    """Returns the program with one class for models that are alike; each is an instance."""
    return _for_each_kind(program, _instances)


_Change = Callable[[Program, "Sequence[_Model]"], Program]


def _for_each_kind(program: Program, change: _Change) -> Program:
    groups: dict[object, list[_Model]] = {}
    for model in _models(program):
        groups.setdefault(_form(model.block), []).append(model)
    for models in groups.values():
        if len(models) >= _LEAST:
            try:
                program = change(program, models)
            except _Different:
                continue
    return program


def _models(program: Program) -> Iterator[_Model]:
    """Yields the models within the model, each a list of layers that one line calls."""
    bodies = (program.body, *(block.body for block in program.blocks))
    called = [c.callee for b in bodies for c in calls(b) if c.kind is Callee.SHARED]
    callees = [shared.callee for shared in program.shared]
    own = {s.callee for s in program.body.statements if isinstance(s, Call)}
    for shared in program.shared:
        is_named = all(a.name == "name" for a in shared.arguments)
        is_single = called.count(shared.name) == callees.count(shared.callee) == 1
        if shared.is_sequential and shared.name in own and is_named and is_single:
            block = program.block(shared.callee)
            if not block.parameters and len(block.inputs) == 1:
                yield _Model(shared, block)


def _form(block: Block) -> object:
    """Returns what models that are alike have in common."""
    return tuple(
        (
            (s.kind, s.callee, s.inputs, s.results, tuple(a.name for a in s.arguments))
            if isinstance(s, Call) and s.kind is Callee.LAYER and not s.keywords
            else block.name
        )
        for s in block.body.statements
    )


def _shared(program: Program, models: Sequence[_Model]) -> Program:
    """Returns the program with one block for some models.

    Raises:
        _Different: they do not go together.
    """
    family = _Family(models)
    name = family.name(program)
    own = f"{name}_layers"
    taken = {block.name for block in program.blocks}
    taken |= {shared.name for shared in program.shared}
    if {name, own} & taken:
        raise _Different
    layers = Block(own, family.parameters(), models[0].block.inputs, family.body)
    given = [Argument(Name(p.name), p.name) for p in layers.parameters]
    single = Shared(
        name.removesuffix("_block") if name.endswith("_block") else f"{name}_model",
        Callee.BLOCK,
        own,
        (*given, Argument(family.label, "name")),
        is_sequential=True,
    )
    inputs, outputs = layers.inputs, (Value(layers.inputs[0].index + 1),)
    line = Call(Callee.SHARED, single.name, (), inputs, outputs)
    block = Block(name, layers.parameters, inputs, Body((line,), outputs))
    old = {model.shared.name: place for place, model in enumerate(models)}

    def changed(statement: Statement) -> Statement:
        if not isinstance(statement, Call) or statement.callee not in old:
            return statement
        arguments = family.arguments(old[statement.callee])
        return replace(
            statement, kind=Callee.BLOCK, callee=name, arguments=arguments, label=None
        )

    gone = {model.block.name for model in models}
    kept = (b for b in program.blocks if b.name not in gone)
    return replace(
        program,
        blocks=(*kept, layers, block),
        shared=(*(s for s in program.shared if s.name not in old), single),
        body=replace(
            program.body, statements=tuple(map(changed, program.body.statements))
        ),
    )


def _instances(program: Program, models: Sequence[_Model]) -> Program:
    """Returns the program with one block that all of some models are.

    Raises:
        _Different: they do not go together.
    """
    family = _Family(models)
    name = family.name(program)
    taken = {block.name for block in program.blocks}
    if name in taken | {shared.name for shared in program.shared}:
        raise _Different
    first = models[0].block
    block = replace(first, name=name, parameters=family.parameters(), body=family.body)
    made = {
        model.shared.name: replace(
            model.shared,
            callee=name,
            arguments=(*family.arguments(place), *model.shared.arguments),
        )
        for place, model in enumerate(models)
    }
    gone = {model.block.name for model in models}
    kept = (b for b in program.blocks if b.name not in gone)
    shared = (made.get(item.name, item) for item in program.shared)
    return replace(program, blocks=(*kept, block), shared=tuple(shared))


class _Family:
    """Models as one list of layers with parameters.

    Raises:
        _Different: they are not numbered, or differ in too much.
    """

    def __init__(self, models: Sequence[_Model]) -> None:
        self.models = models
        self.values: dict[str, tuple[Expression, ...]] = {}
        lines = [self.line(place) for place in range(len(models[0].block.body.lines))]
        labels = [tuple(map(_label, calls)) for calls in lines]
        named = [column for column in labels if all(column)]
        own = tuple(tokens(model.label) for model in models)
        names = find_names([*named, own])
        if names is None or any(len(name) != 1 for name in names):
            raise _Different
        self.names = names
        self.values[_INDEX] = tuple(_number(token) for (token,) in names)
        self.label = self.text(own)
        statements = tuple(map(self.call, lines))
        self.body = replace(models[0].block.body, statements=statements)
        if len(self.values) > 1 + _MOST_PARAMETERS:
            raise _Different

    def line(self, place: int) -> list[Call]:
        found = [model.block.body.statements[place] for model in self.models]
        return [line for line in found if isinstance(line, Call)]

    def text(self, labels: tuple[Label, ...]) -> Expression:
        known = pattern(labels, self.names, _INDEX)
        if known is None:
            raise _Different
        return known

    def call(self, lines: list[Call]) -> Call:
        columns = zip(*(line.arguments for line in lines), strict=True)
        return replace(lines[0], arguments=tuple(map(self.argument, columns)))

    def argument(self, given: tuple[Argument, ...]) -> Argument:
        values = tuple(argument.value for argument in given)
        name = given[0].name or ""
        if len(set(values)) == 1:
            return given[0]
        if name == "name":
            return Argument(self.text(tuple(map(tokens, values))), name)
        if any(names_in(value) or not isinstance(value, Literal) for value in values):
            raise _Different
        if self.values.setdefault(name, values) != values:
            raise _Different
        return Argument(Name(name), name)

    def parameters(self) -> tuple[Parameter, ...]:
        """Returns the parameters, the number last."""
        return tuple(Parameter(name) for name in [*list(self.values)[1:], _INDEX])

    def arguments(self, place: int) -> tuple[Argument, ...]:
        """Returns what one of the models is made with."""
        return tuple(
            Argument(self.values[p.name][place], p.name) for p in self.parameters()
        )

    def name(self, program: Program) -> str:
        """Returns what the names of the models have in common, less that of the program."""
        start = common_start([tokens(model.label) for model in self.models])
        own = tokens(Literal(program.name))
        rest = start[len(own) :] if start[: len(own)] == own else start
        words = "".join(t for t in rest if isinstance(t, str)).strip(SEPARATORS)
        if not words.isidentifier():
            raise _Different
        return words


def _label(call: Call) -> Label:
    name = next((a.value for a in call.arguments if a.name == "name"), None)
    return () if name is None else tokens(name)


def _number(token: Token) -> Expression:
    if not isinstance(token, str) or not token.isdecimal() or token != str(int(token)):
        raise _Different
    return Literal(int(token))
