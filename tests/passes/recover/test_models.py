"""Models within the model that are alike become one function."""

from __future__ import annotations

from dataclasses import replace

from keras_kgen.errors import Diagnostics
from keras_kgen.ir.expressions import Argument, Expression, from_value
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    Program,
    Shared,
    Value,
    calls,
)
from keras_kgen.ir.tensors import TensorSpec
from keras_kgen.passes.recover import recover
from keras_kgen.passes.recover.equal import means_the_same
from keras_kgen.passes.recover.models import share_model_classes, share_models
from keras_kgen.passes.specialize import name_blocks


def given(**values: object) -> tuple[Argument, ...]:
    return tuple(Argument(from_value(value), key) for key, value in values.items())


def down(number: int, kernel_size: int = 2) -> tuple[Shared, Block]:
    """Returns a model within the model: a normalization and a convolution."""
    first, middle, last = map(Value, range(3))
    norm = given(name=f"net_down_norm_{number}")
    conv = given(
        filters=8 * 2**number,
        kernel_size=kernel_size,
        strides=2,
        name=f"net_down_conv_{number}",
    )
    lines = (
        Call(Callee.LAYER, "LayerNormalization", norm, (first,), (middle,)),
        Call(Callee.LAYER, "Conv2D", conv, (middle,), (last,)),
    )
    name = f"net_down_block_{number}"
    block = Block(f"down{number}", (), (first,), Body(lines, (last,)))
    arguments = given(name=name)
    shared = Shared(name, Callee.BLOCK, block.name, arguments, is_sequential=True)
    return shared, block


def net(models: list[tuple[Shared, Block]]) -> Program:
    lines = tuple(
        Call(Callee.SHARED, shared.name, (), (Value(place),), (Value(place + 1),))
        for place, (shared, _) in enumerate(models)
    )
    body = Body(lines, (Value(len(lines)),))
    inputs = (Input("", TensorSpec((None, 64, 64, 3))),)
    shared, blocks = zip(*models, strict=True)
    return Program("net", "", inputs, (Value(0),), blocks, shared, body)


def test_models_that_are_numbered_are_one_block() -> None:
    flat = net([down(number) for number in range(3)])
    program = share_models(flat)
    assert [b.name for b in program.blocks] == ["down_block_layers", "down_block"]
    assert [s.name for s in program.shared] == ["down"]
    lines = [line for line in program.body.lines if isinstance(line, Call)]
    assert [values(call) for call in lines] == [
        {"filters": from_value(8 * 2**number), "index": from_value(number)}
        for number in range(3)
    ]
    assert means_the_same(flat, program)


def values(call: Call) -> dict[str | None, Expression]:
    return {argument.name: argument.value for argument in call.arguments}


def test_two_models_stay() -> None:
    program = net([down(0), down(1)])
    assert share_models(program) is program


def test_models_that_nothing_numbers_stay() -> None:
    models = [
        (replace(shared, arguments=given(name=f"net_{name}")), block)
        for name, (shared, block) in zip("abc", map(down, range(3)), strict=True)
    ]
    assert share_models(net(models)) == net(models)


def test_a_class_has_the_models_that_it_has() -> None:
    flat = net([down(number) for number in range(3)])
    assert len(recover(flat, Diagnostics(), functions=False).shared) == 3
    assert len(recover(flat, Diagnostics()).shared) == 1


def test_models_that_are_numbered_are_of_one_class() -> None:
    flat = net([down(number) for number in range(3)])
    program = share_model_classes(flat)
    (block,) = program.blocks
    assert block.name == "down_block"
    assert [p.name for p in block.parameters] == ["filters", "index"]
    assert [(s.name, s.callee, *s.arguments) for s in program.shared] == [
        (name, "down_block", *given(filters=8 * 2**number, index=number, name=name))
        for number, name in enumerate(f"net_down_block_{n}" for n in range(3))
    ]
    assert means_the_same(flat, program)


def test_the_number_of_a_model_is_for_names_alone() -> None:
    named = name_blocks(share_model_classes(net([down(n) for n in range(3)])))
    (block,) = named.blocks
    assert [p.name for p in block.parameters] == ["filters"]
    inner = [a.name for line in calls(block.body) for a in line.arguments]
    assert "name" not in inner
    assert named.shared[2].arguments == given(filters=32, name="net_down_block_2")
