"""Written out, a program stands for the layers that it stood for before."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from keras_kgen.ir.expand import expand, without_names
from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    FormattedString,
    Literal,
    Name,
    Operation,
)
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    For,
    If,
    Loop,
    Nested,
    Parameter,
    Program,
    Shared,
    Statement,
    Value,
)
from keras_kgen.ir.tensors import TensorSpec
from keras_kgen.passes.inline import flatten, unroll
from keras_kgen.passes.specialize import specialize

PARAMETERS = ("flag", "count", "units")


@dataclass
class Writer:
    """Draws random lines; every value has an index of its own."""

    draw: st.DrawFn
    blocks: list[Block]
    numbers: int = 1
    names: list[str] = field(default_factory=list)

    def value(self) -> Value:
        self.numbers += 1
        return Value(self.numbers)

    def pick(self, *options: object) -> object:
        return self.draw(st.sampled_from(options))

    def number(self) -> Expression:
        names = [Name(name) for name in self.names if name != "flag"]
        plain = Literal(self.draw(st.integers(1, 3)))
        chosen = self.pick(plain, *names)
        return Operation("+", (chosen, plain)) if self.pick(0, 1) else chosen  # type: ignore[arg-type,return-value]

    def test(self) -> Expression:
        if "flag" in self.names and self.pick(0, 1):
            return Name("flag")
        symbol = self.pick("<", "==", ">", "!=")
        return Operation(str(symbol), (self.number(), self.number()))

    def label(self) -> tuple[Argument, ...]:
        if self.pick(0, 1, 2):
            return ()
        parts = (Literal("d{"), *map(Name, self.names))
        return (Argument(FormattedString(parts), "activation"),)

    def call(self, inputs: tuple[Nested, ...]) -> Call:
        kind = self.pick("layer", "shared", "op", *(["block"] if self.blocks else []))
        result = (self.value(),)
        if kind == "shared":
            return Call(Callee.SHARED, "head", (), inputs, result)
        if kind == "op":
            keywords = (("axis", self.number()),)
            return Call(Callee.OP, "mean", (), inputs, result, keywords)
        if kind == "layer":
            given = (Argument(self.number(), "units"), *self.label())
            return Call(Callee.LAYER, "Dense", given, inputs, result)
        block = self.draw(st.sampled_from(self.blocks))
        flag = self.test() if self.pick(0, 1) else Literal(True)
        values = {"flag": flag, "count": self.number(), "units": self.number()}
        arguments = tuple(Argument(v, k) for k, v in values.items() if k != "count")
        if self.pick(0, 1):
            arguments += (Argument(values["count"], "count"),)
        outputs = tuple(self.value() for _ in block.body.outputs)
        return Call(Callee.BLOCK, block.name, arguments, inputs, outputs)

    def statements(self, known: list[Value], depth: int) -> list[Statement]:
        """Draws lines; adds to `known` what they give."""
        made: list[Statement] = []
        for _ in range(self.draw(st.integers(1, 3))):
            kinds = ["call", "loop", *(["for", "if", "lists"] if depth else [])]
            kind = self.pick(*kinds)
            before = self.draw(st.sampled_from(known))
            if kind == "call":
                call = self.call((before,))
                made.append(call)
                known.extend(call.results)
            elif kind == "loop":
                made.append(self.loop(before))
                known.append(made[-1].result)  # type: ignore[union-attr]
            elif kind == "if":
                made.append(self.branch(known, depth))
                known.extend(made[-1].results)  # type: ignore[union-attr]
            else:
                first = self.loop_over(known, depth, collects=kind == "lists")
                made.append(first)
                known.extend(first.results)
                if first.lists:
                    made.append(self.reader(first, known))
                    known.extend(made[-1].results)  # type: ignore[union-attr]
        return made

    def loop(self, before: Value) -> Loop:
        carried, result = self.value(), self.value()
        arguments = (Argument(Name("width"), "units"),)
        body = Call(Callee.LAYER, "Dense", arguments, (carried,), (result,))
        rows = tuple((self.number(),) for _ in range(self.draw(st.integers(1, 3))))
        return Loop(("width",), rows, body, before, carried, result)

    def branch(self, known: list[Value], depth: int) -> If:
        bodies = []
        for _ in range(2):
            inner = list(known)
            lines = self.statements(inner, depth - 1) if self.pick(0, 1) else []
            bodies.append(Body(tuple(lines), (self.draw(st.sampled_from(inner)),)))
        return If(self.test(), bodies[0], bodies[1], (self.value(),))

    def loop_over(self, known: list[Value], depth: int, collects: bool) -> For:
        count = self.draw(st.integers(1, 2))
        initial = tuple(self.draw(st.sampled_from(known)) for _ in range(count))
        carried = tuple(self.value() for _ in range(count))
        has_rows = self.pick(0, 1)
        variable, index = f"row{depth}", f"step{depth}"
        rows = tuple((self.number(),) for _ in range(self.draw(st.integers(1, 3))))
        start, stop = self.number(), self.number()
        outer = list(self.names)
        self.names += [index, *([variable] if has_rows else [])]
        inner = [*known, *carried]
        lines = self.statements(inner, depth - 1)
        self.names = outer
        outputs = tuple(self.draw(st.sampled_from(inner)) for _ in range(count))
        return For(
            (variable,) if has_rows else (),
            rows if has_rows else None,
            Body(tuple(lines), outputs),
            carried,
            initial,
            tuple(self.value() for _ in range(count)),
            index=index,
            start=start,
            stop=None if has_rows else Operation("+", (start, stop)),
            collected=(self.draw(st.sampled_from(inner)),) if collects else (),
            lists=(self.value(),) if collects else (),
        )

    def reader(self, loop: For, known: list[Value]) -> Statement:
        """Returns a line that takes a list, or a loop that pops its items."""
        (items,) = loop.lists
        if loop.rows is None or self.pick(0, 1):
            arguments = (Argument(Literal(-1), "axis"),)
            result = (self.value(),)
            return Call(Callee.LAYER, "Concatenate", arguments, (items,), result)
        item, carried = self.value(), self.value()
        result = (self.value(),)
        line = Call(Callee.LAYER, "Add", (), ((carried, item),), result)
        return For(
            loop.variables,
            loop.rows,
            Body((line,), result),
            (carried,),
            (self.draw(st.sampled_from(known)),),
            (self.value(),),
            items=((item, items, bool(self.pick(0, 1))),),
        )


@st.composite
def programs(draw: st.DrawFn) -> Program:
    blocks: list[Block] = []
    for number in range(draw(st.integers(0, 2))):
        writer = Writer(draw, list(blocks), names=list(PARAMETERS))
        known = [Value(0, "input")]
        lines = tuple(writer.statements(known, 2))
        outputs = (known[-1],)
        defaults = (None, Literal(2), Literal(4))
        parameters = tuple(map(Parameter, PARAMETERS, defaults))
        body = Body(lines, outputs)
        blocks.append(Block(f"block_{number}", parameters, (Value(0, "input"),), body))
    writer = Writer(draw, blocks)
    known = [Value(0, "image")]
    lines = tuple(writer.statements(known, 2))
    shared = (Shared("head", Callee.LAYER, "Dense", (Argument(Literal(4), "units"),)),)
    body = Body(lines, (known[-1],))
    inputs = (Input("image", TensorSpec((None, 4))),)
    return Program("random", "", inputs, (known[0],), tuple(blocks), shared, body)


@settings(deadline=None, max_examples=100)
@given(programs())
def test_written_out_programs_stand_for_the_same(program: Program) -> None:
    wanted = without_names(expand(program))
    for change in (flatten, unroll, specialize):
        changed = change(program)
        assert without_names(expand(changed)) == wanted, change.__name__


@settings(deadline=None, max_examples=50)
@given(programs())
def test_a_flat_program_has_plain_calls_only(program: Program) -> None:
    flat = flatten(program)
    assert all(isinstance(line, Call) for line in flat.body.statements)
    assert all(call.kind is not Callee.BLOCK for call in flat.body.lines)  # type: ignore[union-attr]
    assert flat.blocks == ()
