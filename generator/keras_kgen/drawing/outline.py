"""The calls of a graph in the blocks, loops and models that they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from keras_kgen.ir.graph import LayerGraph, Origin
from keras_kgen.ir.program import Body, Call, Callee, For, If, Loop, Program

# A call: the index of its node, behind those of the models that it is in. Inputs are nodes
# too, and the outputs of a model are numbered behind its nodes.
Spot = tuple[int, ...]
# Where something stands in its scope, behind the branches around it.
Place = tuple[int, ...]
Kind = Literal["block", "loop", "time", "model"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """What is drawn as one box.

    Attributes:
        spots: The calls that it stands for.
        times: How often it follows itself.
        copies: The calls of each of the pieces that were laid over each other, where there
            are several.
        group: What the box stands for where that is drawn elsewhere.
    """

    title: str
    place: Place
    spots: tuple[Spot, ...]
    times: int = 1
    copies: tuple[frozenset[Spot], ...] = ()
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """What is drawn as a frame around other things; a loop only once it is folded.

    Attributes:
        times, copies: As for a leaf.
    """

    kind: Kind
    title: str
    place: Place
    items: tuple[Item, ...]
    times: int = 1
    copies: tuple[frozenset[Spot], ...] = ()


Item = Leaf | Group


def leaves(items: Iterable[Item]) -> Iterator[Leaf]:
    """Yields the boxes in order."""
    for item in items:
        if isinstance(item, Leaf):
            yield item
        else:
            yield from leaves(item.items)


def spots_of(items: Iterable[Item]) -> frozenset[Spot]:
    """Returns every call that something stands for."""
    return frozenset(spot for leaf in leaves(items) for spot in leaf.spots)


def outline(
    program: Program, graph: LayerGraph, expanded: bool = False
) -> tuple[Item, ...]:
    """Returns the calls of a graph, inputs first and outputs last, in their groups.

    Args:
        program: The program.
        graph: Its graph.
        expanded: Whether to look into the models within the model.
    """
    body = _Outliner(program, graph, (), expanded).body(program.body, (), ())
    count = len(graph.nodes)
    inputs = tuple(_end(index) for index in range(len(graph.inputs)))
    outputs = tuple(_end(count + index) for index in range(len(graph.outputs)))
    return (*inputs, *body, *outputs)


def _end(node: int) -> Leaf:
    return Leaf("", (-1, node), ((node,),))


@dataclass(slots=True)
class _Outliner:
    """Walks the statements of a program with the nodes that came of them."""

    program: Program
    graph: LayerGraph
    path: Spot
    expanded: bool
    nodes: dict[Origin, int] = field(default_factory=dict)
    steps: dict[Origin, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        below: dict[Origin, set[int]] = {}
        for index, node in enumerate(self.graph.nodes):
            if node.layer is None:
                continue
            self.nodes[node.origin] = index
            for depth, step in enumerate(node.origin):
                below.setdefault(node.origin[:depth], set()).add(step)
        self.steps = {origin: sorted(steps) for origin, steps in below.items()}

    def body(self, body: Body, origin: Origin, place: Place) -> tuple[Item, ...]:
        items: list[Item] = []
        for index, statement in enumerate(body.statements):
            here, inner = (*origin, index), (*place, index)
            if isinstance(statement, Call):
                items += self.call(statement, here, inner)
            elif isinstance(statement, If):
                for branch in self.steps.get(here, ()):
                    taken = (statement.body, statement.otherwise)[branch]
                    items += self.body(taken, (*here, branch), (*inner, branch))
            else:
                items += self.loop(statement, here, inner)
        return tuple(items)

    def loop(self, loop: Loop | For, origin: Origin, place: Place) -> Iterator[Item]:
        times: list[Item] = []
        for time in self.steps.get(origin, ()):
            here = (*origin, time)
            if isinstance(loop, Loop):
                items = tuple(self.call(loop.body, here, ()))
            else:
                items = self.body(loop.body, here, ())
            times.append(Group("time", "", (), items))
        if times:
            yield Group("loop", "", place, tuple(times))

    def call(self, call: Call, origin: Origin, place: Place) -> Iterator[Item]:
        if call.kind is Callee.BLOCK:
            items = self.body(self.program.block(call.callee).body, origin, ())
            if items:
                yield Group("block", call.callee, place, items)
            return
        index = self.nodes[origin]
        number = self.graph.nodes[index].layer
        assert number is not None
        layer = self.graph.layers[number]
        spot = (*self.path, index)
        if layer.graph is None or not self.expanded:
            yield Leaf(layer.class_name, place, (spot,))
            return
        inner = _Outliner(self.program, layer.graph, spot, True)
        block = self.program.block(self.program.shared_layer(layer.graph.name).callee)
        title = layer.name or layer.graph.name
        yield Group("model", title, place, inner.body(block.body, (), ()))
