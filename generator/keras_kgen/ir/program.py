"""The program: what will be written, with its blocks, loops and names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from enum import Enum
from typing import Union, final

from keras_kgen.errors import Diagnostic, Location
from keras_kgen.ir.data import OwnData
from keras_kgen.ir.definitions import Definition
from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    Literal,
    names_in,
    replace_names,
)
from keras_kgen.ir.graph import Input
from keras_kgen.ir.tuning import Hyperparameter, Search
from keras_kgen.records import record


@record
class Value:
    """A tensor in a program: `index` is unique in its scope, `name` is the author's."""

    index: int
    name: str | None = None

    def __hash__(self) -> int:
        return self.index


_ZERO = Literal(0)


class Unpacked(Value):
    """The tensors of a list among others: `[*skips, x]`; the value is that of the list."""

    __slots__ = ()

    @property
    def list(self) -> Value:
        """The list."""
        return Value(self.index, self.name)


# What a layer is called with: tensors, and constants such as `training=False`.
Nested = Value | Expression | tuple["Nested", ...] | Mapping[str, "Nested"]


# How inputs or outputs are nested: their indices in lists, dictionaries, or alone.
Structure = int | tuple["Structure", ...] | Mapping[str, "Structure"]
# The ops behind `+`, `-`, `*`, `/` and `**`.
ARITHMETIC = ("add", "subtract", "multiply", "divide", "true_divide", "power")


class Callee(Enum):
    """What a statement calls."""

    LAYER = "layer"
    BLOCK = "block"
    SHARED = "shared"
    OP = "op"
    IMPORTED = "imported"

    # There is one object for each; to hash their names takes long.
    __hash__ = object.__hash__


@record
class Call:
    """One line: a layer, a block, a shared layer or an op, called once.

    Attributes:
        callee: The canonical class name, the name of the block or shared layer, or the op
            relative to `keras.ops`; operators are ops too, `a + b` is `add`.
        arguments: What goes to the constructor; an op has none.
        inputs: What goes to the call, positional.
        results: The values that the line gives; several where the call returns several.
        keywords: What goes to the call, by name.
        label: The name that the author gave to the layer itself, if any.
    """

    kind: Callee
    callee: str
    arguments: tuple[Argument, ...]
    inputs: tuple[Nested, ...]
    results: tuple[Value, ...]
    keywords: tuple[tuple[str, Nested], ...] = ()
    label: str | None = field(default=None, compare=False)
    location: Location | None = field(default=None, compare=False)


@record
class Loop:
    """The same line over and over, each time on the result of the time before.

    Attributes:
        variables: The names that differ from time to time.
        rows: Their values, a row for each time; rows are empty where nothing differs.
        body: The line; it reads `carried` and the variables.
        initial: The value that the first time reads.
        carried: The name of that value inside the body.
        result: The value after the last time.
    """

    variables: tuple[str, ...]
    rows: tuple[tuple[Expression, ...], ...]
    body: Call
    initial: Value
    carried: Value
    result: Value


@record
class For:
    """Lines over and over: `for block in range(1, blocks + 1):` or over a table of rows.

    Values inside `body` are numbered with those of the scope around it.

    Attributes:
        variables: The names that each row binds; none where there are no rows.
        rows: A row of values for each time, None where the loop counts to `stop`.
        index: The name of the counter, None where nothing reads it.
        start: The first value of the counter.
        stop: Where the counter ends, exclusive; only without rows.
        body: The lines; its outputs are what `carried` is the next time.
        carried: The values that each time hands to the next, by their names inside.
        initial: What they are the first time.
        results: What they are after the last time.
        collected: Values inside that each time appends to a list.
        lists: Those lists, in the scope around; they stand where a list of tensors goes in.
        items: Values inside, each the next item of a list of the scope around, from its end
            where the flag is set.
    """

    variables: tuple[str, ...]
    rows: tuple[tuple[Expression, ...], ...] | None
    body: Body
    carried: tuple[Value, ...]
    initial: tuple[Value, ...]
    results: tuple[Value, ...]
    index: str | None = None
    start: Expression = _ZERO
    stop: Expression | None = None
    collected: tuple[Value, ...] = ()
    lists: tuple[Value, ...] = ()
    items: tuple[tuple[Value, Value, bool], ...] = ()


@record
class If:
    """Lines that only some instances of a block have.

    Values inside are numbered with those of the scope around.

    Attributes:
        test: What decides, a flag of the block for instance.
        body: The lines where the test holds.
        otherwise: The lines where it does not; often none.
        results: What the branch taken gives, as many as either body has outputs.
    """

    test: Expression
    body: Body
    otherwise: Body
    results: tuple[Value, ...]


# What class styles write: one layer, or a list of layers.
Line = Call | Loop
Statement = Union[Call, Loop, "For", "If"]


