"""Shapes and numbers of parameters in words, those of several layers at once too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from keras_kgen.ir.tensors import Dim, Shape

_TIMES = "\N{MULTIPLICATION SIGN}"
_DOTS = "\N{HORIZONTAL ELLIPSIS}"


def count_in_words(layers: int) -> str:
    """Returns how many layers there are, in words."""
    return f"{layers} layer" if layers == 1 else f"{layers} layers"


def sum_known(numbers: Iterable[int | None]) -> int | None:
    """Returns the sum of numbers, None where one is not known."""
    known = list(numbers)
    return None if None in known else sum(n for n in known if n is not None)


def numbers_in_words(numbers: Sequence[int | None]) -> str:
    """Returns a number of parameters in words, from the least to the most."""
    if None in numbers:
        return "?"
    known = sorted({n for n in numbers if n is not None})
    if not known or known == [0]:
        return ""
    if len(known) == 1:
        return f"{known[0]:,}"
    return f"{_brief(known[0])}{_DOTS}{_brief(known[-1])}"


def _brief(number: int) -> str:
    """Returns a number in three digits or so: 99, 1.1k, 259k, 2.1M."""
    amount, steps = float(number), 0
    while amount >= 999.5:
        amount, steps = amount / 1000, steps + 1
    unit = ("", "k", "M", "G", "T", "P")[min(steps, 5)]
    return f"{amount:.1f}{unit}" if unit and amount < 9.95 else f"{amount:.0f}{unit}"


def shapes_in_words(seen: Sequence[tuple[Shape | None, ...]]) -> str:
    """Returns the shapes of results in words, without the batch."""
    results = zip(*seen, strict=True) if len({len(s) for s in seen}) == 1 else ()
    return ", ".join(_shape(list(dict.fromkeys(shapes))) for shapes in results)


def _shape(shapes: Sequence[Shape | None]) -> str:
    known = [shape for shape in shapes if shape is not None]
    if len(known) < len(shapes) or len({len(shape) for shape in known}) > 1:
        return "?"
    sizes = [_size(list(dict.fromkeys(sizes))) for sizes in zip(*known, strict=True)]
    return f" {_TIMES} ".join(sizes[1:]) or "scalar"


def _size(sizes: Sequence[Dim]) -> str:
    ends = sizes if len(sizes) == 1 else (sizes[0], sizes[-1])
    return _DOTS.join("?" if size is None else str(size) for size in ends)
