"""Finds the pieces that names of layers speak of: all of `block_3_expand` to `block_3_add`."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from keras_kgen.passes.recover.items import Scope, Token
from keras_kgen.passes.recover.windows import LONGEST, Window

# A stage and a block may have a number, `conv2_block1_1_conv`; a layer in it is no block.
_DEPTHS = (1, 2)
# Fewer pieces than this may have the same name by chance.
_LEAST = 3
# Of so few lines, a piece is found without names where it is worth a block.
_LINES = 2
_Label = tuple[Token, ...]


def named_pieces(number: int, scope: Scope) -> Iterator[list[Window]]:
    """Yields the pieces that names which begin with the same words and a number set apart.

    Layers without a name belong to the piece that is around them.
    """
    for depth in _DEPTHS:
        families: dict[_Label, dict[_Label, Window | None]] = {}
        for prefix, start, stop in _runs(scope, depth):
            if _is_block(scope, prefix, start, stop):
                continue
            family = families.setdefault(_words(prefix), {})
            # What is interrupted is no piece.
            family[prefix] = None if prefix in family else Window(number, start, stop)
        for family in families.values():
            windows = [w for w in family.values() if w is not None]
            if len(windows) >= _LEAST and _are_whole(scope, windows):
                yield windows


def _are_whole(scope: Scope, windows: list[Window]) -> bool:
    """Whether pieces are of some lines, and what is in front of them has another name."""
    lengths = [len(window) for window in windows]
    if max(lengths) > LONGEST or sum(lengths) <= _LINES * len(lengths):
        return False
    unnamed = sum(w.start > 0 and not scope.items[w.start - 1].label for w in windows)
    return 2 * unnamed < len(windows)


def _is_block(scope: Scope, name: _Label, start: int, stop: int) -> bool:
    """Whether what a name sets apart is one line, a block of that name."""
    return stop - start == 1 and scope.items[start].label == name


def _runs(scope: Scope, depth: int) -> Iterator[tuple[_Label, int, int]]:
    """Yields where names go on with the same words and number."""
    current: _Label = ()
    start = stop = 0
    for line, item in enumerate(scope.items):
        prefix = numbered(item.label, depth) if item.label else current
        if not item.is_call:
            prefix = ()
        if prefix != current:
            if current:
                yield current, start, stop
            current, start = prefix, line
        if item.label:
            stop = line + 1
    if current:
        yield current, start, stop


@functools.lru_cache(maxsize=4096)
def numbered(label: _Label, depth: int) -> _Label:
    """Returns a name up to its first or second number; a letter may follow it."""
    count = 0
    for place, token in enumerate(label):
        count += _is_number(token)
        if count == depth:
            stop = place + 1
            is_lettered = stop < len(label) and _is_letter(label[stop])
            return label[: stop + is_lettered]
    return ()


@functools.lru_cache(maxsize=4096)
def _words(label: _Label) -> _Label:
    """Returns the words of a name, without its numbers and letters."""
    return tuple(map(_kind, label))


def _kind(token: Token) -> Token:
    return "#" if _is_number(token) else "a" if _is_letter(token) else token


def _is_letter(token: Token) -> bool:
    """Whether it may count: blocks are called a, b, c and so on."""
    return isinstance(token, str) and len(token) == 1 and token.islower()


def _is_number(token: Token) -> bool:
    return isinstance(token, str) and token.isdecimal()
