"""Makes blocks of what class styles have no other form for.

For a chain, each branching stretch of a model becomes a block; for a list of layers, what a
loop does each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from keras_kgen.errors import UsageError
from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    Literal,
    Name,
    Operation,
    names_in,
)
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    For,
    If,
    Loop,
    Parameter,
    Program,
    Statement,
    Structure,
    Value,
    bound_names,
    call_of,
    calls,
    constants,
    map_calls,
    reads,
    results,
)
from keras_kgen.passes.branch_names import branch_name, has_ops_only
from keras_kgen.passes.recover.lines import body_lines
from keras_kgen.passes.substitute import substitute_values

# A loop's lines become a block where it saves so many lines.
MIN_SAVED = 8


def why_no_chain(program: Program) -> str | None:
    """Returns why a model cannot be Sequential at all, None where it can."""
    if len(program.inputs) > 1:
        return f"a Sequential model has one input, and this model has {len(program.inputs)}"
    if len(program.body.outputs) > 1:
        return f"a Sequential model has one output, and this model has {len(program.body.outputs)}"
    if program.takes != 0:
        return (
            f"a Sequential model takes a tensor, and this model {_kind(program.takes)}"
        )
    if program.gives != 0:
        return (
            f"a Sequential model gives a tensor, and this model {_kind(program.gives)}"
        )
    return None


def _kind(structure: Structure) -> str:
    return "a list" if isinstance(structure, tuple) else "a dictionary"


def is_chain(program: Program) -> bool:
    """Whether each line reads just what the line above gives, all the way."""
    if why_no_chain(program) is not None:
        return False
    blocks = all(_is_chain(b.body, b.inputs) for b in program.blocks)
    return blocks and _is_chain(program.body, program.values)


def _is_chain(body: Body, inputs: tuple[Value, ...]) -> bool:
    if len(inputs) != 1:
        return False
    above = inputs[0]
    for statement in body.statements:
        if not _is_link(statement, above):
            return False
        (above,) = results(statement)
    return body.outputs == (above,)


def _is_link(statement: Statement, above: Value) -> bool:
    if len(results(statement)) != 1 or tuple(reads(statement)) != (above,):
        return False
    if isinstance(statement, Call):
        plain = statement.inputs == (above,) and not statement.keywords
        return plain and statement.kind not in (Callee.SHARED, Callee.OP)
    return True


def wrap_branches(program: Program) -> Program:
    """Returns an equal program whose body is a chain.

    Raises:
        UsageError: the model has several inputs or outputs.
    """
    reason = why_no_chain(program)
    if reason is not None:
        raise UsageError(
            f"{program.name} cannot be written in the sequential style: {reason}; "
            "use --style functional or --style subclass"
        )
    statements: list[Statement] = []
    blocks: list[Block] = []
    taken = {block.name for block in program.blocks} | {s.name for s in program.shared}
    above = program.values[0]
    used = {v for statement in program.body.statements for v in reads(statement)}
    used.update(program.body.outputs)
    for stretch in _merged(_stretches(program)):
        (result,) = (value for value in results(stretch[-1]) if value in used)
        if len(stretch) == 1 and _is_link(stretch[0], above):
            statements.append(stretch[0])
        else:
            name = _free(branch_name(stretch, program), taken)
            block = _wrap(name, stretch, above, result)
            blocks.append(block)
            call = Call(
                Callee.BLOCK,
                block.name,
                tuple(Argument(Name(p.name), p.name) for p in block.parameters),
                (above,),
                (result,),
                location=getattr(stretch[0], "location", None),
            )
            statements.append(call)
        above = result
    return replace(
        program,
        blocks=(*program.blocks, *blocks),
        body=Body(tuple(statements), program.body.outputs),
    )


def wrap_loops(program: Program) -> Program:
    """Returns an equal program whose loops call one block each, where that is shorter."""
    wrapper = _LoopWrapper(program)
    body = wrapper.body(program.body)
    if not wrapper.blocks:
        return program
    return replace(program, blocks=(*program.blocks, *wrapper.blocks), body=body)


class _LoopWrapper:
    """Turns what loops do each time into blocks."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.blocks: list[Block] = []
        self.taken = {b.name for b in program.blocks} | {s.name for s in program.shared}
        # Blocks whose lines need a name: it is no mere label.
        self.named = {
            b.name
            for b in program.blocks
            if any(p.name == "name" for p in b.parameters)
        }

    def body(self, body: Body) -> Body:
        statements: list[Statement] = []
        for statement in body.statements:
            if isinstance(statement, For):
                statement = self.loop(
                    replace(statement, body=self.body(statement.body))
                )
            statements.append(statement)
        return replace(body, statements=tuple(statements))

    def loop(self, loop: For) -> For:
        if not self.is_open(loop) and not _is_worth_a_block(loop):
            return loop
        body = map_calls(loop.body, self.without_label)
        inner = (*loop.carried, *(item for item, _, _ in loop.items))
        coming = tuple(dict.fromkeys(_reads(body)))
        made = {v for s in body.statements for v in results(s)}
        wanted = (*body.outputs, *loop.collected)
        given = tuple(dict.fromkeys(value for value in wanted if value in made))
        if not given or not coming or not set(coming) & set(inner):
            return loop
        body, values = _with_parameters(body)
        name = _free(branch_name(list(body.statements), self.program), self.taken)
        inputs = coming
        if len(coming) == 1:
            inputs = (replace(coming[0], name="input"),)
            body = _with_input(body, coming[0])
        parameters = tuple(map(Parameter, values))
        self.blocks.append(
            Block(name, parameters, inputs, Body(body.statements, given))
        )
        arguments = tuple(Argument(value, name) for name, value in values.items())
        call = Call(Callee.BLOCK, name, arguments, coming, given)
        return replace(loop, body=Body((call,), loop.body.outputs))

    def is_open(self, loop: For) -> bool:
        """Whether a loop must stay one: the model may have as many lines as it likes."""
        is_chain = _is_chain(loop.body, loop.carried)
        return bool(self.program.hyperparameters) and not is_chain

    def without_label(self, call: Call) -> Call:
        """Returns a call without the name of its layer, which goes unseen in a block."""
        if call.kind is Callee.BLOCK and call.callee in self.named:
            return call
        kept = tuple(a for a in call.arguments if a.name != "name")
        return replace(call, arguments=kept)


