"""Writes lines that repeat as loops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

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
from keras_kgen.passes.recover.cost import price
from keras_kgen.passes.recover.loops_build import Scope, build
from keras_kgen.passes.recover.loops_find import LEAST_GAIN, Sequence
from keras_kgen.passes.recover.loops_items import Fresh, Gap, Item, Leaf, Rep, leaf_of

# A body shorter than this repeats nothing.
_SHORTEST = 2


def recover_loops(program: Program) -> Program:
    """Returns the program with lines that repeat as loops; its graph is the same."""
    blocks = {block.name: block for block in program.blocks}
    names = {*blocks, *(shared.name for shared in program.shared)}
    names.update(given.name for given in program.inputs)
    return replace(
        program,
        blocks=tuple(replace(b, body=_in_block(b, blocks, names)) for b in program.blocks),
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
    return _Recoverer(Scope(blocks, taken, fresh)).body(body)


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
        items: list[Item] = [leaf_of(s, self.scope.blocks) for s in body.statements]
        flat = Sequence(items, body.outputs, self.scope)
        found = min(self.ways(flat), key=lambda way: way.price())
        return replace(body, statements=tuple(self.write(found)))

    def ways(self, flat: Sequence) -> Iterator[Sequence]:
        """Yields the body in different ways; of those that cost the same the first wins."""
        for levels in ((0, 1, 2), (1, 2), (2,)):
            way = flat.copy()
            if levels[0] == 0:
                way.runs(0)
            way.pair(1)
            way.pair(2)
            for level in levels:
                if level:
                    way.collapse(level)
            yield way

    def write(self, found: Sequence) -> Iterator[Statement]:
        for item in found.items:
            yield from self.write_item(item)

    def write_item(self, item: Item) -> Iterator[Statement]:
        if isinstance(item, Leaf):
            yield item.statement if _reads_list(item) else item.original
        elif isinstance(item, Rep):
            loop = self.loop(item)
            if loop is not None:
                yield loop
                return
            for window in item.windows:
                for line in window:
                    yield from self.write_item(line)

    def loop(self, rep: Rep) -> For | None:
        """Returns a repeat as a loop where that is worth it."""
        if not rep.windows or _is_left(rep):
            return None
        loop = build(rep, self.scope)
        if loop is None:
            return None
        return loop


def _reads_list(leaf: Leaf) -> bool:
    return leaf.reads != reads(leaf.original)


def _is_left(rep: Rep) -> bool:
    """Whether the pass that rolls runs of one line does it."""
    return False
