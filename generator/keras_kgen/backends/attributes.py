"""Which attribute of a class holds which layer, and in which order they are assigned.

A layer lists its weights in the order in which its sub-layers were assigned, a functional
model in an order that follows from its graph alone. For the styles to agree, each class
assigns its attributes in the graph's order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from keras_kgen.catalogue.rules import has_weights
from keras_kgen.ir.graph import LayerGraph, Origin
from keras_kgen.ir.order import functional_order
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
    calls,
    reads,
    results,
)
from keras_kgen.records import record

# Where a line stands in a scope: its index, behind those of the branches around it.
Place = tuple[int, ...]


@record
class Use:
    """One use of a scope: a graph, and where in it the scope's layers stand.

    Attributes:
        positions: For each line that has weights, the positions of its layers in the
            graph's order.
        scrambled: Loops whose layers do not stand there in the order of the loop.
    """

    graph: LayerGraph
    origin: Origin
    positions: Mapping[Place, tuple[int, ...]]
    scrambled: frozenset[Place] = frozenset()


@record
class ScopeOrder:
    """The order of assignment of the lines of one scope.

    Attributes:
        places: Where the lines stand, as they are to be assigned.
        tangled: Blocks whose weights do not lie next to each other in the graph's order,
            so that no order of assignment gives it.
        is_uneven: Whether the uses of the scope disagree, so that no class serves all.
    """

    places: tuple[Place, ...]
    tangled: frozenset[str] = frozenset()
    is_uneven: bool = False


def members(body: Body, place: Place = ()) -> Iterator[tuple[Place, Call | Loop | For]]:
    """Yields the lines of a body that an attribute stands for, those in branches too."""
    for index, statement in enumerate(body.statements):
        if isinstance(statement, If):
            yield from members(statement.body, (*place, index, 0))
            yield from members(statement.otherwise, (*place, index, 1))
        else:
            yield (*place, index), statement


def is_list(loop: For) -> bool:
    """Whether a loop runs over a list of layers, each called like the others."""
    if is_chain_loop(loop):
        return True
    lines = loop.body.statements
    return len(lines) == 1 and isinstance(lines[0], Call) and _is_own(lines[0])


def is_chain_loop(loop: For) -> bool:
    """Whether each layer of a loop reads just what the one above gives, all the way."""
    if loop.items or loop.collected or len(loop.carried) != 1:
        return False
    return _is_chain(loop.body, loop.carried[0])


def _is_chain(body: Body, above: Value) -> bool:
    """Whether each layer of a body reads just what the one above gives, all the way."""
    for statement in body.statements:
        if not _is_link(statement, above):
            return False
        (above,) = results(statement)
    return body.outputs == (above,)


def _is_link(statement: Statement, above: Value) -> bool:
    if len(results(statement)) != 1:
        return False
    if isinstance(statement, Call):
        is_plain = statement.inputs == (above,) and not statement.keywords
        return is_plain and _is_own(statement)
    if isinstance(statement, Loop):
        return reads(statement) == (above,) and _is_own(statement.body)
    if isinstance(statement, For):
        return statement.initial == (above,) and is_chain_loop(statement)
    bodies = (statement.body, statement.otherwise)
    return all(_is_chain(body, above) for body in bodies)


def _is_own(call: Call) -> bool:
    """Whether a call is of a layer of its own."""
    return call.kind not in (Callee.OP, Callee.SHARED)


def has_members(body: Body) -> bool:
    """Whether the layers of a body can be attributes of a class."""
    return all(map(may_be_member, body.statements))


def may_be_member(statement: Statement) -> bool:
    """Whether the layers of a line can be attributes of a class."""
    if isinstance(statement, For):
        return is_list(statement)
    if isinstance(statement, If):
        bodies = (statement.body, statement.otherwise)
        return all(has_members(inner) and _owns_all(inner) for inner in bodies)
    return True


def _owns_all(body: Body) -> bool:
    """Whether no layer of a body may be called elsewhere too."""
    return all(call.kind is not Callee.SHARED for call in calls(body))


def member_calls(statement: Call | Loop | For) -> tuple[Call, ...]:
    """Returns the calls that a line stands for, those inside a loop once."""
    return tuple(calls(Body((statement,), ())))


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
    scopes = _Scopes(program, graph, order)
    for block, origin in scopes.calls_of_blocks(program.body, ()):
        uses[block.name].append(scopes.use(block.body, origin))
    _add_nested_uses(program, graph, uses)
    return scopes.use(program.body, ()), uses


def _add_nested_uses(
    program: Program, graph: LayerGraph, uses: dict[str, list[Use]]
) -> None:
    """Adds the uses of blocks in the models within a model."""
    for layer in graph.layers:
        if layer.graph is None:
            continue
        outer = program.block(program.shared_layer(layer.graph.name).callee)
        inner = _Scopes(program, layer.graph, functional_order(layer.graph))
        uses[outer.name].append(inner.use(outer.body, ()))
        for block, origin in inner.calls_of_blocks(outer.body, ()):
            uses[block.name].append(inner.use(block.body, origin))
        _add_nested_uses(program, layer.graph, uses)


class _Scopes:
    """The layers of a graph that have weights, by the scopes around them."""

    def __init__(
        self, program: Program, graph: LayerGraph, order: tuple[int, ...]
    ) -> None:
        self.graph = graph
        self.blocks = {block.name: block for block in program.blocks}
        self.taken = _Taken(graph)
        self.scopes: dict[Origin, dict[int, list[int]]] = {}
        for position, index in enumerate(order):
            layer = graph.layers[index]
            has_none = layer.kind == "op" or not has_weights(layer.class_name)
            if layer.graph is None and has_none:
                continue
            for depth, statement in enumerate(layer.origin):
                scope = self.scopes.setdefault(layer.origin[:depth], {})
                scope.setdefault(statement, []).append(position)

    def use(self, body: Body, origin: Origin) -> Use:
        positions: dict[Place, tuple[int, ...]] = {}
        scrambled = set()
        for place, statement in members(body):
            found = self.positions((*origin, *place))
            if found:
                positions[place] = found
            if found and not isinstance(statement, Call):
                items = self.taken.line_calls(statement, (*origin, *place))
                line = sorted(
                    (position, number)
                    for number, (_, item) in enumerate(items)
                    for position in self.positions(item)
                )
                numbers = [number for _, number in line]
                if numbers != sorted(numbers):
                    scrambled.add(place)
        return Use(self.graph, origin, positions, frozenset(scrambled))

    def positions(self, origin: Origin) -> tuple[int, ...]:
        """Returns where the layers below an origin stand in the graph's order."""
        return tuple(self.scopes.get(origin[:-1], {}).get(origin[-1], ()))

    def calls_of_blocks(
        self, body: Body, scope: Origin
    ) -> Iterator[tuple[Block, Origin]]:
        """Yields the blocks that a body calls, those that these call behind them."""
        for call, origin in self.taken.calls(body, scope):
            if call.kind is Callee.BLOCK:
                block = self.blocks[call.callee]
                yield block, origin
                yield from self.calls_of_blocks(block.body, origin)


