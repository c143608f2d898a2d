"""Which attribute of a class holds which layer, and in which order they are assigned.

A layer lists its weights in the order in which its sub-layers were assigned, a functional
model in an order that follows from its graph alone. For the styles to agree, each class
assigns its attributes in the graph's order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from keras_kgen.catalogue.rules import has_weights
from keras_kgen.ir.graph import LayerGraph, Origin
from keras_kgen.ir.order import functional_order
from keras_kgen.ir.program import Block, Body, Call, Callee, Loop, Program, Statement

# The positions, in the graph's order of layers, of what a statement stands for.
Span = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ScopeOrder:
    """The order of assignment of the statements of one scope.

    Attributes:
        statements: Indices of statements, as they are to be assigned.
        tangled: Blocks whose weights do not lie next to each other in the graph's order,
            so that no order of assignment gives it.
    """

    statements: tuple[int, ...]
    tangled: frozenset[str] = frozenset()


def model_order(
    program: Program, graph: LayerGraph, order: tuple[int, ...]
) -> ScopeOrder:
    """Returns the order for the model's own class."""
    return _order(program.body, [_Instance(program, graph, order, ())])


def block_orders(
    program: Program, graph: LayerGraph, order: tuple[int, ...]
) -> dict[str, ScopeOrder]:
    """Returns the order for the class of each block."""
    instances: dict[str, list[_Instance]] = {block.name: [] for block in program.blocks}
    for name, instance in _instances(program, graph, order):
        instances[name].append(instance)
    return {b.name: _order(b.body, instances[b.name]) for b in program.blocks}


@dataclass(frozen=True, slots=True)
class _Instance:
    """One use of a scope: the graph in which it stands, and where."""

    program: Program
    graph: LayerGraph
    order: tuple[int, ...]
    origin: Origin

    def positions(self) -> Mapping[int, Span]:
        """Returns the positions of the layers with weights, by statement."""
        depth = len(self.origin)
        found: dict[int, list[int]] = {}
        for position, index in enumerate(self.order):
            layer = self.graph.layers[index]
            inside = layer.origin[:depth] == self.origin and len(layer.origin) > depth
            if inside and has_weights(layer.class_name):
                found.setdefault(layer.origin[depth], []).append(position)
        return {key: tuple(value) for key, value in found.items()}


def _instances(
    program: Program, graph: LayerGraph, order: tuple[int, ...]
) -> Iterator[tuple[str, _Instance]]:
    yield from _inside(program, program.body, _Instance(program, graph, order, ()))
    for layer in graph.layers:
        if layer.graph is None or layer.name is None:
            continue

        block = program.shared_layer(layer.name).callee
        instance = _Instance(program, layer.graph, functional_order(layer.graph), ())
        yield block, instance
        yield from _inside(program, program.block(block).body, instance)


def _inside(
    program: Program, body: Body, scope: _Instance
) -> Iterator[tuple[str, _Instance]]:
    for index, statement in enumerate(body.statements):
        for call, origin in _places(statement, (*scope.origin, index)):
            if call.kind is Callee.BLOCK:
                instance = _Instance(program, scope.graph, scope.order, origin)
                yield call.callee, instance
                yield from _inside(program, program.block(call.callee).body, instance)


def _places(statement: Statement, origin: Origin) -> Iterator[tuple[Call, Origin]]:
    if isinstance(statement, Call):
        yield statement, origin
        return
    for index in range(len(statement.rows)):
        yield statement.body, (*origin, index)


def _order(body: Body, instances: list[_Instance]) -> ScopeOrder:
    count = len(body.statements)
    tangled: set[str] = set()
    orders = set()
    for instance in instances:
        spans = instance.positions()
        for index, span in spans.items():
            others = [p for i, s in spans.items() if i != index for p in s]
            if any(span[0] < position < span[-1] for position in others):
                tangled.add(_callee(body.statements[index]))
        orders.add(_sorted(count, spans))
    if len(orders) > 1:
        # The uses of a block disagree; no single class can serve them.
        return ScopeOrder(tuple(range(count)), frozenset({""}))
    return ScopeOrder(
        orders.pop() if orders else tuple(range(count)), frozenset(tangled)
    )


def _sorted(count: int, spans: Mapping[int, Span]) -> tuple[int, ...]:
    """Sorts statements by weights; those without weights stay behind the line before."""
    keys = []
    key = -1.0
    for index in range(count):
        if index in spans:
            key = float(spans[index][0])
        keys.append((key, index))
    return tuple(index for _, index in sorted(keys))


def _callee(statement: Statement) -> str:
    return statement.body.callee if isinstance(statement, Loop) else statement.callee


def has_state(block: Block, program: Program) -> bool:
    """Whether a block has weights."""
    for statement in block.body.statements:
        call = statement.body if isinstance(statement, Loop) else statement
        if call.kind is Callee.BLOCK:
            if has_state(program.block(call.callee), program):
                return True
        elif call.kind is Callee.SHARED or has_weights(call.callee):
            return True
    return False
