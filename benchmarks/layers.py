"""Layers: the processor time of `generate()` for each layer as models grow."""

from __future__ import annotations

import time
from collections.abc import Callable
from unittest.mock import patch

from table import print_table

from keras_kgen.frontends.documents import read_yaml
from keras_kgen.frontends.spec import read_spec
from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate
from keras_kgen.rendering.formatting import format_source

_Writer = Callable[[int], str]

SIZES = (10, 100, 1_000, 10_000)
# So many layers are generated at least, and the fastest run counts.
_LAYERS_TO_MEASURE = 3_000
_BLOCK = """
blocks:
  residual(units):
    - Dense(units, activation="relu")(input)
    - Dropout(0.1)
    - Dense(units)
    - Add()([_, input])
"""
_LAYERS_IN_BLOCK = 4


def main(quick: bool = False) -> None:
    """Measures each style on chains and on repeated blocks, and prints the tables."""
    _time(chain(10), Style.FUNCTIONAL)  # Imports and reads what every run shares.
    sizes = SIZES[:2] if quick else SIZES
    for title, write in (
        ("A chain of layers that all differ", chain),
        ("Residual blocks of four layers", residual_blocks),
    ):
        print_table(
            f"Layers: {title}",
            (
                "style",
                *(f"{size:,} layers" for size in sizes),
                f"{sizes[-1]:,} / {sizes[-2]:,}",
                f"Black, {sizes[-1]:,}",
            ),
            [
                _read_row(write, sizes),
                *(_style_row(write, sizes, style) for style in Style),
            ],
        )


def chain(size: int) -> str:
    """Returns a spec whose layers all differ, so that no loop takes them together."""
    lines = []
    for number in range(size // 2):
        lines.append(f"  - Dense({16 + number})")
        lines.append(f"  - Dropout({0.1 + 0.5 * number / size:.6f})")
    return _spec("", lines)


def residual_blocks(size: int) -> str:
    """Returns a spec that repeats one block."""
    return _spec(_BLOCK, ["  - residual(64)"] * (size // _LAYERS_IN_BLOCK))


def _spec(blocks: str, lines: list[str]) -> str:
    return "\n".join(("name: large", "inputs: [64]", blocks, "layers:", *lines, ""))


def _read(text: str) -> Program:
    return read_spec(read_yaml(text, "large.yaml"), "large")


def _read_row(write: _Writer, sizes: tuple[int, ...]) -> tuple[str, ...]:
    times = []
    for size in sizes:
        text = write(size)
        runs = []
        for _ in range(_repetitions(size)):
            start = time.process_time()
            _read(text)
            runs.append(time.process_time() - start)
        times.append(min(runs) / size)
    return ("(reading the spec)", *_cells(times), "")


def _style_row(write: _Writer, sizes: tuple[int, ...], style: Style) -> tuple[str, ...]:
    times = []
    for size in sizes:
        runs = [_time(write(size), style) for _ in range(_repetitions(size))]
        seconds, black = min(runs)
        times.append(seconds / size)
    return (style.value, *_cells(times), f"{black / size * 1e6:,.0f} us")


def _time(text: str, style: Style) -> tuple[float, float]:
    """Returns the processor seconds of `generate()`, and those that Black takes of them."""
    program = _read(text)
    black = 0.0

    def timed(source: str) -> str:
        nonlocal black
        start = time.process_time()
        result = format_source(source)
        black += time.process_time() - start
        return result

    with patch("keras_kgen.pipeline.format_source", timed):
        start = time.process_time()
        generate(program, Options(style))
        return time.process_time() - start, black


def _repetitions(size: int) -> int:
    return max(1, min(20, _LAYERS_TO_MEASURE // size))


def _cells(times: list[float]) -> list[str]:
    return [
        *(f"{seconds * 1e6:,.0f} us" for seconds in times),
        f"{times[-1] / times[-2]:.2f}",
    ]