class _Taken:
    """Which branches of a program a graph has taken, and how often its loops ran."""

    def __init__(self, graph: LayerGraph) -> None:
        below: dict[Origin, set[int]] = {}
        for origin in {node.origin for node in graph.nodes}:
            for depth, step in enumerate(origin):
                below.setdefault(origin[:depth], set()).add(step)
        self.below = {origin: sorted(steps) for origin, steps in below.items()}

    def calls(self, body: Body, scope: Origin) -> Iterator[tuple[Call, Origin]]:
        """Yields the calls of a body as they are made, each with its origin."""
        for index, statement in enumerate(body.statements):
            origin = (*scope, index)
            if isinstance(statement, If):
                for branch in self.below.get(origin, ()):
                    inner = (statement.body, statement.otherwise)[branch]
                    yield from self.calls(inner, (*origin, branch))
            else:
                yield from self.line_calls(statement, origin)

    def line_calls(
        self, statement: Call | Loop | For, origin: Origin
    ) -> Iterator[tuple[Call, Origin]]:
        """Yields the calls that a line stands for, each with its origin."""
        if isinstance(statement, Call):
            yield statement, origin
        elif isinstance(statement, Loop):
            for time in range(len(statement.rows)):
                yield statement.body, (*origin, time)
        else:
            for time in self.below.get(origin, ()):
                yield from self.calls(statement.body, (*origin, time))


