"""The first block of a stage is one time of the loop over all of them."""

from __future__ import annotations

from keras_kgen.ir.expressions import Argument, from_value
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import Body, Call, Callee, Program, Value
from keras_kgen.ir.tensors import TensorSpec
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

STAGES = ((24, 3), (40, 4), (80, 5), (112, 3))


def residual_net() -> Program:
    """Returns stages of blocks; all but the first of each add their input and drop some."""
    lines: list[Call] = []

    def add(callee: str, *inputs: Value, **given: object) -> Value:
        arguments = tuple(Argument(from_value(v), k) for k, v in given.items())
        made = Value(len(lines) + 1)
        read = (inputs,) if len(inputs) > 1 else inputs
        lines.append(Call(Callee.LAYER, callee, arguments, read, (made,)))
        return made

    x = add("Conv2D", Value(0), filters=16, kernel_size=3, name="stem")
    width, count, total = 16, 0, sum(blocks for _, blocks in STAGES)
    for stage, (filters, blocks) in enumerate(STAGES, start=1):
        for index in range(blocks):
            name = f"block{stage}{chr(97 + index)}"
            inputs, strides = x, 1 if index or stage == 2 else 2
            wide = width * (4 if stage < 3 else 6)
            x = add("Conv2D", x, filters=wide, kernel_size=1, name=f"{name}_expand")
            x = add("BatchNormalization", x, name=f"{name}_expand_bn")
            x = add(
                "DepthwiseConv2D",
                x,
                kernel_size=3,
                strides=strides,
                padding="same",
                name=f"{name}_dw",
            )
            gate = add(
                "Conv2D", x, filters=width // 4, kernel_size=1, name=f"{name}_in"
            )
            gate = add("Conv2D", gate, filters=wide, kernel_size=1, name=f"{name}_out")
            x = add("Multiply", x, gate, name=f"{name}_excite")
            x = add("Conv2D", x, filters=filters, kernel_size=1, name=f"{name}_project")
            x = add("BatchNormalization", x, name=f"{name}_project_bn")
            if index:
                x = add("Dropout", x, rate=0.2 * count / total, name=f"{name}_drop")
                x = add("Add", x, inputs, name=f"{name}_add")
            width, count = filters, count + 1
    spec = TensorSpec((None, 64, 64, 3))
    body = Body(tuple(lines), (x,))
    return Program("net", "", (Input("", spec),), (Value(0),), (), (), body)


def test_a_stage_is_one_call_in_functions() -> None:
    source = generate(residual_net(), Options(Style.FUNCTIONAL)).source
    assert "    if in_filters == filters:\n" in source
    assert "for index in range(blocks):" in source
    assert "if index == 0 else 1," in source
    assert source.count("= inverted_residual(") + source.count("= residual_block(") == 1


def test_classes_keep_the_first_block_apart() -> None:
    source = generate(residual_net(), Options(Style.SUBCLASS)).source
    assert "index == 0" not in source
