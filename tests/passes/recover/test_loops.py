"""Loops that a person would have written, found in lines one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from keras_kgen.ir.expand import expand, without_names
from keras_kgen.ir.expressions import Argument, Name, from_value
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    For,
    If,
    Nested,
    Parameter,
    Program,
    Statement,
    Value,
)
from keras_kgen.ir.tensors import UNKNOWN
from keras_kgen.passes.recover.cost import text
from keras_kgen.passes.recover.loops import recover_loops


def block(name: str, *parameters: str, inputs: int = 1, **defaults: object) -> Block:
    """Returns a block of one layer that takes all parameters."""
    given = tuple(Value(i + 1, f"in{i}") for i in range(inputs))
    every = (*parameters, *defaults)
    arguments = tuple(Argument(Name(p), p) for p in every)
    call = Call(Callee.LAYER, name.title(), arguments, given, (Value(9),))
    required = tuple(Parameter(p) for p in parameters)
    optional = tuple(Parameter(p, from_value(d)) for p, d in defaults.items())
    return Block(name, required + optional, given, Body((call,), (Value(9),)))


@dataclass
class Lines:
    """Writes a model line by line."""

    blocks: tuple[Block, ...] = ()
    lines: list[Call] = field(default_factory=list)
    x: Value = field(default_factory=lambda: Value(0))

    def add(self, callee: str, *inputs: object, **given: object) -> Value:
        """Adds a line on the last value, or on the values given."""
        is_block = callee in {b.name for b in self.blocks}
        kind = Callee.BLOCK if is_block else Callee.LAYER
        arguments = tuple(Argument(from_value(v), k) for k, v in given.items())
        result = Value(len(self.lines) + 1)
        self.lines.append(Call(kind, callee, arguments, inputs or (self.x,), (result,)))  # type: ignore[arg-type]
        self.x = result
        return result

    def program(self) -> Program:
        """Returns the model."""
        body = Body(tuple(self.lines), (self.x,))
        given = (Input("input", UNKNOWN),)
        return Program("m", "", given, (Value(0),), self.blocks, (), body)


def show(program: Program) -> list[str]:
    """Returns the body of a program, values by the order in which they appear."""
    return list(_Printer().body(program.body, 0))


class _Printer:
    def __init__(self) -> None:
        self.names: dict[Value, str] = {}

    def name(self, value: Value) -> str:
        return self.names.setdefault(value, f"v{len(self.names)}")

    def all(self, values: Iterable[Value]) -> str:
        return ", ".join(map(self.name, values))

    def body(self, body: Body, indent: int) -> Iterable[str]:
        for statement in body.statements:
            yield from (" " * indent + line for line in self.statement(statement))

    def statement(self, statement: Statement) -> Iterable[str]:
        if isinstance(statement, For):
            yield from self.loop(statement)
        elif isinstance(statement, If):
            yield f"if {text(statement.test)}:"
            yield from self.body(statement.body, 4)
            passed = self.all(statement.otherwise.outputs)
            given = self.all(statement.body.outputs)
            yield f"{self.all(statement.results)} = {given} or {passed}"
        else:
            assert isinstance(statement, Call)
            parts = [f"{a.name}={text(a.value)}" for a in statement.arguments]
            read = [*map(self.nested, statement.inputs), *parts]
            call = f"{statement.callee}({', '.join(read)})"
            yield f"{self.all(statement.results)} = {call}"

    def nested(self, nested: Nested) -> str:
        if isinstance(nested, Value):
            return self.name(nested)
        assert isinstance(nested, tuple) and not isinstance(nested, Mapping)
        return f"[{', '.join(map(self.nested, nested))}]"

    def loop(self, loop: For) -> Iterable[str]:
        yield f"{self.all(loop.carried)} = {self.all(loop.initial)}"
        index = [loop.index] if loop.index else []
        names = ", ".join([*index, *loop.variables]) or "_"
        start = text(loop.start)
        if loop.rows is None:
            assert loop.stop is not None
            over = f"range({start}, {text(loop.stop)})"
        else:
            rows = [", ".join(map(text, row)) for row in loop.rows]
            over = f"({' | '.join(rows)})" + (f" from {start}" if index else "")
        yield f"for {names} in {over}:"
        for item, taken, is_reversed in loop.items:
            end = "last" if is_reversed else "first"
            yield f"    {self.name(item)} = next {end} of {self.name(taken)}"
        yield from self.body(loop.body, 4)
        for value, collected in zip(loop.collected, loop.lists, strict=True):
            yield f"    {self.name(collected)} += {self.name(value)}"
        yield f"    -> {self.all(loop.body.outputs)}"
        yield f"{self.all(loop.results)} = last"


def recovered(program: Program) -> str:
    """Returns what is found, after a check that the graph is the same."""
    found = recover_loops(program)
    assert without_names(expand(found)) == without_names(expand(program))
    return "\n".join(show(found))


def resnet(depths: tuple[int, ...]) -> Program:
    """Returns the blocks of a ResNet."""
    lines = Lines((block("residual", "filters", "name", strides=1, projection=False),))
    for stage, (filters, depth) in enumerate(
        zip((64, 128, 256, 512), depths, strict=True), start=2
    ):
        more = {"strides": 2} if stage > 2 else {}
        name = f"conv{stage}_block1"
        lines.add("residual", filters=filters, name=name, projection=True, **more)
        for number in range(2, depth + 1):
            name = f"conv{stage}_block{number}"
            lines.add("residual", filters=filters, name=name)
    return lines.program()


@pytest.mark.parametrize("depths", [(3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3)])
def test_resnets_differ_in_the_table_alone(depths: tuple[int, ...]) -> None:
    a, b, c, d = depths
    assert recovered(resnet(depths)) == f"""\
