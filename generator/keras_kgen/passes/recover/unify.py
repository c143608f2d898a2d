"""One block for several pieces of a model that are alike."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Several
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise

from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    Literal,
    Name,
    Operation,
    names_in,
    replace_names,
)
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    If,
    Statement,
    Value,
    map_values,
)
from keras_kgen.passes.recover.align import Column, align
from keras_kgen.passes.recover.defaults import layer_default
from keras_kgen.passes.recover.items import Item, join, tokens
from keras_kgen.passes.recover.labels import Label, Labels, find_names, pattern
from keras_kgen.passes.recover.loops_items import is_text
from keras_kgen.passes.recover.naming import Namer
from keras_kgen.passes.recover.parameters import Parameters, Unknown, Use, Vector
from keras_kgen.records import record

# Where a value comes from: a line of the piece and which of its results, or from before.
Source = tuple[int, int] | Value
Sources = tuple[Source | None, ...]


# Of the lines of a block, so many must be in all instances; of a short one, all but those in one place.
# A line or another is as good as a line.
_CORE = 0.5
_SHORT = 6


@record
class Instance:
    """A piece of a model that is to become a call of a block.

    Attributes:
        items: Its lines.
        gives: The values that lines behind it read.
    """

    items: tuple[Item, ...]
    gives: tuple[Value, ...]


@record
class Unified:
    """A block, and the call that stands for each instance."""

    block: Block
    calls: tuple[Call, ...]


class Different(Exception):
    """The pieces do not go together in one block."""


@dataclass(slots=True)
class Unit:
    """Lines that the same instances have; those of the others are in `otherwise`."""

    present: frozenset[int]
    columns: list[int]
    otherwise: list[int] = field(default_factory=list)
    merges: list[tuple[Value, Value, Value]] = field(default_factory=list)


def unify(
    instances: Several[Instance],
    namer: Namer,
    blocks: dict[str, Block],
) -> Unified | None:
    """Returns a block that gives each instance for some arguments.

    Returns:
        None where they differ in more than arguments and lines that some do not have.
    """
    try:
        return _Unifier(instances, namer, blocks).unified()
    except Different:
        return None


class _Unifier:
    def __init__(
        self, instances: Several[Instance], namer: Namer, blocks: dict[str, Block]
    ) -> None:
        self.instances = instances
        self.namer = namer
        self.blocks = blocks
        self.columns = align([instance.items for instance in instances])
        self.everyone = frozenset(range(len(instances)))
        self._check_core()
        self.parameters = Parameters()
        self.inputs: list[list[Value | None]] = []
        self.places = self._places()
        self.units = self._units()
        self.unit_of = {index: unit for unit in self.units for index in _members(unit)}
        self.wiring: list[list[Value]] = []
        self.names: tuple[Label, ...] = ()
        self.key: str | None = None
        self.merged: dict[tuple[int, Value, Value], Value] = {}
        self.results = self._result_values()
        self.fresh = max((v.index for vs in self.results for v in vs), default=0)

    def unified(self) -> Unified:
        wiring = self.wiring
        for index in range(len(self.columns)):
            wiring.append(self._wire(index))
        outputs, given = self._outputs()
        self._close_inputs()
        arguments = self._arguments()
        tests = {id(unit): self._test(unit) for unit in self.units}
        derived = self.parameters.derived() | self.parameters.decided()
        derived |= self.parameters.padded() | self.parameters.widened()
        names = self.namer.parameters(self.parameters.unknowns, self.columns)
        names |= {key: replace_names(value, names) for key, value in derived.items()}
        statements = [
            line
            for unit in self.units
            for line in self._write(unit, wiring, arguments, tests[id(unit)], names)
        ]
        inputs = self.namer.inputs(len(self.inputs), statements)
        renamed = dict(zip(self._input_values(), inputs, strict=True))
        body = _rename_values(Body(tuple(statements), outputs), renamed)
        parameters = self.namer.signature(self.parameters.unknowns, names)
        name = self.namer.block(self.columns, self.names)
        block = Block(name, parameters, inputs, body)
        calls = tuple(
            self._call(block, index, given[index], names)
            for index in range(len(self.instances))
        )
        return Unified(block, calls)

    # -- lines and values

    def _check_core(self) -> None:
        """Checks that the instances have most lines in common.

        Raises:
            Different: they do not, and one block for all would be a riddle.
        """
        runs = [len(list(run)) for _, run in groupby(c.present for c in self.columns)]
        sides = [present for present, _ in groupby(c.present for c in self.columns)]
        alternatives = sum(
            runs[place] == runs[place + 1] == 1 and one == self.everyone - other
            for place, (one, other) in enumerate(pairwise(sides))
        )
        count = len(self.columns) - alternatives
        core = sum(column.present == self.everyone for column in self.columns)
        core += alternatives
        parts = sum(side != self.everyone for side in sides) - alternatives
        if core < _CORE * count or (count <= _SHORT and parts > 1):
            raise Different

    def _places(self) -> list[dict[int, tuple[int, int]]]:
        """Returns where each instance gives its values, by their index."""
        places: list[dict[int, tuple[int, int]]] = [{} for _ in self.instances]
        for index, column in enumerate(self.columns):
            for own, cell in zip(places, column.cells, strict=True):
                if cell is not None:
                    for place, value in enumerate(cell.makes):
                        own[value.index] = (index, place)
        return places

    def _units(self) -> list[Unit]:
        units: list[Unit] = []
        for index, column in enumerate(self.columns):
            present = column.present
            last = units[-1] if units else None
            if last and last.present == present and not last.otherwise:
                last.columns.append(index)
            elif (
                last
                and last.present != self.everyone
                and present == self.everyone - last.present
            ):
                last.otherwise.append(index)
            else:
                units.append(Unit(present, [index]))
        return units

    def _result_values(self) -> list[tuple[Value, ...]]:
        count = 1000  # room for the inputs, which become known later
        found = []
        for column in self.columns:
            number = len(column.first.makes)
            found.append(tuple(Value(count + i) for i in range(number)))
            count += number
        return found

    def _wire(self, index: int) -> list[Value]:
        """Returns what a line of the block reads."""
        column = self.columns[index]
        count = len(column.first.reads)
        wired = []
        for slot in range(count):
            sources: list[Source | None] = []
            for places, cell in zip(self.places, column.cells, strict=True):
                value = None if cell is None else cell.reads[slot]
                sources.append(value and places.get(value.index, value))
            wired.append(self._resolve(tuple(sources), index))
        return wired

    def _resolve(self, sources: Sources, reader: int) -> Value:
        """Returns the value of the block that stands for a value of each instance."""
        inside = {s for s in sources if isinstance(s, tuple)}
        outside = any(isinstance(s, Value) for s in sources)
        if not inside:
            return self._input(
                tuple(s if isinstance(s, Value) else None for s in sources)
            )
        if len(inside) == 1 and not outside:
            line, place = next(iter(inside))
            return self._reach(line, place, reader)
        return self._merge(sources, inside, reader)

    def _reach(self, line: int, place: int, reader: int) -> Value:
        """Returns a value that only some instances have, for a line of just these."""
        value = self.results[line][place]
        unit = self.unit_of[line]
        mine = self.unit_of.get(reader)
        same_side = (line in unit.otherwise) == (reader in unit.otherwise)
        if unit.present == self.everyone or (mine is unit and same_side):
            return value
        # Elsewhere it does not matter: there it is what goes into the lines.
        side = unit.otherwise if line in unit.otherwise else unit.columns
        if not self.wiring[side[0]] or mine is unit:
            raise Different
        return self._merge_in(unit, line, value, self.wiring[side[0]][0])

    def _merge(
        self, sources: Sources, inside: set[tuple[int, int]], reader: int
    ) -> Value:
        """Returns what an `If` gives: one value where a line is there, another elsewhere."""
        # The last line decides first: what is left comes from lines before it.
        for line, place in sorted(inside, reverse=True):
            unit = self.unit_of[line]
            if unit is self.unit_of.get(reader) or unit.present == self.everyone:
                continue
            with_it = {i for i, s in enumerate(sources) if s == (line, place)}
            readers = {i for i, s in enumerate(sources) if s is not None}
            present = self.columns[line].present
            if with_it != readers & present:
                continue
            rest = tuple(None if i in with_it else s for i, s in enumerate(sources))
            other = self._before(rest, unit, line)
            if other is None:
                continue
            return self._merge_in(unit, line, self.results[line][place], other)
        raise Different

    def _before(self, rest: Sources, unit: Unit, line: int) -> Value | None:
        """Returns the value of the other instances, if it is there before the unit ends."""
        lines = [s[0] for s in rest if isinstance(s, tuple)]
        other_side = unit.columns if line in unit.otherwise else unit.otherwise
        early = min(_members(unit))
        if any(number >= early and number not in other_side for number in lines):
            return None
        inside = {s for s in rest if isinstance(s, tuple)}
        if len(inside) == 1 and not any(isinstance(s, Value) for s in rest):
            number, place = next(iter(inside))
            if number in other_side:
                return self.results[number][place]
        try:
            return self._resolve(rest, early)
        except Different:
            return None

    def _merge_in(self, unit: Unit, line: int, value: Value, other: Value) -> Value:
        swapped = line in unit.otherwise
        then, otherwise = (other, value) if swapped else (value, other)
        key = (id(unit), then, otherwise)
        if key not in self.merged:
            self.fresh += 1
            self.merged[key] = Value(self.fresh)
            unit.merges.append((self.merged[key], then, otherwise))
        return self.merged[key]

    def _input(self, values: tuple[Value | None, ...]) -> Value:
        for index, known in enumerate(self.inputs):
            pairs = [
                (a, b)
                for a, b in zip(known, values, strict=True)
                if a is not None and b is not None
            ]
            # Where no instance reads both, one input serves both.
            if all(a == b for a, b in pairs):
                self.inputs[index] = [
                    b if a is None else a for a, b in zip(known, values, strict=True)
                ]
                return Value(index)
        self.inputs.append(list(values))
        return Value(len(self.inputs) - 1)

    def _input_values(self) -> list[Value]:
        return [Value(index) for index in range(len(self.inputs))]

    def _close_inputs(self) -> None:
        """Checks that each instance reads each input.

        Raises:
            Different: one does not, and a call would have to hand over just anything.
        """
        if not self.inputs or any(None in vector for vector in self.inputs):
            raise Different

    def _outputs(self) -> tuple[tuple[Value, ...], list[tuple[Value, ...]]]:
        """Returns what the block gives, and what these are in each instance."""
        places = [
            [self.places[i][value.index] for value in instance.gives]
            for i, instance in enumerate(self.instances)
        ]
        if all(len(given) == 1 for given in places):
            sources: Sources = tuple(given[0] for given in places)
            value = self._resolve(sources, len(self.columns))
            return (value,), [instance.gives for instance in self.instances]
        # Who reads all that the block gives has it in the order in which it is read.
        ordered = sorted(places, key=len, reverse=True)
        lines = list(dict.fromkeys(place for given in ordered for place in given))
        if any(self.unit_of[line].present != self.everyone for line, _ in lines):
            raise Different
        given = [
            tuple(self._cell(line, i).makes[place] for line, place in lines)
            for i in range(len(self.instances))
        ]
        return tuple(self.results[line][place] for line, place in lines), given

    def _cell(self, line: int, instance: int) -> Item:
        cell = self.columns[line].cells[instance]
        if cell is None:
            raise Different
        return cell

    # -- arguments

    def _arguments(self) -> list[tuple[Argument, ...]]:
        found = []
        columns = self._label_columns()
        self.key = self._find_names(columns)
        for index, column in enumerate(self.columns):
            # A dictionary keeps their order.
            names = dict.fromkeys(column.first.arguments)
            for cell in column.cells:
                if cell is not None and cell.arguments.keys() != names.keys():
                    names |= dict.fromkeys(cell.arguments)
            found.append(
                [Argument(self._argument(index, column, name), name) for name in names]
            )
        labels = self._labels(columns)
        for own, label in zip(found, labels, strict=True):
            if label is not None:
                own.append(Argument(label, "name"))
        return [tuple(own) for own in found]

    def _argument(self, index: int, column: Column, name: str) -> Expression:
        values = tuple(
            [
                (
                    None
                    if cell is None
                    else cell.arguments.get(name)
                    # What a line leaves out has its default.
                    or default_of(cell.call, name, self.blocks)
                )
                for cell in column.cells
            ]
        )
        if self.key is not None and all(v is None or is_text(v) for v in values):
            texts = tuple(None if v is None else tokens(v) for v in values)
            known = pattern(texts, self.names, self.key)
            if known is not None:
                return known
        return self.parameters.expression(
            values, Use(index, column.first.call.callee, name)
        )

    def _label_columns(self) -> list[Labels]:
        return [
            tuple(None if cell is None else cell.label or None for cell in c.cells)
            for c in self.columns
        ]

    def _find_names(self, columns: list[Labels]) -> str | None:
        """Finds what the instances are called; returns the key of that parameter."""
        is_named = any(label for labels in columns for label in labels)
        names = find_names(columns) if is_named else None
        if names is None:
            return None
        self.names = names
        unknown = self.parameters.add(tuple(map(join, names)), Use(-1, "", "name"))
        unknown.is_name = True
        return unknown.key

    def _labels(self, columns: list[Labels]) -> list[Expression | None]:
        found: list[Expression | None] = []
        for index, labels in enumerate(columns):
            if not any(labels):
                found.append(None)
                continue
            known = self.key and pattern(labels, self.names, self.key)
            if not known:
                cells = self.columns[index].cells
                values: Vector = tuple(None if c is None else c.name for c in cells)
                use = Use(index, self.columns[index].first.call.callee, "name")
                known = self.parameters.expression(values, use)
            found.append(known or None)
        return found

    # -- flags

    def _test(self, unit: Unit) -> Expression | None:
        """Returns when the lines of a unit are there; None where they always are."""
        if unit.present == self.everyone:
            return None
        for unknown in self.parameters.unknowns:
            test = _decides(unknown, unit.present)
            if test is not None:
                return test
        flag = self.parameters.add(
            tuple(Literal(i in unit.present) for i in sorted(self.everyone)),
            Use(unit.columns[0], self.columns[unit.columns[0]].first.call.callee, ""),
        )
        flag.is_flag = True
        return Name(flag.key)

    # -- writing

    def _write(
        self,
        unit: Unit,
        wiring: list[list[Value]],
        arguments: list[tuple[Argument, ...]],
        test: Expression | None,
        names: dict[str, Expression],
    ) -> Iterator[Statement]:
        def line(index: int) -> Call:
            return self._line(index, wiring[index], arguments[index], names)

        if test is None:
            yield from map(line, unit.columns)
            return
        yield If(
            replace_keys(test, names),
            Body(tuple(map(line, unit.columns)), tuple(m[1] for m in unit.merges)),
            Body(tuple(map(line, unit.otherwise)), tuple(m[2] for m in unit.merges)),
            tuple(m[0] for m in unit.merges),
        )

    def _line(
        self,
        index: int,
        wired: list[Value],
        arguments: tuple[Argument, ...],
        names: dict[str, Expression],
    ) -> Call:
        call = self.columns[index].first.call
        values = iter(wired)
        return Call(
            call.kind,
            call.callee,
            tuple(Argument(replace_keys(a.value, names), a.name) for a in arguments),
            tuple(map_values(item, lambda _: next(values)) for item in call.inputs),
            self.results[index],
            tuple(
                (key, map_values(item, lambda _: next(values)))
                for key, item in call.keywords
            ),
        )

    def _call(
        self,
        block: Block,
        index: int,
        given: tuple[Value, ...],
        names: dict[str, Expression],
    ) -> Call:
        values = {
            str(to_name(names[u.key])): u.values[index]
            for u in self.parameters.unknowns
        }
        arguments = []
        for parameter in block.parameters:
            value = values[parameter.name]
            if value is not None and value != parameter.default:
                arguments.append(Argument(value, parameter.name))
        inputs = tuple(vector[index] for vector in self.inputs)
        location = self.instances[index].items[0].call.location
        return Call(
            Callee.BLOCK,
            block.name,
            tuple(arguments),
            inputs,  # type: ignore[arg-type]
            given,
            location=location,
        )


def _members(unit: Unit) -> list[int]:
    return [*unit.columns, *unit.otherwise]


def to_name(expression: Expression) -> str:
    """Returns the name that an expression is."""
    assert isinstance(expression, Name)
    return expression.name


def replace_keys(value: Expression, names: dict[str, Expression]) -> Expression:
    """Returns an expression with the final names of parameters."""
    return replace_names(value, names)


def _decides(unknown: Unknown, present: frozenset[int]) -> Expression | None:
    """Returns the test on a parameter that holds for just these instances, if there is one."""
    known = {i for i, value in enumerate(unknown.values) if value is not None}
    if unknown.is_name or not all(_is_known(value) for value in unknown.values):
        return None
    if known == present and all(_is_true(unknown.values[i]) for i in known):
        return Name(unknown.key)
    if len(known) < len(unknown.values):
        return None
    if unknown.is_flag or all(_is_bool(value) for value in unknown.values):
        holds = {i for i in known if _is_true(unknown.values[i])}
        return Name(unknown.key) if holds == present else None
    if unknown.kind != "strides":
        return None
    inside = {unknown.values[i] for i in present}
    outside = {unknown.values[i] for i in known - present}
    if len(inside) == 1 and not inside & outside and len(outside) == 1:
        (value,) = inside
        if isinstance(value, Literal):
            return Operation("==", (Name(unknown.key), value))
    return None


def _is_known(value: Expression | None) -> bool:
    """Whether a value is there to be compared, and not one of a block around."""
    return value is None or not names_in(value)


def _is_true(value: Expression | None) -> bool:
    return isinstance(value, Literal) and bool(value.value)


def _is_bool(value: Expression | None) -> bool:
    return isinstance(value, Literal) and isinstance(value.value, bool)


def default_of(call: Call, name: str, blocks: dict[str, Block]) -> Expression:
    """Returns the value of an argument that a call leaves out.

    Raises:
        Different: there is none that could be written.
    """
    if call.kind is Callee.BLOCK:
        parameters = blocks[call.callee].parameters
        default = next((p.default for p in parameters if p.name == name), None)
        if default is None:
            raise Different
        return default
    found = layer_default(call.callee, name) if call.kind is Callee.LAYER else None
    if found is None:
        raise Different
    return found


def _rename_values(body: Body, renamed: dict[Value, Value]) -> Body:
    """Returns a body with other values in place of some, in branches too."""

    def of(value: Value) -> Value:
        return renamed.get(value, value)

    statements: list[Statement] = []
    for statement in body.statements:
        if isinstance(statement, If):
            statements.append(
                replace(
                    statement,
                    body=_rename_values(statement.body, renamed),
                    otherwise=_rename_values(statement.otherwise, renamed),
                )
            )
        else:
            assert isinstance(statement, Call)
            statements.append(
                replace(
                    statement,
                    inputs=tuple(map_values(item, of) for item in statement.inputs),
                    keywords=tuple(
                        (key, map_values(item, of)) for key, item in statement.keywords
                    ),
                )
            )
    return Body(tuple(statements), tuple(map(of, body.outputs)))
