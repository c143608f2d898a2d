"""Lets a layer that scales what it is given do so in float32, whatever the policy is."""

from __future__ import annotations

from dataclasses import replace

from keras_kgen.ir.expressions import Argument, Literal
from keras_kgen.ir.program import Call, Callee, Program, Statement

_WIDE = Argument(Literal("float32"), "dtype")


def widen_scaling(program: Program) -> Program:
    """Returns the program with each Normalization that learns from data in float32.

    Raw values, years for instance, need more digits than half precision has, and `adapt`
    adds up batches in float32 alone. A `dtype` of the author's stays.

    Args:
        program: A program in normal form.
    """
    if program.precision == "float32":
        return program
    statements = tuple(map(_widened, program.body.statements))
    return replace(program, body=replace(program.body, statements=statements))


def _widened(statement: Statement) -> Statement:
    if not isinstance(statement, Call) or statement.kind is not Callee.LAYER:
        return statement
    given = {argument.name for argument in statement.arguments}
    if statement.callee != "Normalization" or given & {"mean", "dtype"}:
        return statement
    return replace(statement, arguments=(*statement.arguments, _WIDE))
