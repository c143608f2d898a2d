"""Names for the values of loops of which others have the same name."""

from __future__ import annotations

import pytest
from backends.programs import body, call, names, program, table

from keras_kgen.backends.list_names import told_apart
from keras_kgen.ir.program import Call, For


def conv(gives: str, **arguments: object) -> Call:
    return call("Conv2D", "10", gives, filters="$filters", kernel_size=3, **arguments)


def loop(gives: int, *lines: Call, sizes: tuple[int, ...]) -> For:
    rows = table(*((size,) for size in sizes))
    last = str(lines[-1].results[0].index)
    carried = names("10"), names(str(gives - 1)), names(str(gives))
    return For(("filters",), rows, body(last, *lines), *carried)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (
            [conv("11", name="encode_{index}_conv")],
            [conv("11", name="decode_{index}_conv")],
            ["encoder_filters", "decoder_filters"],
        ),
        (
            [conv("11"), call("MaxPooling2D", "11", "12")],
            [conv("11"), call("UpSampling2D", "11", "12")],
            ["encoder_filters", "decoder_filters"],
        ),
        (
            [call("residual_block", "10", "11", filters="$filters")],
            [call("inverted_residual", "10", "11", filters="$filters")],
            ["residual_filters", "inverted_residual_filters"],
        ),
        ([conv("11")], [conv("11")], ["filters", "filters"]),
    ],
)
def test_loops_over_other_values_are_told_apart(
    first: list[Call], second: list[Call], expected: list[str]
) -> None:
    loops = [loop(1, *first, sizes=(8, 16)), loop(2, *second, sizes=(16, 8))]
    made = program("m", (8, 8, 3), body("2", *loops))
    assert [told_apart(item, made) for item in loops] == expected


def test_loops_over_the_same_values_share_a_name() -> None:
    lines = [conv("11", name="encode_{index}"), conv("11", name="decode_{index}")]
    loops = [loop(1, lines[0], sizes=(8, 16)), loop(2, lines[1], sizes=(8, 16))]
    made = program("m", (8, 8, 3), body("2", *loops))
    assert [told_apart(item, made) for item in loops] == ["filters", "filters"]
