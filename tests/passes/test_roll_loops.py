"""Which runs of lines are loops."""

from __future__ import annotations

import pytest
from backends.programs import block, body, call, program

from keras_kgen.ir.program import Call, Loop, Statement
from keras_kgen.passes.roll_loops import roll_loops

CONV = block(
    "conv_norm",
    "filters kernel_size",
    "0",
    body("1", call("Conv2D", "0", "1", filters="$filters")),
)


def rolled(lines: list[Call], *others: Call, gives: str) -> tuple[Statement, ...]:
    made = program("m", (8, 8, 3), body(gives, *lines, *others), CONV)
    return roll_loops(made).body.statements


def convs(*sizes: int) -> list[Call]:
    return [
        call("conv_norm", f"{i}", f"{i + 1}", filters=8, kernel_size=size)
        for i, size in enumerate(sizes)
    ]


def test_a_run_on_the_trunk_is_a_loop() -> None:
    (loop,) = rolled(convs(1, 3, 5), gives="3")
    assert isinstance(loop, Loop)


@pytest.mark.parametrize(
    ("sizes", "is_loop"), [((1, 3, 5), False), (range(1, 7), True)]
)
def test_a_run_beside_the_trunk_is_a_loop_if_it_is_long(
    sizes: tuple[int, ...], is_loop: bool
) -> None:
    count = len(sizes)
    join = call("Concatenate", f"0 {count}", "9")
    first, *_ = rolled(convs(*sizes), join, gives="9")
    assert isinstance(first, Loop) == is_loop


@pytest.mark.parametrize(("count", "is_loop"), [(3, False), (4, True)])
def test_a_table_is_longer_than_it_is_wide(count: int, is_loop: bool) -> None:
    """Three lines that differ in three arguments say more than a table of them."""
    stem = block(
        "stem_conv",
        "filters kernel_size strides",
        "0",
        body("1", call("Conv2D", "0", "1", filters="$filters")),
    )
    lines = [
        call(
            *("stem_conv", f"{i}", f"{i + 1}"),
            filters=8 * i,
            kernel_size=i,
            strides=i % 2,
        )
        for i in range(count)
    ]
    made = program("m", (8, 8, 3), body(f"{count}", *lines), stem)
    first, *_ = roll_loops(made).body.statements
    assert isinstance(first, Loop) == is_loop
