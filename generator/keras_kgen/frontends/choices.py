"""Choices in arguments, `Dense(choice(64, 128))`, read into hyperparameters."""

from __future__ import annotations

import ast
import math
from collections.abc import Collection, Sequence

from keras_kgen.catalogue.reserved import RESERVED_ATTRIBUTES
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.frontends.syntax import Source, shortened
from keras_kgen.ir.expressions import Literal, Name
from keras_kgen.ir.tuning import Hyperparameter, Kind
from keras_kgen.pysource.names import (
    MODULE_NAMES,
    TUNING_NAMES,
    is_identifier,
    snake_case,
)

# What a spec calls to leave a value open, and what each call looks like.
CALLS = {
    "choice": "choice(64, 128, 256)",
    "range": "range(1, 4)",
    "uniform": "uniform(0.1, 0.5)",
    "log_range": "log_range(1e-4, 1e-2)",
    "boolean": "boolean()",
}
NOT_HERE = (
    "a choice cannot stand here; it may be an argument of a layer, block, op, optimizer or "
    "callback, and epochs, batch_size and repeat"
)
_KEYWORDS = {
    "choice": ("name", "default"),
    "range": ("step", "name", "default"),
    "uniform": ("step", "name", "default"),
    "log_range": ("name", "default"),
    "boolean": ("name", "default"),
}
# Names that functions of generated modules use themselves.
_USED = frozenset(
    {
        "args",
        "callbacks",
        "data",
        "hp",
        "inputs",
        "kwargs",
        "outputs",
        "run_dir",
        "self",
    }
    | {"layer", "sequence", "tuner", "x"}
)
_TAKEN = MODULE_NAMES | TUNING_NAMES | RESERVED_ATTRIBUTES | _USED
_MOST_STEPS = 10_000
# KerasTuner sends whole numbers in so many bits.
_BOUND = 2**31
Number = int | float


def has_choice(node: ast.expr) -> bool:
    """Whether there is a choice in a syntax tree."""
    called = (n.func for n in ast.walk(node) if isinstance(n, ast.Call))
    return any(isinstance(name, ast.Name) and name.id in CALLS for name in called)


class Choices:
    """The hyperparameters of a spec, collected while its arguments are read.

    Args:
        diagnostics: Where problems go.
        taken: Names that no hyperparameter may have.
    """

    def __init__(self, diagnostics: Diagnostics, taken: Collection[str] = ()) -> None:
        self.diagnostics = diagnostics
        self.taken = frozenset(taken)
        self.found: dict[str, Hyperparameter] = {}
        # The kind of layer whose argument gave a hyperparameter its name.
        self.owners: dict[str, str] = {}

    def read(self, source: Source, call: ast.Call, argument: str, owner: str) -> Name:
        """Returns the name that stands for a choice from now on.

        Args:
            source: The line.
            call: `choice(64, 128)` and the like.
            argument: The argument whose value it is; "" where it has no name.
            owner: The layer or object that takes the argument.
        """
        place = source.locate(call)
        reader = _CallReader(source, call, self.diagnostics)
        before = len(self.diagnostics)
        item = reader.read(place)
        if len(self.diagnostics) > before or item is None:
            return self.add_unread(place)
        if reader.name is not None:
            return self.add(item, reader.name, place)
        return self.add(item, self.free_name(argument, owner), place, owner)

    def add_unread(self, place: Location) -> Name:
        """Returns a name for a choice that is wrong and reported."""
        name = f"choice_{len(self.found)}"
        one = Literal(1)
        self.found[name] = Hyperparameter(
            name, Kind.CHOICE, (one,), one, location=place
        )
        return Name(name)

    def add(
        self, item: Hyperparameter, name: str, place: Location, owner: str = ""
    ) -> Name:
        """Records a hyperparameter under a name; the same one may stand twice."""
        known = self.found.get(name)
        named = Hyperparameter(
            name, item.kind, item.values, item.default, item.step,
            item.is_logarithmic, place,
        )  # fmt: skip
        if not is_identifier(name):
            self.diagnostics.error(f"{name!r} is no name for a hyperparameter", place)
        elif name in _TAKEN or name in self.taken:
            self.diagnostics.error(
                f"a hyperparameter cannot be called {name!r}: the name is taken", place
            )
        elif known is not None and known != named:
            self.diagnostics.error(
                f"another choice is called {name!r} and has other values", place
            )
        self.found.setdefault(name, named)
        self.owners.setdefault(name, owner)
        return Name(name)

    def free_name(self, argument: str, owner: str) -> str:
        """Returns a name for a choice: `units`, or `dense_units` beside other units."""
        plain = snake_case(argument or "value")
        full = f"{snake_case(owner)}_{plain}" if owner else plain
        if self.is_free(plain):
            return plain
        if self.owners.get(plain) != owner and self.is_free(full):
            return full
        stem = plain if self.owners.get(plain) == owner else full
        number = 2
        while not self.is_free(f"{stem}_{number}"):
            number += 1
        return f"{stem}_{number}"

    def is_free(self, name: str) -> bool:
        """Whether a hyperparameter may be called so and none is."""
        used = name in self.found or name in _TAKEN or name in self.taken
        return is_identifier(name) and not used