def _order(body: Body, uses: list[Use]) -> ScopeOrder:
    lines = dict(members(body))
    tangled = {
        call.callee
        for use in uses
        for place in (*_interleaved(use.positions), *use.scrambled)
        for call in member_calls(lines[place])
    }
    ranks = _ranks(uses)
    if not uses or tangled or ranks is None:
        # No order of assignment gives the graph's: people assign in the order of the calls.
        return ScopeOrder(tuple(lines), frozenset(tangled), ranks is None)
    return ScopeOrder(_sorted(lines, ranks))


def _interleaved(positions: Mapping[Place, tuple[int, ...]]) -> set[Place]:
    """Returns the lines between whose layers those of others stand."""
    line = sorted((place, index) for index, span in positions.items() for place in span)
    seen: set[Place] = set()
    found = set()
    for number, (_, index) in enumerate(line):
        begins = number == 0 or line[number - 1][1] != index
        if begins and index in seen:
            found.add(index)
        seen.add(index)
    return found


def _ranks(uses: Iterable[Use]) -> dict[Place, int] | None:
    """Returns the rank of each line with weights in an order that all uses agree with.

    Uses may have different lines. Returns None where there is no such order.
    """
    orders = {
        tuple(sorted(use.positions, key=lambda place, u=use: u.positions[place][0]))  # type: ignore[misc]
        for use in uses
    }
    sorter: TopologicalSorter[Place] = TopologicalSorter()
    for order in orders:
        for place in order:
            sorter.add(place)
        for above, place in pairwise(order):
            sorter.add(place, above)
    try:
        sorter.prepare()
    except CycleError:
        return None
    ranks: dict[Place, int] = {}
    ready: list[Place] = []
    while sorter.is_active():
        ready = sorted((*ready, *sorter.get_ready()))
        place = ready.pop(0)
        ranks[place] = len(ranks)
        sorter.done(place)
    return ranks


def _sorted(
    lines: Mapping[Place, Call | Loop | For], ranks: Mapping[Place, int]
) -> tuple[Place, ...]:
    """Sorts lines by weights; those without weights stay behind the line before.

    All calls of a shared layer stand where its weights do.
    """
    shared: dict[str, int] = {}
    keys = []
    key = -1
    for place, statement in lines.items():
        is_shared = isinstance(statement, Call) and statement.kind is Callee.SHARED
        key = ranks.get(place, key)
        own = key
        if isinstance(statement, Call) and is_shared:
            if place in ranks:
                shared[statement.callee] = key
            own = shared.get(statement.callee, key)
        keys.append((own, place))
    return tuple(place for _, place in sorted(keys))


def has_state(block: Block, program: Program) -> bool:
    """Whether a block has weights."""
    return any(call_has_state(call, program) for call in calls(block.body))


def call_has_state(call: Call, program: Program) -> bool:
    """Whether what a line calls has weights."""
    if call.kind is Callee.BLOCK:
        return has_state(program.block(call.callee), program)
    return call.kind is not Callee.OP and _may_have_weights(call)


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
    places = tuple(place for place, _ in members(program.body))
    if not is_chain:
        places = model_order(program, own).places
    yield from _ClassLayers(program, orders, graph).lines(program.body, places, ())


class _ClassLayers:
    """Follows the attributes of classes as they are assigned."""

    def __init__(
        self, program: Program, orders: Mapping[str, ScopeOrder], graph: LayerGraph
    ) -> None:
        self.program = program
        self.orders = orders
        self.graph = graph
        self.taken = _Taken(graph)
        self.layers = {layer.origin: i for i, layer in enumerate(graph.layers)}

    def lines(
        self, body: Body, order: tuple[Place, ...], origin: Origin
    ) -> Iterator[Path]:
        """Yields the layers of the lines of a scope."""
        lines = dict(members(body))
        for place in order:
            for call, inner in self.taken.line_calls(lines[place], (*origin, *place)):
                if call.kind is Callee.BLOCK:
                    block = self.program.block(call.callee)
                    places = self.orders[block.name].places
                    yield from self.lines(block.body, places, inner)
                elif inner in self.layers:  # later calls of a shared layer make none
                    yield from self.layer(call, self.layers[inner])

    def layer(self, call: Call, index: int) -> Iterator[Path]:
        graph = self.graph.layers[index].graph
        if graph is None:
            yield (index,)
            return
        block = self.program.block(self.program.shared_layer(call.callee).callee)
        places = self.orders[block.name].places
        nested = _ClassLayers(self.program, self.orders, graph)
        for path in nested.lines(block.body, places, ()):
            yield (index, *path)