v0 = v1
for stage, filters, blocks, strides in (64, {a}, 1 | 128, {b}, 2 | 256, {c}, 2 | 512, {d}, 2) from 2:
    v2 = residual(v0, filters=filters, name=f"conv{{stage}}_block1", strides=strides, projection=True)
    v3 = v2
    for block in range(2, blocks + 1):
        v4 = residual(v3, filters=filters, name=f"conv{{stage}}_block{{block}}")
        -> v4
    v5 = last
    -> v5
v6 = last"""


@pytest.mark.parametrize("depths", [(6, 12, 24, 16), (6, 12, 32, 32), (6, 12, 48, 32)])
def test_the_last_stage_of_densenets_has_no_transition(depths: tuple[int, ...]) -> None:
    lines = Lines((block("dense", "name"), block("transition", "name")))
    for stage, depth in enumerate(depths, start=2):
        for number in range(1, depth + 1):
            lines.add("dense", name=f"conv{stage}_block{number}")
        if stage < 5:
            lines.add("transition", name=f"pool{stage}")
    assert recovered(lines.program()) == f"""\
v0 = v1
for stage, blocks in ({' | '.join(map(str, depths))}) from 2:
    v2 = v0
    for block in range(1, blocks + 1):
        v3 = dense(v2, name=f"conv{{stage}}_block{{block}}")
        -> v3
    v4 = last
    if stage < 5:
        v5 = transition(v4, name=f"pool{{stage}}")
    v6 = v5 or v4
    -> v6
v7 = last"""


def test_a_width_that_the_last_stage_lacks_says_what_is_missing_there() -> None:
    lines = Lines((block("dense", "name"), block("transition", "filters", "name")))
    for stage, (depth, filters) in enumerate(((6, 128), (12, 256), (24, 640), (16, 0))):
        for number in range(1, depth + 1):
            lines.add("dense", name=f"conv{stage}_block{number}")
        if filters:
            lines.add("transition", filters=filters, name=f"pool{stage}")
    assert recovered(lines.program()) == """\