def _is_worth_a_block(loop: For) -> bool:
    """Whether a block is shorter than the lines of all times, and can stand for them."""
    lines = loop.body.statements
    plain = all(isinstance(line, Call | Loop | If) for line in lines)
    owned = all(call.kind is not Callee.SHARED for call in calls(loop.body))
    if len(lines) < 2 or not plain or not owned:
        return False
    return _saved(loop) >= MIN_SAVED


def _saved(loop: For) -> float:
    """Returns how many lines a block saves."""
    lines, rows = loop.body.statements, loop.rows
    is_chain = _is_chain(loop.body, loop.carried)
    if not is_chain and len(loop.carried) == 1 and not loop.lists and not loop.items:
        return (_times(loop) - 1) * body_lines(loop.body)
    # Other lines of a class are no worse one after the other, unless there are many.
    return (len(rows) - 1) * len(lines) if rows is not None else 0


def _times(loop: For) -> int:
    """Returns how often a loop runs at least."""
    if loop.rows is not None:
        return len(loop.rows)
    limits = [
        item.value
        for item in (loop.start, loop.stop)
        if isinstance(item, Literal) and isinstance(item.value, int)
    ]
    return limits[1] - limits[0] if len(limits) == 2 else 1


def _with_parameters(body: Body) -> tuple[Body, dict[str, Expression]]:
    """Returns a body with parameters for what a loop binds, and what they are given.

    Where a counter is for one argument alone, that is the parameter: `rate`, not `index`.
    """
    uses = Counter(_free_names(body))
    values: dict[str, Expression] = {}

    def lift(argument: Argument) -> Argument:
        names = names_in(argument.value)
        name = argument.name
        is_own = all(uses[used] == 1 for used in names)
        if not (names and is_own and name and isinstance(argument.value, Operation)):
            return argument
        if name in uses or name in values:
            return argument
        values[name] = argument.value
        return replace(argument, value=Name(name))

    statements = tuple(
        (
            replace(line, arguments=tuple(map(lift, line.arguments)))
            if isinstance(line, Call)
            else line
        )
        for line in body.statements
    )
    lifted = replace(body, statements=statements)
    rest = dict.fromkeys(_free_names(lifted))
    return lifted, {name: values.get(name, Name(name)) for name in rest}


