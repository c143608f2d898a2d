"""Writes lines that repeat as loops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from keras_kgen.ir.expressions import Expression
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    For,
    If,
    Loop,
    Program,
    Statement,
    Value,
    reads,
    results,
)
from keras_kgen.passes.recover.loops_build import Scope
from keras_kgen.passes.recover.loops_find import Sequence
from keras_kgen.passes.recover.loops_items import Fresh, Item, Leaf, Rep, leaf_of
from keras_kgen.passes.recover.loops_rates import find_scale, is_rate, spelled_out

# A body shorter than this repeats nothing.
_SHORTEST = 2


def recover_loops(program: Program) -> Program:
    """Returns the program with lines that repeat as loops; its graph is the same."""
    blocks = {block.name: block for block in program.blocks}
    names = {*blocks, *(shared.name for shared in program.shared)}
    names.update(given.name for given in program.inputs)
    return replace(
        program,
        blocks=tuple(
            replace(b, body=_in_block(b, blocks, names)) for b in program.blocks
        ),
        body=_in_body(program.body, program.values, blocks, names),
    )


def _in_block(block: Block, blocks: Mapping[str, Block], names: set[str]) -> Body:
    parameters = {parameter.name for parameter in block.parameters}
    return _in_body(block.body, block.inputs, blocks, names | parameters)


def _in_body(
    body: Body, given: tuple[Value, ...], blocks: Mapping[str, Block], names: set[str]
) -> Body:
    if len(body.statements) < _SHORTEST:
        return body
    values = {*given, *_values(body)}
    taken = {*names, *(value.name for value in values if value.name)}
    fresh = Fresh(max((abs(value.index) for value in values), default=0))
    scale = find_scale(_rates(body))
    return _Recoverer(Scope(blocks, taken, fresh, scale)).body(body)


def _rates(body: Body) -> Iterator[Expression]:
    """Yields what calls of blocks and layers are given as a rate."""
    for statement in body.statements:
        if isinstance(statement, Call):
            yield from (rate.value for rate in filter(is_rate, statement.arguments))


def _values(body: Body) -> Iterator[Value]:
    """Yields every value of a body and of the bodies in it."""
    yield from body.outputs
    for statement in body.statements:
        yield from reads(statement)
        yield from results(statement)
        if isinstance(statement, Loop):
            yield statement.carried
            yield from statement.body.results
        elif isinstance(statement, For):
            yield from (*statement.carried, *(item for item, _, _ in statement.items))
            yield from _values(statement.body)
        elif isinstance(statement, If):
            yield from _values(statement.body)
            yield from _values(statement.otherwise)


class _Recoverer:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def body(self, body: Body) -> Body:
        """Returns a body with loops; what is inside branches is a body too."""
        items: list[Item] = list(self.leaves(tuple(map(self.inside, body.statements))))
        flat = Sequence(items, body.outputs, self.scope)
        found = min(self.ways(flat), key=lambda way: way.price())
        return replace(body, statements=tuple(self.write(found)))

    def leaves(self, statements: tuple[Statement, ...]) -> Iterator[Leaf]:
        """Yields statements taken apart, each with what is written where no loop is."""
        scale, written = self.scope.scale, iter(statements)
        if scale is not None:
            written = spelled_out(scale, statements)
        for statement, original in zip(statements, written, strict=True):
            leaf = leaf_of(statement, self.scope.blocks)
            is_same = original is statement
            yield leaf if is_same else replace(leaf, original=original)

    def inside(self, statement: Statement) -> Statement:
        if not isinstance(statement, If):
            return statement
        taken, other = self.body(statement.body), self.body(statement.otherwise)
        return replace(statement, body=taken, otherwise=other)

    def ways(self, flat: Sequence) -> Iterator[Sequence]:
        """Yields the body in different ways; of those as good as each other the first."""
        yield flat
        by_level = [flat.numbers(level) for level in (0, 1, 2)]
        if len(set(by_level[2])) == len(by_level[2]):
            return
        if by_level[0] != by_level[1]:
            yield self.way(flat, (1, 2), is_exact=False)
        if by_level[1] != by_level[2]:
            yield self.way(flat, (2,), is_exact=False)
        exact = flat.copy()
        exact.stacks()
        exact.runs(0)
        if len(exact.items) < len(flat.items) or by_level[0] == by_level[1]:
            yield self.way(exact, (1, 2), is_exact=True)
            yield self.way(exact, (1.5, 2), is_exact=True)
            if _is_told_by_strides(exact):
                yield self.way(exact, (1.25, 2), is_exact=True)

    def way(
        self, flat: Sequence, levels: tuple[float, ...], is_exact: bool
    ) -> Sequence:
        """Returns the body with loops over what is alike at each level in turn."""
        way = flat.copy()
        before = None
        for level in levels:
            if way.numbers(level) != before:
                way.pair(level)
                if is_exact:
                    way.lift_empty(level)
                way.collapse(level)
            before = way.numbers(level)
        return way

    def write(self, found: Sequence) -> Iterator[Statement]:
        """Yields the statements; what stands for nothing hands its name on."""
        names = _handed_on(found.items)
        for item in found.items:
            yield from self.write_item(item, found, names)

    def write_item(
        self, item: Item, found: Sequence, names: Mapping[Value, Value]
    ) -> Iterator[Statement]:
        if isinstance(item, Leaf):
            statement = item.statement if _reads_list(item) else item.original
            # What a loop that begins with nothing reads has a name of its own.
            given = tuple(names.get(value, value) for value in item.results)
            if not isinstance(statement, Loop) and given != results(statement):
                statement = replace(statement, results=given)
            yield statement
        elif isinstance(item, Rep) and item.windows:
            loop = None if _is_left(item, found) else found.loop(item)
            if loop is not None:
                given = tuple(names.get(value, value) for value in loop.results)
                yield replace(loop, results=given)
                return
            lines = [line for window in item.windows for line in window]
            names = {**names, **_handed_on(lines)}
            for line in lines:
                yield from self.write_item(line, found, names)


def _is_told_by_strides(exact: Sequence) -> bool:
    """Whether a line beside a run is like it but for its strides."""
    numbers = zip(exact.numbers(1), exact.numbers(1.25), exact.items, strict=True)
    return any(
        a == c and b != d and (isinstance(one, Rep) or isinstance(two, Rep))
        for (a, b, one), (c, d, two) in pairwise(numbers)
    )


def _handed_on(items: Iterable[Item]) -> dict[Value, Value]:
    """Returns what goes through repeats of nothing, by the name that it has before."""
    return {
        item.reads[0]: item.results[0]
        for item in items
        if isinstance(item, Rep) and not item.windows
    }


def _reads_list(leaf: Leaf) -> bool:
    return leaf.reads != reads(leaf.original)


def _is_left(rep: Rep, found: Sequence) -> bool:
    """Whether the pass that rolls runs of one unnamed line makes as good a loop."""
    if not rep.is_run or len(rep.reads) > 1 or not rep.windows:
        return False
    line = rep.windows[0][0]
    loop = found.loop(rep)
    return (
        isinstance(line, Leaf)
        and isinstance(line.statement, Call)
        and _is_plain(line.statement)
        and (loop is None or loop.index is None)
    )


def _is_plain(call: Call) -> bool:
    return (
        call.kind in (Callee.LAYER, Callee.BLOCK)
        and len(call.inputs) == 1
        and isinstance(call.inputs[0], Value)
        and not call.keywords
        and len(call.results) == 1
        and not any(argument.name == "name" for argument in call.arguments)
    )
