"""What each statement of a program stands for: the elements that it makes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from keras_kgen.backends.view import ALL, MODEL, Key, about
from keras_kgen.ir.graph import LayerGraph, Origin
from keras_kgen.ir.program import Block, Body, Call, Callee, If, Loop, Program
from keras_kgen.tracing.elements import element_keys

# Keys of elements, each once, in the order in which they come into being.
Keys = dict[str, None]


@dataclass(frozen=True, slots=True)
class BlockInstance:
    """The time that a block is made; the first is number 1."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Places:
    """The elements that the statements of a program stand for.

    Attributes:
        elements: Their keys by scope, and by what a line of that scope is about.
        rows: The same for each time of a loop.
        instances: The instances of blocks around each element, from the outside in.
    """

    elements: dict[tuple[str, Key], Keys] = field(default_factory=dict)
    rows: dict[tuple[str, Key], dict[int, Keys]] = field(default_factory=dict)
    instances: dict[str, tuple[BlockInstance, ...]] = field(default_factory=dict)

    def find(self, scope: str, keys: Iterable[Key]) -> tuple[str, ...]:
        """Returns the elements that a line of a scope stands for."""
        found: Keys = {}
        for key in keys:
            place = key if isinstance(key, tuple) else (scope, key)
            found |= self.elements.get(place, {})
        return tuple(found)


def find_places(program: Program, graph: LayerGraph) -> Places:
    """Returns what each statement of a program stands for.

    Args:
        program: The program.
        graph: The graph that it expands to.
    """
    finder = _Finder(program)
    keys = element_keys(graph)
    for index, value in enumerate(program.values):
        finder.add(MODEL, value.index, [keys["input", index]])
    finder.follow(graph, _Scope(MODEL, program.body), "", ())
    return finder.places


@dataclass(frozen=True, slots=True)
class _Scope:
    """A body, and the name under which its lines are known."""

    name: str
    body: Body


class _Finder:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.places = Places()
        self.counts: Counter[str] = Counter()
        # Instances by the place of the graph in the model, and the origin within it.
        self.instances: dict[tuple[str, Origin], BlockInstance] = {}

    def add(self, scope: str, key: Key, elements: Iterable[str]) -> None:
        found = dict.fromkeys(elements)
        for each in (key, ALL):
            self.places.elements.setdefault((scope, each), {}).update(found)

    def follow(
        self,
        graph: LayerGraph,
        scope: _Scope,
        prefix: str,
        around: tuple[BlockInstance, ...],
    ) -> None:
        """Follows the calls of a graph down the statements that stand for them.

        Args:
            graph: The graph of the model, or of a model within it.
            scope: What its origins begin in.
            prefix: What the keys of its elements begin with.
            around: The instances of blocks around it.
        """
        keys = element_keys(graph, prefix)
        done: set[str] = set()
        for node in graph.nodes:
            if node.layer is None or ("layer", node.layer) not in keys:
                continue
            key, layer = keys["layer", node.layer], graph.layers[node.layer]
            walk = _Walk(self, prefix, around)
            steps = list(walk.steps(scope, node.origin, ()))
            if layer.graph is not None and key not in done:
                self.follow_nested(layer.graph, f"{key}/", walk.instances)
            done.add(key)
            self.places.instances.setdefault(key, walk.instances)
            found = [key, *_inner(layer.graph, f"{key}/")]
            for name, about_key, time in steps:
                self.add(name, about_key, found)
                if time is not None:
                    rows = self.places.rows.setdefault((name, about_key), {})
                    rows.setdefault(time, {}).update(dict.fromkeys(found))

    def follow_nested(
        self, graph: LayerGraph, prefix: str, around: tuple[BlockInstance, ...]
    ) -> None:
        """Follows the calls of a model within the model, which is a shared block."""
        block = self.program.block(self.program.shared_layer(graph.name).callee)
        keys = element_keys(graph, prefix)
        inner = (*around, self.instance(block, prefix, ()))
        self.add(block.name, ALL, [prefix.removesuffix("/")])
        for index, value in enumerate(block.inputs):
            key = keys["input", index]
            self.add(block.name, value.index, [key])
            self.places.instances[key] = inner
        self.follow(graph, _Scope(block.name, block.body), prefix, inner)

    def instance(self, block: Block, prefix: str, origin: Origin) -> BlockInstance:
        place = (prefix, origin)
        if place not in self.instances:
            self.counts[block.name] += 1
            self.instances[place] = BlockInstance(block.name, self.counts[block.name])
        return self.instances[place]


# A scope, what a line of it is about, and the time of the loop where that is one.
_Step = tuple[str, Key, int | None]


@dataclass(slots=True)
class _Walk:
    """The way of one call down the statements of a program."""

    finder: _Finder
    prefix: str
    instances: tuple[BlockInstance, ...]

    def steps(self, scope: _Scope, origin: Origin, walked: Origin) -> Iterator[_Step]:
        """Yields the statements on the way of an origin from a scope down to a call.

        Args:
            scope: Where the origin begins.
            origin: What is left of it.
            walked: What is not.
        """
        statement = scope.body.statements[origin[0]]
        keys = about(statement)
        if isinstance(statement, Call):
            yield from ((scope.name, key, None) for key in keys)
            yield from self.into(statement, scope, origin[1:], (*walked, origin[0]))
            return
        walked, inner = (*walked, *origin[:2]), origin[2:]
        if isinstance(statement, If):
            yield from ((scope.name, key, None) for key in keys)
            body = (statement.body, statement.otherwise)[origin[1]]
            yield from self.steps(_Scope(scope.name, body), inner, walked)
            return
        yield from ((scope.name, key, origin[1]) for key in keys)
        if isinstance(statement, Loop):
            yield from self.into(statement.body, scope, inner, walked)
        else:
            yield from self.steps(_Scope(scope.name, statement.body), inner, walked)

    def into(
        self, call: Call, scope: _Scope, origin: Origin, walked: Origin
    ) -> Iterator[_Step]:
        """Yields the statements inside what a line calls."""
        if call.kind is Callee.SHARED:
            yield scope.name, call.callee, None
        if call.kind is not Callee.BLOCK:
            return
        block = self.finder.program.block(call.callee)
        instance = self.finder.instance(block, self.prefix, walked)
        self.instances = (*self.instances, instance)
        yield from self.steps(_Scope(block.name, block.body), origin, walked)


def _inner(graph: LayerGraph | None, prefix: str) -> Iterator[str]:
    """Yields the keys of what is in a model within the model."""
    if graph is None:
        return
    for (kind, index), key in element_keys(graph, prefix).items():
        yield key
        if kind == "layer":
            yield from _inner(graph.layers[index].graph, f"{key}/")
