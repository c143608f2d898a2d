"""Turns loops over several lines and branches into plain lines, for what has no such.

A block whose lines depend on its arguments becomes several blocks, one for each set of lines
that occurs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TypeVar

from keras_kgen.ir.expand import bind, times
from keras_kgen.ir.expressions import (
    Expression,
    Literal,
    Name,
    Operation,
    evaluate,
    evaluate_arguments,
    names_in,
    replace_names,
)
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    For,
    If,
    Loop,
    Nested,
    Program,
    Shared,
    Statement,
    Value,
    calls,
    constants,
    loops,
    map_calls,
    reads,
    results,
    substitute_call,
)
from keras_kgen.passes.substitute import substituted

Names = Mapping[str, Expression]
# What decides which copy of a block stands for a call: how each test came out, how often each
# loop ran, and which copies of other blocks the lines call.
_Trace = tuple[object, ...]
_Key = tuple[str, _Trace]
_C = TypeVar("_C", Call, Shared)


def specialize(
    program: Program,
    kept: Collection[str] = (),
    stays: Callable[[Statement], bool] = lambda statement: False,
) -> Program:
    """Returns the program without `For` and `If`; it stands for the same layers.

    The copy of a block that is called most often keeps its name; the names of the others
    say which flag they are for. Parameters that a copy does not read are dropped.

    Args:
        program: Any program.
        kept: Blocks that stay as they are.
        stays: Which loops and branches of the model stay, too, as far as its blocks do.
    """
    structured = _structured_blocks(program, kept)
    staying = {
        place
        for place, statement in enumerate(program.body.statements)
        if not isinstance(statement, Call)
        and stays(statement)
        and not structured & {c.callee for c in calls(Body((statement,), ()))}
    }
    body = program.body
    is_open = any(
        isinstance(statement, For | If) and place not in staying
        for place, statement in enumerate(body.statements)
    )
    if not structured and not is_open:
        return program
    return _Specializer(program, structured).program(staying)


def is_plain(body: Body) -> bool:
    """Whether a body has lines only, each of which may be over and over."""
    return all(isinstance(item, Call | Loop) for item in body.statements)


def _structured_blocks(program: Program, kept: Collection[str]) -> frozenset[str]:
    """Returns the blocks whose lines depend on arguments, or that call such a block."""
    found: set[str] = set()
    shared = {item.name: item for item in program.shared}
    for block in program.blocks:  # each comes behind those that it uses
        callees = (shared.get(c.callee, c).callee for c in calls(block.body))
        is_open = block.name not in kept and not is_plain(block.body)
        if is_open or found & set(callees):
            found.add(block.name)
    return frozenset(found)


def resolve_names(value: Expression, names: Names) -> Expression:
    """Replaces names by expressions; what reads no name any more is worked out."""
    replaced = replace_names(value, dict(names))
    return replaced if names_in(replaced) else evaluate(replaced, {})


def next_index(body: Body) -> int:
    """Returns an index beyond those of all values of a body."""
    given = max((abs(value.index) for value in body.outputs), default=0)
    return 1 + max((given, *map(_highest, body.statements)))


def _highest(statement: Statement) -> int:
    values = [*results(statement), *reads(statement)]
    inner: tuple[Body, ...] = ()
    if isinstance(statement, For):
        values += [*statement.carried, *(item for item, _, _ in statement.items)]
        inner = (statement.body,)
    elif isinstance(statement, If):
        inner = (statement.body, statement.otherwise)
    highest = max((abs(value.index) for value in values), default=0)
    return max((highest, *(next_index(body) - 1 for body in inner)))


@dataclass(slots=True)
class _Scope:
    """A body in the making.

    Attributes:
        fresh: An index that no value has.
        values: What stands for the values of the body that it is made from.
        label: What the tensors of the lines in the making are called.
    """

    fresh: int
    values: dict[Value, Nested]
    statements: list[Statement] = field(default_factory=list)
    trace: list[object] = field(default_factory=list)
    label: str | None = None

    def take(self, value: Value) -> Value:
        """Returns a value of its own for a value of a line that stands several times."""
        new = Value(self.fresh, value.name or self.label)
        self.fresh += 1
        self.values[value] = new
        return new

    def resolved(self, values: Iterable[Value]) -> list[Nested]:
        return [self.values.get(value, value) for value in values]

    def keep(self, statement: Statement) -> bool:
        """Adds a line as it is, but for the values that lines before it give now.

        It cannot stay where it reads a list of which there are only the items now.
        """
        given = {v: self.values[v] for v in reads(statement) if v in self.values}
        plain = {v: one for v, one in given.items() if isinstance(one, Value)}
        if len(plain) < len(given):
            return False
        self.statements.append(substituted(statement, plain))
        return True

    def plain(self, values: Iterable[Value]) -> tuple[Value, ...]:
        found = self.resolved(values)
        assert all(isinstance(value, Value) for value in found), "a list of tensors"
        return tuple(found)  # type: ignore[arg-type]


@dataclass(slots=True)
class _Copy:
    """A block as some of its calls need it.

    Attributes:
        values: The values of the parameters, for each instance.
    """

    block: Block
    values: list[dict[str, Expression]] = field(default_factory=list)


class _Specializer:
    def __init__(self, program: Program, structured: frozenset[str]) -> None:
        self.source = program
        self.structured = structured
        self.blocks = {block.name: block for block in program.blocks}
        self.copies: dict[_Key, _Copy] = {}
        self.shared: dict[tuple[str, str], Shared] = {}
        # Names of copies while this runs; they are no names that a block can have.
        self.labels: dict[_Key, str] = {}

    def program(self, staying: Collection[int]) -> Program:
        """Returns the program where some lines of the model stay as they are."""
        body, _ = self.body(self.source.body, self.source.defaults, {}, staying)
        copies = tuple(copy.block for copy in self.copies.values())
        plain = (b for b in self.source.blocks if b.name not in self.structured)
        names = self.names()
        blocks = tuple(_renamed(block, names) for block in (*plain, *copies))
        shared = tuple(
            replace(s, callee=names.get(s.callee, s.callee)) for s in self.all_shared()
        )
        made = replace(
            self.source,
            blocks=_in_order(blocks, shared),
            shared=shared,
            body=_renamed_calls(body, names),
        )
        return _without_unread(made)

    def all_shared(self) -> tuple[Shared, ...]:
        replaced = {name for name, _ in self.shared}
        kept = (s for s in self.source.shared if s.name not in replaced)
        return (*kept, *self.shared.values())

    # -- lines

    def body(
        self,
        body: Body,
        known: Names,
        symbols: Names,
        staying: Collection[int] = (),
    ) -> tuple[Body, _Trace]:
        """Returns a body of plain lines, and what decided on them.

        Args:
            body: The lines.
            known: The value of each name.
            symbols: What each name is in terms of the parameters around.
            staying: Which lines stay as they are.
        """
        scope = _Scope(next_index(body), {})
        for place, (statement, following) in enumerate(_with_following(body)):
            if place in staying and scope.keep(statement):
                continue
            scope.label = _branch_label(statement, following)
            self.add(statement, scope, known, symbols, is_single=True)
        outputs = scope.plain(body.outputs)
        return Body(tuple(scope.statements), outputs), tuple(scope.trace)

    def add(
        self,
        statement: Statement,
        scope: _Scope,
        known: Names,
        symbols: Names,
        is_single: bool = False,
    ) -> None:
        if isinstance(statement, Call):
            call = self.call(statement, scope, known, symbols)
            if not is_single:
                given = tuple(map(scope.take, statement.results))
                call = replace(call, results=given)
            scope.statements.append(call)
        elif isinstance(statement, Loop):
            self.add_loop(statement, scope, known, symbols)
        elif isinstance(statement, For):
            self.add_for(statement, scope, known, symbols)
        else:
            self.add_if(statement, scope, known, symbols)

    def add_loop(self, loop: Loop, scope: _Scope, known: Names, symbols: Names) -> None:
        current: Nested = scope.resolved((loop.initial,))[0]
        for row in loop.rows:
            given = dict(zip(loop.variables, row, strict=True))
            inner, outer = _bound(given, known, symbols)
            scope.values[loop.carried] = current
            self.add(loop.body, scope, inner, outer)
            current = scope.resolved(loop.body.results)[0]
        scope.values[loop.result] = current

    def add_for(self, loop: For, scope: _Scope, known: Names, symbols: Names) -> None:
        current = scope.resolved(loop.initial)
        lists: list[list[Nested]] = [[] for _ in loop.lists]
        bound = list(times(loop, known))
        scope.trace.append(len(bound))
        for time, values in enumerate(bound):
            given = self.row(loop, time, values, symbols)
            scope.values.update(zip(loop.carried, current, strict=True))
            for item, taken, is_reversed in loop.items:
                items = scope.values[taken]
                assert isinstance(items, tuple)
                scope.values[item] = items[-1 - time if is_reversed else time]
            inner = {**known, **values}
            for statement in loop.body.statements:
                self.add(statement, scope, inner, {**symbols, **given})
            found = scope.resolved(loop.collected)
            for collected, tensor in zip(lists, found, strict=True):
                collected.append(tensor)
            current = scope.resolved(loop.body.outputs)
        scope.values.update(zip(loop.results, current, strict=True))
        for value, collected in zip(loop.lists, lists, strict=True):
            scope.values[value] = tuple(collected)

    def row(
        self, loop: For, time: int, values: Names, symbols: Names
    ) -> dict[str, Expression]:
        """Returns what a loop binds at a time in terms of the parameters around."""
        row = loop.rows[time] if loop.rows is not None else ()
        given = dict(
            zip(
                loop.variables,
                (resolve_names(item, symbols) for item in row),
                strict=True,
            )
        )
        if loop.index is not None:
            start = resolve_names(loop.start, symbols)
            is_open = bool(names_in(start))
            moved = Operation("+", (start, Literal(time)))
            given[loop.index] = moved if is_open else values[loop.index]
        return given

    def add_if(self, branch: If, scope: _Scope, known: Names, symbols: Names) -> None:
        test = evaluate(branch.test, known)
        holds = isinstance(test, Literal) and bool(test.value)
        scope.trace.append(holds)
        body = branch.body if holds else branch.otherwise
        for statement in body.statements:
            self.add(statement, scope, known, symbols)
        given = scope.resolved(body.outputs)
        scope.values.update(zip(branch.results, given, strict=True))

    # -- blocks

    def call(self, call: Call, scope: _Scope, known: Names, symbols: Names) -> Call:
        made = substitute_call(call, symbols, scope.values)
        if call.kind is Callee.BLOCK and call.callee in self.structured:
            label = self.instance(call, known)
            scope.trace.append(label)
            return replace(made, callee=label)
        if call.kind is Callee.SHARED:
            shared = self.source.shared_layer(call.callee)
            if shared.kind is Callee.BLOCK and shared.callee in self.structured:
                label = self.instance(shared, known)
                scope.trace.append(label)
                return replace(made, callee=self.shared_copy(shared, label).name)
        return made

    def shared_copy(self, shared: Shared, label: str) -> Shared:
        """Returns a shared block whose lines are those of a copy."""
        key = (shared.name, label)
        if key not in self.shared:
            taken = {s.name for s in (*self.source.shared, *self.shared.values())}
            is_first = all(name != shared.name for name, _ in self.shared)
            name = shared.name if is_first else _free(shared.name, taken)
            self.shared[key] = replace(shared, name=name, callee=label)
        return self.shared[key]

    def instance(self, call: Call | Shared, known: Names) -> str:
        """Returns the label of the copy of a block that stands for a call."""
        block = self.blocks[call.callee]
        values = bind(block, evaluate_arguments(call.arguments, known))
        symbols: Names = {p.name: Name(p.name) for p in block.parameters}
        body, trace = self.body(block.body, values, symbols)
        key = (block.name, trace)
        if key not in self.copies:
            self.labels[key] = f"{block.name} {len(self.copies)}"
            made = replace(block, name=self.labels[key], body=body)
            self.copies[key] = _Copy(made)
        self.copies[key].values.append(values)
        return self.labels[key]

    # -- names

    def names(self) -> dict[str, str]:
        """Returns the name of each copy by its label."""
        taken = {b.name for b in self.source.blocks}
        found: dict[str, str] = {}
        for block in self.source.blocks:
            copies = [copy for key, copy in self.copies.items() if key[0] == block.name]
            if not copies:
                continue
            main = max(copies, key=lambda copy: len(copy.values))
            found[main.block.name] = block.name
            for copy in copies:
                if copy is not main:
                    wanted = f"{block.name}{_suffix(block, copy, main)}"
                    name = _free(wanted, taken)
                    taken.add(name)
                    found[copy.block.name] = name
        return found


def _with_following(
    body: Body,
) -> Iterator[tuple[Statement, Statement | None]]:
    """Yields each statement of a body, and the one behind it."""
    return zip_longest(body.statements, body.statements[1:])


def _branch_label(statement: Statement, following: Statement | None) -> str | None:
    """Returns `shortcut` for a branch around lines which other lines go past."""
    if not isinstance(statement, If) or len(statement.results) != 1:
        return None
    bodies = (statement.body, statement.otherwise)
    is_around = any(not body.statements for body in bodies)
    is_past = following is not None and statement.results[0] not in reads(following)
    return "shortcut" if is_around and is_past else None


def _bound(
    given: Names, known: Names, symbols: Names
) -> tuple[dict[str, Expression], dict[str, Expression]]:
    """Returns names with those that a row binds, as values and as expressions."""
    values = {name: evaluate(item, known) for name, item in given.items()}
    texts = {name: resolve_names(item, symbols) for name, item in given.items()}
    return {**known, **values}, {**symbols, **texts}


def _suffix(block: Block, copy: _Copy, main: _Copy) -> str:
    """Returns what tells a copy from the main one: `_with_conv_shortcut`."""
    for name in _deciding(block):
        own, other = _constant(copy, name), _constant(main, name)
        if own is None or own == other:
            continue
        if isinstance(own.value, bool):
            return f"_with_{name}" if own.value else f"_without_{name}"
        text = re.sub(r"\W+", "_", str(own.value)).strip("_").lower()
        return f"_without_{name}" if own.value is None else f"_{name}_{text}"
    return ""


def _constant(copy: _Copy, name: str) -> Literal | None:
    """Returns the value that a parameter has in all instances of a copy, if it has one."""
    found = {values.get(name) for values in copy.values}
    value = found.pop()
    return value if not found and isinstance(value, Literal) else None


def _deciding(block: Block) -> tuple[str, ...]:
    """Returns the parameters of a block, those that its tests read first."""
    tested = _tested(block.body)
    names = [parameter.name for parameter in block.parameters]
    return tuple(sorted(names, key=lambda name: name not in tested))


def _tested(body: Body) -> set[str]:
    found: set[str] = set()
    for statement in body.statements:
        if isinstance(statement, If):
            found |= names_in(statement.test)
            found |= _tested(statement.body) | _tested(statement.otherwise)
        elif isinstance(statement, For):
            found |= _tested(statement.body) | names_in(statement.start)
            found |= names_in(statement.stop) if statement.stop else set()
    return found


def _free(wanted: str, taken: Iterable[str]) -> str:
    used = set(taken)
    name, number = wanted, 2
    while name in used:
        name = f"{wanted}_{number}"
        number += 1
    return name


def _renamed(block: Block, names: Mapping[str, str]) -> Block:
    name = names.get(block.name, block.name)
    return replace(block, name=name, body=_renamed_calls(block.body, names))


def _renamed_calls(body: Body, names: Mapping[str, str]) -> Body:
    return map_calls(body, lambda c: replace(c, callee=names.get(c.callee, c.callee)))


def _in_order(
    blocks: tuple[Block, ...], shared: tuple[Shared, ...]
) -> tuple[Block, ...]:
    """Returns blocks, each behind those that it uses."""
    by_name = {block.name: block for block in blocks}
    layers = {item.name: item for item in shared}
    ordered: dict[str, Block] = {}

    def add(block: Block) -> None:
        for call in calls(block.body):
            callee = (
                layers.get(call.callee, call) if call.kind is Callee.SHARED else call
            )
            if callee.kind is Callee.BLOCK and callee.callee not in ordered:
                add(by_name[callee.callee])
        ordered[block.name] = block

    for block in blocks:
        if block.name not in ordered:
            add(block)
    return tuple(ordered.values())


def _without_unread(program: Program) -> Program:
    """Drops the parameters that nothing reads, and what is given for them."""
    unread: dict[str, frozenset[str]] = {}
    blocks = []
    shared = {item.name: item for item in program.shared}
    for block in program.blocks:  # each comes behind those that it uses
        body = map_calls(block.body, lambda call: without_given(call, unread))
        read = _read(body, shared, unread)
        dropped = frozenset(p.name for p in block.parameters if p.name not in read)
        unread[block.name] = dropped
        kept = tuple(p for p in block.parameters if p.name not in dropped)
        blocks.append(replace(block, parameters=kept, body=body))
    return replace(
        program,
        blocks=tuple(blocks),
        shared=tuple(without_given(item, unread) for item in program.shared),
        body=map_calls(program.body, lambda call: without_given(call, unread)),
    )


def _read(
    body: Body, shared: Mapping[str, Shared], unread: Mapping[str, frozenset[str]]
) -> set[str]:
    """Returns the names that a body reads."""
    found: set[str] = set()
    for call in calls(body):
        given: Call | Shared = call
        if call.kind is Callee.SHARED:
            given = without_given(shared[call.callee], unread)
        for argument in (*call.arguments, *given.arguments):
            found |= names_in(argument.value)
        for constant in constants(call):
            found |= names_in(constant)
    for loop in loops(body):
        found |= {n for row in loop.rows or () for e in row for n in names_in(e)}
    return found | _tested(body)


def without_given(call: _C, dropped: Mapping[str, frozenset[str]]) -> _C:
    """Returns a call without the arguments for parameters that its block has no more."""
    names = dropped.get(call.callee) if call.kind is Callee.BLOCK else None
    if not names:
        return call
    kept = tuple(a for a in call.arguments if a.name not in names)
    return replace(call, arguments=kept)


def name_blocks(program: Program) -> Program:
    """Returns the program with blocks named from outside, as layers are.

    Where a block takes a `name` from which it makes the names of its layers, that becomes the
    name of the block itself, and the layers inside go without. What else a block takes for
    such names alone it takes no more.
    """
    program = _without_labels(program)
    named = frozenset(b.name for b in program.blocks if _only_names(b, program))
    if not named:
        return program
    blocks = []
    for block in program.blocks:
        if block.name in named:
            kept = tuple(p for p in block.parameters if p.name != "name")
            body = map_calls(block.body, _without_own_name)
            block = replace(block, parameters=kept, body=body)
        blocks.append(block)
    inner = {s.name for b in program.blocks for s in program.shared_in(b.body)}
    shared = tuple(
        _without_own_name(s) if s.name in inner else s for s in program.shared
    )
    body = _with_single_names(program.body, named)
    return replace(program, blocks=tuple(blocks), shared=shared, body=body)


def _without_labels(program: Program) -> Program:
    """Drops parameters besides `name` that are for the names of layers alone."""
    dropped: dict[str, frozenset[str]] = {}
    # Blocks that need a name, for more than the names of their layers.
    needy: set[str] = set()
    blocks = []
    for block in program.blocks:  # each comes behind those that it uses
        body = map_calls(block.body, lambda call: without_given(call, dropped))
        block = replace(block, body=body) if dropped else block
        labels = frozenset(
            p.name
            for p in block.parameters
            if p.name != "name"
            and _only_names(block, program, p.name)
            and not _is_needed(block, p.name, needy)
        )
        if labels and not program.shared_in(block.body):
            dropped[block.name] = labels
            block = _without_parameters(block, labels)
        if not _only_names(block, program):
            needy.add(block.name)
        blocks.append(block)
    if not dropped:
        return program
    return replace(
        program,
        blocks=tuple(blocks),
        shared=tuple(without_given(item, dropped) for item in program.shared),
        body=map_calls(program.body, lambda call: without_given(call, dropped)),
    )


def _without_parameters(block: Block, labels: frozenset[str]) -> Block:
    kept = tuple(p for p in block.parameters if p.name not in labels)
    body = map_calls(block.body, lambda call: _without_own_name(call, labels))
    return replace(block, parameters=kept, body=body)


def _is_needed(block: Block, parameter: str, needy: Collection[str]) -> bool:
    """Whether a block inside needs a name that is made from a parameter."""
    given = (
        argument.value
        for call in calls(block.body)
        if call.kind is Callee.BLOCK and call.callee in needy
        for argument in call.arguments
        if argument.name == "name"
    )
    return any(parameter in names_in(value) for value in given)


def _only_names(block: Block, program: Program, name: str = "name") -> bool:
    """Whether a block has a parameter that is for the names of its layers alone."""
    if all(parameter.name != name for parameter in block.parameters):
        return False
    found: list[Call | Shared] = [*calls(block.body), *program.shared_in(block.body)]
    for call in found:
        others = (a.value for a in call.arguments if a.name != "name")
        inputs = constants(call) if isinstance(call, Call) else ()
        if any(name in names_in(item) for item in (*others, *inputs)):
            return False
    if name in _tested(block.body):
        return False
    rows = (row for loop in loops(block.body) for row in loop.rows or ())
    return not any(name in names_in(item) for row in rows for item in row)


def _without_own_name(call: _C, own: Collection[str] = ("name",)) -> _C:
    """Returns a call without a name that is made from the name of the block."""
    kept = tuple(
        a
        for a in call.arguments
        if a.name != "name" or not names_in(a.value) & set(own)
    )
    return call if len(kept) == len(call.arguments) else replace(call, arguments=kept)


def _with_single_names(body: Body, named: frozenset[str]) -> Body:
    """Drops names of blocks that the body has twice: Keras wants each name once."""
    seen: set[Expression] = set()

    def checked(call: Call) -> Call:
        label = next((a.value for a in call.arguments if a.name == "name"), None)
        is_block = call.kind is Callee.BLOCK and call.callee in named
        if (
            label is None
            or not is_block
            or (label not in seen and label != Literal(""))
        ):
            seen.update(() if label is None else (label,))
            return call
        kept = tuple(a for a in call.arguments if a.name != "name")
        return replace(call, arguments=kept)

    return map_calls(body, checked)
