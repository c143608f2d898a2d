"""Lets a model that computes in half precision give its results in full precision."""

from __future__ import annotations

from dataclasses import replace

from keras_kgen.catalogue.modes import HALVES
from keras_kgen.errors import Diagnostics
from keras_kgen.ir.expand import expand
from keras_kgen.ir.expressions import Argument, Literal, ObjectCall
from keras_kgen.ir.program import (
    Body,
    Call,
    Callee,
    Program,
    Statement,
    Value,
)
from keras_kgen.passes.infer_shapes import infer_shapes
from keras_kgen.passes.specialize import next_index

_WIDE = Argument(Literal("float32"), "dtype")
_LINEAR = Argument(Literal("linear"), "activation")


def widen_outputs(program: Program) -> Program:
    """Returns the program with outputs in float32 where its policy is a mixed one.

    A softmax, and the loss behind it, need more digits than half precision has. A layer that
    gives an output gets `dtype="float32"`; behind all else that does, a block for instance,
    comes an `Activation` that changes the type alone. A `dtype` of the author's stays.

    Args:
        program: A program in normal form.
    """
    if not program.precision.startswith("mixed_"):
        return program
    narrow = _narrow(program)
    layers = tuple(_widened(s, narrow) for s in program.body.statements)
    widened = replace(program, body=replace(program.body, statements=layers))
    narrow = _narrow(widened)
    return replace(widened, body=_followed(widened.body, narrow)) if narrow else widened


def _narrow(program: Program) -> frozenset[Value]:
    """Returns the outputs in half precision, but for those that the author wants so."""
    graph = expand(program)
    specs = infer_shapes(graph, Diagnostics())
    refs = (ref for _, ref in graph.outputs)
    found = zip(program.body.outputs, map(specs.__getitem__, refs), strict=True)
    # What is not known, the result of a layer of the author's, may be in half precision too.
    narrow = {v for v, spec in found if not spec.is_known or spec.dtype in HALVES}
    typed = (
        value
        for statement in program.body.statements
        if isinstance(statement, Call) and _has_dtype(statement)
        for value in statement.results
    )
    return frozenset(narrow.difference(typed))


def _has_dtype(call: Call) -> bool:
    return any(argument.name == "dtype" for argument in call.arguments)


def _widened(statement: Statement, narrow: frozenset[Value]) -> Statement:
    """Returns a layer that gives such an output with its type; all else as it is."""
    if not isinstance(statement, Call) or statement.kind is not Callee.LAYER:
        return statement
    # The layers inside of a wrapper have types of their own.
    has_layers = any(
        isinstance(item.value, ObjectCall) and item.value.family == "layers"
        for item in statement.arguments
    )
    if has_layers or narrow.isdisjoint(statement.results):
        return statement
    return replace(statement, arguments=(*statement.arguments, _WIDE))


def _followed(body: Body, narrow: frozenset[Value]) -> Body:
    """Returns a body that widens values at its end."""
    fresh = next_index(body)
    outputs = tuple(dict.fromkeys(body.outputs))
    wide = {value: Value(fresh + i, value.name) for i, value in enumerate(outputs)}
    lines = tuple(
        Call(
            Callee.LAYER,
            "Activation",
            (_LINEAR, _WIDE),
            (value,),
            (wide[value],),
        )
        for value in wide
        if value in narrow
    )
    given = tuple(wide[v] if v in narrow else v for v in body.outputs)
    return Body((*body.statements, *lines), given)
