"""What stretches with branches are called."""

from __future__ import annotations

import pytest
from backends.programs import body, call, program

from keras_kgen.ir.program import Call
from keras_kgen.passes.branch_names import branch_name


def conv(above: str, gives: str, **arguments: object) -> Call:
    return call("Conv2D", above, gives, filters=8, kernel_size=3, **arguments)


def embedding(above: str, gives: str, **arguments: object) -> Call:
    return call("Embedding", above, gives, input_dim=9, output_dim=8, **arguments)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("inception_block", [conv("0", "1"), conv("0", "2")]),
        ("reduction_block", [conv("0", "1", strides=2), conv("0", "2", strides=2)]),
        ("reduction_block", [conv("0", "1"), call("MaxPooling2D", "0", "2")]),
        (
            "inception_block",
            [conv("0", "1"), call("MaxPooling2D", "0", "2", strides=1)],
        ),
        ("skip_connections", [conv("0", "1"), call("UpSampling2D", "1", "2")]),
        (
            "parallel_convolutions",
            [conv("0", "1"), call("GlobalMaxPooling1D", "0", "2")],
        ),
        ("parallel_branches", [call("Dense", "0", "1"), call("Dense", "0", "2")]),
    ],
)
def test_concatenated_branches(name: str, lines: list[Call]) -> None:
    stretch = [*lines, call("Concatenate", "1 2", "3")]
    assert branch_name(stretch, program("m", (8, 8, 3), body("3", *stretch))) == name


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("position_embedding", [embedding("0", "1"), call("Add", "0 1", "2")]),
        ("extra_tokens", [embedding("0", "1"), call("Concatenate", "0 1", "2")]),
        (
            "class_token",
            [embedding("0", "1", name="class_token"), call("Concatenate", "0 1", "2")],
        ),
        (
            "token_and_position_embedding",
            [embedding("0", "1"), embedding("0", "2"), call("Add", "1 2", "3")],
        ),
        (
            "residual_block",
            [
                embedding("0", "1"),
                embedding("0", "2"),
                call("Dense", "2", "4"),
                call("Add", "1 4", "3"),
            ],
        ),
    ],
)
def test_embeddings_are_no_residual_blocks(name: str, lines: list[Call]) -> None:
    assert branch_name(lines, program("m", (8,), body("3", *lines))) == name
