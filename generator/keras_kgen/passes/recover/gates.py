"""Finds gates: lines that work out by what a tensor is multiplied, as squeeze and excite."""

from __future__ import annotations

from collections.abc import Iterator

from keras_kgen.passes.recover.items import Scope
from keras_kgen.passes.recover.windows import Window

_GATES = frozenset({"Multiply", "multiply"})
# Shorter ones are a line or two of the block around.
_SHORTEST = 4
_LONGEST = 16
# So many lines before a gate tell what it belongs to.
_CONTEXT = 3


def optional_gates(scopes: list[Scope]) -> Iterator[list[Window]]:
    """Yields the gates of a form that some of the blocks around do without.

    Where all of them have one, it is a part of the block as any other; but a block with a
    part that takes many lines is like one without it only once the part is a single line.
    """
    for number, scope in enumerate(scopes):
        forms: dict[tuple[int, ...], list[Window]] = {}
        for window in _gates(number, scope):
            items = scope.items[window.start : window.stop]
            forms.setdefault(tuple(i.symbol for i in items), []).append(window)
        for windows in forms.values():
            if len(windows) > 1 and _are_left_out(scope, windows):
                yield windows


def _gates(number: int, scope: Scope) -> Iterator[Window]:
    """Yields lines in a row that read one tensor, and end by multiplying it."""
    for line, item in enumerate(scope.items):
        if item.callee not in _GATES or len(item.reads) != 2:
            continue
        sources = {made for made, _ in scope.sources[line]}
        start = min(sources) + 1
        if len(sources) == 2 and _SHORTEST <= line + 1 - start <= _LONGEST:
            entering = scope.entering(start, line + 1)
            is_plain = all(one.is_call for one in scope.items[start : line + 1])
            if is_plain and len(entering) == 1:
                yield Window(number, start, line + 1)


def _are_left_out(scope: Scope, windows: list[Window]) -> bool:
    """Whether what is before and behind gates follows each other elsewhere."""
    symbols = [item.symbol for item in scope.items]

    def around(start: int, stop: int) -> tuple[list[int], list[int]]:
        return symbols[max(0, start - _CONTEXT) : start], symbols[stop : stop + 1]

    wanted = [around(window.start, window.stop) for window in windows]
    return any(around(line, line) in wanted for line in range(len(symbols)))