v0 = v1
for stage, blocks, filters in (6, 128 | 12, 256 | 24, 640 | 16, None) from 0:
    v2 = v0
    for block in range(1, blocks + 1):
        v3 = dense(v2, name=f"conv{stage}_block{block}")
        -> v3
    v4 = last
    if filters:
        v5 = transition(v4, filters=filters, name=f"pool{stage}")
    v6 = v5 or v4
    -> v6
v7 = last"""


@pytest.mark.parametrize("depths", [(3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3)])
def test_stages_may_stride_in_their_last_block(depths: tuple[int, ...]) -> None:
    """The last block of the last stage does not stride, and is the last all the same."""
    lines = Lines((block("residual", "filters", "name", strides=1, projection=False),))
    for stage, (filters, depth) in enumerate(
        zip((64, 128, 256, 512), depths, strict=True), start=2
    ):
        name = f"conv{stage}_block"
        lines.add("residual", filters=filters, name=f"{name}1", projection=True)
        for number in range(2, depth):
            lines.add("residual", filters=filters, name=f"{name}{number}")
        more = {"strides": 2} if stage < 5 else {}
        lines.add("residual", filters=filters, name=f"{name}{depth}", **more)
    a, b, c, d = depths
    assert recovered(lines.program()) == f"""\
v0 = v1
for stage, filters, blocks, strides in (64, {a}, 2 | 128, {b}, 2 | 256, {c}, 2 | 512, {d}, 1) from 2:
    v2 = residual(v0, filters=filters, name=f"conv{{stage}}_block1", projection=True)
    v3 = v2
    for block in range(2, blocks):
        v4 = residual(v3, filters=filters, name=f"conv{{stage}}_block{{block}}")
        -> v4
    v5 = last
    v6 = residual(v5, filters=filters, name=f"conv{{stage}}_block{{blocks}}", strides=strides)
    -> v6
v7 = last"""


def test_convnext_has_a_downsampling_between_stages() -> None:
    lines = Lines((block("down", "filters", "name"), block("next", "filters", "name")))
    for stage, (filters, depth) in enumerate(((96, 3), (192, 3), (384, 9), (768, 3))):
        if stage:
            lines.add("down", filters=filters, name=f"down_{stage - 1}")
        for number in range(depth):
            lines.add("next", filters=filters, name=f"stage_{stage}_block_{number}")
    assert recovered(lines.program()) == """\
v0 = v1
for stage, filters, blocks in (96, 3 | 192, 3 | 384, 9 | 768, 3) from 0:
    v2 = v0
    for block in range(0, blocks):
        v3 = next(v2, filters=filters, name=f"stage_{stage}_block_{block}")
        -> v3
    v4 = last
    if stage < 3:
        v5 = down(v4, filters=filters * 2, name=f"down_{stage}")
    v6 = v5 or v4
    -> v6
v7 = last"""


def test_the_skips_of_a_u_net_are_collected_and_read_from_the_end() -> None:
    lines = Lines((block("double", "filters"),))
    skips = []
    for filters in (64, 128, 256, 512):
        skips.append(lines.add("double", filters=filters))
        lines.add("MaxPooling2D")
    lines.add("double", filters=1024)
    for filters, skip in zip((512, 256, 128, 64), reversed(skips), strict=True):
        up = lines.add("Conv2DTranspose", filters=filters, kernel_size=2)
        lines.add("Concatenate", (up, skip))
        lines.add("double", filters=filters)
    assert recovered(lines.program()) == """\
v0 = v1
for filters in (64 | 128 | 256 | 512):
    v2 = double(v0, filters=filters)
    v3 = MaxPooling2D(v2)
    v4 += v2
    -> v3
v5 = last
v6 = double(v5, filters=1024)
v7 = v6
for filters in (512 | 256 | 128 | 64):
    v8 = next last of v4
    v9 = Conv2DTranspose(v7, filters=filters, kernel_size=2)
    v10 = Concatenate([v9, v8])
    v11 = double(v10, filters=filters)
    -> v11
