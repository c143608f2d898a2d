"""Takes out of a program what is wrong with it, so that the rest can be looked at too."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from keras_kgen.errors import Diagnostics, Location, Severity
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    ObjectCall,
    Sequence,
)
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    Program,
    Shared,
    Statement,
    Value,
    calls,
    reads,
    results,
)


def mend(program: Program, diagnostics: Diagnostics) -> Program:
    """Returns the program without the calls for which errors are recorded.

    What they would give is given by stand-ins, of which nothing is known, and so are the
    values that no call gives. Such a program can be expanded, whatever was wrong with it.
    """
    return _Mender(program, find_wrong(program, diagnostics)).program()


def find_wrong(program: Program, diagnostics: Diagnostics) -> frozenset[Location]:
    """Returns where the calls and arguments begin for which errors are recorded."""
    errors = [item for item in diagnostics if item.severity is Severity.ERROR]
    places = [item.location for item in errors if item.location is not None]
    if not places:
        return frozenset()
    starts = sorted(_starts(program), key=lambda start: _key(start.place))
    wrong: set[Location] = set()
    for place in places:
        index = bisect_right(starts, _key(place), key=lambda s: _key(s.place))
        start = starts[index - 1] if index else None
        if start and start.call and _is_inside(place, start):
            wrong |= {start.place, start.call}
    return frozenset(wrong)


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a call or an argument begins, and the call that it is part of, if any."""

    place: Location
    call: Location | None


def _starts(program: Program) -> Iterator[_Start]:
    bodies = (program.body, *(block.body for block in program.blocks))
    found: list[Call | Shared] = [*program.shared]
    found += [call for body in bodies for call in calls(body)]
    for call in found:
        if call.location is not None:
            places = (call.location, *places_of(call.arguments))
            yield from (_Start(place, call.location) for place in places)
    training = program.training
    settings = (*training.compile.values(), *training.fit.values(), *training.callbacks)
    others = [item.location for item in program.inputs]
    others += [item.location for item in program.blocks]
    others += [item.location for item in settings]
    others += [place for item in settings for place in item.places.values()]
    yield from (_Start(place, None) for place in others if place is not None)


def places_of(arguments: tuple[Argument, ...]) -> Iterator[Location]:
    """Yields where arguments begin, and the arguments of the objects in them."""
    for argument in arguments:
        if argument.location is not None:
            yield argument.location
        yield from _places_in(argument.value)


def _places_in(value: Expression) -> Iterator[Location]:
    match value:
        case ObjectCall():
            if value.location is not None:
                yield value.location
            yield from places_of(value.arguments)
        case Sequence(items):
            for item in items:
                yield from _places_in(item)
        case Dictionary(pairs):
            for _, item in pairs:
                yield from _places_in(item)


def _key(place: Location) -> tuple[str, str, int, int]:
    return place.source, place.path, place.line, place.column


def _is_inside(place: Location, start: _Start) -> bool:
    """Whether a place behind a start belongs to the call that begins there."""
    if _key(place)[:2] != _key(start.place)[:2] or start.call is None:
        return False
    # What stands further to the left on a later line is another part of the source.
    return place.line == start.place.line or place.column > start.call.column


class _Mender:
    def __init__(self, program: Program, wrong: frozenset[Location]) -> None:
        self.whole = program
        self.wrong = wrong
        # Those behind which a body stands: blocks that use each other in a circle do not.
        self.blocks: dict[str, Block] = {}
        self.shared: dict[str, Shared] = {}

    def program(self) -> Program:
        for block in self.whole.blocks:
            self.add_shared()
            body = self.body(block.body, block.inputs)
            self.blocks[block.name] = replace(block, body=body)
        self.add_shared()
        return replace(
            self.whole,
            blocks=tuple(self.blocks.values()),
            shared=tuple(self.shared.values()),
            body=self.body(self.whole.body, self.whole.values),
        )

    def add_shared(self) -> None:
        """Adds the shared layers that can be called where the blocks are those so far."""
        for shared in self.whole.shared:
            is_there = shared.kind is not Callee.BLOCK or shared.callee in self.blocks
            if is_there and shared.location not in self.wrong:
                self.shared[shared.name] = shared

    def body(self, body: Body, inputs: tuple[Value, ...]) -> Body:
        known = set(inputs)
        statements: list[Statement] = []

        def give(values: tuple[Value, ...]) -> None:
            absent = tuple(value for value in values if value not in known)
            if absent:
                statements.append(_stand_in(absent))
                known.update(absent)

        for statement in body.statements:
            if isinstance(statement, Call) and not self.is_sound(statement):
                statement = _stand_in(statement.results)
            give(reads(statement))
            statements.append(statement)
            known.update(results(statement))
        give(body.outputs)
        return Body(tuple(statements), body.outputs)

    def is_sound(self, call: Call) -> bool:
        if call.location in self.wrong or not call.results:
            return False
        if call.kind is Callee.SHARED:
            return call.callee in self.shared and not call.arguments
        if call.kind is Callee.BLOCK:
            block = self.blocks.get(call.callee)
            return block is not None and len(block.body.outputs) == len(call.results)
        return True


def _stand_in(values: tuple[Value, ...]) -> Call:
    """Returns a call that gives tensors of unknown shapes."""
    return Call(Callee.IMPORTED, "?", (), (), tuple(dict.fromkeys(values)))
