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
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    Loop,
    Program,
    Statement,
    call_of,
)


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a scope: a graph, and where in it the scope's layers stand.

    Attributes:
        positions: For each statement that has weights, the positions of its layers in the
            graph's order.
    """

    graph: LayerGraph
    origin: Origin
    positions: Mapping[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class ScopeOrder:
    """The order of assignment of the statements of one scope.

    Attributes:
        statements: Indices of statements, as they are to be assigned.
        tangled: Blocks whose weights do not lie next to each other in the graph's order,
            so that no order of assignment gives it.
        is_uneven: Whether the uses of the scope disagree, so that no class serves all.
    """

    statements: tuple[int, ...]
    tangled: frozenset[str] = frozenset()
    is_uneven: bool = False


def model_order(program: Program, model: Use) -> ScopeOrder:
    """Returns the order for the model's own class."""
    return _order(program.body, [model])


def block_orders(
    program: Program, uses: Mapping[str, list[Use]]
) -> dict[str, ScopeOrder]:
    """Returns the order for the class of each block."""
    return {b.name: _order(b.body, uses[b.name]) for b in program.blocks}


def find_uses(
    program: Program, graph: LayerGraph, order: tuple[int, ...]
) -> tuple[Use, dict[str, list[Use]]]:
    """Returns the use of the model's own scope, and those of each block's.

    Args:
        program: The program.
        graph: Its graph.
        order: The graph's layers in the order in which Keras lists them.
    """
    uses: dict[str, list[Use]] = {block.name: [] for block in program.blocks}
    scopes = _Scopes(graph, order)
    for name, origin in _calls_of_blocks(program, program.body, ()):
        uses[name].append(scopes.use(origin))
    _add_nested_uses(program, graph, uses)
    return scopes.use(()), uses


def _add_nested_uses(
    program: Program, graph: LayerGraph, uses: dict[str, list[Use]]
) -> None:
    """Adds the uses of blocks in the models within a model."""
    for layer in graph.layers:
        if layer.graph is None:
            continue
        block = program.shared_layer(layer.graph.name).callee
        inner = _Scopes(layer.graph, functional_order(layer.graph))
        uses[block].append(inner.use(()))
        for name, origin in _calls_of_blocks(program, program.block(block).body, ()):
            uses[name].append(inner.use(origin))
        _add_nested_uses(program, layer.graph, uses)


class _Scopes:
    """The layers of a graph that have weights, by the scopes around them."""

    def __init__(self, graph: LayerGraph, order: tuple[int, ...]) -> None:
        self.graph = graph
        self.scopes: dict[Origin, dict[int, list[int]]] = {}
        for position, index in enumerate(order):
            layer = graph.layers[index]
            has_none = layer.kind == "op" or not has_weights(layer.class_name)
            if layer.graph is None and has_none:
                continue
            for depth, statement in enumerate(layer.origin):
                scope = self.scopes.setdefault(layer.origin[:depth], {})
                scope.setdefault(statement, []).append(position)

    def use(self, origin: Origin) -> Use:
        found = self.scopes.get(origin, {})
        positions = {key: tuple(value) for key, value in found.items()}
        return Use(self.graph, origin, positions)


def _calls_of_blocks(
    program: Program, body: Body, scope: Origin
) -> Iterator[tuple[str, Origin]]:
    for index, statement in enumerate(body.statements):
        call = call_of(statement)
        if call.kind is not Callee.BLOCK:
            continue
        for origin in _origins(statement, (*scope, index)):
            yield call.callee, origin
            inner = program.block(call.callee).body
            yield from _calls_of_blocks(program, inner, origin)


def _origins(statement: Statement, origin: Origin) -> Iterator[Origin]:
    if isinstance(statement, Loop):
        yield from ((*origin, index) for index in range(len(statement.rows)))
    else:
        yield origin


def _order(body: Body, uses: list[Use]) -> ScopeOrder:
    orders = {_sorted(body, use.positions) for use in uses}
    tangled = {
        _callee(body.statements[index])
        for use in uses
        for index in _interleaved(use.positions)
    }
    is_uneven = len(orders) > 1
    if not orders or tangled or is_uneven:
        # No order of assignment gives the graph's: people assign in the order of the calls.
        in_order = tuple(range(len(body.statements)))
        return ScopeOrder(in_order, frozenset(tangled), is_uneven)
    return ScopeOrder(orders.pop())


