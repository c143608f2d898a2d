"""Names for layers and tensors, as a person would choose them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from keras_kgen.backends.liveness import Liveness
from keras_kgen.backends.result_names import result_names
from keras_kgen.ir.expressions import (
    Expression,
    FormattedString,
    names_in,
    to_value,
)
from keras_kgen.ir.program import (
    Call,
    Callee,
    For,
    If,
    Loop,
    Statement,
    Value,
    call_of,
    reads,
    results,
)
from keras_kgen.pysource.names import Namespace, is_identifier, plural, snake_case
from keras_kgen.pysource.short_names import short_name

_JOINS = frozenset({"Add", "Average", "Concatenate", "Maximum", "add", "concatenate"})


def attribute_names(
    statements: Sequence[Statement], namespace: Namespace, model_name: str
) -> dict[int, str]:
    """Returns the attribute that holds the layer of each statement, by its index.

    A tensor's name that the author chose leads (`shortcut_conv`); layers of one kind are
    numbered where there are several (`conv1`, `conv2`). Calls of one shared layer have one
    attribute, and ops have none.

    Args:
        statements: The lines.
        namespace: Names that are taken.
        model_name: What attributes need not repeat where names of layers begin with it.
    """
    layers = {i: s for i, s in enumerate(statements) if not _is_op(s)}
    kinds = Counter(map(_base, layers.values()))
    prefix = f"{snake_case(model_name)}_"
    wanted = {i: _wanted(s, kinds[_base(s)] > 1, prefix) for i, s in layers.items()}
    shared = {wanted[i] for i, s in layers.items() if _is_shared(s)}
    counts = Counter(wanted[i] for i, s in layers.items() if not _is_shared(s))
    given = {name: namespace.take(name) for name in sorted(shared)}
    numbers: Counter[str] = Counter()
    names = {}
    for index, statement in layers.items():
        name = wanted[index]
        if _is_shared(statement):
            names[index] = given[name]
        elif counts[name] == 1:
            names[index] = namespace.take(name)
        else:
            numbers[name] += 1
            names[index] = namespace.take(f"{name}{numbers[name]}")
    return names


def _is_op(statement: Statement) -> bool:
    return isinstance(statement, Call) and statement.kind is Callee.OP


def _is_shared(statement: Statement) -> bool:
    return isinstance(statement, Call) and statement.kind is Callee.SHARED


def _base(statement: Statement) -> str:
    call = call_of(statement)
    is_layer = call.kind is Callee.LAYER
    return short_name(call.callee) if is_layer else snake_case(call.callee)


def _wanted(statement: Statement, is_one_of_many: bool, prefix: str) -> str:
    base = _base(statement)
    if isinstance(statement, Loop):
        is_layer = statement.body.kind is Callee.LAYER
        return f"{base}_layers" if is_layer else plural(base)
    call = call_of(statement)
    explicit = next((a.value for a in call.arguments if a.name == "name"), None)
    label = call.label or getattr(explicit, "value", None)
    if isinstance(label, str):
        # `block2a` is how its author writes it.
        is_typed = label == label.lower() and is_identifier(label)
        number = f"block{label}" if label.isdecimal() else label
        whole = label if is_typed else snake_case(number)
        rest = whole.removeprefix(prefix)
        return rest if is_identifier(rest) else whole
    name = statement.results[0].name if len(statement.results) == 1 else None
    is_plain = name is None or name in ("x", "output", "outputs")
    if is_plain or not is_one_of_many or _is_shared(statement):
        return base
    plain = re.sub(r"_\d+$", "", str(name))
    return plain if plain in base else f"{plain}_{base}"


def list_name(loop: Loop | For) -> str:
    """Returns the name for the values over which a loop runs: `hidden_units`."""
    if isinstance(loop, For):
        name = plural(loop.variables[0]) if len(loop.variables) == 1 else "stages"
        unwinds = any(is_reversed for _, _, is_reversed in loop.items)
        return f"decoder_{name}" if unwinds else name
    variables = table_of(loop)[1]
    if not variables:
        return f"num_{plural(_base(loop.body))}"
    if len(variables) > 1:
        return "stages"
    (variable,) = variables
    if variable == "units":
        return "hidden_units"
    name = _base(loop.body).removesuffix("_block")
    return f"{name}_{plural(variable)}"


def table_of(
    loop: Loop,
) -> tuple[int | None, tuple[str, ...], tuple[tuple[Expression, ...], ...]]:
    """Returns where a loop counts from, and its variables and rows without the counter.

    A loop counts where a name has the counter in it: `name=f"block{i}"`.
    """
    label = next((a.value for a in loop.body.arguments if a.name == "name"), None)
    if not isinstance(label, FormattedString) or not loop.variables:
        return None, loop.variables, loop.rows
    first = [to_value(row[0]) for row in loop.rows]
    counts = loop.variables[0] in names_in(label) and isinstance(first[0], int)
    if not counts or first != list(range(first[0], first[0] + len(first))):
        return None, loop.variables, loop.rows
    return first[0], loop.variables[1:], tuple(row[1:] for row in loop.rows)


def chained(statements: Sequence[Statement]) -> set[Value]:
    """Returns the values of chains, where a line takes only what another one gives.

    Beside the trunk a chain has one name, not one for each kind of layer in it.
    """
    lines = list(_lines(statements))
    uses = Counter(value for line in lines for value in reads(line))
    made = {results(line)[0] for line in lines if len(results(line)) == 1}
    found = set()
    for line in lines:
        given = reads(line)
        is_link = len(given) == 1 and len(results(line)) == 1
        if is_link and given[0] in made and uses[given[0]] == 1:
            found |= {given[0], results(line)[0]}
    return found


def skipping(statements: Sequence[Statement]) -> set[Value]:
    """Returns what blocks give beside their first result, for joins further on alone."""
    lines = list(_lines(statements))
    made = {
        value
        for line in lines
        if call_of(line).kind is Callee.BLOCK
        for value in results(line)[1:]
    }
    if not made:
        return made
    others = (line for line in lines if call_of(line).callee not in _JOINS)
    return made.difference(*(reads(line) for line in others))


def _lines(statements: Sequence[Statement]) -> Iterator[Call | Loop]:
    """Yields the lines of a scope, those inside of loops and branches once."""
    for statement in statements:
        if isinstance(statement, For):
            yield from _lines(statement.body.statements)
        elif isinstance(statement, If):
            yield from _lines(statement.body.statements)
            yield from _lines(statement.otherwise.statements)
        else:
            yield statement


class ValueNames:
    """Python names for the values of one scope, by how long each is in use.

    The trunk is `x`; only a value that is needed while another comes into being gets a
    name of its own.

    Args:
        statements: The lines of the scope.
        outputs: What the scope gives.
        namespace: Names that are taken.
        read_at: The line in which a statement ends up, where that is a later one.
    """

    def __init__(
        self,
        statements: Sequence[Statement],
        outputs: Iterable[Value],
        namespace: Namespace,
        read_at: Mapping[int, int] | None = None,
    ) -> None:
        self.namespace = namespace
        self.names: dict[Value, str] = {}
        self.holders: dict[str, Value] = {}
        self.liveness = Liveness(statements, tuple(outputs), read_at or {})
        self.last_read = self.liveness.last_read
        # Positions of lines that do not run where the lines in the making do.
        self.hidden: list[tuple[int, int]] = []
        # What a value had better be called, for the sake of what it becomes.
        self.hints: dict[Value, str] = {}
        # What a value may be called where `x` is something else.
        self.others: dict[Value, str] = dict.fromkeys(chained(statements), "branch")
        self.others |= dict.fromkeys(skipping(statements), "skip")

    def __getitem__(self, value: Value) -> str:
        return self.names[value]

    def add_input(self, value: Value, wanted: str, *, stays: bool = False) -> str:
        """Names a value that is there at the start.

        Args:
            value: The value.
            wanted: Its name, if that is free.
            stays: The name must mean this value to the end.
        """
        if stays:
            self.liveness.keep(value)
        name = self.namespace.take(wanted)
        self.names[value] = name
        self.holders[name] = value
        return name

    def number_outputs(self, outputs: Sequence[Value]) -> None:
        """Lets several outputs that nothing else reads be `output_1` and so on."""
        if len(outputs) < 2:
            return
        for number, value in enumerate(outputs, 1):
            if not self.given(value) and not self.is_read_often(value):
                self.hints.setdefault(value, f"output_{number}")

    def add_results(
        self, statement: Statement, index: int, wanted: str | None = None
    ) -> tuple[str, ...]:
        """Names what the statement at that index gives.

        Args:
            statement: The line.
            index: Its index in the scope.
            wanted: The name to prefer where the author gave none.
        """
        call = call_of(statement)
        names = []
        found = results(statement)
        hinted = [self.hints[value] for value in found if value in self.hints]
        usual = dict(zip(found[1:], result_names(call), strict=False))
        for value in found:
            if value not in self.last_read:
                names.append(self.hold(value, "_"))
                continue
            hint = self.hints.get(value)
            own = self.given(value) or usual.get(value)
            name = hint or own or wanted or "x"
            if not self.is_free(name, index) or (name in hinted and not hint):
                name = self.number(own or self.other_name(value, call), index)
            names.append(self.hold(value, name))
        if isinstance(statement, Loop):
            self.names[statement.carried] = names[0]
        return tuple(names)

    def other_name(self, value: Value, call: Call) -> str:
        """Returns what to call a value where the trunk goes on beside it."""
        name = self.given(value) or self.others.get(value) or short_name(call.callee)
        if call.kind is Callee.BLOCK and name in self.namespace:
            # The function of the block has the name.
            shorter = name.removesuffix("_block")
            return "branch" if shorter in self.namespace else shorter
        return name

    def is_read_often(self, value: Value) -> bool:
        """Whether a value is read at more than one place."""
        return len(self.liveness.reads.get(value, ())) > 1

    def given(self, value: Value) -> str:
        """Returns the name that the author gave, "" where there is none."""
        return snake_case(value.name) if value.name else ""

    def choose(
        self,
        value: Value,
        index: int,
        wanted: Sequence[str],
        taken: Collection[str],
    ) -> str:
        """Returns the first of the wanted names that is free behind a line.

        Args:
            value: What it is for; a name that the author gave comes first.
            index: The line.
            wanted: Names in order; the last is numbered where none is free.
            taken: Names that are not free.
        """
        names = [name for name in (self.given(value), *wanted) if name]
        for name in names:
            if name not in taken and self.is_free(name, index):
                return name
        return self.number(names[-1], index, taken)

    def hold(self, value: Value, name: str) -> str:
        self.names[value] = name
        self.holders[name] = value
        return name

    def is_free(self, name: str, index: int) -> bool:
        holder = self.holders.get(name)
        if holder is None:
            return name not in self.namespace
        return not self.liveness.is_alive(holder, index, self.hidden)

    def number(self, name: str, index: int, taken: Collection[str] = ()) -> str:
        number = 2
        free = name
        while free in taken or not self.is_free(free, index):
            free = f"{name}_{number}"
            number += 1
        return free
