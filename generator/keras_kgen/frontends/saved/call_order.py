"""The order in which the calls of a saved network can run, and that in which they were made."""

from __future__ import annotations

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from keras_kgen.frontends.saved.model import (
    SavedLayer,
    SavedNetwork,
    SavedTensor,
    tensors_in,
)

# A call of a layer: its name and which of its calls.
CallKey = tuple[str, int]
# Two calls by their places in an order, of which the first comes before the second.
_Edges = set[tuple[int, int]]
_Stack = list[tuple[CallKey, Iterator[SavedTensor]]]


def call_order(network: SavedNetwork) -> tuple[CallKey, ...]:
    """Returns the calls behind the outputs, each behind those that it reads.

    Inputs are left out, and so are calls that no output depends on.
    """
    layers = {layer.name: layer for layer in network.layers}
    ordered: list[CallKey] = []
    entered = {(tensor.layer, 0) for tensor in tensors_in(network.inputs)}
    for output in tensors_in(network.outputs):
        stack: _Stack = []
        _enter((output.layer, output.node), layers, entered, stack)
        while stack:
            key, tensors = stack[-1]
            tensor = next(tensors, None)
            if tensor is None:
                stack.pop()
                ordered.append(key)
            else:
                _enter((tensor.layer, tensor.node), layers, entered, stack)
    return tuple(ordered)


def written_order(
    network: SavedNetwork, numbered: Iterable[Sequence[str]]
) -> tuple[CallKey, ...]:
    """Returns the calls behind the outputs, as their author made them as far as names tell.

    That is `call_order` where nothing speaks against it.

    Args:
        network: The model.
        numbered: Names of layers that Keras numbered as they were made, in that order.
    """
    order = call_order(network)
    ranks = _ranks(network, order)
    made = {
        pair
        for names in numbered
        for pair in pairwise(ranks[name] for name in names if name in ranks)
    }
    if all(first < second for first, second in made):
        return order
    reads = _reads(network, order)
    groups = _groups([name for name, _ in order], reads, {r for p in made for r in p})
    found = _forwards(groups, reads, made)
    # Names that a person gave may contradict each other.
    return tuple(order[rank] for rank in found) if len(found) == len(order) else order


def _ranks(network: SavedNetwork, order: tuple[CallKey, ...]) -> dict[str, int]:
    """Returns the places of layers that are made where they are called."""
    uses = Counter(name for name, _ in order)
    models = {layer.name for layer in network.layers if layer.network is not None}
    return {
        name: rank
        for rank, (name, _) in enumerate(order)
        if uses[name] == 1 and name not in models
    }


def _reads(network: SavedNetwork, order: tuple[CallKey, ...]) -> _Edges:
    ranks = {key: rank for rank, key in enumerate(order)}
    layers = {layer.name: layer for layer in network.layers}
    return {
        (ranks[tensor.layer, tensor.node], rank)
        for rank, (name, index) in enumerate(order)
        for tensor in layers[name].calls[index].tensors()
        if (tensor.layer, tensor.node) in ranks
    }


def _groups(names: Sequence[str], reads: _Edges, made_up: set[int]) -> list[str]:
    """Returns to which part of the model each call belongs, as far as names say it.

    That is the number at the end of a name that a person gave, `normal_add_1_7`. A layer
    without such a name belongs to what reads it first.
    """
    found = [
        "" if rank in made_up else re.sub(r"^.*?(_\d+)?$", r"\1", name)
        for rank, name in enumerate(names)
    ]
    for first, second in sorted(reads, reverse=True):
        if first in made_up:
            found[first] = found[second]
    return found


def _forwards(groups: Sequence[str], reads: _Edges, made: _Edges) -> list[int]:
    """Returns an order that keeps to all edges, and goes on with what was made last.

    What belongs to the same part comes first, then what reads what was made last. Calls that
    stand in a circle are missing, and so are all behind them.
    """
    before = Counter(second for _, second in (*reads, *made))
    readers, followers = _by_first(reads), _by_first(made)
    everything = [rank for rank in range(len(groups)) if not before[rank]]
    parts: defaultdict[str, list[int]] = defaultdict(list)
    for start in everything:
        heapq.heappush(parts[groups[start]], start)
    placed: list[int] = []
    seen: set[int] = set()
    group = ""
    rank: int | None
    while True:
        rank = _next(parts[group], seen) if group else None
        if rank is None:
            rank = _next(everything, seen)
        if rank is None:
            return placed
        while rank is not None and rank not in seen:
            seen.add(rank)
            placed.append(rank)
            group = groups[rank]
            before.subtract((*readers[rank], *followers[rank]))
            for item in (*readers[rank], *followers[rank]):
                if not before[item]:
                    heapq.heappush(everything, item)
                    heapq.heappush(parts[groups[item]], item)
            rank = min(
                (x for x in readers[rank] if not before[x] and groups[x] == group),
                default=None,
            )


def _next(heap: list[int], seen: set[int]) -> int | None:
    """Takes the first call that is not placed yet from a heap."""
    while heap:
        rank = heapq.heappop(heap)
        if rank not in seen:
            return rank
    return None


def _by_first(edges: _Edges) -> defaultdict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for first, second in sorted(edges):
        found[first].append(second)
    return found


def _enter(
    key: CallKey,
    layers: Mapping[str, SavedLayer],
    entered: set[CallKey],
    stack: _Stack,
) -> None:
    if key not in entered:
        entered.add(key)
        stack.append((key, layers[key[0]].calls[key[1]].tensors()))
