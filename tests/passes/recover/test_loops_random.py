"""Loops that are found in random programs stand for the same graph."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from keras_kgen.ir.expand import expand, without_names
from keras_kgen.ir.expressions import Argument, Literal, Name, from_value
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    For,
    If,
    Parameter,
    Program,
    Statement,
    Value,
    calls,
    reads,
    results,
)
from keras_kgen.ir.tensors import UNKNOWN
from keras_kgen.passes.recover.cost import price
from keras_kgen.passes.recover.loops import recover_loops

BLOCKS = ("alpha", "beta", "gamma")


def block(name: str) -> Block:
    """Returns a block with one layer, whose parameters the layer takes."""
    names = ("filters", "strides", "name")
    arguments = tuple(Argument(Name(n), n) for n in names)
    call = Call(Callee.LAYER, name.title(), arguments, (Value(1),), (Value(2),))
    parameters = tuple(
        Parameter(n, Literal(d)) for n, d in zip(names, (8, 1, None), strict=True)
    )
    return Block(name, parameters, (Value(1),), Body((call,), (Value(2),)))


@dataclass
class Writer:
    """Writes lines one after the other."""

    lines: list[Call] = field(default_factory=list)
    values: list[Value] = field(default_factory=lambda: [Value(1)])

    def add(self, kind: Callee, callee: str, inputs: object, **given: object) -> Value:
        arguments = tuple(Argument(from_value(v), k) for k, v in given.items())
        result = Value(len(self.values) + 1)
        self.lines.append(Call(kind, callee, arguments, (inputs,), (result,)))  # type: ignore[arg-type]
        self.values.append(result)
        return result

    def program(self, outputs: tuple[Value, ...]) -> Program:
        keys = tuple(f"out{i}" for i in range(len(outputs)))
        return Program(
            "random",
            "",
            (Input("input", UNKNOWN),),
            (Value(1),),
            tuple(map(block, BLOCKS)),
            (),
            Body(tuple(self.lines), outputs),
            output_keys=keys if len(keys) > 1 else (),
        )


@st.composite
def dags(draw: st.DrawFn) -> Program:
    """Returns lines that read any values before them, from a small alphabet."""
    writer = Writer()
    for number in range(draw(st.integers(1, 24))):
        back = draw(st.sampled_from((1, 1, 1, 1, 2, 2, 3, 5)))
        first = writer.values[-min(back, len(writer.values))]
        shape = draw(st.integers(0, 5))
        if shape == 0:
            count = draw(st.integers(2, 4))
            several = tuple(writer.values[-count:])
            writer.add(Callee.LAYER, "Add", several)
        elif shape == 1:
            writer.add(Callee.OP, "multiply", (first, writer.values[-1]))
        else:
            callee = draw(st.sampled_from(BLOCKS[:2]))
            label = {"name": f"b{number}"} if draw(st.booleans()) else {}
            filters = draw(st.sampled_from((8, 16, 16, 32)))
            writer.add(Callee.BLOCK, callee, first, filters=filters, **label)
    outputs = draw(
        st.lists(st.sampled_from(writer.values[1:]), max_size=2, unique=True)
    )
    last = writer.values[-1]
    return writer.program((last, *(value for value in outputs if value != last)))


@st.composite
def motifs(draw: st.DrawFn, depth: int = 2) -> list[object]:
    """Returns lines and repeats of lines, a tree."""
    tree: list[object] = []
    for _ in range(draw(st.integers(1, 3))):
        if depth and draw(st.booleans()):
            counts = draw(st.lists(st.integers(0, 4), min_size=1, max_size=4))
            tree.append((counts, draw(motifs(depth - 1))))
        else:
            tree.append(
                (
                    draw(st.sampled_from((*BLOCKS, "Add", "Keep"))),
                    draw(st.sampled_from(("same", "double", "count", "float"))),
                    draw(st.booleans()),
                    draw(st.integers(1, 2)),
                )
            )
    return tree


def unroll(
    writer: Writer, tree: list[object], path: tuple[int, ...], kept: list[Value]
) -> None:
    """Writes the lines that a tree stands for."""
    for place, node in enumerate(tree):
        if isinstance(node[0], list):  # type: ignore[index]
            counts, inner = node  # type: ignore[misc]
            for time in range(counts[sum(path) % len(counts)]):
                unroll(writer, inner, (*path, time), kept)
            continue
        callee, rule, is_named, back = node  # type: ignore[misc]
        last = writer.values[-min(back, len(writer.values))]
        time = path[-1] if path else 0
        if callee == "Add":
            writer.add(Callee.LAYER, "Add", (writer.values[-1], last))
        elif callee == "Keep":
            kept.append(writer.values[-1])
        else:
            values = {
                "same": 8,
                "double": 2**time,
                "count": time,
                "float": 0.1 * time / 3,
            }
            labels = "_".join(f"l{i}" for i in path)
            named = {"name": f"{callee}{place}_{labels}"} if is_named else {}
            writer.add(Callee.BLOCK, callee, last, filters=values[rule], **named)


@st.composite
def loops(draw: st.DrawFn) -> Program:
    """Returns a program of nested loops, line by line."""
    writer = Writer()
    kept: list[Value] = []
    unroll(writer, draw(motifs()), (), kept)
    unroll(writer, draw(motifs()), (), kept)
    if len(kept) > 1 and draw(st.booleans()):
        writer.add(Callee.LAYER, "Concatenate", tuple(dict.fromkeys(kept)))
    elif draw(st.booleans()):
        for value in reversed(kept):
            writer.add(Callee.LAYER, "Add", (writer.values[-1], value))
            writer.add(Callee.BLOCK, "gamma", writer.values[-1], filters=4)
    if not writer.lines:
        writer.add(Callee.BLOCK, "alpha", Value(1))
    return writer.program((writer.values[-1],))


def check_scope(
    body: Body, known: set[Value], bound: set[str], given: list[Value]
) -> None:
    """Checks that each value is given once and read where it is known."""
    known = set(known)
    for statement in body.statements:
        assert set(reads(statement)) <= known
        check_inside(statement, known, bound, given)
        given.extend(results(statement))
        known.update(results(statement))
    assert set(body.outputs) <= known


def check_inside(
    statement: Statement, known: set[Value], bound: set[str], given: list[Value]
) -> None:
    if isinstance(statement, For):
        names = [*statement.variables, *filter(None, [statement.index])]
        assert not bound & set(names) and len(set(names)) == len(names)
        assert len(statement.collected) == len(statement.lists)
        inner = {*statement.carried, *(item for item, _, _ in statement.items)}
        given.extend(inner)
        check_scope(statement.body, known | inner, bound | set(names), given)
    elif isinstance(statement, If):
        check_scope(statement.body, known, bound, given)
        check_scope(statement.otherwise, known, bound, given)


def check(program: Program) -> None:
    """Checks that loops stand for the lines, and cost no more than them."""
    recovered = recover_loops(program)
    assert without_names(expand(recovered)) == without_names(expand(program))
    given = list(recovered.values)
    check_scope(
        recovered.body,
        set(given),
        set(BLOCKS),
        given,
    )
    assert len({value.index for value in given}) == len(given)
    assert price(recovered.body.statements) <= price(program.body.statements)
    assert len(list(calls(recovered.body))) <= len(program.body.statements)


@settings(max_examples=60, deadline=None)
@given(dags())
def test_graphs_with_accidental_repeats_stay_what_they_are(program: Program) -> None:
    check(program)


@settings(max_examples=60, deadline=None)
@given(loops())
def test_unrolled_loops_stay_what_they_are(program: Program) -> None:
    check(program)
