"""Blocks end where a person would have ended them."""

from __future__ import annotations

from dataclasses import replace

from keras_kgen.errors import Diagnostics
from keras_kgen.ir.expand import expand
from keras_kgen.ir.expressions import Argument, Literal, from_value
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    If,
    Program,
    Value,
    calls,
)
from keras_kgen.ir.tensors import TensorSpec
from keras_kgen.passes.infer_shapes import infer_shapes
from keras_kgen.passes.normalize import normalize
from keras_kgen.passes.read_widths import find_widths, read_widths
from keras_kgen.passes.recover import recover
from keras_kgen.passes.recover.blocks import find_blocks
from keras_kgen.passes.recover.defaults import without_idle_defaults
from keras_kgen.passes.recover.equal import means_the_same


class Flat:
    """Writes a model line by line."""

    def __init__(self, channels: int = 16) -> None:
        self.given = Input("", TensorSpec((None, 32, 32, channels)))
        self.lines: list[Call] = []
        self.x = Value(0)

    def add(self, callee: str, *inputs: Value, **given: object) -> Value:
        """Adds a layer on the last value, or on several."""
        arguments = tuple(Argument(from_value(v), k) for k, v in given.items())
        self.x = Value(len(self.lines) + 1)
        read = (inputs,) if len(inputs) > 1 else inputs or (Value(self.x.index - 1),)
        self.lines.append(Call(Callee.LAYER, callee, arguments, read, (self.x,)))
        return self.x

    def program(self) -> Program:
        """Returns the model in normal form."""
        body = Body(tuple(self.lines), (self.x,))
        return normalize(Program("m", "", (self.given,), (Value(0),), (), (), body))


def mobile_net() -> Program:
    """Returns blocks of which some squeeze, and one has no name of its own to end with."""
    flat = Flat()
    settings = ((16, 0), (24, 8), (24, 8), (40, 0), (40, 8), (64, 0), (64, 8))
    for number, (filters, squeezed) in enumerate(settings):
        name = f"stage_{number}"
        inputs = flat.x
        flat.add("Conv2D", filters=filters * 4, kernel_size=1, name=f"{name}_expand")
        flat.add("BatchNormalization", name=f"{name}_expand_bn")
        flat.add("ReLU")
        flat.add("DepthwiseConv2D", kernel_size=3, padding="same", name=f"{name}_dw")
        flat.add("BatchNormalization", name=f"{name}_dw_bn")
        x = flat.add("ReLU")
        if squeezed:
            gate = f"{name}_gate"
            flat.add("GlobalAveragePooling2D", keepdims=True, name=f"{gate}_pool")
            flat.add("Conv2D", filters=squeezed, kernel_size=1, name=f"{gate}_in")
            flat.add("ReLU", name=f"{gate}_relu")
            out = f"{gate}_out"
            y = flat.add("Conv2D", filters=filters * 4, kernel_size=1, name=out)
            flat.add("Multiply", x, y, name=f"{gate}_mul")
        flat.add("Conv2D", filters=filters, kernel_size=1, name=f"{name}_project")
        y = flat.add("BatchNormalization", name=f"{name}_project_bn")
        if number and settings[number - 1][0] == filters:
            flat.add("Add", inputs, y, name=f"{name}_add")
    return flat.program()


def test_a_gate_that_some_blocks_lack_is_a_block() -> None:
    program = mobile_net()
    found = find_blocks(program)
    assert means_the_same(program, found)
    assert [block.name for block in found.blocks] == [
        "squeeze_excite",
        "inverted_residual",
    ]
    whole = found.blocks[1]
    assert sum(isinstance(line, If) for line in whole.body.statements) == 2
    given = [call for call in calls(found.body) if call.callee == whole.name]
    assert [_name(call) for call in given] == [f"stage_{n}" for n in range(7)]


def _name(call: Call) -> object:
    (value,) = (a.value for a in call.arguments if a.name == "name")
    assert isinstance(value, Literal)
    return value.value


def towers() -> Program:
    """Returns two kinds of blocks that are alike but for sizes, each with its name."""
    return tower_lines().program()