@record
class Parameter:
    """A parameter of a block; `default` is None where it must be given."""

    name: str
    default: Expression | None = None
    location: Location | None = field(default=None, compare=False)


@record
class Body:
    """Lines and what they give."""

    statements: tuple[Statement, ...]
    outputs: tuple[Value, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The statements of a body without `For` and `If`."""
        assert all(isinstance(item, Call | Loop) for item in self.statements)
        return self.statements  # type: ignore[return-value]


@record
class Block:
    """A named piece of a model with parameters.

    Attributes:
        widths: Names in the body that are the width of an input, with that input; only
            where functions are written, which see the tensors that they are called with.
    """

    name: str
    parameters: tuple[Parameter, ...]
    inputs: tuple[Value, ...]
    body: Body
    location: Location | None = field(default=None, compare=False)
    widths: tuple[tuple[str, Value], ...] = ()


@final
@record
class Shared:
    """One layer, or one instance of a block, whose weights several calls share.

    It belongs to the body that calls it: to the model, or to each instance of a block. An
    instance of a block is a model within the model.

    Attributes:
        is_sequential: Whether that model is written as a list of layers, where it can be.
    """

    name: str
    kind: Callee
    callee: str
    arguments: tuple[Argument, ...]
    location: Location | None = field(default=None, compare=False)
    is_sequential: bool = False


@record
class Setting:
    """A value of `compile:`, `data:` and the like, and where it stands.

    Attributes:
        places: Where its parts stand: `key` for its own key, `target` for the value of
            that key in a mapping, `target.key` for the key.
    """

    value: Expression
    location: Location | None = field(default=None, compare=False)
    places: Mapping[str, Location] = field(default_factory=dict, compare=False)

    def place(self, path: str) -> Location | None:
        """Returns where a part stands, or else where the value begins."""
        return self.places.get(path, self.location)


@record
class Training:
    """What the source says on training; kgen decides the rest.

    Attributes:
        compile: Arguments of `Model.compile` by name.
        data: A name, a path, or a mapping with either; None where the source names no data.
        fit: Arguments of `Model.fit` by name.
        callbacks: Callbacks, as object calls.
        is_saved: Whether a model has been trained so, however odd it is.
        own: What was found in the user's own data, where `data` names such.
        seed: What random numbers start from; None where they differ from run to run.
        loop: Who runs a training step: `fit`, a `train_step` for one backend by its name, or
            `custom` for one that every backend runs.
        distribute: The name of a way to train on several devices; None is one device.
    """

    compile: Mapping[str, Setting] = field(default_factory=dict)
    data: Setting | None = None
    fit: Mapping[str, Setting] = field(default_factory=dict)
    callbacks: tuple[Setting, ...] = ()
    is_saved: bool = False
    own: OwnData | None = None
    seed: int | None = None
    loop: str = "fit"
    distribute: Setting | None = None


@record
class Program:
    """A whole model.

    Attributes:
        description: What the model is, in the author's words; may be empty.
        inputs: The inputs; `values` are the values that stand for them in the body.
        shared: The shared layers of the model and of all blocks; each name is there once.
        output_keys: A name for each output where there are several, or where the model
            returns a dictionary.
        input_structure: How the model takes its inputs where that is neither one tensor
            nor a dictionary by name.
        output_structure: How it gives its outputs where that is neither one tensor nor a
            dictionary by `output_keys`.
        imports: The modules of the user's own classes, by the name of the class.
        definitions: The classes and functions that the module defines by itself; lines call
            them as they call what is imported.
        notes: What the user should know of reading the source.
        precision: The policy of layers that have no `dtype` of their own.
        hyperparameters: What a search may choose; all expressions may read them by name.
        search: How it chooses.
    """

    name: str
    description: str
    inputs: tuple[Input, ...]
    values: tuple[Value, ...]
    blocks: tuple[Block, ...]
    shared: tuple[Shared, ...]
    body: Body
    output_keys: tuple[str, ...] = ()
    training: Training = field(default_factory=Training)
    imports: Mapping[str, str] = field(default_factory=dict)
    input_structure: Structure | None = None
    output_structure: Structure | None = None
    definitions: tuple[Definition, ...] = ()
    notes: tuple[Diagnostic, ...] = field(default=(), compare=False)
    precision: str = "float32"
    hyperparameters: tuple[Hyperparameter, ...] = ()
    search: Search = field(default_factory=Search)

    @property
    def defaults(self) -> dict[str, Expression]:
        """The value of each hyperparameter as long as no search has chosen one."""
        return {item.name: item.default for item in self.hyperparameters}

    @property
    def takes(self) -> Structure:
        """How the model takes its inputs."""
        if self.input_structure is not None:
            return self.input_structure
        if len(self.inputs) == 1:
            return 0
        return {given.name: index for index, given in enumerate(self.inputs)}

    @property
    def gives(self) -> Structure:
        """How the model gives its outputs."""
        if self.output_structure is not None:
            return self.output_structure
        if not self.output_keys:
            return 0
        return {key: index for index, key in enumerate(self.output_keys)}

    def block(self, name: str) -> Block:
        """Returns the block of that name."""
        return next(block for block in self.blocks if block.name == name)

    def shared_layer(self, name: str) -> Shared:
        """Returns the shared layer of that name."""
        return next(shared for shared in self.shared if shared.name == name)

    def definition(self, name: str) -> Definition | None:
        """Returns what the module defines by that name, None where it imports it."""
        return next((item for item in self.definitions if item.name == name), None)

    def shared_in(self, body: Body) -> tuple[Shared, ...]:
        """Returns the shared layers that belong to a body."""
        called = {call.callee for call in calls(body) if call.kind is Callee.SHARED}
        return tuple(shared for shared in self.shared if shared.name in called)


def leaves(structure: Structure) -> Iterator[int]:
    """Yields the indices in a structure as Keras flattens it, dictionaries by sorted key."""
    if isinstance(structure, int):
        yield structure
    elif isinstance(structure, tuple):
        for item in structure:
            yield from leaves(item)
    else:
        for key in sorted(structure):
            yield from leaves(structure[key])


def values_in(nested: Nested) -> Iterator[Value]:
    """Yields the values of a call argument in order."""
    if isinstance(nested, Unpacked):
        yield nested.list
    elif isinstance(nested, Value):
        yield nested
    elif isinstance(nested, tuple):
        for item in nested:
            yield from values_in(item)
    elif isinstance(nested, Mapping):
        for item in nested.values():
            yield from values_in(item)


def map_values(nested: Nested, function: Callable[[Value], Nested]) -> Nested:
    """Returns the same nesting with `function` applied to each value.

    What is unpacked stands in the list itself once it is several values.
    """
    if isinstance(nested, Value):
        return function(nested)
    if isinstance(nested, tuple):
        items: list[Nested] = []
        for item in nested:
            if isinstance(item, Unpacked):
                items += _unpacked(function(item.list))
            else:
                items.append(map_values(item, function))
        return tuple(items)
    if isinstance(nested, Mapping):
        return {key: map_values(item, function) for key, item in nested.items()}
    return nested


def _unpacked(mapped: Nested) -> tuple[Nested, ...]:
    if isinstance(mapped, Value):
        return (Unpacked(mapped.index, mapped.name),)
    assert isinstance(mapped, tuple)
    return mapped


def map_constants(
    nested: Nested, function: Callable[[Expression], Expression]
) -> Nested:
    """Returns the same nesting with `function` applied to each constant."""
    if isinstance(nested, Value):
        return nested
    if isinstance(nested, tuple):
        return tuple(map_constants(item, function) for item in nested)
    if isinstance(nested, Mapping):
        return {key: map_constants(item, function) for key, item in nested.items()}
    return function(nested)


def constants(call: Call) -> tuple[Expression, ...]:
    """Returns the constants that a layer or op is called with."""
    found: list[Expression] = []

    def keep(item: Expression) -> Expression:
        found.append(item)
        return item

    for nested in (*call.inputs, *(item for _, item in call.keywords)):
        map_constants(nested, keep)
    return tuple(found)


def substitute_call(
    call: Call, names: Mapping[str, Expression], values: Mapping[Value, Nested]
) -> Call:
    """Returns a call with other expressions for names and other tensors for values."""

    def resolve(nested: Nested) -> Nested:
        named = map_constants(nested, lambda item: replace_names(item, dict(names)))
        return map_values(named, lambda value: values.get(value, value))

    return replace(
        call,
        arguments=substitute_arguments(call.arguments, names),
        inputs=tuple(map(resolve, call.inputs)),
        keywords=tuple((key, resolve(item)) for key, item in call.keywords),
    )


def substitute_arguments(
    arguments: tuple[Argument, ...], names: Mapping[str, Expression]
) -> tuple[Argument, ...]:
    """Returns arguments with other expressions for names."""
    given = dict(names)
    return tuple(replace(a, value=replace_names(a.value, given)) for a in arguments)


def substitute_names(body: Body, names: Mapping[str, Expression]) -> Body:
    """Returns a body with other expressions for names; what loops bind stays."""

    def given(value: Expression) -> Expression:
        return replace_names(value, dict(names))

    def changed(statement: Statement) -> Statement:
        if isinstance(statement, Call):
            return substitute_call(statement, names, {})
        if isinstance(statement, If):
            bodies = (statement.body, statement.otherwise)
            taken, otherwise = (substitute_names(inner, names) for inner in bodies)
            test = given(statement.test)
            return replace(statement, test=test, body=taken, otherwise=otherwise)
        own = {k: v for k, v in names.items() if k not in bound_names(statement)}
        rows = statement.rows
        if rows is not None:
            rows = tuple(tuple(map(given, row)) for row in rows)
        if isinstance(statement, Loop):
            assert rows is not None
            line = substitute_call(statement.body, own, {})
            return replace(statement, rows=rows, body=line)
        return replace(
            statement,
            rows=rows,
            body=substitute_names(statement.body, own),
            start=given(statement.start),
            stop=None if statement.stop is None else given(statement.stop),
        )

    return replace(body, statements=tuple(map(changed, body.statements)))


def bound_names(loop: Loop | For) -> tuple[str, ...]:
    """Returns the names that a loop binds."""
    index = loop.index if isinstance(loop, For) else None
    return loop.variables if index is None else (index, *loop.variables)


def names_read(body: Body) -> set[str]:
    """Returns the names in the expressions of a body, also of those that loops bind."""
    found: set[str] = set()
    for loop in loops(body):
        given = [item for row in loop.rows or () for item in row]
        if isinstance(loop, For):
            given += [loop.start, *([] if loop.stop is None else [loop.stop])]
        found.update(name for item in given for name in names_in(item))
    for call in calls(body):
        given = [*(a.value for a in call.arguments), *constants(call)]
        found.update(name for item in given for name in names_in(item))
    for branch in branches(body):
        found.update(names_in(branch.test))
    return found


def branches(body: Body) -> Iterator[If]:
    """Yields the branches of a body, those inside loops and branches too."""
    for statement in body.statements:
        if isinstance(statement, If):
            yield statement
            yield from branches(statement.otherwise)
        if isinstance(statement, For | If):
            yield from branches(statement.body)


def loops(body: Body) -> Iterator[Loop | For]:
    """Yields the loops of a body, those inside loops and branches too."""
    for statement in body.statements:
        if isinstance(statement, Loop | For):
            yield statement
        if isinstance(statement, For | If):
            yield from loops(statement.body)
        if isinstance(statement, If):
            yield from loops(statement.otherwise)


def call_of(statement: Statement) -> Call:
    """Returns the call of a line, or the one that a `Loop` repeats."""
    call = statement.body if isinstance(statement, Loop) else statement
    assert isinstance(call, Call), "a loop over several lines, or a branch"
    return call


def map_calls(body: Body, function: Callable[[Call], Call]) -> Body:
    """Returns the body with a function applied to each call, in loops and branches too."""

    def mapped(statement: Statement) -> Statement:
        if isinstance(statement, Call):
            return function(statement)
        if isinstance(statement, Loop):
            return replace(statement, body=function(statement.body))
        if isinstance(statement, For):
            return replace(statement, body=map_calls(statement.body, function))
        bodies = (statement.body, statement.otherwise)
        taken, otherwise = (map_calls(inner, function) for inner in bodies)
        return replace(statement, body=taken, otherwise=otherwise)

    return replace(body, statements=tuple(map(mapped, body.statements)))


def reads(statement: Statement) -> tuple[Value, ...]:
    """Returns the values that a statement reads, in order, each as often as it is read."""
    if isinstance(statement, Loop):
        inner = [v for v in reads(statement.body) if v != statement.carried]
        return (statement.initial, *inner)
    if isinstance(statement, For):
        given = (*statement.initial, *(taken for _, taken, _ in statement.items))
        return (*given, *_outer_reads(statement.body, _inner_values(statement)))
    if isinstance(statement, If):
        bodies = (statement.body, statement.otherwise)
        return tuple(value for body in bodies for value in _outer_reads(body, ()))
    found = [v for nested in statement.inputs for v in values_in(nested)]
    found += [v for _, nested in statement.keywords for v in values_in(nested)]
    return tuple(found)


def _inner_values(loop: For) -> tuple[Value, ...]:
    return (*loop.carried, *(item for item, _, _ in loop.items))


def _outer_reads(body: Body, inner: tuple[Value, ...]) -> Iterator[Value]:
    """Yields what a body reads of the scope around it."""
    known = set(inner)
    for statement in body.statements:
        yield from (value for value in reads(statement) if value not in known)
        known.update(results(statement))
    yield from (value for value in body.outputs if value not in known)


def results(statement: Statement) -> tuple[Value, ...]:
    """Returns the values that a statement gives."""
    if isinstance(statement, Loop):
        return (statement.result,)
    if isinstance(statement, For):
        return (*statement.results, *statement.lists)
    return statement.results


def calls(body: Body) -> Iterator[Call]:
    """Yields the calls of a body, those inside loops once."""
    for statement in body.statements:
        if isinstance(statement, Loop):
            yield statement.body
        elif isinstance(statement, For):
            yield from calls(statement.body)
        elif isinstance(statement, If):
            yield from calls(statement.body)
            yield from calls(statement.otherwise)
        else:
            yield statement
