"""Blocks with branches become several classes, and the model stays what it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from backends import programs

from keras_kgen.ir.expressions import Argument, FormattedString, Literal, Name
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    Parameter,
    Program,
    Value,
    calls,
)
from keras_kgen.options import Options, Style
from keras_kgen.passes.specialize import name_blocks, specialize
from keras_kgen.pipeline import generate

CLASS_STYLES = [
    *((name, Style.SUBCLASS) for name in programs.ALL),
    *((name, Style.SEQUENTIAL) for name in programs.ALL if name != "tiny_switches"),
]


def test_each_set_of_flags_has_a_block() -> None:
    program = specialize(programs.resnet())
    assert [b.name for b in program.blocks] == [
        "residual_block_with_conv_shortcut",
        "residual_block",
    ]
    assert [[p.name for p in b.parameters] for b in program.blocks] == [
        ["filters", "strides", "name"]
    ] * 2


def test_blocks_have_the_names_themselves() -> None:
    program = name_blocks(specialize(programs.resnet()))
    inner = [a.name for b in program.blocks for c in calls(b.body) for a in c.arguments]
    assert "name" not in inner
    labels = [_label(program, c) for c in calls(program.body) if c.kind is Callee.BLOCK]
    assert labels == [
        f"conv{s}_block{b}" for s, n in ((2, 2), (3, 3)) for b in range(1, n + 1)
    ]


def test_a_parameter_for_names_alone_goes() -> None:
    """A block inside that needs its name keeps what that is made from."""
    label = FormattedString((Name("tag"), Literal("_conv")))
    line = Call(
        *(Callee.LAYER, "Conv2D"),
        (Argument(Literal(8), "filters"), Argument(label, "name")),
        *((Value(0),), (Value(1),)),
    )
    inner = _block("inner", ("tag",), line)
    needy = _block("needy", ("name",), replace(line, arguments=(_given("filters"),)))
    calls_needy = replace(line, kind=Callee.BLOCK, callee="needy")
    outer = _block("outer", ("tag",), replace(calls_needy, arguments=(_given("tag"),)))
    blocks = (inner, needy, outer)
    program = replace(programs.resnet(), blocks=blocks, body=Body((), (Value(0),)))
    named = name_blocks(program)
    assert [[p.name for p in block.parameters] for block in named.blocks] == [
        [],
        ["name"],
        ["tag"],
    ]


def _given(parameter: str) -> Argument:
    """Returns an argument that reads the parameter that the block has."""
    if parameter == "tag":
        return Argument(Name("tag"), "name")
    return Argument(Name("name"), parameter)


def _block(name: str, parameters: tuple[str, ...], line: Call) -> Block:
    body = Body((line,), (Value(1),))
    return Block(name, tuple(map(Parameter, parameters)), (Value(0),), body)


def _label(program: Program, call: Any) -> object:
    found = next(a.value for a in call.arguments if a.name == "name")
    assert isinstance(found, Literal)
    return found.value


def test_blocks_may_stay_as_they_are() -> None:
    source = programs.resnet()
    kept = specialize(source, kept=["residual_block"], stays=lambda line: True)
    assert kept == source
    program = specialize(source, kept=["residual_block"])
    assert [b.name for b in program.blocks] == ["residual_block"]
    assert len(list(calls(program.body))) == 9


def build(source: str) -> Any:
    keras = pytest.importorskip("keras")
    keras.utils.clear_session()
    names: dict[str, Any] = {"__name__": "generated", "__file__": "generated.py"}
    exec(compile(source, "generated.py", "exec"), names)
    return names["build_model"]()


@pytest.mark.parametrize(("name", "style"), CLASS_STYLES)
def test_class_styles_compute_the_same(name: str, style: Style) -> None:
    keras = pytest.importorskip("keras")
    program = programs.ALL[name]()
    wanted = build(generate(program, Options(Style.FUNCTIONAL)).source)
    module = generate(program, Options(style))
    model = build(module.source)
    rng = np.random.default_rng(0)
    weights = [rng.uniform(0.1, 0.5, size=w.shape) for w in wanted.get_weights()]
    shape = (2, *(size or 8 for size in wanted.input_shape[1:]))
    x = rng.normal(size=shape).astype("float32")
    wanted.set_weights(weights)
    order = module.weight_order or range(len(weights))
    model.set_weights([weights[index] for index in order])
    for found, other in zip(
        *(keras.tree.flatten(m(x)) for m in (model, wanted)), strict=True
    ):
        np.testing.assert_allclose(found, other, rtol=1e-3, atol=1e-4)