def _interleaved(positions: Mapping[int, tuple[int, ...]]) -> set[int]:
    """Returns the statements between whose layers those of others stand."""
    line = sorted((place, index) for index, span in positions.items() for place in span)
    seen: set[int] = set()
    found = set()
    for number, (_, index) in enumerate(line):
        begins = number == 0 or line[number - 1][1] != index
        if begins and index in seen:
            found.add(index)
        seen.add(index)
    return found


def _sorted(body: Body, positions: Mapping[int, tuple[int, ...]]) -> tuple[int, ...]:
    """Sorts statements by weights; those without weights stay behind the line before.

    All calls of a shared layer stand where its weights do.
    """
    shared: dict[str, int] = {}
    keys = []
    key = -1
    for index, statement in enumerate(body.statements):
        is_shared = isinstance(statement, Call) and statement.kind is Callee.SHARED
        if index in positions:
            key = positions[index][0]
            if is_shared:
                shared[_callee(statement)] = key
        own = shared.get(_callee(statement), key) if is_shared else key
        keys.append((own, index))
    return tuple(index for _, index in sorted(keys))


def _callee(statement: Statement) -> str:
    return call_of(statement).callee


def has_state(block: Block, program: Program) -> bool:
    """Whether a block has weights."""
    for statement in block.body.statements:
        call = call_of(statement)
        if call.kind is Callee.BLOCK:
            if has_state(program.block(call.callee), program):
                return True
        elif call.kind is not Callee.OP and _may_have_weights(call):
            return True
    return False


def _may_have_weights(call: Call) -> bool:
    return call.kind is not Callee.LAYER or has_weights(call.callee)


# A layer with weights: its index in the graph, behind those of the models that it is in.
Path = tuple[int, ...]


def functional_layers(graph: LayerGraph) -> Iterator[Path]:
    """Yields the layers of a graph in the order of a functional model's weights."""
    for index in functional_order(graph):
        inner = graph.layers[index].graph
        if inner is None:
            yield (index,)
        else:
            yield from ((index, *path) for path in functional_layers(inner))


def class_layers(
    program: Program, graph: LayerGraph, order: tuple[int, ...], is_chain: bool
) -> Iterator[Path]:
    """Yields the layers of a graph in the order of the weights in a class style.

    Args:
        program: The program.
        graph: Its graph.
        order: The graph's layers in the order in which Keras lists them.
        is_chain: Whether the model is a list of layers, which stay as they are.
    """
    own, uses = find_uses(program, graph, order)
    orders = block_orders(program, uses)
    statements = tuple(range(len(program.body.statements)))
    if not is_chain:
        statements = model_order(program, own).statements
    yield from _ClassLayers(program, orders).scope(program.body, statements, graph, ())


class _ClassLayers:
    """Follows the attributes of classes as they are assigned."""

    def __init__(self, program: Program, orders: Mapping[str, ScopeOrder]) -> None:
        self.program = program
        self.orders = orders

    def scope(
        self, body: Body, order: tuple[int, ...], graph: LayerGraph, origin: Origin
    ) -> Iterator[Path]:
        layers = {layer.origin: i for i, layer in enumerate(graph.layers)}
        yield from self.lines(body, order, graph, origin, layers)

    def lines(
        self,
        body: Body,
        order: tuple[int, ...],
        graph: LayerGraph,
        origin: Origin,
        layers: Mapping[Origin, int],
    ) -> Iterator[Path]:
        for index in order:
            statement = body.statements[index]
            call = call_of(statement)
            for place in _origins(statement, (*origin, index)):
                if call.kind is Callee.BLOCK:
                    block = self.program.block(call.callee)
                    inner = self.orders[block.name].statements
                    yield from self.lines(block.body, inner, graph, place, layers)
                elif place in layers:  # later calls of a shared layer make none
                    yield from self.layer(call, layers[place], graph)

    def layer(self, call: Call, index: int, graph: LayerGraph) -> Iterator[Path]:
        inner = graph.layers[index].graph
        if inner is None:
            yield (index,)
            return
        block = self.program.block(self.program.shared_layer(call.callee).callee)
        order = self.orders[block.name].statements
        for path in self.scope(block.body, order, inner, ()):
            yield (index, *path)
