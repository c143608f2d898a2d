"""The lines of one scope as Python statements; the styles differ in what they call."""

from __future__ import annotations

from collections.abc import Callable

from keras_kgen.backends.calls import tensors
from keras_kgen.backends.naming import ValueNames
from keras_kgen.backends.operations import Text, find_folds, write_op
from keras_kgen.ir.expressions import Expression
from keras_kgen.ir.expressions import Sequence as SequenceExpression
from keras_kgen.ir.program import Body, Call, Callee, Loop, Value
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import expression
from keras_kgen.pysource.names import Namespace

# Gives the source that applies a call to its inputs, which come as ready text.
Apply = Callable[[Call, int, list[str]], str]
INDENT = "    "
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
    """

    def __init__(
        self,
        body: Body,
        namespace: Namespace,
        imports: Imports,
        apply: Apply,
        loop_header: Callable[[Loop, int], str],
        has_operators: Callable[[Call], bool] = lambda call: True,
    ) -> None:
        self.body = body
        self.imports = imports
        self.apply = apply
        self.loop_header = loop_header
        self.has_operators = has_operators
        self.folds = find_folds(body.statements, body.outputs)
        self.folded: dict[Value, Text] = {}
        for statement in body.statements:
            if isinstance(statement, Loop):
                namespace.reserve(statement.variables)
        self.names = ValueNames(
            body.statements, body.outputs, namespace, read_at=self.folds
        )
        self.lines: list[str] = []

    def write(self, output_name: str | None = None) -> list[str]:
        """Writes all statements.

        Args:
            output_name: What the result of the last line is called; None lets the last
                line be an expression that `result` gives.
        """
        last = len(self.body.statements) - 1
        for index, statement in enumerate(self.body.statements):
            if isinstance(statement, Loop):
                self.write_loop(statement, index)
            elif not isinstance(statement, Call):
                raise NotImplementedError
            elif index == last and output_name is None and self.ends_in(statement):
                self.lines.append(f"return {self.expression(statement, index)}")
            else:
                wanted = output_name if index == last else None
                self.write_call(statement, index, wanted)
        return self.lines

    def ends_in(self, call: Call) -> bool:
        """Whether the scope gives just what a call gives."""
        return len(call.results) == 1 and self.body.outputs == call.results

    def write_call(self, call: Call, index: int, wanted: str | None) -> None:
        if index in self.folds:
            op = self.op(call)
            if len(op.source) <= MAX_FOLDED:
                self.folded[call.results[0]] = op
                return
            text = op.source
        else:
            text = self.expression(call, index)
        targets = self.names.add_results(call, index, wanted)
        self.lines.append(f"{', '.join(targets)} = {text}")

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
        return self.folded.get(value) or Text(self.names[value])

    def name_of(self, value: Value) -> str:
        """Returns the source of a value."""
        return self.text_of(value).source

    def write_loop(self, loop: Loop, index: int) -> None:
        before = self.names[loop.initial]
        (name,) = self.names.add_results(loop, index)
        if before != name:
            self.lines.append(f"{name} = {before}")
        self.lines.append(self.loop_header(loop, index))
        text = self.expression(loop.body, index)
        self.lines.append(f"{INDENT}{name} = {text}")


def loop_header(loop: Loop, values: str) -> str:
    """Returns the head of a loop over values, or as often as there are rows."""
    return f"for {', '.join(loop.variables) or '_'} in {values}:"


def loop_values(loop: Loop, imports: Imports, name: str = "") -> str:
    """Returns what a loop runs over: its rows, or a range where nothing differs.

    Args:
        loop: The loop.
        imports: Where imports are recorded.
        name: A name that stands for the rows, or for their number.
    """
    if loop.variables:
        return name or row_source(loop.rows, imports)
    return f"range({name or len(loop.rows)})"


def row_source(rows: tuple[tuple[Expression, ...], ...], imports: Imports) -> str:
    """Returns the values of a loop as a tuple, of tuples where there are several columns."""
    if all(len(row) == 1 for row in rows):
        items: tuple[Expression, ...] = tuple(row[0] for row in rows)
    else:
        items = tuple(SequenceExpression(row) for row in rows)
    return expression(SequenceExpression(items), imports)
