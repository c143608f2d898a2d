"""Puts blocks in the order in which a reader of the model meets them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from keras_kgen.ir.program import Block, Body, Callee, Program, calls, map_calls


def in_reading_order(program: Program, wanted: Mapping[str, str]) -> Program:
    """Returns the program with blocks as they are called first, each behind its own.

    Args:
        program: A program whose blocks may stand in any order.
        wanted: What the blocks that were found would be called if no other had the name;
            the numbers behind it follow the order.
    """
    blocks = {block.name: block for block in program.blocks}
    own = [name for name in blocks if name not in wanted]
    ordered = list(_visited([*own, *_called(program.body), *blocks], blocks))
    names = dict(_numbered([b.name for b in ordered if b.name in wanted], wanted))
    if all(old == new for old, new in names.items()):
        return replace(program, blocks=tuple(ordered))
    made = (
        replace(b, name=names.get(b.name, b.name), body=_renamed(b.body, names))
        for b in ordered
    )
    return replace(program, blocks=tuple(made), body=_renamed(program.body, names))


def _called(body: Body) -> list[str]:
    return [call.callee for call in calls(body) if call.kind is Callee.BLOCK]


def _visited(names: Iterable[str], blocks: Mapping[str, Block]) -> Iterator[Block]:
    """Yields blocks, each behind those that it calls."""
    done: set[str] = set()

    def visit(name: str) -> Iterator[Block]:
        if name not in done:
            done.add(name)
            for callee in _called(blocks[name].body):
                yield from visit(callee)
            yield blocks[name]

    for name in names:
        yield from visit(name)


def _numbered(names: list[str], wanted: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yields the old and the new names of blocks: numbers grow from first to last."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(wanted[name], []).append(name)
    for found in alike.values():
        yield from zip(found, sorted(found, key=lambda n: (len(n), n)), strict=True)


def _renamed(body: Body, names: Mapping[str, str]) -> Body:
    return map_calls(body, lambda c: replace(c, callee=names.get(c.callee, c.callee)))