def tower_lines() -> Flat:
    """Returns the lines of two kinds of blocks."""
    flat = Flat()
    kinds = (("block35", (32, 48, 64), (3, 3)), ("block8", (192, 224, 256), (1, 7)))
    for kind, (first, second, third), (one, other) in kinds:
        for number in range(1, 8):
            inputs, name = flat.x, f"{kind}_{number}"
            x = flat.add("Conv2D", filters=first, kernel_size=1, name=f"{name}_a")
            flat.add("Conv2D", inputs, filters=first, kernel_size=1, name=f"{name}_b")
            flat.add("Conv2D", filters=second, kernel_size=one, name=f"{name}_c")
            y = flat.add("Conv2D", filters=third, kernel_size=other, name=f"{name}_d")
            flat.add("Concatenate", x, y, name=f"{name}_mixed")
            flat.add("BatchNormalization", name=f"{name}_mixed_bn")
            flat.add("Dropout", rate=0.1, name=f"{name}_drop")
            flat.add("Conv2D", filters=first * 2, kernel_size=1, name=f"{name}_conv")
            flat.add("Activation", activation="relu", name=f"{name}_ac")
    return flat


def test_what_names_set_apart_is_not_one_block() -> None:
    program = towers()
    found = find_blocks(program)
    assert means_the_same(program, found)
    assert {block.name for block in found.blocks} == {"block35", "block8"}
    assert [[p.name for p in b.parameters] for b in found.blocks] == [["name"]] * 2


def test_a_block_without_its_last_line_is_one_of_its_name() -> None:
    flat = tower_lines()
    flat.lines.pop()
    flat.x = flat.lines[-1].results[0]
    flat.add("Conv2D", filters=1536, kernel_size=1, name="head")
    program = flat.program()
    found = find_blocks(program)
    assert means_the_same(program, found)
    made = [call for call in calls(found.body) if call.callee == "block8"]
    assert len(made) == 7
    assert [a.name for a in made[-1].arguments] == ["name", "use_relu"]


def up_and_down() -> Program:
    """Returns an encoder, and a decoder of which each level reads one of its tensors."""
    flat = Flat()
    skips = []
    for filters in (8, 16, 32, 64):
        flat.add("Conv2D", filters=filters, kernel_size=3, padding="same")
        skips.append(flat.add("BatchNormalization"))
        flat.add("MaxPooling2D")
    flat.add("Conv2D", filters=128, kernel_size=3, padding="same", activation="relu")
    for filters in (64, 32, 16, 8):
        x = flat.add("UpSampling2D")
        flat.add("Concatenate", x, skips.pop())
        for _ in range(2):
            given = {"kernel_size": 3, "padding": "same", "activation": "relu"}
            flat.add("Conv2D", filters=filters, **given)
    flat.add("Conv2D", filters=1, kernel_size=1, activation="sigmoid")
    return flat.program()


def test_the_layer_that_answers_is_none_of_the_layers_before_it() -> None:
    program = up_and_down()
    found = find_blocks(program)
    assert means_the_same(program, found)
    whole = next(block for block in found.blocks if len(block.inputs) == 2)
    lines = [call.callee for call in calls(whole.body)]
    assert lines == ["UpSampling2D", "Concatenate", "Conv2D", "Conv2D"]
    assert not any(isinstance(line, If) for line in whole.body.statements)


def bottlenecks(count: int) -> Program:
    """Returns short blocks that have names of their own, between layers that have others."""
    flat = Flat()
    for number in range(count):
        inputs, name = flat.x, f"stage1_block{number}"
        flat.add("Conv2D", filters=8, kernel_size=1, name=f"{name}_narrow")
        x = flat.add("Conv2D", filters=16, kernel_size=3, name=f"{name}_wide")
        flat.add("Add", inputs, x, name=f"{name}_add")
        flat.add(("Dropout", "GaussianNoise")[number % 2], **{_RATES[number % 2]: 0.1})
    return flat.program()


_RATES = ("rate", "stddev")


def test_names_make_a_block_of_what_saves_little() -> None:
    program = bottlenecks(5)
    found = find_blocks(program)
    assert means_the_same(program, found)
    (block,) = found.blocks
    made = [call for call in calls(found.body) if call.callee == block.name]
    assert [_name(call) for call in made] == [f"stage1_block{n}" for n in range(5)]
    assert not find_blocks(bottlenecks(2)).blocks


def heads(count: int) -> Program:
    """Returns a trunk, and from each level of it a way to an output."""
    flat = Flat()
    trunk, given = flat.x, []
    for filters in (32, 16, 8)[:count]:
        if given:
            flat.add("UpSampling2D", trunk)
        flat.add("Conv2D", filters=filters, kernel_size=1)
        flat.add("BatchNormalization")
        trunk = flat.add("ReLU")
        flat.add("SeparableConv2D", filters=filters * 2, kernel_size=3)
        given.append(flat.add("Conv2D", filters=21, kernel_size=1))
    program = flat.program()
    return replace(program, body=replace(program.body, outputs=tuple(given)))