v12 = last"""


def test_three_skips_are_a_list_too() -> None:
    lines = Lines((block("double", "filters"), block("up", "filters", inputs=2)))
    skips = []
    for filters in (64, 128, 256):
        skips.append(lines.add("double", filters=filters))
        lines.add("MaxPooling2D")
    lines.add("double", filters=512)
    for filters, skip in zip((256, 128, 64), reversed(skips), strict=True):
        lines.add("up", lines.x, skip, filters=filters)
    found = recovered(lines.program())
    assert "v4 += v2" in found and "v8 = next last of v4" in found


def test_the_first_stage_has_the_place_of_one_with_strides() -> None:
    lines = Lines((block("residual", "filters", strides=1),))
    for filters in (16, 32, 64):
        lines.add("residual", filters=filters, strides=1 if filters == 16 else 2)
        for _ in range(4):
            lines.add("residual", filters=filters)
    assert recovered(lines.program()) == """\
v0 = v1
for filters, strides in (16, 1 | 32, 2 | 64, 2):
    v2 = residual(v0, filters=filters, strides=strides)
    v3 = v2
    for _ in range(1, 5):
        v4 = residual(v3, filters=filters)
        -> v4
    v5 = last
    -> v5
v6 = last"""


@pytest.mark.parametrize("last", [5, 4])
def test_a_counter_tells_the_turn_and_the_place_in_it(last: int) -> None:
    lines = Lines((block("wave", "name", "dilation_rate"),))
    given = [
        lines.add("wave", name=f"stack{stack}_block{place}", dilation_rate=2**place)
        for stack in (1, 2)
        for place in range(5 if stack == 1 else last)
    ]
    lines.add("Add", tuple(given))
    found = recovered(lines.program())
    assert 'name=f"stack{index // 5 + 1}_block{index % 5}"' in found
    assert "+= " in found


@pytest.mark.parametrize("last", ["a1_b0", "a1_b3", "a3_b2"])
def test_numbers_that_no_counter_gives_are_not_worked_out(last: str) -> None:
    lines = Lines((block("wave", "name"),))
    for name in ("a0_b0", "a0_b1", "a1_b0", "a1_b1", "a2_b0", last):
        lines.add("wave", name=name)
    assert "//" not in recovered(lines.program())


def test_a_stack_that_comes_again_is_a_loop_in_a_loop() -> None:
    lines = Lines((block("wave", "dilation_rate"),))
    for _ in range(3):
        for rate in (1, 2, 4, 8, 16):
            lines.add("wave", dilation_rate=rate)
    assert recovered(lines.program()) == """\
v0 = v1
for _ in range(0, 3):
    v2 = v0
    for dilation_rate in (1 | 2 | 4 | 8 | 16):
        v3 = wave(v2, dilation_rate=dilation_rate)
        -> v3
    v4 = last
    -> v4
v5 = last"""


def test_two_tensors_are_carried() -> None:
    lines = Lines((block("cell", "name", inputs=2),))
    before = now = lines.add("Conv2D", filters=32, kernel_size=3)
    for number in range(6):
        before, now = now, lines.add("cell", now, before, name=f"cell_{number}")
    assert recovered(lines.program()) == """\
v1 = Conv2D(v0, filters=32, kernel_size=3)
v2, v3 = v1, v1
for index in range(0, 6):
    v4 = cell(v2, v3, name=f"cell_{index}")
    -> v4, v2
v5, v6 = last"""


def test_what_each_time_gives_is_added_in_the_end() -> None:
    lines = Lines((block("wave", "filters"),))
    skips = [lines.add("wave", filters=32) for _ in range(6)]
    lines.add("Add", tuple(skips))
    assert recovered(lines.program()) == """\
v0 = v1
for _ in range(0, 6):
    v2 = wave(v0, filters=32)
    v3 += v2
    -> v2
