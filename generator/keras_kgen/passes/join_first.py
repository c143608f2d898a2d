"""Takes the call before a loop into the loop, where functions are written.

The first block of a stage strides and adds no shortcut. People write one call for all blocks of
a stage, with `strides=strides if index == 0 else 1`, and the block itself sees by the widths
whether its input can be added to what it makes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from keras_kgen.ir.expand import BlockCall, block_calls
from keras_kgen.ir.expressions import (
    Argument,
    Conditional,
    Expression,
    Literal,
    Name,
    Operation,
    names_in,
    replace_names,
)
from keras_kgen.ir.graph import LayerGraph
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    For,
    If,
    Nested,
    Program,
    Statement,
    Value,
    map_values,
    names_read,
    reads,
)
from keras_kgen.passes.recover.defaults import without_idle_defaults
from keras_kgen.passes.recover.equal import gives_graph

# The width of an input of each block, by the name of the parameter.
Widths = Mapping[str, Mapping[str, Value]]
# What may differ between the first block of a stage and the others.
_FIRST_ONLY = "strides"


def join_first(
    program: Program, graph: LayerGraph, widths: Widths, kept: Collection[str]
) -> Program:
    """Returns the program with what stands in front of loops taken into them.

    What comes out is proved: it means the same as what goes in.

    Args:
        program: A program whose loops have been found.
        graph: What it stands for.
        widths: The parameters that are the width of an input.
        kept: Blocks that stay as they are: their author has written the parameters.
    """
    tested = _with_tests(program, {k: v for k, v in widths.items() if k not in kept})
    if tested is program:
        return program
    blocks = {b.name: b for b in tested.blocks if b != program.block(b.name)}
    body = _Joiner(blocks, widths).body(tested.body)
    if body == tested.body:
        return program
    joined = without_idle_defaults(replace(tested, body=body), kept)
    return joined if gives_graph(joined, graph) else program


# -- blocks that see what they have to do


def _with_tests(program: Program, widths: Widths) -> Program:
    """Returns the program with blocks that add their input where it is as wide."""
    tests = {
        block.name: (place, branch)
        for block in program.blocks
        if block.name in widths
        for place, branch in _optional_ends(block)
    }
    if not tests:
        return program
    calls: dict[str, list[BlockCall]] = {}
    for call in block_calls(program):
        calls.setdefault(call.block, []).append(call)
    blocks = [
        (
            _tested(block, *tests[block.name], widths[block.name], calls[block.name])
            if block.name in tests
            else block
        )
        for block in program.blocks
    ]
    is_same = all(map(_is_same, blocks, program.blocks))
    return program if is_same else replace(program, blocks=tuple(blocks))


def _is_same(one: Block, other: Block) -> bool:
    return one is other


def _optional_ends(block: Block) -> Iterator[tuple[int, If]]:
    """Yields the branch for which alone a block has a parameter: `if rate:`."""
    for place, branch in enumerate(block.body.statements):
        if not isinstance(branch, If) or not isinstance(branch.test, Name):
            continue
        if branch.otherwise.statements or len(block.body.statements) != place + 1:
            continue
        rest = replace(block.body, statements=block.body.statements[:place])
        name = branch.test.name
        optional = any(
            p.name == name and p.default == Literal(None) for p in block.parameters
        )
        if optional and name in names_read(branch.body) - names_read(rest):
            yield place, branch


def _tested(
    block: Block,
    place: int,
    branch: If,
    widths: Mapping[str, Value],
    calls: list[BlockCall],
) -> Block:
    """Returns a block that compares widths, where that decides the same in each call."""
    assert isinstance(branch.test, Name)
    wanted = [_is_given(call.arguments[branch.test.name]) for call in calls]
    for width in widths:
        for other in block.parameters:
            if other.name == width or not _are_sizes(calls, other.name):
                continue
            found = [c.arguments[width] == c.arguments[other.name] for c in calls]
            if found == wanted:
                test = Operation("==", (Name(width), Name(other.name)))
                statements = list(block.body.statements)
                statements[place] = replace(branch, test=test)
                body = replace(block.body, statements=tuple(statements))
                return replace(block, body=body)
    return block


def _is_given(value: Expression) -> bool:
    return isinstance(value, Literal) and bool(value.value)


def _are_sizes(calls: list[BlockCall], name: str) -> bool:
    values = (call.arguments.get(name) for call in calls)
    return all(isinstance(v, Literal) and type(v.value) is int for v in values)


# -- loops


class _Joiner:
    """Joins calls and loops of blocks that see what they have to do."""

    def __init__(self, blocks: Mapping[str, Block], widths: Widths) -> None:
        self.blocks = blocks
        self.widths = widths

    def body(self, body: Body) -> Body:
        """Returns a body with calls joined with the loops behind them."""
        made: list[Statement] = []
        for place, statement in enumerate(body.statements):
            if isinstance(statement, For):
                inner = self.body(statement.body)
                statement = replace(statement, body=inner)
                rest = replace(body, statements=body.statements[place + 1 :])
                joined = self.joined(made[-1] if made else None, statement, rest)
                if joined is not None:
                    made[-1] = joined
                    continue
            made.append(statement)
        return replace(body, statements=tuple(made))

    def joined(self, first: Statement | None, loop: For, rest: Body) -> For | None:
        """Returns a loop that begins with a call, None where that is no time of it."""
        if not isinstance(first, Call) or not _is_plain(loop):
            return None
        (line,) = loop.body.statements
        if (
            not isinstance(line, Call)
            or (first.kind, first.callee) != (Callee.BLOCK, line.callee)
            or first.callee not in self.blocks
            or first.results != loop.initial
            or _is_read(first.results, loop, rest)
            or first.keywords
            or line.keywords
        ):
            return None
        arguments = self.arguments(first, line, loop.index or "")
        initial = _initial(first.inputs, line.inputs, loop.carried[0])
        if arguments is None or initial is None:
            return None
        body = replace(loop.body, statements=(replace(line, arguments=arguments),))
        return replace(loop, start=Literal(0), initial=(initial,), body=body)

    def arguments(
        self, first: Call, line: Call, index: str
    ) -> tuple[Argument, ...] | None:
        """Returns arguments for all times, None where too much differs."""
        block = self.blocks[first.callee]
        free = _read_in_branches(block.body)
        before = {a.name: a.value for a in first.arguments}
        later = {a.name: a.value for a in line.arguments}
        made = []
        for parameter in block.parameters:
            name = parameter.name
            one = before.get(name, parameter.default)
            other = later.get(name, parameter.default)
            if one is None or other is None:
                return None
            at_first = replace_names(other, {index: Literal(0)})
            if name in free and name not in later:
                other = one
            elif one != at_first and not (name in free and name not in before):
                if name != _FIRST_ONLY and name not in self.widths[block.name]:
                    return None
                if index in names_in(other):
                    return None
                is_first = Operation("==", (Name(index), Literal(0)))
                other = Conditional(is_first, one, other)
            if other != parameter.default:
                made.append(Argument(other, name))
        return tuple(made)


def _read_in_branches(body: Body) -> set[str]:
    """Returns the names that only lines of branches read: elsewhere any value will do."""
    always = [s for s in body.statements if not isinstance(s, If)]
    found = names_read(replace(body, statements=tuple(always)))
    tests = (s.test for s in body.statements if isinstance(s, If))
    found.update(name for test in tests for name in names_in(test))
    return names_read(body) - found


def _is_plain(loop: For) -> bool:
    """Whether a loop counts from 1 and hands one value on through one line."""
    return (
        loop.rows is None
        and loop.index is not None
        and loop.start == Literal(1)
        and len(loop.carried) == len(loop.body.statements) == 1
        and not loop.collected
        and not loop.items
    )


def _is_read(values: tuple[Value, ...], loop: For, rest: Body) -> bool:
    """Whether more than the beginning of a loop reads values."""
    inside = (v for s in loop.body.statements for v in reads(s))
    behind = (v for s in rest.statements for v in reads(s))
    return bool(set(values) & {*inside, *behind, *rest.outputs})


def _initial(
    first: tuple[Nested, ...], line: tuple[Nested, ...], carried: Value
) -> Value | None:
    """Returns what the first call has in place of what the loop hands on."""
    found = [one for one, other in zip(first, line, strict=True) if other == carried]
    value = found[0] if found else None
    if not isinstance(value, Value) or len(set(map(repr, found))) > 1:
        return None
    given = value

    def at_first(item: Value) -> Nested:
        return given if item == carried else item

    is_same = all(
        map_values(other, at_first) == one
        for one, other in zip(first, line, strict=True)
    )
    return given if is_same else None
