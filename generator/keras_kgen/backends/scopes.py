"""The lines of one scope as Python statements; the styles differ in what they call."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import replace

from keras_kgen.backends.calls import tensors
from keras_kgen.backends.liveness import extent, positions
from keras_kgen.backends.naming import ValueNames, table_of
from keras_kgen.backends.operations import Text, find_folds, write_op
from keras_kgen.backends.view import INDENT, Key, Line, Role, about
from keras_kgen.ir.expressions import (
    Expression,
    Literal,
    Name,
    Operation,
    evaluate,
    names_in,
)
from keras_kgen.ir.expressions import Sequence as SequenceExpression
from keras_kgen.ir.program import (
    Body,
    Call,
    Callee,
    For,
    If,
    Loop,
    Statement,
    Value,
    bound_names,
    call_of,
    loops,
    results,
    substitute_names,
)
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import LINE_LENGTH, expression
from keras_kgen.pysource.names import Namespace
from keras_kgen.pysource.short_names import short_name
from keras_kgen.records import record

# Gives the source that applies a call to its inputs, which come as ready text.
Apply = Callable[[Call, int, list[str]], str]
# What a line makes and calls at once.
_MADE_HERE = (Callee.LAYER, Callee.IMPORTED)
# A longer op gets a line of its own.
MAX_FOLDED = 48


class ScopeWriter:
    """Writes the statements of a body one after the other.

    Args:
        body: The lines.
        namespace: Names that are taken in this scope.
        imports: Where imports are recorded.
        apply: Writes the call of a layer, a block or a shared layer.
        loop_header: Writes the head of a loop, `for units in HIDDEN_UNITS:`.
        has_operators: Whether an op may be written as an operator: `x + y`.
        row_values: Writes what a loop over several lines runs over; None writes its rows.
    """

    def __init__(
        self,
        body: Body,
        namespace: Namespace,
        imports: Imports,
        apply: Apply,
        loop_header: Callable[[Loop, int], str],
        has_operators: Callable[[Call], bool] = lambda call: True,
        row_values: Callable[[For], str] | None = None,
    ) -> None:
        self.body = with_free_variables(body, namespace)
        self.namespace = namespace
        self.imports = imports
        self.apply = apply
        self.loop_header = loop_header
        self.has_operators = has_operators
        self.row_values = row_values or (
            lambda loop: row_source(loop.rows or (), imports)
        )
        self.folds = find_folds(self.body.statements, self.body.outputs)
        self.folded: dict[Value, Text] = {}
        for loop in loops(self.body):
            namespace.reserve(bound_names(loop))
        self.names = ValueNames(
            self.body.statements, self.body.outputs, namespace, read_at=self.folds
        )
        self.lines: list[str] = []
        self.margin = ""
        # What the line in the making stands for, with the ops that are folded into it.
        self.role = Role.CALLS
        self.keys: tuple[Key, ...] = ()
        self.folded_keys: dict[Value, tuple[Key, ...]] = {}
        # The lists that a value goes to, and how many items each list has.
        self.collectors: dict[Value, list[Value]] = {}
        self.lengths: dict[Value, Expression | None] = {}

    def write(self, output_name: str | None = None) -> list[str]:
        """Writes all statements.

        Args:
            output_name: What the result of the last line is called, where the scope is a
                model; None lets the last line be an expression that `result` gives.
        """
        if output_name is not None:
            self.names.number_outputs(self.body.outputs)
        last = len(self.body.statements) - 1
        places = positions(self.body.statements, 0)
        for index, statement in enumerate(self.body.statements):
            returns = index == last and output_name is None
            if isinstance(statement, Call) and returns and self.ends_in(statement):
                self.stand_for(statement)
                self.add(f"return {self.expression(statement, index)}")
            else:
                wanted = output_name if index == last else None
                self.write_statement(statement, index, places[index], wanted)
        self.keys = ()
        return self.lines

    def add(self, line: str) -> None:
        """Adds a line where the writer is."""
        text = self.margin + line
        if isinstance(line, Line):
            self.lines.append(line.with_text(text))
        else:
            self.lines.append(Line(text, self.role, self.keys))

    def stand_for(self, statement: Statement) -> None:
        """Lets the next lines stand for a statement."""
        self.role, self.keys = self.role_of(statement), about(statement)

    def role_of(self, statement: Statement) -> Role:
        """Returns what a line does with the layers of a statement."""
        if isinstance(statement, For | If):
            return Role.CALLS
        return Role.APPLIES if call_of(statement).kind in _MADE_HERE else Role.CALLS

    def write_statement(
        self, statement: Statement, index: int, place: int, wanted: str | None = None
    ) -> None:
        """Writes a statement.

        Args:
            statement: The statement.
            index: Its index in the body around it.
            place: Its position in the scope.
            wanted: The name to prefer for what it gives.
        """
        outer = self.role, self.keys
        self.stand_for(statement)
        if isinstance(statement, Loop):
            self.write_loop(statement, index, place)
        elif isinstance(statement, For):
            self.write_for(statement, place)
        elif isinstance(statement, If):
            self.write_if(statement, place)
        else:
            self.write_call(statement, index, place, wanted)
        self.keys = ()
        self.collect(results(statement))
        self.role, self.keys = outer

    def write_inner(self, body: Body, place: int, targets: Sequence[str]) -> None:
        """Writes the lines of a loop or branch.

        Args:
            body: The lines.
            place: The position of the first.
            targets: The names in which the outputs are to be at the end.
        """
        outer, self.folds = self.folds, find_folds(body.statements, body.outputs)
        self.margin += INDENT
        self.hint(body, targets)
        places = positions(body.statements, place)
        last = len(body.statements) - 1
        ready: dict[Value, str] = {}
        for index, statement in enumerate(body.statements):
            if index == last and self.is_shift(body, targets, places[index]):
                assert isinstance(statement, Call)
                self.stand_for(statement)
                ready[statement.results[0]] = self.expression(statement, index)
            else:
                self.keys = ()
                self.write_statement(statement, index, places[index])
        sources = [ready.get(value) or self.name_of(value) for value in body.outputs]
        self.move(targets, sources)
        self.margin = self.margin.removesuffix(INDENT)
        self.folds = outer

    def is_shift(self, body: Body, targets: Sequence[str], place: int) -> bool:
        """Whether the last line belongs to `x, previous = cell(x, previous), x`."""
        last = body.statements[-1]
        if not isinstance(last, Call) or len(last.results) != 1:
            return False
        (result,) = last.results
        if body.outputs.count(result) != 1 or result in self.collectors:
            return False
        target = targets[body.outputs.index(result)]
        others = [value for value in body.outputs if value != result]
        is_in_use = any(self.names.names.get(value) == target for value in others)
        return is_in_use and not self.names.is_free(target, place)

    def hint(self, body: Body, targets: Sequence[str]) -> None:
        """Lets the values that become outputs have the names of those on the way."""
        producers = {v: s for s in body.statements for v in results(s)}
        for output, target in zip(body.outputs, targets, strict=True):
            value = output
            while value in producers:
                if value == output or value.name is None:
                    self.names.hints.setdefault(value, target)
                made = producers[value]
                if not isinstance(made, Call) or len(made.results) != 1:
                    break
                above = made.inputs[0] if made.inputs else None
                if not isinstance(above, Value) or self.names.is_read_often(above):
                    break
                value = above

    def move(self, targets: Sequence[str], sources: Sequence[str]) -> None:
        """Gives values other names, all at once."""
        pairs = [(t, s) for t, s in zip(targets, sources, strict=True) if t != s]
        if pairs:
            left, right = (", ".join(side) for side in zip(*pairs, strict=True))
            self.add(f"{left} = {right}")

    def ends_in(self, call: Call) -> bool:
        """Whether the scope gives just what a call gives."""
        return len(call.results) == 1 and self.body.outputs == call.results

    def write_call(
        self, call: Call, index: int, place: int, wanted: str | None
    ) -> None:
        if index in self.folds:
            op = self.op(call)
            if len(op.source) <= MAX_FOLDED:
                self.folded[call.results[0]] = op
                self.folded_keys[call.results[0]] = self.keys
                return
            text = op.source
        else:
            text = self.expression(call, index)
        targets = self.names.add_results(call, place, wanted)
        self.add(f"{', '.join(targets)} = {text}")

    def expression(self, call: Call, index: int) -> str:
        """Returns the call with its inputs."""
        if call.kind is Callee.OP:
            return self.op(call).source
        given = tensors(call, self.name_of, self.imports)
        return self.apply(call, index, given)

    def op(self, call: Call) -> Text:
        """Returns an op with its inputs."""
        return write_op(call, self.text_of, self.imports, self.has_operators(call))

    def text_of(self, value: Value) -> Text:
        """Returns the Python name of a value, or the op that gives it."""
        if value not in self.folded:
            return Text(self.names[value])
        self.keys += self.folded_keys[value]
        return self.folded[value]

    def name_of(self, value: Value) -> str:
        """Returns the source of a value."""
        return self.text_of(value).source

    def write_loop(self, loop: Loop, index: int, place: int) -> None:
        self.keys = ()
        before = self.names[loop.initial]
        (name,) = self.names.add_results(loop, place)
        if before != name:
            self.add(f"{name} = {before}")
        self.stand_for(loop)
        self.add(self.loop_header(loop, index))
        text = self.expression(loop.body, index)
        self.add(f"{INDENT}{name} = {text}")

    # -- loops over several lines

    def write_for(self, loop: For, place: int) -> None:
        names = self.names
        self.keys = ()
        sources = [self.name_of(value) for value in loop.initial]
        targets = self.carried_names(loop, sources, place)
        for collected, value in zip(loop.collected, loop.lists, strict=True):
            wanted = "skips" if targets else "branches"
            name = names.choose(value, place, (wanted,), targets)
            self.add(f"{names.hold(value, name)} = []")
            self.lengths[value] = _count(loop)
            names.others[collected] = _singular(name)
        self.move(targets, sources)
        for value, name in zip(loop.carried, targets, strict=True):
            names.hold(value, name)
        self.stand_for(loop)
        items = self.item_names(loop, targets, place)
        for line in self.for_lines(loop, items, len(INDENT + self.margin)):
            self.add(line)
        for value, collector in zip(loop.collected, loop.lists, strict=True):
            self.collectors.setdefault(value, []).append(collector)
        self.margin += INDENT
        self.keys = ()
        self.collect([v for v in loop.collected if v in names.names])
        self.margin = self.margin.removesuffix(INDENT)
        self.write_inner(loop.body, place + 1, targets)
        for value, name in zip(loop.results, targets, strict=True):
            names.hold(value, name)

    def carried_names(self, loop: For, sources: Sequence[str], place: int) -> list[str]:
        """Returns a name for each value that one time hands to the next."""
        targets: list[str] = []
        outputs = loop.body.outputs
        for value, source, output in zip(loop.results, sources, outputs, strict=True):
            other = "previous" if output in loop.carried else "y"
            wanted = [source] if source.isidentifier() else []
            wanted += ["x", other] if not targets else [other]
            targets.append(self.names.choose(value, place, wanted, targets))
        return targets

    def item_names(
        self, loop: For, taken: Sequence[str], place: int
    ) -> list[tuple[str, str]]:
        """Names the items of lists that a loop takes; returns names and lists."""
        found: list[tuple[str, str]] = []
        for item, items, is_reversed in loop.items:
            source = self.name_of(items)
            used = [*taken, *(name for name, _ in found)]
            wanted = (_singular(source), "item")
            name = self.names.choose(item, place, wanted, used)
            self.names.hold(item, name)
            found.append((name, f"reversed({source})" if is_reversed else source))
        return found

    def collect(self, values: Sequence[Value]) -> None:
        """Appends values to the lists that they go to."""
        for value in values:
            for collector in self.collectors.pop(value, ()):
                self.add(f"{self.name_of(collector)}.append({self.name_of(value)})")

    def for_lines(
        self, loop: For, items: Sequence[tuple[str, str]], margin: int
    ) -> list[str]:
        """Returns the header, and the line that takes a row apart where it has no room."""
        table = self.row_values(loop) if loop.rows and loop.variables else ""
        header = self.for_header(loop, items, table)
        if margin + len(header) <= LINE_LENGTH or not table or len(loop.variables) < 2:
            return [header]
        row = self.namespace.take("row")
        variables = ", ".join(loop.variables)
        return [
            self.for_header(loop, items, table, row),
            f"{INDENT}{variables} = {row}",
        ]

    def for_header(
        self, loop: For, items: Sequence[tuple[str, str]], table: str, row: str = ""
    ) -> str:
        """Returns `for stage, (filters, blocks) in enumerate(STAGES, start=2):`.

        Args:
            loop: The loop.
            items: The items of lists that it takes, and the lists.
            table: The rows; empty where there are none.
            row: A name for the row as a whole, where it is taken apart inside.
        """
        parts = [(name, source) for name, source in items]
        index = loop.index
        if table:
            variables = ", ".join(loop.variables)
            target = f"({variables})" if len(loop.variables) > 1 else variables
            parts.insert(0, (row or target, table))
        elif not self.is_counted_by(loop):
            parts.insert(0, (index or "_", self.range_source(loop)))
            index = None
        target, source = parts[0]
        if len(parts) > 1:
            targets, sources = (", ".join(side) for side in zip(*parts, strict=True))
            target, source = f"({targets})", f"zip({sources})"
        if index is None:
            inner = target[1:-1] if target.startswith("(") else target
            return f"for {inner} in {source}:"
        start = expression(loop.start, self.imports)
        given = source if start == "0" else f"{source}, start={start}"
        return f"for {index}, {target} in enumerate({given}):"

    def is_counted_by(self, loop: For) -> bool:
        """Whether the lists that a loop takes are just as long as it runs."""
        count = _count(loop)
        lengths = [self.lengths.get(taken) for _, taken, _ in loop.items]
        return count is not None and bool(lengths) and set(lengths) == {count}

    def range_source(self, loop: For) -> str:
        if loop.rows is not None:
            start, stop = loop.start, _moved(loop.start, len(loop.rows))
        else:
            assert loop.stop is not None
            start, stop = loop.start, loop.stop
        last = expression(stop, self.imports)
        if start == Literal(0):
            return f"range({last})"
        return f"range({expression(start, self.imports)}, {last})"

    # -- branches

    def write_if(self, branch: If, place: int) -> None:
        names = self.names
        middle = place + 1 + sum(map(extent, branch.body.statements))
        end = place + extent(branch) - 1
        targets = self.branch_names(branch, end)
        holders, outer = dict(names.holders), self.lines
        names.hidden.append((middle + 1, end))
        lines = self.branch_lines(branch.body, place + 1, targets)
        names.hidden.pop()
        names.holders = dict(holders)
        others = self.branch_lines(branch.otherwise, middle + 1, targets)
        names.holders, self.lines = holders, outer
        test = branch.test if lines else negated(branch.test)
        if lines or others:
            self.stand_for(branch)
            self.add(f"if {expression(test, self.imports)}:")
            self.lines += lines or others
        if lines and others:
            self.add("else:")
            self.lines += others
        for value, name in zip(branch.results, targets, strict=True):
            names.hold(value, name)

    def branch_lines(self, body: Body, place: int, targets: Sequence[str]) -> list[str]:
        self.lines = []
        hints = dict(self.names.hints)
        self.write_inner(body, place, targets)
        self.names.hints = hints
        return self.lines

    def branch_names(self, branch: If, end: int) -> list[str]:
        """Returns a name for each value that a branch gives."""
        targets: list[str] = []
        bodies = (branch.body, branch.otherwise)
        for position, value in enumerate(branch.results):
            outputs = [body.outputs[position] for body in bodies]
            passed = [v for v in outputs if v in self.names.names]
            wanted = [self.names[v] for v in passed]
            reads = self.names.liveness.reads.get(value, [end + 1])
            # The first line of a branch is one position behind its head.
            if min(reads) <= end + 2:
                wanted.append("x")
            wanted.append("shortcut" if passed else _branch_name(bodies))
            targets.append(self.names.choose(value, end, wanted, targets))
        return targets


def _singular(name: str) -> str:
    return re.sub(r"(?:(?<=ch)e)?s(_\d+)?$", r"\1", name)


def _branch_name(bodies: Sequence[Body]) -> str:
    last = next(body.statements[-1] for body in bodies if body.statements)
    return short_name(last.callee) if isinstance(last, Call) else "x"


def negated(test: Expression) -> Expression:
    """Returns the test that holds where a test does not."""
    opposites = {"==": "!=", "!=": "=="}
    if isinstance(test, Operation) and test.operator in opposites:
        return Operation(opposites[test.operator], test.operands)
    if isinstance(test, Operation) and test.operator == "not ":
        return test.operands[0]
    return Operation("not ", (test,))


def _count(loop: For) -> Expression | None:
    """Returns how often a loop runs, None where that depends on parameters."""
    if loop.rows is not None:
        return Literal(len(loop.rows))
    assert loop.stop is not None
    count = Operation("-", (loop.stop, loop.start))
    return None if names_in(count) else evaluate(count, {})


def _moved(start: Expression, count: int) -> Expression:
    moved = Operation("+", (start, Literal(count)))
    return moved if names_in(moved) else evaluate(moved, {})


def with_free_variables(body: Body, taken: Container[str]) -> Body:
    """Renames what loops bind where something else in the scope has the name."""
    statements: list[Statement] = []
    for statement in body.statements:
        if isinstance(statement, For):
            statement = _with_free_variables(statement, taken)
        elif isinstance(statement, If):
            statement = replace(
                statement,
                body=with_free_variables(statement.body, taken),
                otherwise=with_free_variables(statement.otherwise, taken),
            )
        statements.append(statement)
    return replace(body, statements=tuple(statements))


def _with_free_variables(loop: For, taken: Container[str]) -> For:
    inner = {name for other in loops(loop.body) for name in bound_names(other)}
    own: dict[str, str] = {}
    for name in bound_names(loop):
        number, new = 2, name
        while new in taken or new in own.values() or (new != name and new in inner):
            new = f"{name}_{number}"
            number += 1
        own[name] = new
    renamed = {old: Name(new) for old, new in own.items() if old != new}
    body = substitute_names(loop.body, renamed) if renamed else loop.body
    both = _Both(taken, frozenset(own.values()))
    return replace(
        loop,
        variables=tuple(own[name] for name in loop.variables),
        index=own[loop.index] if loop.index is not None else None,
        body=with_free_variables(body, both),
    )


@record
class _Both:
    """What is in either of two collections of names."""

    outer: Container[str]
    inner: frozenset[str]

    def __contains__(self, name: object) -> bool:
        return name in self.inner or name in self.outer


def loop_header(loop: Loop, values: str) -> str:
    """Returns the head of a loop over values, or as often as there are rows."""
    return f"for {loop_target(loop)} in {values}:"


def loop_target(loop: Loop) -> str:
    """Returns what a loop binds: `filters, strides`, or `i, (filters, strides)`."""
    start, variables, _ = table_of(loop)
    target = ", ".join(variables)
    if start is None:
        return target or "_"
    counter = loop.variables[0]
    if not variables:
        return counter
    return f"{counter}, ({target})" if len(variables) > 1 else f"{counter}, {target}"


def loop_values(loop: Loop, imports: Imports, name: str = "") -> str:
    """Returns what a loop runs over: its rows, or a range where nothing differs.

    Args:
        loop: The loop.
        imports: Where imports are recorded.
        name: A name that stands for the rows, or for their number.
    """
    start, variables, rows = table_of(loop)
    if start is not None and not variables:
        return (
            f"range({start}, {start + len(rows)})" if start else f"range({len(rows)})"
        )
    if start is not None:
        given = name or row_source(rows, imports)
        return f"enumerate({given}, start={start})" if start else f"enumerate({given})"
    if variables:
        return name or row_source(rows, imports)
    return f"range({name or len(rows)})"


def has_table(loop: Loop) -> bool:
    """Whether a reader may want to change what a loop runs over, or how often it runs."""
    start, variables, _ = table_of(loop)
    return start is None or bool(variables)


def row_source(rows: tuple[tuple[Expression, ...], ...], imports: Imports) -> str:
    """Returns the values of a loop as a tuple, of tuples where there are several columns."""
    if all(len(row) == 1 for row in rows):
        items: tuple[Expression, ...] = tuple(row[0] for row in rows)
    else:
        items = tuple(SequenceExpression(row) for row in rows)
    return expression(SequenceExpression(items), imports)