class _CallReader:
    """Reads one call."""

    def __init__(
        self, source: Source, call: ast.Call, diagnostics: Diagnostics
    ) -> None:
        assert isinstance(call.func, ast.Name)
        self.source = source
        self.call = call
        self.kind = call.func.id
        self.diagnostics = diagnostics
        self.name: str | None = None
        self.keywords: dict[str, ast.expr] = {}

    def read(self, place: Location) -> Hyperparameter | None:
        """Returns the hyperparameter without its name, None after reporting a problem."""
        self.read_keywords()
        values = list(map(self.constant, self.call.args))
        if None in values:
            return None
        given = [value for value in values if value is not None]
        if self.kind == "choice":
            return self.choice(given, place)
        if self.kind == "boolean":
            return self.boolean(given, place)
        return self.range(given, place)

    def read_keywords(self) -> None:
        known = _KEYWORDS[self.kind]
        for keyword in self.call.keywords:
            name = keyword.arg or "**"
            if name not in known:
                self.error(
                    f"{self.kind} has no argument {name!r}; it has {', '.join(known)}",
                    keyword,
                )
            elif name == "name":
                value = self.constant(keyword.value)
                if value is not None and not isinstance(value.value, str):
                    self.error("name: takes a text in quotes", keyword.value)
                self.name = str(value.value) if value else None
            else:
                self.keywords[name] = keyword.value

    def constant(self, node: ast.expr) -> Literal | None:
        """Returns a value to choose, None after reporting that it cannot be chosen."""
        is_negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
        plain = node.operand if isinstance(node, ast.UnaryOp) and is_negative else node
        value = plain.value if isinstance(plain, ast.Constant) else None
        if isinstance(value, bool | str) and not is_negative:
            return Literal(value)
        if isinstance(value, int | float) and _is_usable(value):
            return Literal(-value if is_negative else value)
        self.error(
            f"KerasTuner chooses among numbers, texts, True and False. "
            f"Received: {shortened(node)}",
            node,
        )
        return None

    def choice(self, values: list[Literal], place: Location) -> Hyperparameter | None:
        kinds = {type(value.value) for value in values}
        if len(set(values)) < max(2, len(values)):
            problem = "a choice is made among two values or more, each of them once"
            return self.rejected(f"{problem}: {CALLS['choice']}", self.call)
        if kinds == {int, float}:
            values = [Literal(float(value.value)) for value in values]  # type: ignore[arg-type]
            kinds = {float}
        if len(kinds) > 1:
            return self.rejected(
                "the values of a choice are all numbers, all texts or all True and False",
                self.call,
            )
        default = self.default(values[0])
        if default not in values:
            return self.rejected(
                "the default of a choice is one of its values", self.keywords["default"]
            )
        kind = Kind.BOOLEAN if kinds == {bool} else Kind.CHOICE
        return Hyperparameter("", kind, tuple(values), default, location=place)

    def boolean(self, values: list[Literal], place: Location) -> Hyperparameter | None:
        default = self.default(Literal(False))
        if values or not isinstance(default.value, bool):
            return self.rejected(
                "boolean() takes no values, and its default is True or False", self.call
            )
        both = (Literal(False), Literal(True))
        return Hyperparameter("", Kind.BOOLEAN, both, default, location=place)

    def range(self, values: list[Literal], place: Location) -> Hyperparameter | None:
        wanted = int if self.kind == "range" else float
        step = self.step(values)
        numbers = [self.number(value, wanted) for value in values[:2]]
        default = self.number(self.default(values[0] if values else Literal(0)), wanted)
        is_wrong = None in numbers or len(numbers) != 2 or len(values) > 3
        if is_wrong or default is None or (step is None and len(values) == 3):
            what = "whole numbers" if wanted is int else "numbers"
            return self.rejected(
                f"expected {what} as in {CALLS[self.kind]}, the greatest one last",
                self.call,
            )
        low, high = (number for number in numbers if number is not None)
        problem = _range_problem(self.kind, low, high, default, step)
        if problem:
            return self.rejected(problem, self.call)
        kind = Kind.INTEGER if wanted is int else Kind.FLOAT
        return Hyperparameter(
            "",
            kind,
            (Literal(low), Literal(high)),
            Literal(default),
            None if step is None else Literal(step),
            self.kind == "log_range",
            place,
        )

    def step(self, values: Sequence[Literal]) -> Number | None:
        """Returns how far values are apart, by position or by name."""
        node = self.keywords.get("step")
        value = self.constant(node) if node is not None else None
        if value is None and len(values) > 2 and self.kind != "log_range":
            value = values[2]
        return None if value is None else self.number(value, self.number_type)

    @property
    def number_type(self) -> type[Number]:
        return int if self.kind == "range" else float

    def number(self, value: Literal, wanted: type[Number]) -> Number | None:
        number = value.value
        if isinstance(number, bool) or not isinstance(number, int | float):
            return None
        if wanted is int and not isinstance(number, int):
            return None
        return wanted(number)

    def default(self, otherwise: Literal) -> Literal:
        """Returns what is given as default, as a fraction where that is what it is for."""
        node = self.keywords.get("default")
        given = self.constant(node) if node is not None else None
        value = given.value if given is not None else None
        if isinstance(otherwise.value, float) and type(value) is int:
            return Literal(float(value))
        return given or otherwise

    def rejected(self, message: str, node: ast.AST) -> Hyperparameter | None:
        """Reports what is wrong with the call, of which there is no hyperparameter."""
        self.error(message, node)
        return None

    def error(self, message: str, node: ast.AST) -> None:
        self.diagnostics.error(message, self.source.locate(node))


def _is_usable(value: object) -> bool:
    return (
        isinstance(value, int | float) and math.isfinite(value) and abs(value) < 2**31
    )


def _range_problem(
    kind: str, low: Number, high: Number, default: Number, step: Number | None
) -> str | None:
    """Returns what is wrong with the ends of a range, None where nothing is."""
    if low >= high:
        return f"the first end must be below the second. Received: {low}, {high}"
    if kind == "log_range" and low <= 0:
        return f"log_range is for numbers above 0. Received: {low}"
    if not low <= default <= high:
        return f"the default must be between {low} and {high}. Received: {default}"
    if step is not None and step <= 0:
        return f"the step must be above 0. Received: {step}"
    if step is not None and (high - low) / step > _MOST_STEPS:
        return f"the step makes more than {_MOST_STEPS} values. Received: {step}"
    return None
