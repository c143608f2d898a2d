"""Random programs of blocks and loops, written out flat, are found again: the same graph.

Nobody draws the lines of a random program where a person would, so that what is found may
be another program. It must mean the same, and be no longer than what it was found in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keras_kgen.errors import Diagnostics
from keras_kgen.ir.expand import expand, without_names
from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    FormattedString,
    Literal,
    Name,
    Operation,
)
from keras_kgen.ir.graph import Input, LayerGraph, TensorRef
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
)
from keras_kgen.ir.tensors import TensorSpec
from keras_kgen.options import Options, Style
from keras_kgen.passes.inline import flatten
from keras_kgen.passes.recover import recover
from keras_kgen.pipeline import check, generate

Draw = Callable[[st.SearchStrategy[Any]], Any]

_NAMES = st.sampled_from(("block", "encoder", "conv_block", "down", "f"))
_UNITS = st.sampled_from((4, 8, 16, 32))
_RATES = st.sampled_from((0.1, 0.2, 0.5))
_ACTIVATIONS = st.sampled_from(("relu", "tanh"))
_MAX_ROWS = 5


_programs = st.composite(lambda draw: random_program(draw))()
_settings = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@_settings
@given(_programs)
def test_the_same_graph_comes_back(program: Program) -> None:
    """What is found in a flat program means the same, and is the same each time."""
    flat = check(flatten(program), Diagnostics())
    wanted = canonical(expand(flat))
    assert canonical(expand(program)) == wanted
    found = recovered(flat)
    assert canonical(expand(found)) == wanted
    assert canonical(expand(flatten(found))) == wanted
    assert recovered(flat) == found


@settings(_settings, max_examples=25)  # Black takes its time.
@given(_programs)
def test_no_more_lines(program: Program) -> None:
    """What is found is no longer than what it was found in."""
    flat = check(flatten(program), Diagnostics())
    found = lines(recovered(flat), Options(Style.FUNCTIONAL))
    assert found <= lines(flat, Options(Style.FUNCTIONAL, flat=True))


def recovered(flat: Program) -> Program:
    """Returns what is found, of which nothing may have had to be taken back."""
    diagnostics = Diagnostics()
    found = recover(flat, diagnostics)
    assert not tuple(diagnostics)
    return found


def lines(program: Program, options: Options) -> int:
    """Returns the lines of the model.

    Two kinds are left out: constants of one line, which are there for readers to edit, and
    `x = inputs` before a loop.
    """
    source = generate(program, options).source
    start, stop = source.index("\nimport keras\n"), source.index("\ndef load_data")
    text = re.sub(
        r"(?m)^([A-Z_\d]+ = .*[^(\[{]|    x = inputs)$", "", source[start:stop]
    )
    return sum(bool(line.strip()) for line in text.splitlines())


# -- graphs up to the order of their nodes


def canonical(graph: LayerGraph) -> Any:
    """Returns a graph as it is come upon from its outputs, whatever the order of its nodes.

    Arguments, names and wiring stay. No node may be left out.
    """
    return _Walk(without_names(graph)).run()


class _Walk:
    """Numbers nodes and layers in the order in which the outputs need them."""

    def __init__(self, graph: LayerGraph) -> None:
        self.graph = graph
        self.nodes: dict[int, int] = {}
        self.layers: dict[int, int] = {}
        self.found: list[Any] = []

    def run(self) -> Any:
        outputs = [(key, self.visit(ref)) for key, ref in self.graph.outputs]
        inputs = len(self.graph.inputs)
        read = sum(node >= inputs for node in self.nodes)
        assert read == len(self.graph.nodes) - inputs, "a node that nothing reads"
        return self.graph.inputs, self.found, outputs, self.graph.output_order

    def visit(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(self.visit, value))
        if isinstance(value, dict):
            return {key: self.visit(item) for key, item in value.items()}
        if isinstance(value, TensorRef):
            return ("tensor", self.node(value.node), value.index)
        return value

    def node(self, index: int) -> int:
        if index not in self.nodes:
            node = self.graph.nodes[index]
            args = self.visit(node.args)
            kwargs = {key: self.visit(item) for key, item in node.kwargs}
            layer = self.layer(index if node.layer is None else node.layer, node.layer)
            self.nodes[index] = len(self.nodes)
            self.found.append((layer, args, kwargs, node.outputs))
        return self.nodes[index]

    def layer(self, number: int, layer: int | None) -> Any:
        if layer is None:
            return ("input", number)
        place = self.layers.setdefault(layer, len(self.layers))
        made = self.graph.layers[layer]
        return (place, made.class_name, made.kind, made.config, made.name)


# -- random programs


@dataclass(frozen=True, slots=True)
class Tensor:
    """A value, and what tells its width: tensors of one width can be added."""

    value: Value
    width: Any


@dataclass(slots=True)
class Scope:
    """Numbers the values of one scope."""

    draw: Draw
    count: int = 0

    def value(self, name: str | None = None) -> Value:
        self.count += 1
        return Value(self.count - 1, name)


@dataclass(frozen=True, slots=True)
class Lines:
    """Where lines are added: their scope, and the parameters and prefix they can use."""

    scope: Scope
    statements: list[Statement]
    names: tuple[str, ...] = ()
    prefix: Expression | None = None

    def inner(self) -> Lines:
        return replace(self, statements=[])


def random_program(draw: Draw) -> Program:
    blocks = tuple(random_block(draw, f"{draw(_NAMES)}_{i}") for i in "ab")
    scope = Scope(draw)
    inputs = scope.value("inputs")
    add = Lines(scope, [])
    x = Tensor(inputs, "inputs")
    for number in range(draw(st.integers(1, 3))):
        section = draw(st.sampled_from((add_layers, add_loop, add_loop, add_block)))
        x = section(add, x, draw(st.sampled_from(blocks)), f"stage{number}")
    given = Input("", TensorSpec((None, 8)))
    body = Body(tuple(add.statements), (x.value,))
    return Program("random", "", (given,), (inputs,), blocks, (), body)


def random_block(draw: Draw, name: str) -> Block:
    """Returns a block with parameters, and perhaps a part that only some calls have."""
    names = ("units", *draw(st.sets(st.sampled_from(("rate", "flag", "prefix")))))
    scope = Scope(draw)
    given = Tensor(scope.value("input"), "input")
    prefix = Name("prefix") if "prefix" in names else None
    add = Lines(scope, [], names, prefix)
    tensors = [given]
    for number in range(draw(st.integers(2, 5))):
        if "flag" in names and number == 1:
            tensors[-1:] = [add_branch(add, tensors[-1])]
        else:
            read = draw(st.sampled_from(tensors[-2:]))
            tensors.append(add_layer(add, read, number))
    x = add_join(add, unread(add.statements, tensors), "join")
    # One block has what differs most often last, as people do not.
    parameters = tuple(Parameter(item) for item in sorted(names))
    body = Body(tuple(add.statements), (x.value,))
    return Block(name, parameters, (given.value,), body)


def unread(statements: list[Statement], tensors: list[Tensor]) -> list[Tensor]:
    """Returns the tensors that no line reads, the input too where it makes a shortcut."""
    read = {v for s in statements if isinstance(s, Call) for v in s.inputs}
    read |= {s.body.statements[0].inputs[0] for s in statements if isinstance(s, If)}  # type: ignore[union-attr]
    read |= {s.otherwise.outputs[0] for s in statements if isinstance(s, If)}
    return [t for t in tensors if t.value not in read]


def add_layer(add: Lines, x: Tensor, number: int) -> Tensor:
    """Adds a line of one layer; its arguments may be parameters."""
    draw = add.scope.draw
    width: Any = x.width
    kind = draw(
        st.sampled_from(("Dense", "Dropout", "Activation", "LayerNormalization"))
    )
    if kind == "Dense":
        width = units = random_units(add)
        arguments = [Argument(units, "units")]
    elif kind == "Dropout":
        is_given = "rate" in add.names and draw(st.booleans())
        arguments = [
            Argument(Name("rate") if is_given else Literal(draw(_RATES)), "rate")
        ]
    elif kind == "Activation":
        arguments = [Argument(Literal(draw(_ACTIVATIONS)), "activation")]
    else:
        arguments = []
    return Tensor(add_call(add, kind, arguments, (x.value,), str(number)), width)


def random_units(add: Lines) -> Expression:
    if "units" not in add.names or add.scope.draw(st.booleans()):
        return Literal(add.scope.draw(_UNITS))
    if add.scope.draw(st.booleans()):
        return Name("units")
    return Operation("*", (Name("units"), Literal(4)))


def add_call(
    add: Lines,
    kind: str,
    arguments: list[Argument],
    inputs: tuple[Any, ...],
    label: str,
) -> Value:
    result = add.scope.value("x")
    if add.prefix is not None:
        name = FormattedString((add.prefix, Literal(f"_{kind.lower()}{label}")))
        arguments = [*arguments, Argument(name, "name")]
    call = Call(Callee.LAYER, kind, tuple(arguments), inputs, (result,))
    add.statements.append(call)
    return result


def add_join(add: Lines, tensors: list[Tensor], label: str) -> Tensor:
    if len(tensors) == 1:
        return tensors[0]
    is_sum = all(tensor.width == tensors[0].width for tensor in tensors)
    values = (tuple(tensor.value for tensor in tensors),)
    result = add_call(add, "Add" if is_sum else "Concatenate", [], values, label)
    return Tensor(result, tensors[0].width if is_sum else result)


def add_branch(add: Lines, x: Tensor) -> Tensor:
    """Adds a layer that only some instances have; it keeps the width."""
    inner = add.inner()
    rate = Argument(Literal(add.scope.draw(_RATES)), "rate")
    inside = add_call(inner, "Dropout", [rate], (x.value,), "_maybe")
    result = add.scope.value("x")
    body, otherwise = Body(tuple(inner.statements), (inside,)), Body((), (x.value,))
    add.statements.append(If(Name("flag"), body, otherwise, (result,)))
    return Tensor(result, x.width)


# -- sections of the model: each reads what the one before gave


def add_layers(add: Lines, x: Tensor, block: Block, label: str) -> Tensor:
    for number in range(add.scope.draw(st.integers(1, 4))):
        x = add_layer(add, x, number)
    return x


def add_block(add: Lines, x: Tensor, block: Block, label: str) -> Tensor:
    result = add.scope.value("x")
    arguments = tuple(
        Argument(random_value(add.scope.draw, p.name, label), p.name)
        for p in block.parameters
    )
    inputs = (x.value,)
    add.statements.append(Call(Callee.BLOCK, block.name, arguments, inputs, (result,)))
    return Tensor(result, result)


def random_value(draw: Draw, name: str, label: str) -> Expression:
    """Returns a value for a parameter of a block."""
    if name == "prefix":
        return Literal(label)
    return Literal(draw({"units": _UNITS, "rate": _RATES, "flag": st.booleans()}[name]))


def add_loop(add: Lines, x: Tensor, block: Block, label: str) -> Tensor:
    """Adds a loop over a block: a table of what differs, or a number of times."""
    draw = add.scope.draw
    count = draw(st.integers(2, _MAX_ROWS))
    free = [p.name for p in block.parameters if p.name != "prefix"]
    varying = tuple(sorted(draw(st.sets(st.sampled_from(free)))))
    fixed = {n: random_value(draw, n, label) for n in free if n not in varying}
    index = None if varying else "i"
    if any(p.name == "prefix" for p in block.parameters):
        number = Name("prefix") if varying else Name("i")
        fixed["prefix"] = FormattedString((Literal(f"{label}_"), number))
        varying = (*varying, "prefix") if varying else ()
    rows = tuple(
        tuple(random_value(draw, n, f"part{i}") for n in varying) for i in range(count)
    )
    given = {**{n: Name(n) for n in varying}, **fixed}
    carried, inside = add.scope.value("x"), add.scope.value("x")
    result = add.scope.value("x")
    arguments = tuple(Argument(given[p.name], p.name) for p in block.parameters)
    line = Call(Callee.BLOCK, block.name, arguments, (carried,), (inside,))
    add.statements.append(
        For(
            variables=varying,
            rows=rows if varying else None,
            body=Body((line,), (inside,)),
            carried=(carried,),
            initial=(x.value,),
            results=(result,),
            index=index,
            stop=None if varying else Literal(count),
        )
    )
    return Tensor(result, result)
