"""What blocks are called."""

from __future__ import annotations

import pytest
from backends.programs import call

from keras_kgen.ir.program import Call
from keras_kgen.passes.recover.align import Column
from keras_kgen.passes.recover.items import Item
from keras_kgen.passes.recover.naming import block_name

TRANSITION = [
    call("BatchNormalization", "0", "1"),
    call("ReLU", "1", "2"),
    call("Conv2D", "2", "3", filters=8, kernel_size=1),
    call("AveragePooling2D", "3", "4"),
]


def columns(lines: list[Call], lacking: int = 0) -> list[Column]:
    """Returns the columns of two instances; the second may lack the last lines."""
    both, first = frozenset({0, 1}), frozenset({0})
    items = [Item(line, symbol) for symbol, line in enumerate(lines)]
    whole = len(items) - lacking
    return [
        (
            Column((item, item), both, item)
            if place < whole
            else Column((item, None), first, item)
        )
        for place, item in enumerate(items)
    ]


@pytest.mark.parametrize(
    ("lacking", "name"), [(0, "transition_block"), (1, "conv_block")]
)
def test_a_transition_makes_images_smaller_each_time(lacking: int, name: str) -> None:
    assert block_name(columns(TRANSITION, lacking)) == name


def test_a_block_of_blocks_that_read_several_tensors_is_a_cell() -> None:
    lines = [call("relu_conv", "0", "2"), call("normal", "2 1", "3")]
    assert block_name(columns(lines)) == "cell"
    chain = [call("relu_conv", "0", "2"), call("normal", "2", "3")]
    assert block_name(columns(chain)) != "cell"
