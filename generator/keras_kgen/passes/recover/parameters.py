"""What differs between the instances of a block becomes its parameters (anti-unification).

The least general expression that gives every instance its value: a constant where all agree,
a parameter where they differ, arithmetic on another parameter where one value is always the
same multiple of the other. After G. D. Plotkin, "A Note on Inductive Generalization", 1970.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence as Several
from dataclasses import dataclass, field, replace
from itertools import permutations

from keras_kgen.ir.expressions import (
    Argument,
    Conditional,
    Expression,
    Literal,
    Name,
    ObjectCall,
    Operation,
    Sequence,
    evaluate,
    names_in,
)

# A value for each instance, None for those that do not have the line.
Vector = tuple[Expression | None, ...]
# Arguments that say how wide a layer is: one parameter may feed several of them.
SIZES = frozenset({"filters", "units", "output_dim", "key_dim", "target_shape", "size"})
# Beyond this, a multiple is a coincidence.
_LARGEST_FACTOR = 8
# Fewer instances in a row than this say nothing on what goes into each.
_MIN_PAIRS = 3
# A block that widens its input widens it in one of few ways.
_MOST_RATIOS = 3
# Numbers from here on are widths: `groups=filters` of a depthwise convolution.
_WIDE = 8


@dataclass(slots=True)
class Use:
    """Where a parameter goes: an argument of a line."""

    column: int
    callee: str
    argument: str


@dataclass(slots=True)
class Unknown:
    """A parameter in the making, called `key` until all are known.

    Attributes:
        values: Its value in each instance.
        is_flag: Whether it only says which lines an instance has.
    """

    key: str
    values: Vector
    uses: list[Use] = field(default_factory=list)
    is_flag: bool = False
    is_name: bool = False

    @property
    def kind(self) -> str:
        """What sort of argument it feeds; parameters of two sorts are never one."""
        argument = self.uses[0].argument if self.uses else ""
        return "size" if argument in SIZES else argument


@dataclass(slots=True)
class Multiple:
    """A value that is always the same multiple of a parameter."""

    base: Unknown
    factor: int
    uses: list[Use]


class Parameters:
    """Collects the parameters of one block."""

    def __init__(self) -> None:
        self.unknowns: list[Unknown] = []
        self._count = 0
        self.multiples: dict[str, Multiple] = {}

    def expression(self, values: Vector, use: Use) -> Expression:
        """Returns what stands in the block for a value that each instance has."""
        known = [value for value in values if value is not None]
        first = known[0]
        if known.count(first) == len(known) and not names_in(first):
            return first
        parts = _parts(known)
        if parts is not None:
            before = len(self.unknowns)
            inner = self._inner(values, first, parts, use)
            if len(self.unknowns) <= before + 1 or not all(map(_is_constant, known)):
                return inner
            # One parameter for the whole is easier to read than several for its parts.
            del self.unknowns[before:]
        return self._unknown(values, use)

    def add(self, values: Vector, use: Use) -> Unknown:
        """Adds a parameter."""
        self._count += 1
        unknown = Unknown(f"p{self._count}", values, [use])
        self.unknowns.append(unknown)
        return unknown

    def _inner(
        self, values: Vector, first: Expression, count: int, use: Use
    ) -> Expression:
        """Returns a sequence or an object whose parts differ."""
        inner = [
            self.expression(
                tuple(None if v is None else _part(v, place) for v in values),
                use if isinstance(first, Sequence) else _inner_use(use, first, place),
            )
            for place in range(count)
        ]
        if isinstance(first, Sequence):
            return replace(first, items=tuple(inner))
        assert isinstance(first, ObjectCall)
        given = zip(first.arguments, inner, strict=True)
        return replace(
            first, arguments=tuple(Argument(value, a.name) for a, value in given)
        )

    def _unknown(self, values: Vector, use: Use) -> Expression:
        for unknown in self.unknowns:
            if _may_share(unknown, values, use) and _agree(unknown.values, values):
                unknown.values = _together(unknown.values, values)
                unknown.uses.append(use)
                return Name(unknown.key)
        if use.argument in SIZES:
            for unknown in self.unknowns:
                factor = unknown.kind == "size" and _factor(unknown.values, values)
                if factor:
                    return Name(self._derive(unknown, factor, values, [use]))
            for unknown in self.unknowns:
                factor = unknown.kind == "size" and _factor(values, unknown.values)
                if factor:
                    return self._replace(unknown, values, use, factor)
        return Name(self.add(values, use).key)

    def _derive(
        self, base: Unknown, factor: int, values: Vector, uses: list[Use]
    ) -> str:
        """Adds a multiple of a parameter; returns its key."""
        for key, known in self.multiples.items():
            if known.base is base and known.factor == factor:
                known.uses += uses
                return key
        self._count += 1
        key = f"p{self._count}"
        self.multiples[key] = Multiple(base, factor, list(uses))
        return key

    def _replace(
        self, unknown: Unknown, values: Vector, use: Use, factor: int
    ) -> Expression:
        """Returns a parameter that takes the place of a multiple of it."""
        self.unknowns.remove(unknown)
        base = self.add(values, use)
        for known in self.multiples.values():
            if known.base is unknown:
                known.base, known.factor = base, known.factor * factor
        self.multiples[unknown.key] = Multiple(base, factor, unknown.uses)
        return Name(base.key)

    def derived(self) -> dict[str, Expression]:
        """Returns what stands for the parameters that are multiples of others.

        Of two, the one that is used more often becomes the parameter: `filters // 4` where
        one layer of three is narrower, `filters * 4` where one is wider.
        """
        found: dict[str, Expression] = {}
        for unknown in list(self.unknowns):
            own = {k: m for k, m in self.multiples.items() if m.base is unknown}
            wide = max(own.values(), key=lambda m: len(m.uses), default=None)
            if len(own) == 1 and wide and len(wide.uses) > len(unknown.uses):
                (key,) = own
                found |= self._flip(unknown, key, wide)
                continue
            for key, multiple in own.items():
                parts = (Name(unknown.key), Literal(multiple.factor))
                found[key] = Operation("*", parts)
        return found

    def decided(self) -> dict[str, Expression]:
        """Returns what stands for the parameters that follow from the strides.

        People write `padding="valid" if strides == 2 else "same"`.
        """
        found: dict[str, Expression] = {}
        for strides in self.unknowns:
            if strides.kind != "strides" or not all(map(_is_plain, strides.values)):
                continue
            for unknown in list(self.unknowns):
                value = _following(unknown, strides)
                if value is not None:
                    found[unknown.key] = value
                    self.unknowns.remove(unknown)
        return found

    def padded(self) -> dict[str, Expression]:
        """Returns what stands for paddings that follow from the size of a kernel."""
        found: dict[str, Expression] = {}
        for kernel in self.unknowns:
            if kernel.kind != "kernel_size":
                continue
            for unknown in list(self.unknowns):
                if unknown.kind == "padding" and _is_padding(unknown, kernel):
                    half = Operation("//", (Name(kernel.key), Literal(2)))
                    less = Operation("-", (half, Literal(1)))
                    found[unknown.key] = Sequence((less, half))
                    self.unknowns.remove(unknown)
        return found

    def widened(self) -> dict[str, Expression]:
        """Returns what stands for widths that follow from the width of what goes in.

        People write `in_filters * expand_ratio` where a block widens its input, and
        `in_filters // 4` where another part of it makes it narrower.
        """
        sizes = [u for u in self.unknowns if u.kind == "size"]
        for narrow, given in permutations(sizes, 2):
            share = _share_of_input(narrow, given)
            for wide in sizes if share else ():
                if share and wide is not narrow and wide is not given:
                    ratios = _ratios(narrow, wide, share)
                    if ratios is not None:
                        return self._widen(narrow, wide, share, ratios)
        for wide, given in permutations(sizes, 2):
            factor = _multiple_of_input(wide, given)
            if factor:
                base = self._input_width(wide, "//", factor)
                self.unknowns.remove(wide)
                return {wide.key: Operation("*", (base, Literal(factor)))}
        return {}

    def _widen(
        self, narrow: Unknown, wide: Unknown, share: int, ratios: Vector
    ) -> dict[str, Expression]:
        """Makes the width of the input and the ratio the parameters."""
        base = self._input_width(narrow, "*", share)
        ratio = self.add(ratios, replace(wide.uses[0], argument="ratio"))
        factor = Name(ratio.key)
        found: dict[str, Expression] = {
            narrow.key: Operation("//", (base, Literal(share))),
            wide.key: Operation("*", (base, factor)),
        }
        one = Literal(1)
        for unknown in [u for u in self.unknowns if u.is_flag]:
            if unknown.values == tuple(Literal(r != one) for r in ratios):
                found[unknown.key] = Operation("!=", (factor, one))
        self.unknowns = [u for u in self.unknowns if u.key not in found]
        return found

    def _input_width(self, width: Unknown, symbol: str, number: int) -> Name:
        """Adds a parameter in front: the width of the input, worked out from another."""
        use = width.uses[0]
        values = tuple(v and _worked_out(symbol, v, number) for v in width.values)
        self.add(values, replace(use, argument=f"in_{use.argument}"))
        self.unknowns.insert(0, self.unknowns.pop())
        return Name(self.unknowns[0].key)

    def _flip(
        self, unknown: Unknown, key: str, wide: Multiple
    ) -> dict[str, Expression]:
        """Makes a multiple the parameter, and the parameter a fraction of it."""
        values = tuple(v and _worked_out("*", v, wide.factor) for v in unknown.values)
        scaled = Unknown(key, values, wide.uses)
        self.unknowns[self.unknowns.index(unknown)] = scaled
        return {unknown.key: Operation("//", (Name(key), Literal(wide.factor)))}


def _following(unknown: Unknown, strides: Unknown) -> Expression | None:
    """Returns a parameter as one of two values, by the strides."""
    is_free = unknown.is_flag or unknown.is_name or unknown.kind in ("size", "strides")
    if is_free or unknown.kind in ("name", "kernel_size"):
        return None
    pairs = {
        (by, value)
        for by, value in zip(strides.values, unknown.values, strict=True)
        if value is not None
    }
    if len(pairs) != 2 or len({by for by, _ in pairs}) != 2:
        return None
    if not all(_is_plain(value) for _, value in pairs):
        return None
    (usual, otherwise), (large, chosen) = sorted(pairs, key=lambda pair: repr(pair[0]))
    if usual != Literal(1) or large is None or chosen is None or otherwise is None:
        return None
    return Conditional(Operation("==", (Name(strides.key), large)), chosen, otherwise)


def _share_of_input(narrow: Unknown, given: Unknown) -> int | None:
    """Returns which part of what the instance before gives the width of a line is."""
    pairs = [
        (narrow_ and _integer(narrow_), given_ and _integer(given_))
        for narrow_, given_ in zip(narrow.values[1:], given.values, strict=False)
    ]
    shares = {b // a if a and b and b % a == 0 else 0 for a, b in pairs}
    share = shares.pop() if len(shares) == 1 and len(pairs) >= _MIN_PAIRS else 0
    return share if 1 < share <= _LARGEST_FACTOR else None


def _multiple_of_input(wide: Unknown, given: Unknown) -> int | None:
    """Returns by what the width that the instance before gives is multiplied."""
    if None in wide.values or None in given.values[:-1]:
        return None
    factor = _factor(given.values[:-1], wide.values[1:])
    first = wide.values[0] and _integer(wide.values[0])
    is_rule = len(wide.values) > _MIN_PAIRS and factor and first
    return factor if is_rule and first and factor and first % factor == 0 else None


def _ratios(narrow: Unknown, wide: Unknown, share: int) -> Vector | None:
    """Returns by what the width of the input is multiplied, where that is one of few."""
    found = []
    for one, other in zip(narrow.values, wide.values, strict=True):
        base, width = one and _integer(one), other and _integer(other)
        if not base or not width or width % (base * share):
            return None
        found.append(Literal(width // (base * share)))
    is_few = 1 < len(set(found)) <= _MOST_RATIOS
    return tuple(found) if is_few else None


def _is_padding(padding: Unknown, kernel: Unknown) -> bool:
    """Whether paddings give what a kernel takes away, with strides of 2 on even sizes."""
    known = [
        (_integer(size) if size is not None else None, value)
        for size, value in zip(kernel.values, padding.values, strict=True)
        if value is not None
    ]
    return len({size for size, _ in known}) > 1 and all(
        size is not None
        and value == Sequence((Literal(size // 2 - 1), Literal(size // 2)))
        for size, value in known
    )


def _is_plain(value: Expression | None) -> bool:
    return isinstance(value, Literal)


def _worked_out(symbol: str, value: Expression, number: int) -> Expression:
    return evaluate(Operation(symbol, (value, Literal(number))), {})


def _inner_use(use: Use, value: Expression, place: int) -> Use:
    assert isinstance(value, ObjectCall)
    return replace(use, argument=value.arguments[place].name or use.argument)


def _parts(values: Several[Expression]) -> int | None:
    """Returns how many parts values have that differ in parts only, None where they do not."""
    first = values[0]
    if isinstance(first, Sequence):
        count = len(first.items)
        same = all(
            isinstance(v, Sequence)
            and len(v.items) == count
            and v.is_list == first.is_list
            for v in values
        )
        return count if same and count else None
    if isinstance(first, ObjectCall) and first.arguments:
        names = [argument.name for argument in first.arguments]
        same = all(
            isinstance(v, ObjectCall)
            and (v.family, v.class_name, v.module)
            == (first.family, first.class_name, first.module)
            and [argument.name for argument in v.arguments] == names
            for v in values
        )
        return len(names) if same else None
    return None


def _part(value: Expression, place: int) -> Expression:
    if isinstance(value, Sequence):
        return value.items[place]
    assert isinstance(value, ObjectCall)
    return value.arguments[place].value


def _may_share(unknown: Unknown, values: Vector, use: Use) -> bool:
    if unknown.is_flag or unknown.is_name:
        return False
    kind = "size" if use.argument in SIZES else use.argument
    return unknown.kind == kind or (kind != "name" and _are_wide(values))


def _are_wide(values: Vector) -> bool:
    """Whether values are numbers so large and different that equal ones mean the same."""
    numbers = {_integer(value) or 0 for value in values if value is not None}
    return len(numbers) > 1 and min(numbers) >= _WIDE


def _agree(one: Vector, other: Vector) -> bool:
    """Whether two values are the same wherever both are known, and that says something."""
    both = [
        (a, b)
        for a, b in zip(one, other, strict=True)
        if a is not None and b is not None
    ]
    return bool(both) and all(a == b for a, b in both)


def _together(one: Vector, other: Vector) -> Vector:
    return tuple(b if a is None else a for a, b in zip(one, other, strict=True))


def _factor(bases: Vector, values: Vector) -> int | None:
    """Returns by what one value is multiplied to give the other everywhere."""
    factors = set()
    known = set()
    for base, value in zip(bases, values, strict=True):
        if value is None:
            continue
        if base is None:
            return None
        one, other = _integer(base), _integer(value)
        if one is None or other is None or other % one:
            return None
        factors.add(other // one)
        known.add(one)
    is_rule = len(factors) == 1 and len(known) > 1
    factor = factors.pop() if is_rule else 0
    return factor if 1 < factor <= _LARGEST_FACTOR else None


def _is_constant(value: Expression) -> bool:
    return isinstance(value, Sequence) and all(
        isinstance(item, Literal) or _is_constant(item) for item in value.items
    )


def _integer(value: Expression) -> int | None:
    """Returns a positive integer; None for anything else."""
    if not isinstance(value, Literal) or type(value.value) is not int:
        return None
    return value.value if value.value > 0 else None


def most_common(values: Vector) -> tuple[Expression, int]:
    """Returns the value that most instances have, and how many have it."""
    counts = Counter(value for value in values if value is not None)
    return counts.most_common(1)[0]