v4 = last
v5 = Add(v3)"""


def test_a_part_of_all_that_is_given_is_no_list() -> None:
    lines = Lines((block("wave", "name"),))
    given = [lines.add("wave", name=f"wave_{number}") for number in range(6)]
    lines.add("Add", (given[1], given[5]))
    found = recovered(lines.program())
    assert "for" in found and "+=" not in found


def test_stochastic_depth_is_worked_out_to_the_last_bit() -> None:
    lines = Lines((block("conv", "rate", "name"),))
    for number in range(24):
        lines.add("conv", rate=0.2 * number / 23, name=f"block{number}")
    assert recovered(lines.program()) == """\
v0 = v1
for block in range(0, 24):
    v2 = conv(v0, rate=0.2 * block / 23, name=f"block{block}")
    -> v2
v3 = last"""


def test_rates_that_no_loop_takes_are_worked_out_as_well() -> None:
    lines = Lines()
    for place, width in enumerate((24, 48, 64, 96, 128, 160), start=1):
        lines.add("Conv", filters=width, name=f"conv_of_{width}")
        lines.add(f"Dropout{place}", rate=0.2 * place / 7)
    lines.add("Head", rate=0.2)
    shown = recovered(lines.program())
    assert all(f"rate=0.2 * {place} / 7" in shown for place in range(1, 7)), shown
    assert "Head(v12, rate=0.2)" in shown


def test_lines_with_nothing_in_common_stay() -> None:
    lines = Lines((block("one", "filters", "name"),))
    for name in ("stem", "body"):
        lines.add("one", filters=len(name), name=name)
    program = lines.program()
    assert recover_loops(program).body == program.body


def test_a_chain_of_thousands_of_lines_is_quick() -> None:
    lines = Lines()
    for _ in range(3000):
        lines.add("Conv2D", filters=8, kernel_size=3)
        lines.add("ReLU")
    assert "range(0, 3000)" in "\n".join(show(recover_loops(lines.program())))


def test_stages_count_blocks_in_letters_and_rates_over_all_of_them() -> None:
    lines = Lines((block("cell", "filters", "name", rate=None),))
    depths = (1, 3, 2, 8, 1)
    number = 0
    for stage, depth in enumerate(depths, start=1):
        for place in range(depth):
            # The first block of a stage drops nothing.
            given = {} if place == 0 else {"rate": 0.2 * number / sum(depths)}
            name = f"block{stage}{chr(97 + place)}"
            lines.add("cell", filters=8 * 2**stage, name=name, **given)
            number += 1
    found = recovered(lines.program())
    assert "for stage, first, filters, blocks in" in found
    assert "(0, 16, 1 | 1, 32, 3 | 4, 64, 2 | 6, 128, 8 | 14, 256, 1) from 1" in found
    assert 'name=f"block{stage}a")' in found
    assert 'name=f"block{stage}{chr(97 + index)}"' in found
    assert "rate=0.2 * first + index / 15" in found


def test_few_letters_are_counted_where_rates_are() -> None:
    lines = Lines((block("cell", "name", "rate"), block("last", "rate")))
    for place in range(1, 4):
        lines.add("cell", name=f"block1{chr(97 + place)}", rate=0.2 * place / 79)
    for place in range(4, 8):
        lines.add("last", rate=0.2 * place / 79)
    assert recovered(lines.program()).startswith("""\
v0 = v1
for index in range(1, 4):
    v2 = cell(v0, name=f"block1{chr(97 + index)}", rate=0.2 * index / 79)
    -> v2
""")


def test_a_flag_that_the_first_time_alone_lacks_is_a_test() -> None:
    lines = Lines((block("cell", "filters", "expand"),))
    for time, filters in enumerate((16, 24, 40, 80, 112)):
        lines.add("cell", filters=filters, expand=time > 0)
    assert "expand=index > 0" in recovered(lines.program())
