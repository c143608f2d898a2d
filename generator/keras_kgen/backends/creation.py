"""The lines of `__init__` that create the layers of a class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from keras_kgen.backends.attributes import Place
from keras_kgen.backends.calls import Constructors, own_arguments
from keras_kgen.backends.scopes import (
    ScopeWriter,
    loop_target,
    loop_values,
    negated,
    row_source,
    with_free_variables,
)
from keras_kgen.backends.view import INDENT, Line, Role, about, indented
from keras_kgen.ir.expressions import Literal, Operation, evaluate, names_in
from keras_kgen.ir.program import (
    Body,
    Call,
    Callee,
    For,
    If,
    Loop,
    Program,
    Statement,
    calls,
    loops,
)
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import expression
from keras_kgen.pysource.names import Namespace


class CreationWriter:
    """Writes the lines that create layers.

    Args:
        program: The program.
        constructors: Writes `layers.Dense(10)`.
        imports: Where imports are recorded.
        namespace: Names that are taken where the lines stand.
        row_values: Writes what a loop over several lines runs over; None writes its rows.
    """

    def __init__(
        self,
        program: Program,
        constructors: Constructors,
        imports: Imports,
        namespace: Namespace,
        row_values: Callable[[For], str] | None = None,
    ) -> None:
        self.program = program
        self.constructors = constructors
        self.imports = imports
        self.namespace = namespace
        self.row_values = row_values or (
            lambda loop: row_source(loop.rows or (), imports)
        )

    # -- attributes

    def attributes(
        self,
        body: Body,
        places: Sequence[Place],
        names: Mapping[Place, str],
        lists: Mapping[int, str],
    ) -> list[str]:
        """Returns the lines that assign each layer to its attribute.

        Args:
            body: The lines of the scope.
            places: Where they stand in it, in the order of assignment.
            names: The attribute of each line that has one.
            lists: Names of the values of loops, by index.
        """
        first: dict[str, Place] = {}
        for place in places:
            if place in names:
                first.setdefault(names[place], place)
        wanted = list(first.values())
        return self.branch(body, wanted, 0, {p: names[p] for p in wanted}, lists)

    def branch(
        self,
        body: Body,
        places: Sequence[Place],
        depth: int,
        names: Mapping[Place, str],
        lists: Mapping[int, str],
    ) -> list[str]:
        """Returns the lines for places inside a body, which is that deep in branches."""
        lines: list[str] = []
        above: Place = ()
        for group in _groups(places, depth + 2):
            statement = body.statements[group[0][depth]]
            if not isinstance(statement, If):
                rows = lists.get(group[0][0]) if depth == 0 else None
                lines += self.attribute(statement, names[group[0]], rows)
                above = ()
                continue
            branch = group[0][: depth + 2]
            is_first = branch[-1] == 0
            inner = statement.body if is_first else statement.otherwise
            if above == (*branch[:-1], 0) and not is_first:
                lines.append("else:")
            else:
                test = statement.test if is_first else negated(statement.test)
                lines.append(_line(f"if {expression(test, self.imports)}:", statement))
            lines += indented(self.branch(inner, group, depth + 2, names, {}))
            above = branch
        return lines

    def attribute(self, statement: Statement, name: str, rows: str | None) -> list[str]:
        if isinstance(statement, Call):
            line = f"self.{name} = {self.constructors.write(statement)}"
            return [_line(line, statement), *self.settings(statement, name)]
        if isinstance(statement, Loop):
            text = self.comprehension(statement, rows or "")
            return [_line(f"self.{name} = {text}", statement)]
        assert isinstance(statement, For)
        if repeats_one_layer(statement):
            return [_line(f"self.{name} = {self.repeated(statement)}", statement)]
        first = _line(f"self.{name} = []", statement)
        return [first, *self.loops((statement,), f"self.{name}")]

    def settings(self, call: Call, attribute: str) -> list[str]:
        """Returns the lines that freeze a shared block, with all layers inside."""
        if call.kind is not Callee.SHARED:
            return []
        shared = self.program.shared_layer(call.callee)
        if shared.kind is not Callee.BLOCK:
            return []
        own = own_arguments(self.program.block(shared.callee), shared)
        return [
            f"self.{attribute}.{a.name} = {expression(a.value, self.imports)}"
            for a in own
            if a.name != "name"
        ]

    # -- lists

    def comprehension(self, loop: Loop, rows: str) -> str:
        """Returns a list of layers as an expression."""
        values = loop_values(loop, self.imports, rows)
        constructor = self.constructors.write(loop.body)
        return f"[{constructor} for {loop_target(loop)} in {values}]"

    def repeated(self, loop: For) -> str:
        """Returns the list of a loop that repeats one layer as an expression."""
        free = with_free_variables(Body((loop,), ()), self.namespace)
        loop = _without_idle_index(free.statements[0])  # type: ignore[assignment]
        (only,) = loop.body.statements
        assert isinstance(only, Call)
        head = self.header(loop).removesuffix(":")
        return f"[{self.constructors.write(only)} {head}]"

    def loops(self, statements: tuple[Statement, ...], target: str) -> list[str]:
        """Returns the lines in which loops append to a list."""
        free = with_free_variables(Body(statements, ()), self.namespace)
        return self.appended(free.statements, target)

    def appended(self, statements: Sequence[Statement], target: str) -> list[str]:
        """Returns the lines that append the layers of a chain to a list."""
        lines: list[str] = []
        for statement in map(_without_idle_index, statements):
            if isinstance(statement, Call):
                text = f"{target}.append({self.constructors.write(statement)})"
                lines.append(_line(text, statement))
            elif isinstance(statement, Loop):
                text = f"{target} += {self.comprehension(statement, '')}"
                lines.append(_line(text, statement))
            elif isinstance(statement, For):
                heads = self.headers(statement)
                lines += [_line(head, statement) for head in heads]
                lines += indented(self.appended(statement.body.statements, target))
            else:
                lines += self.appended_branches(statement, target)
        return lines

    def appended_branches(self, branch: If, target: str) -> list[str]:
        taken = self.appended(branch.body.statements, target)
        others = self.appended(branch.otherwise.statements, target)
        test = branch.test if taken else negated(branch.test)
        first = _line(f"if {expression(test, self.imports)}:", branch)
        lines = [first, *indented(taken or others)]
        return [*lines, "else:", *indented(others)] if taken and others else lines

    def header(self, loop: For) -> str:
        """Returns `for stage, (filters, blocks) in enumerate(STAGES, start=2):`."""
        writer = self.writer()
        table = writer.row_values(loop) if loop.rows and loop.variables else ""
        return writer.for_header(loop, [], table)

    def headers(self, loop: For) -> list[str]:
        """Returns the header, and the line that takes a row apart where it has no room."""
        return self.writer().for_lines(loop, [], 2 * len(INDENT))

    def writer(self) -> ScopeWriter:
        """Returns what writes headers as functions have them."""
        nothing = Body((), ())
        return ScopeWriter(
            nothing,
            Namespace(self.namespace),
            self.imports,
            lambda call, index, given: "",
            lambda loop, index: "",
            row_values=self.row_values,
        )


def repeats_one_layer(loop: For) -> bool:
    """Whether a loop makes one layer each time."""
    lines = loop.body.statements
    return len(lines) == 1 and isinstance(lines[0], Call)


def _without_idle_index(statement: Statement) -> Statement:
    """Returns a loop without a counter that nothing reads; other lines stay."""
    if not isinstance(statement, For) or statement.index is None:
        return statement
    if statement.index in _names_of(statement.body):
        return statement
    start, stop = statement.start, statement.stop
    if isinstance(start, Literal) and isinstance(stop, Literal):
        count = evaluate(Operation("-", (stop, start)), {})
        return replace(statement, index=None, start=Literal(0), stop=count)
    if stop is not None:
        return replace(statement, index=None)
    return replace(statement, index=None, start=Literal(0))


def _names_of(body: Body) -> frozenset[str]:
    """Returns the names that the constructors of a body read."""
    found = {
        name
        for call in calls(body)
        for argument in call.arguments
        for name in names_in(argument.value)
    }
    for loop in loops(body):
        found |= {n for row in loop.rows or () for item in row for n in names_in(item)}
        if isinstance(loop, For):
            limits = (loop.start, *(() if loop.stop is None else (loop.stop,)))
            found |= {name for item in limits for name in names_in(item)}
    for statement in body.statements:
        if isinstance(statement, If):
            found |= names_in(statement.test)
            found |= _names_of(statement.body) | _names_of(statement.otherwise)
        elif isinstance(statement, For):
            found |= _names_of(statement.body)
    return frozenset(found)


def _groups(places: Sequence[Place], length: int) -> list[list[Place]]:
    """Returns places in runs that are in one branch."""
    groups: list[list[Place]] = []
    for place in places:
        is_inside = len(place) > length
        if groups and is_inside and groups[-1][-1][:length] == place[:length]:
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def _line(text: str, statement: Statement) -> Line:
    """Returns a line that creates the layers of a statement."""
    return Line(text, Role.CREATES, about(statement))