def _reads(body: Body) -> Iterator[Value]:
    """Yields what the lines of a body read of the scope around it."""
    made: set[Value] = set()
    for statement in body.statements:
        yield from (value for value in reads(statement) if value not in made)
        made.update(results(statement))


def _free_names(body: Body) -> Iterator[str]:
    """Yields the names that the lines of a body read and do not bind."""
    for statement in body.statements:
        if isinstance(statement, If):
            yield from sorted(names_in(statement.test))
            yield from _free_names(statement.body)
            yield from _free_names(statement.otherwise)
            continue
        if isinstance(statement, For):
            yield from _free_names_of_loop(statement)
            continue
        call = call_of(statement)
        own = statement.variables if isinstance(statement, Loop) else ()
        rows = statement.rows if isinstance(statement, Loop) else ()
        items = [a.value for a in call.arguments] + list(constants(call))
        for item in items:
            yield from (name for name in sorted(names_in(item)) if name not in own)
        for row in rows:
            yield from (name for item in row for name in sorted(names_in(item)))


def _free_names_of_loop(loop: For) -> Iterator[str]:
    own = bound_names(loop)
    limits = (loop.start, *(() if loop.stop is None else (loop.stop,)))
    rows = (item for row in loop.rows or () for item in row)
    for item in (*limits, *rows):
        yield from sorted(names_in(item))
    yield from (name for name in _free_names(loop.body) if name not in own)


def _stretches(program: Program) -> list[list[Statement]]:
    """Cuts the body wherever one tensor alone is alive and no shared layer is half used."""
    statements = program.body.statements
    last_read = {v: i for i, s in enumerate(statements) for v in reads(s)}
    last_read.update(dict.fromkeys(program.body.outputs, len(statements)))
    last_shared = {
        s.callee: i
        for i, s in enumerate(statements)
        if isinstance(s, Call) and s.kind is Callee.SHARED
    }
    stretches: list[list[Statement]] = [[]]
    alive: dict[Value, int] = {program.values[0]: last_read.get(program.values[0], -1)}
    open_until = -1
    for index, statement in enumerate(statements):
        stretches[-1].append(statement)
        alive.update({v: last_read.get(v, -1) for v in results(statement)})
        alive = {v: last for v, last in alive.items() if last > index}
        if isinstance(statement, Call) and statement.kind is Callee.SHARED:
            open_until = max(open_until, last_shared[statement.callee])
        lists = statement.lists if isinstance(statement, For) else ()
        is_last = len(alive) == 1 and set(alive) <= {*results(statement)} - {*lists}
        if is_last and open_until <= index:
            stretches.append([])
    return [stretch for stretch in stretches if stretch]


def _merged(stretches: list[list[Statement]]) -> list[list[Statement]]:
    """Joins ops that follow each other to one stretch."""
    merged: list[list[Statement]] = []
    for stretch in stretches:
        if merged and has_ops_only(merged[-1]) and has_ops_only(stretch):
            merged[-1].extend(stretch)
        else:
            merged.append(list(stretch))
    return merged


def _wrap(name: str, stretch: list[Statement], above: Value, result: Value) -> Block:
    value = replace(above, name="input")
    body = _with_input(Body(tuple(stretch), (result,)), above)
    parameters = tuple(map(Parameter, dict.fromkeys(_free_names(body))))
    return Block(name, parameters, (value,), body)


def _with_input(body: Body, above: Value) -> Body:
    """Gives the tensor that comes in the name that a block's input has."""

    return substitute_values(body, {above: replace(above, name="input")})


def _free(wanted: str, taken: set[str]) -> str:
    name = wanted
    number = 2
    while name in taken:
        name = f"{wanted}_{number}"
        number += 1
    taken.add(name)
    return name