def test_a_long_piece_that_comes_often_is_a_block_for_little() -> None:
    program = heads(3)
    found = find_blocks(program)
    assert means_the_same(program, found)
    (block,) = found.blocks
    assert len(block.body.outputs) == 2 and len(block.body.statements) == 5
    assert not find_blocks(heads(2)).blocks


def waves() -> Program:
    """Returns blocks with two results, of which the last lacks what nothing would read."""
    flat = Flat()
    skips = []
    for number in range(6):
        inputs, name = flat.x, f"block{number}"
        given = {"padding": "same", "kernel_initializer": "he_normal"}
        given |= {"bias_initializer": "ones", "filters": 16, "kernel_size": 3}
        x, y = (
            flat.add("Conv2D", inputs, **given, activation=way, name=f"{name}_{way}")
            for way in ("tanh", "sigmoid")
        )
        gate = flat.add("Multiply", x, y, name=f"{name}_gate")
        skips.append(flat.add("Conv2D", filters=8, kernel_size=1, name=f"{name}_skip"))
        if number < 5:
            label = f"{name}_residual"
            x = flat.add("Conv2D", gate, filters=16, kernel_size=1, name=label)
            flat.add("Add", inputs, x, name=f"{name}_add")
    flat.add("Add", *skips, name="skips")
    return flat.program()


def test_the_rest_of_the_last_block_is_a_brick_of_all() -> None:
    program = waves()
    found = find_blocks(program, functions=True)
    assert means_the_same(program, found)
    brick, whole = found.blocks
    assert next(call.callee for call in calls(whole.body)) == brick.name
    made = [call.callee for call in calls(found.body) if call.kind is Callee.BLOCK]
    assert made == [whole.name] * 5 + [brick.name]


def test_a_class_has_no_bricks_for_its_sake() -> None:
    program = waves()
    assert len(find_blocks(program).blocks) == 1


def test_what_all_calls_give_has_no_default() -> None:
    program = without_idle_defaults(recover(mobile_net(), Diagnostics()))
    block = _block(program, "inverted_residual")
    given = [
        {a.name for a in call.arguments}
        for call in calls(program.body)
        if call.callee == block.name
    ]
    always = set.intersection(*given)
    assert all(p.default is None for p in block.parameters if p.name in always)


def _block(program: Program, name: str) -> Block:
    return program.block(name)


def widening() -> Program:
    """Returns blocks that widen their input by a factor that differs."""
    flat = Flat(16)
    widths = (16, 24, 24, 40, 40, 80, 80, 112)
    for number, (before, filters) in enumerate(
        zip((16, *widths), widths, strict=False)
    ):
        name, ratio = f"block{number}", 4 if number < 4 else 6
        wide, narrow = before * ratio, before // 4
        flat.add("Conv2D", filters=wide, kernel_size=1, name=f"{name}_expand")
        flat.add("BatchNormalization", name=f"{name}_expand_bn")
        x = flat.add("Activation", activation="silu", name=f"{name}_act")
        flat.add("GlobalAveragePooling2D", keepdims=True, name=f"{name}_squeeze")
        flat.add("Conv2D", filters=narrow, kernel_size=1, name=f"{name}_reduce")
        y = flat.add("Conv2D", filters=wide, kernel_size=1, name=f"{name}_widen")
        flat.add("Multiply", x, y, name=f"{name}_excite")
        flat.add("Conv2D", filters=filters, kernel_size=1, name=f"{name}_project")
        flat.add("BatchNormalization", name=f"{name}_project_bn")
    return flat.program()


def test_a_function_reads_the_width_of_its_input() -> None:
    program = recover(widening(), Diagnostics())
    (block,) = program.blocks
    assert "in_filters" in {p.name for p in block.parameters}
    specs = infer_shapes(expand(program), Diagnostics())
    narrow = read_widths(program, find_widths(program, specs, kept=()))
    (block,) = narrow.blocks
    assert block.widths == (("in_filters", block.inputs[0]),)
    assert "in_filters" not in {p.name for p in block.parameters}
    given = {a.name for call in calls(narrow.body) for a in call.arguments}
    assert "in_filters" not in given


def test_the_parameters_of_an_author_stay() -> None:
    program = recover(widening(), Diagnostics())
    specs = infer_shapes(expand(program), Diagnostics())
    kept = {block.name for block in program.blocks}
    assert not find_widths(program, specs, kept)
